//! The model on every rank, the patients shared out: what is called data-parallel.
//!
//! Each rank computes the gradient of the loss of its patients, and MPI sums them. That sum is of floats, in an order that
//! depends on the number of ranks, so that weights differ in their last bits from those of another number of ranks: the one
//! thing here that does. On all ranks of one run it is the same number, or the exact sums of their weights would differ, which is an error.

use crate::data::Patients;
use crate::layout::part;
use crate::net::{self, Offset, Units};
use crate::ranks::{Ranks, Stopped};
use crate::{Method, Outcome, Settings};
use ndarray::{Array1, Axis};
use regularize::Regularize;
use regularize::distributed::{Distributed, Replicas};
use std::num::NonZero;

/// All of the model, on every rank.
#[derive(Clone, Debug, Regularize)]
pub struct Copied {
    /// All hidden units.
    #[regularize(nested)]
    pub units: Units,
    /// The same on every rank, too.
    #[regularize(nested)]
    pub offset: Offset,
}

impl Copied {
    /// The model, the same on every rank.
    #[must_use]
    pub fn new(settings: &Settings, measurements: usize) -> Self {
        Self {
            units: Units::new(settings.units, measurements, settings.seed),
            offset: Offset(Array1::zeros(1)),
        }
    }

    /// All numbers.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut f32> {
        self.units.iter_mut().chain(&mut self.offset.0)
    }

    /// The gradient of the mean squared error of `all` patients that is of these, and that part of the error.
    #[must_use]
    pub fn gradient(&self, patients: &Patients, all: usize) -> (Self, f32) {
        let activations = self.units.activations(patients);
        let contributions = self.units.contributions(&activations);
        let contributions = contributions.as_slice().unwrap_or_default();
        let predictions = net::predictions(contributions, patients.len(), &self.offset);
        let slopes = net::slopes(&predictions, patients, all);
        let gradient = Self {
            units: self.units.gradient(patients, &activations, &slopes),
            offset: Offset(Array1::from_elem(1, slopes.iter().sum())),
        };
        (gradient, net::error(&predictions, patients, all))
    }
}

/// The patients of a rank.
#[must_use]
pub fn share(patients: &Patients, rank: usize, ranks: usize) -> Patients {
    let rows = part(patients.len(), rank, ranks);
    Patients {
        measurements: patients
            .measurements
            .slice_axis(Axis(0), rows.clone().into())
            .to_owned(),
        progression: patients
            .progression
            .slice_axis(Axis(0), rows.into())
            .to_owned(),
    }
}

/// Trains on the patients of all ranks.
///
/// # Errors
///
/// What stopped one rank stops all.
pub fn train(ranks: &Ranks, patients: &Patients, settings: &Settings) -> Result<Outcome, Stopped> {
    let mut model = Copied::new(settings, patients.measurements.ncols());
    let begin = ranks.losses(&model)?;
    let (own, all) = (share(patients, ranks.rank(), ranks.size()), patients.len());
    let replicas = ranks.together(|| replicas(ranks.size()))?;
    let mut error = f32::NAN;
    let mut first = None;
    for _ in 0..settings.epochs {
        let (mut gradient, own_error) = model.gradient(&own, all);
        first.get_or_insert_with(|| gradient.clone());
        // Before the gradients are summed: an n-th of the penalty's gradient on each of n ranks.
        ranks.together(|| match settings.method {
            Method::Subgradient => model.add_penalty_gradient_on_replica(&mut gradient, replicas),
            Method::Proximal => Ok(()),
        })?;
        let mut numbers: Vec<f32> = gradient.iter_mut().map(|g| *g).chain([own_error]).collect();
        ranks.sum(&mut numbers)?;
        error = numbers.pop().unwrap_or(f32::NAN);
        gradient
            .iter_mut()
            .zip(&numbers)
            .for_each(|(g, sum)| *g = *sum);
        model.units.descend(&gradient.units, settings.rate);
        model
            .offset
            .0
            .scaled_add(-settings.rate, &gradient.offset.0);
        // After the step, on every rank the same, and nothing is divided.
        ranks.together(|| match settings.method {
            Method::Subgradient => Ok(()),
            Method::Proximal => model.proximal_step(settings.rate),
        })?;
    }
    let whole = ranks.merge(model.partials(ranks.shard()))?;
    let mut gradient: Vec<f32> = first
        .iter_mut()
        .flat_map(Copied::iter_mut)
        .map(|g| *g)
        .collect();
    ranks.sum(&mut gradient)?;
    Ok(Outcome {
        begin,
        end: ranks.together(|| model.losses_of(&whole))?,
        report: ranks.together(|| model.report_of(&whole))?,
        error,
        gradient,
        weights: model.iter_mut().map(|w| *w).collect(),
    })
}

fn replicas(ranks: usize) -> Result<Replicas, String> {
    let number = u32::try_from(ranks).ok().and_then(NonZero::new);
    number
        .map(Replicas::Summed)
        .ok_or_else(|| format!("there are no {ranks} ranks"))
}

//! The hidden layer sharded over the ranks: each has some of its units, and all see all patients.
//!
//! The sum over all units is taken on every rank, of the contributions of all ranks, in the order of the units. So nothing here
//! depends on how many ranks there are: weights, losses and penalties are the same bits.

use crate::data::Patients;
use crate::layout::part;
use crate::net::{self, Offset, Units};
use crate::ranks::{Ranks, Stopped};
use crate::{Method, Outcome, Settings};
use ndarray::Array1;
use regularize::Regularize;
use regularize::distributed::Distributed;

/// The units of this rank, and the offset, which every rank has.
#[derive(Clone, Debug, Regularize)]
pub struct Spread {
    /// Some of the hidden units.
    #[regularize(nested, sharded)]
    pub units: Units,
    /// The same on every rank.
    #[regularize(nested)]
    pub offset: Offset,
}

impl Spread {
    /// The part of the model that a rank has.
    #[must_use]
    pub fn new(settings: &Settings, measurements: usize, rank: usize, ranks: usize) -> Self {
        let all = Units::new(settings.units, measurements, settings.seed);
        Self {
            units: all.slice(part(settings.units, rank, ranks)),
            offset: Offset(Array1::zeros(1)),
        }
    }
}

/// Trains on all patients.
///
/// # Errors
///
/// What stopped one rank stops all.
pub fn train(ranks: &Ranks, patients: &Patients, settings: &Settings) -> Result<Outcome, Stopped> {
    let measurements = patients.measurements.ncols();
    let mut model = Spread::new(settings, measurements, ranks.rank(), ranks.size());
    let begin = ranks.losses(&model)?;
    let all = patients.len();
    let mut error = f32::NAN;
    let mut first = None;
    for _ in 0..settings.epochs {
        let activations = model.units.activations(patients);
        let own = model.units.contributions(&activations);
        let contributions = ranks.joined(own.as_slice().unwrap_or_default());
        let predictions = net::predictions(&contributions, all, &model.offset);
        error = net::error(&predictions, patients, all);
        let slopes = net::slopes(&predictions, patients, all);
        let mut gradient = Spread {
            units: model.units.gradient(patients, &activations, &slopes),
            offset: Offset(Array1::from_elem(1, slopes.iter().sum())),
        };
        first.get_or_insert_with(|| gradient.clone());
        ranks.together(|| match settings.method {
            Method::Subgradient => model.add_penalty_gradient(&mut gradient),
            Method::Proximal => Ok(()),
        })?;
        model.units.descend(&gradient.units, settings.rate);
        model
            .offset
            .0
            .scaled_add(-settings.rate, &gradient.offset.0);
        ranks.together(|| match settings.method {
            Method::Subgradient => Ok(()),
            Method::Proximal => model.proximal_step(settings.rate),
        })?;
    }
    let whole = ranks.merge(model.partials(ranks.shard()))?;
    Ok(Outcome {
        begin,
        end: ranks.together(|| model.losses_of(&whole))?,
        report: ranks.together(|| model.report_of(&whole))?,
        error,
        gradient: first
            .map(|gradient| joined(ranks, &gradient))
            .unwrap_or_default(),
        weights: joined(ranks, &model),
    })
}

/// The numbers of the whole model: those of each list of the hidden layer by rank, then the offset.
fn joined(ranks: &Ranks, model: &Spread) -> Vec<f32> {
    let lists = [
        ranks.joined(model.units.kernel.as_slice().unwrap_or_default()),
        ranks.joined(model.units.bias.as_slice().unwrap_or_default()),
        ranks.joined(model.units.output.as_slice().unwrap_or_default()),
        model.offset.0.to_vec(),
    ];
    lists.concat()
}

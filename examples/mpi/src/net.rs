//! The model: measurements → hidden units with relu → one number.
//!
//! Every number is computed unit by unit and patient by patient, and sums go in the order of units or patients: the same
//! operations on whatever rank, so the same bits. A matrix product may take another order for another number of columns.

use crate::data::Patients;
use ndarray::{Array1, Array2, Axis};
use regularize::Regularize;
use std::ops::Range;

/// Some units of the hidden layer: the weights into each, and the one out of it.
#[derive(Clone, Debug, PartialEq, Regularize)]
#[regularize(kernel = l1(0.01), bias = l2(0.01), output = l1_l2(0.01, 0.001))]
pub struct Units {
    /// A row for each unit.
    pub kernel: Array2<f32>,
    /// One for each unit.
    pub bias: Array1<f32>,
    /// One for each unit.
    pub output: Array1<f32>,
}

/// What is added to the sum of the units.
#[derive(Clone, Debug, PartialEq, Regularize)]
pub struct Offset(#[regularize(l2(0.01))] pub Array1<f32>);

impl Units {
    /// All hidden units, with weights of He's distribution: every rank makes the same.
    #[must_use]
    pub fn new(units: usize, measurements: usize, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut uniform = |limit: f32| limit * (2.0 * random.f32() - 1.0);
        let (into, out) = (
            (6.0 / measurements as f32).sqrt(),
            (6.0 / units.max(1) as f32).sqrt(),
        );
        Self {
            kernel: Array2::from_shape_simple_fn((units, measurements), || uniform(into)),
            bias: Array1::zeros(units),
            output: Array1::from_shape_simple_fn(units, || uniform(out)),
        }
    }

    /// Some of them.
    #[must_use]
    pub fn slice(&self, units: Range<usize>) -> Self {
        let one = |list: &Array1<f32>| list.slice_axis(Axis(0), units.clone().into()).to_owned();
        Self {
            kernel: self
                .kernel
                .slice_axis(Axis(0), units.clone().into())
                .to_owned(),
            bias: one(&self.bias),
            output: one(&self.output),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bias.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What each unit says of each patient.
    #[must_use]
    pub fn activations(&self, patients: &Patients) -> Array2<f32> {
        Array2::from_shape_fn((patients.len(), self.len()), |(patient, unit)| {
            let (x, w) = (patients.measurements.row(patient), self.kernel.row(unit));
            let z = x.iter().zip(w).fold(self.bias[unit], |z, (x, w)| z + x * w);
            z.max(0.0)
        })
    }

    /// What each unit adds to the prediction for each patient: a row for each unit.
    #[must_use]
    pub fn contributions(&self, activations: &Array2<f32>) -> Array2<f32> {
        Array2::from_shape_fn((self.len(), activations.nrows()), |(unit, patient)| {
            activations[[patient, unit]] * self.output[unit]
        })
    }

    /// The gradient of Σ loss, given its derivative by the prediction for each patient.
    #[must_use]
    pub fn gradient(&self, patients: &Patients, activations: &Array2<f32>, slopes: &[f32]) -> Self {
        let mut gradient = Self {
            kernel: Array2::zeros(self.kernel.raw_dim()),
            bias: Array1::zeros(self.len()),
            output: Array1::zeros(self.len()),
        };
        for unit in 0..self.len() {
            for (patient, slope) in slopes.iter().enumerate() {
                let activation = activations[[patient, unit]];
                gradient.output[unit] += slope * activation;
                if activation > 0.0 {
                    let slope = slope * self.output[unit];
                    gradient.bias[unit] += slope;
                    let row = patients.measurements.row(patient);
                    for (g, x) in gradient.kernel.row_mut(unit).iter_mut().zip(row) {
                        *g += slope * x;
                    }
                }
            }
        }
        gradient
    }

    /// A step against a gradient.
    pub fn descend(&mut self, gradient: &Self, rate: f32) {
        self.kernel.scaled_add(-rate, &gradient.kernel);
        self.bias.scaled_add(-rate, &gradient.bias);
        self.output.scaled_add(-rate, &gradient.output);
    }

    /// All numbers, kernel first.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut f32> {
        self.kernel
            .iter_mut()
            .chain(&mut self.bias)
            .chain(&mut self.output)
    }
}

/// The predictions for all patients: the contributions of all units, one unit after the other, and the offset.
#[must_use]
pub fn predictions(contributions: &[f32], patients: usize, offset: &Offset) -> Vec<f32> {
    let mut predictions = vec![offset.0[0]; patients];
    // Without patients there is nothing in the contributions either.
    for unit in contributions.chunks_exact(patients.max(1)) {
        predictions.iter_mut().zip(unit).for_each(|(y, c)| *y += c);
    }
    predictions
}

/// The derivative of the mean squared error of `all` patients by each of these predictions.
#[must_use]
pub fn slopes(predictions: &[f32], patients: &Patients, all: usize) -> Vec<f32> {
    let each = predictions.iter().zip(&patients.progression);
    each.map(|(y, expected)| 2.0 * (y - expected) / all as f32)
        .collect()
}

/// The part of the mean squared error of `all` patients that is of these.
#[must_use]
pub fn error(predictions: &[f32], patients: &Patients, all: usize) -> f32 {
    let each = predictions.iter().zip(&patients.progression);
    each.map(|(y, expected)| (y - expected) * (y - expected))
        .sum::<f32>()
        / all as f32
}

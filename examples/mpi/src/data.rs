//! The patients to train on, as rows of f32 in standard units.

use crate::patients::Split;
use ndarray::{Array1, Array2};

/// Patients: their measurements in rows, and how far the disease progressed.
#[derive(Clone, Debug)]
pub struct Patients {
    /// A row for each patient, in standard units.
    pub measurements: Array2<f32>,
    /// In standard units, too.
    pub progression: Array1<f32>,
}

impl Patients {
    /// Three quarters of the 442, in the order of a seed: every rank reads the same.
    ///
    /// # Errors
    ///
    /// A table that cannot be read.
    pub fn to_train_on(seed: u64) -> Result<Self, String> {
        let train = Split::new(seed)?.train;
        Ok(Self {
            progression: train.progression.column(0).to_owned(),
            measurements: train.measurements,
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.progression.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

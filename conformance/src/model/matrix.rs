//! The orthogonal regularizer: factor·Σ|cos|/(n(n − 1)/2) over pairs of rows or columns.

use super::Model;
use crate::mistake::Mistake;
use crate::wire::{Kind, Numbers};
use regularize_core::Mode;

impl Model {
    pub(super) fn orthogonal(
        &self,
        factor: f64,
        mode: Mode,
        shape: &[usize],
        x: &Numbers,
    ) -> Result<f64, Kind> {
        let &[rows, columns] = shape else {
            return Err(Kind::InvalidShape);
        };
        if rows.checked_mul(columns) != Some(x.bits.len()) {
            return Err(Kind::InvalidShape);
        }
        let of = self.arithmetic(x.dtype);
        let factor = self.boundary(x.dtype).round(factor);
        let weights = self.weights(x);
        let is_rows = (mode == Mode::Rows) != self.makes(Mistake::SwapsModes);
        let (count, length) = if is_rows {
            (rows, columns)
        } else {
            (columns, rows)
        };
        let at = |vector: usize, index: usize| match is_rows {
            true => weights[vector * columns + index],
            false => weights[index * columns + vector],
        };
        let floor = match (
            self.edition.rules().config_is_optional,
            self.makes(Mistake::TakesOtherFloor),
        ) {
            // Keras 2.
            (false, false) | (true, true) => 1e-6,
            (true, false) | (false, true) => 1e-7,
        };
        let vectors: Vec<Vec<f64>> = (0..count)
            .map(|vector| {
                let vector: Vec<f64> = (0..length).map(|index| at(vector, index)).collect();
                // Of −0 and NaN the floor keeps nothing: `max` would take it for a NaN.
                let norm = match of.root(self.variant.squares(of, &vector)) {
                    norm if norm < of.round(floor) => of.round(floor),
                    norm => norm,
                };
                match self.makes(Mistake::DoesNotNormalize) {
                    true => vector,
                    false => vector.iter().map(|x| of.divide(*x, norm)).collect(),
                }
            })
            .collect();
        let cosine = |a: &[f64], b: &[f64]| {
            let products: Vec<f64> = a.iter().zip(b).map(|(a, b)| of.multiply(*a, *b)).collect();
            let cosine = self.variant.sum(of, &products);
            match self.mistake {
                Some(Mistake::SumsSignedCosines) => cosine,
                Some(Mistake::SquaresCosines) => of.multiply(cosine, cosine),
                _ => cosine.abs(),
            }
        };
        let mut cosines = Vec::new();
        for (index, a) in vectors.iter().enumerate() {
            let others = match self.mistake {
                Some(Mistake::CountsPairsTwice) => &vectors[..],
                Some(Mistake::CountsDiagonal) => &vectors[..=index],
                _ => &vectors[..index],
            };
            for (other, b) in others.iter().enumerate() {
                if other != index || self.makes(Mistake::CountsDiagonal) {
                    cosines.push(cosine(a, b));
                }
            }
        }
        let pairs = count * count.saturating_sub(1) / 2;
        if pairs == 0 && self.makes(Mistake::MakesSingleZero) {
            return Ok(0.0);
        }
        let sum = of.multiply(factor, self.variant.sum(of, &cosines));
        Ok(match self.mistake {
            Some(Mistake::SumsPairs) if pairs > 0 => sum,
            _ => of.divide(sum, of.round(pairs as f64)),
        })
    }
}

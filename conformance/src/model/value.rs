//! Penalties: l1·Σ|x| + l2·Σx², of outputs too.

use super::arithmetic::Arithmetic;
use super::{Model, Terms, Variant};
use crate::mistake::Mistake;
use crate::wire::{Dtype, Kind, Numbers};
use regularize_core::edition::Activity;

impl Model {
    pub(super) fn penalty(&self, terms: &Terms, x: &Numbers) -> f64 {
        self.finished(self.sum(terms, x), x.dtype)
    }

    /// The penalty of an output, whose first axis is the batch.
    pub(super) fn activity(
        &self,
        terms: &Terms,
        shape: &[usize],
        x: &Numbers,
    ) -> Result<f64, Kind> {
        let (batch, last) = (shape.first().copied(), shape.last().copied());
        let rule = self.edition.rules().activity;
        let by = match self.mistake {
            Some(Mistake::DividesByElements) => Some(x.bits.len()),
            Some(Mistake::DividesByLastAxis) => last,
            Some(Mistake::DividesByAllButLast) => {
                Some(shape.iter().rev().skip(1).product::<usize>())
            }
            Some(Mistake::DoesNotDivide) => None,
            Some(Mistake::Divides) => batch,
            _ => batch.filter(|_| rule != Activity::Sum),
        };
        if batch == Some(0) {
            match self.mistake {
                Some(Mistake::MakesEmptyBatchNan) => return Ok(f64::NAN),
                Some(Mistake::MakesEmptyBatchZero) => return Ok(0.0),
                Some(Mistake::RejectsEmptyBatch) => return Err(Kind::InvalidShape),
                _ => {}
            }
        }
        let of = self.arithmetic(x.dtype);
        let sum = self.sum(terms, x);
        let share = match by {
            None => sum,
            Some(0) if rule == Activity::Mean => 0.0,
            // As a compiler does that multiplies by the inverse of a constant.
            Some(by) if self.variant == Variant::Pairwise => {
                of.multiply(sum, of.divide(1.0, of.round(by as f64)))
            }
            Some(by) => of.divide(sum, of.round(by as f64)),
        };
        Ok(self.finished(share, x.dtype))
    }

    /// What is answered for a sum.
    fn finished(&self, y: f64, dtype: Dtype) -> f64 {
        let of = self.boundary(dtype);
        let y = of.round(y);
        match self.mistake {
            Some(Mistake::Saturates) if y.is_infinite() => of.largest().copysign(y),
            Some(Mistake::MakesNanZero) if y.is_nan() => 0.0,
            _ => y,
        }
    }

    fn sum(&self, terms: &Terms, x: &Numbers) -> f64 {
        let of = self.arithmetic(x.dtype);
        let weights = self.counted(self.weights(x));
        if weights.is_empty() {
            match self.mistake {
                Some(Mistake::SumsFromMinusZero) if !terms.is_summed => return -0.0,
                Some(Mistake::SumsBothFromMinusZero) if !terms.is_summed => return -0.0,
                Some(Mistake::SumsBothFromMinusZero) if terms.l1.and(terms.l2).is_some() => {
                    return -0.0;
                }
                _ => {}
            }
        }
        // A mistake in a sum is made before its factor.
        if self.variant.is_inside() && self.mistake.is_none() {
            return self.inside(of, terms, &weights);
        }
        let term = |factor: Option<f64>, sum: &dyn Fn() -> f64| {
            factor.map(|factor| of.multiply(factor, sum()))
        };
        let l1 = term(terms.l1, &|| self.magnitudes(of, x.dtype, &weights));
        let l2 = match self.variant {
            Variant::Halves | Variant::HalfOfSum => {
                let twice = terms.l2.map(|l2| of.multiply(2.0, l2));
                term(twice, &|| self.squares(of, x.dtype, &weights))
            }
            _ => term(terms.l2, &|| self.squares(of, x.dtype, &weights)),
        };
        let start = terms.is_summed.then_some(0.0);
        let add = |a: f64, b: f64| of.add(a, b);
        if let (Variant::Fused, None, Some(l1), Some(factor)) =
            (self.variant, self.mistake, l1, terms.l2)
        {
            let sum = of.fused(factor, self.squares(of, x.dtype, &weights), l1);
            // Of two products of −0 an L1L2 is 0.
            return of.add(0.0, sum);
        }
        let parts = [start, l1, l2].into_iter().flatten();
        parts.reduce(add).unwrap_or(0.0)
    }

    /// Σ(l1·|x| + l2·x²).
    fn inside(&self, of: Arithmetic, terms: &Terms, weights: &[f64]) -> f64 {
        let of_l1 = |x: &f64| terms.l1.map(|l1| of.multiply(l1, x.abs()));
        let of_l2 = |x: &f64| terms.l2.map(|l2| of.multiply(l2, of.multiply(*x, *x)));
        let sum = match self.variant {
            Variant::FusedInside => weights.iter().fold(0.0, |sum, x| {
                let sum = terms.l1.map_or(sum, |l1| of.fused(l1, x.abs(), sum));
                terms
                    .l2
                    .map_or(sum, |l2| of.fused(of.multiply(l2, *x), *x, sum))
            }),
            Variant::OneSum => {
                let first = |x: &f64| terms.l2.map(|l2| of.multiply(of.multiply(l2, *x), *x));
                let all = weights.iter().flat_map(|x| [of_l1(x), first(x)]).flatten();
                all.fold(0.0, |sum, term| of.add(sum, term))
            }
            _ => {
                let both = |x: &f64| {
                    let terms = [of_l1(x), of_l2(x)].into_iter().flatten();
                    terms.reduce(|a, b| of.add(a, b))
                };
                let all: Vec<f64> = weights.iter().filter_map(both).collect();
                self.variant.sum(of, &all)
            }
        };
        match (terms.is_summed, terms.l1.or(terms.l2)) {
            // A factor of −0 makes −0, which 0 + −0 is not.
            (false, Some(factor)) if sum == 0.0 => of.multiply(factor, sum),
            _ => sum,
        }
    }

    /// Which weights are summed.
    fn counted(&self, mut weights: Vec<f64>) -> Vec<f64> {
        let length = weights.len();
        match self.mistake {
            Some(Mistake::SkipsTailOf8) => weights.truncate(length - length % 8),
            Some(Mistake::SkipsTailOf16) => weights.truncate(length - length % 16),
            Some(Mistake::IgnoresLast) => weights.truncate(length.saturating_sub(1)),
            Some(Mistake::IgnoresFirst) => drop(weights.drain(..length.min(1))),
            Some(Mistake::CountsFirstTwice) => weights.extend_from_within(..length.min(1)),
            Some(Mistake::CountsEqualOnce) => {
                weights.sort_by(f64::total_cmp);
                weights.dedup();
            }
            Some(Mistake::SkipsNan) => weights.retain(|x| !x.is_nan()),
            Some(Mistake::SkipsInfinite) => weights.retain(|x| !x.is_infinite()),
            _ => {}
        }
        weights
    }

    /// Σ|x|.
    fn magnitudes(&self, of: Arithmetic, dtype: Dtype, weights: &[f64]) -> f64 {
        let is_signed = self.makes(Mistake::SumsSigned) || self.makes(Mistake::TakesAbsoluteSum);
        let magnitude = |x: &f64| if is_signed { *x } else { x.abs() };
        let terms: Vec<f64> = weights.iter().map(magnitude).collect();
        let sum = self.accumulated(of, dtype, &terms);
        match self.mistake {
            Some(Mistake::TakesAbsoluteSum) => sum.abs(),
            _ => self.mean(of, sum, weights.len()),
        }
    }

    /// Σx², or half of it in the variants that multiply by twice the factor.
    fn squares(&self, of: Arithmetic, dtype: Dtype, weights: &[f64]) -> f64 {
        let square = |x: &f64| of.multiply(*x, *x);
        let sum = match self.variant {
            Variant::Fused if self.accumulator(of, dtype) == of => {
                self.variant.squares(of, weights)
            }
            Variant::Halves => {
                let half = |x: &f64| of.multiply(0.5, square(x));
                let terms: Vec<f64> = weights.iter().map(half).collect();
                self.accumulated(of, dtype, &terms)
            }
            _ => {
                let terms: Vec<f64> = weights.iter().map(square).collect();
                self.accumulated(of, dtype, &terms)
            }
        };
        let sum = match self.mistake {
            Some(Mistake::HalvesL2 | Mistake::HalvesL2Throughout) => of.multiply(0.5, sum),
            Some(Mistake::DoublesL2) => of.multiply(2.0, sum),
            Some(Mistake::TakesNorm) => of.root(sum),
            Some(Mistake::SquaresNorm) => {
                let norm = of.root(sum);
                of.multiply(norm, norm)
            }
            _ => self.mean(of, sum, weights.len()),
        };
        match self.variant {
            Variant::HalfOfSum => of.multiply(0.5, sum),
            _ => sum,
        }
    }

    fn mean(&self, of: Arithmetic, sum: f64, count: usize) -> f64 {
        match self.mistake {
            Some(Mistake::TakesMean | Mistake::TakesMeanThroughout) => {
                of.divide(sum, of.round(count as f64))
            }
            _ => sum,
        }
    }

    fn accumulated(&self, of: Arithmetic, dtype: Dtype, terms: &[f64]) -> f64 {
        let accumulator = self.accumulator(of, dtype);
        if accumulator == of {
            return self.variant.sum(of, terms);
        }
        let terms: Vec<f64> = terms.iter().map(|x| accumulator.round(*x)).collect();
        self.variant.sum(accumulator, &terms)
    }

    /// The arithmetic of sums.
    fn accumulator(&self, of: Arithmetic, dtype: Dtype) -> Arithmetic {
        match self.mistake.and_then(|mistake| mistake.accumulator(dtype)) {
            Some(dtype) => Arithmetic { dtype, ..of },
            None => of,
        }
    }
}

impl Mistake {
    /// The type in which it adds weights of a type, if that is another.
    pub(crate) fn accumulator(self, dtype: Dtype) -> Option<Dtype> {
        match (self, dtype) {
            (Self::AccumulatesF32InF16, Dtype::F32) => Some(Dtype::F16),
            (Self::AccumulatesF32InBF16, Dtype::F32) => Some(Dtype::BF16),
            (Self::AccumulatesF64InF32, Dtype::F64) => Some(Dtype::F32),
            _ => None,
        }
    }
}

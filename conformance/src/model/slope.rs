//! Gradients and proximal points, weight by weight.

use super::arithmetic::Arithmetic;
use super::{Model, Terms, Variant};
use crate::mistake::Mistake;
use crate::wire::{AtZero, Numbers};

impl Model {
    /// 2·l2·x + l1·sign x.
    pub(super) fn gradient(&self, terms: &Terms, x: &Numbers) -> Vec<f64> {
        let of = self.arithmetic(x.dtype);
        let weights = self.weights(x);
        let count = of.round(weights.len() as f64);
        let slope = |x: &f64| {
            let slope = self.slope(of, terms, *x);
            match self.mistake {
                Some(Mistake::MakesGradientOfNanZero) if x.is_nan() => 0.0,
                Some(Mistake::NegatesGradient) => -slope,
                Some(Mistake::TakesMeanGradient | Mistake::TakesMeanThroughout) => {
                    of.divide(slope, count)
                }
                _ => slope,
            }
        };
        weights.iter().map(slope).collect()
    }

    fn slope(&self, of: Arithmetic, terms: &Terms, x: f64) -> f64 {
        let (l1, l2) = match self.mistake {
            Some(Mistake::DropsL1OfGradient) if terms.is_both => (None, terms.l2),
            Some(Mistake::DropsL2OfGradient) if terms.is_both => (terms.l1, None),
            _ => (terms.l1, terms.l2),
        };
        let constant = l1.map(|l1| match self.mistake {
            Some(Mistake::LosesSignOfGradient) if !x.is_nan() => l1,
            Some(Mistake::DividesForSign) => of.multiply(l1, of.divide(x, x.abs())),
            _ if x == 0.0 => self.at_zero(l1, x),
            _ if x.is_nan() => x,
            _ => of.multiply(l1, 1.0_f64.copysign(x)),
        });
        if x == 0.0 {
            return constant.unwrap_or(0.0);
        }
        let is_half =
            self.makes(Mistake::HalvesGradient) || self.makes(Mistake::HalvesL2Throughout);
        let times = if is_half { 1.0 } else { 2.0 };
        if let (Variant::Fused, Some(l2), Some(constant)) = (self.variant, l2, constant) {
            return of.fused(of.multiply(times, l2), x, constant);
        }
        let linear = l2.map(|l2| match self.variant {
            Variant::Backwards => of.multiply(times, of.multiply(l2, x)),
            Variant::Pairwise if times == 2.0 => {
                let half = of.multiply(l2, x);
                of.add(half, half)
            }
            Variant::OneSum => of.multiply(l2, of.multiply(times, x)),
            _ => of.multiply(of.multiply(times, l2), x),
        });
        let parts = [constant, linear].into_iter().flatten();
        parts.reduce(|a, b| of.add(a, b)).unwrap_or(0.0)
    }

    /// The gradient of l1·|x| at a zero.
    fn at_zero(&self, l1: f64, x: f64) -> f64 {
        let at_zero = match self.mistake {
            Some(Mistake::HasPlusAtZero) => AtZero::Plus,
            Some(Mistake::HasMinusAtZero) => AtZero::Minus,
            Some(Mistake::HasSignAtZero) => AtZero::Sign,
            _ => self.at_zero,
        };
        match at_zero {
            AtZero::Zero => 0.0,
            AtZero::Plus => l1,
            AtZero::Minus => -l1,
            AtZero::Sign => l1 * 1.0_f64.copysign(x),
        }
    }

    /// sign(v)·max(|v| − τ·l1, 0)/(1 + 2·τ·l2).
    pub(super) fn proximal(&self, terms: &Terms, step: f64, v: &Numbers) -> Vec<f64> {
        let of = self.arithmetic(v.dtype);
        let weights = self.weights(v);
        let points = weights.iter().map(|v| match self.mistake {
            Some(Mistake::MakesProxOfNanZero) if v.is_nan() => 0.0,
            Some(Mistake::HandlesPositiveOnly) if *v < 0.0 => 0.0,
            Some(Mistake::LosesSignOfProx) => self.point(of, terms, step, v.abs()),
            Some(Mistake::TakesGradientStep) => {
                let slope = self.slope(of, terms, *v);
                of.subtract(*v, of.multiply(of.round(step), slope))
            }
            _ => self.point(of, terms, step, *v),
        });
        points.collect()
    }

    fn point(&self, of: Arithmetic, terms: &Terms, step: f64, v: f64) -> f64 {
        let step = of.round(step);
        let l1 = terms.l1.unwrap_or(0.0);
        let l2 = terms.l2.unwrap_or(0.0);
        let (l1, l2) = match self.mistake {
            Some(Mistake::DropsL1OfProx) if terms.is_both => (0.0, l2),
            Some(Mistake::DropsL2OfProx) if terms.is_both => (l1, 0.0),
            _ => (l1, l2),
        };
        let threshold = match self.mistake {
            Some(Mistake::ThresholdsWithoutStep) => l1,
            _ => of.multiply(step, l1),
        };
        let slope = match self.mistake {
            Some(Mistake::ShrinksByHalf | Mistake::HalvesL2Throughout) => of.multiply(step, l2),
            Some(Mistake::ShrinksWithoutStep) => of.multiply(2.0, l2),
            _ => match self.variant {
                Variant::Backwards => of.multiply(of.multiply(2.0, step), l2),
                _ => of.multiply(2.0, of.multiply(step, l2)),
            },
        };
        let under = of.add(1.0, slope);
        let shrunk = |x: f64| match self.variant {
            Variant::Pairwise => of.multiply(x, of.divide(1.0, under)),
            _ => of.divide(x, under),
        };
        // Not `f64::max`, which makes 0 of NaN.
        let left = |x: f64| match of.subtract(x, threshold) {
            left if left < 0.0 => 0.0,
            left => left,
        };
        let magnitude = match self.mistake {
            Some(Mistake::ThresholdsHard) if v.abs() <= threshold => 0.0,
            Some(Mistake::ThresholdsHard) => shrunk(v.abs()),
            Some(Mistake::ShrinksFirst) => left(shrunk(v.abs())),
            None if self.variant == Variant::OneSum && v.is_finite() && threshold.is_finite() => {
                // Both divided: |v|/d − t/d.
                match of.subtract(shrunk(v.abs()), shrunk(threshold)) {
                    left if left < 0.0 => 0.0,
                    left => left,
                }
            }
            _ => shrunk(left(v.abs())),
        };
        magnitude.copysign(v)
    }
}

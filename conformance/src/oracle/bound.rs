//! What an order of summation may give: SPEC.md, `order.bound`.

use super::{Dyadic, Factors, Format, Value};

impl Factors {
    /// Whether an answer is Ω(x)/`by` as some order of summation in the format may round it.
    ///
    /// |ŷ − y| ≤ k·u/(1 − k·u)·Σ|terms|/by + (n·max(1, |l2|) + 2)·η with k = n + 2, or n + 3 if `by` is not 1; u is
    /// half the distance of 1 and the next number, η the least number above 0. In integers: no rounding, no constant.
    /// Where Ω is not a number, and where it rounds to ∞, the answer must be what it rounds to.
    ///
    /// ```
    /// use regularize_conformance::oracle::{Factors, Format};
    ///
    /// let l1 = Factors::new(Some(0.1), None);
    /// let xs: Vec<u64> = (1..100).map(|x| u64::from((x as f32).to_bits())).collect();
    /// let inside = |answer: f32| l1.is_within(Format::F32, &xs, 1, u64::from(answer.to_bits()));
    /// let in_order: f32 = (1..100).map(|x| 0.1 * x as f32).sum();
    /// assert!(inside(in_order));
    /// assert!(!inside(in_order * 1.0001));
    /// ```
    #[must_use]
    pub fn is_within(&self, format: Format, weights: &[u64], by: u64, answer: u64) -> bool {
        let rounded = match by {
            1 => self.penalty(format, weights),
            _ => self.penalty_per_sample(format, weights, by),
        };
        if rounded == answer || (format.is_nan(rounded) && format.is_nan(answer)) {
            return true;
        }
        let (Some(omega), Some(found)) =
            (self.omega(format, weights), format.decode(answer).finite())
        else {
            return false;
        };
        let count = Dyadic::new(weights.len().into(), 0);
        let two = Dyadic::one().scaled(1);
        let roundings = &count
            + &if by == 1 {
                two.clone()
            } else {
                &two + &Dyadic::one()
            };
        let l2 = match self.l2(format) {
            Some(Value::Finite { number, .. }) => number.abs().max(Dyadic::one()),
            _ => Dyadic::one(),
        };
        let underflow = (&(&count * &l2) + &two).scaled(format.quantum());
        let by = Dyadic::new(by.into(), 0);
        // Both sides times by·(1/u − k).
        let rest = &Dyadic::one().scaled(i64::from(format.precision())) - &roundings;
        let error = &(&(&found * &by) - &omega).abs() * &rest;
        let magnitude = self.magnitudes().omega(format, weights).unwrap_or(omega);
        let allowed = &(&roundings * &magnitude) + &(&(&underflow * &by) * &rest);
        error <= allowed
    }

    /// Whether an answer is the derivative 2·l2·x + l1·sign x of one weight, with sign 0 = 0, as products and a sum of
    /// rounded numbers give it.
    ///
    /// Two roundings and an underflow: |ŝ − s| ≤ 2·u/(1 − 2·u)·(l1 + 2·|l2·x|) + 2·η.
    ///
    /// ```
    /// use regularize_conformance::oracle::{Factors, Format};
    ///
    /// let l2 = Factors::new(None, Some(0.1));
    /// let three = u64::from(3.0_f32.to_bits());
    /// assert!(l2.is_derivative(Format::F32, three, u64::from((2.0 * 3.0 * 0.1_f32).to_bits())));
    /// assert!(!l2.is_derivative(Format::F32, three, u64::from(0.3_f32.to_bits())));
    /// ```
    #[must_use]
    pub fn is_derivative(&self, format: Format, x: u64, answer: u64) -> bool {
        let rounded = self.subgradient(format, x);
        if rounded == answer || (format.is_nan(rounded) && format.is_nan(answer)) {
            return true;
        }
        let (Some(found), Some(weight), Some([exact, _])) = (
            format.decode(answer).finite(),
            format.decode(x).finite(),
            self.subdifferential(format, x),
        ) else {
            return false;
        };
        if weight.is_zero() {
            return found.is_zero();
        }
        // The same, of positive factors at a positive weight: no term cancels the other.
        let positive = weight.abs().round(format, false);
        let magnitude = self.magnitudes().subdifferential(format, positive);
        let magnitude = magnitude.map_or_else(|| exact.abs(), |[_, magnitude]| magnitude);
        let rest = &Dyadic::one().scaled(i64::from(format.precision())) - &Dyadic::one().scaled(1);
        let allowed = &magnitude.scaled(1) + &(&rest * &Dyadic::one().scaled(format.quantum() + 1));
        &(&found - &exact).abs() * &rest <= allowed
    }

    /// The factors without their signs.
    fn magnitudes(&self) -> Self {
        Self {
            l1: self.l1.map(f64::abs),
            l2: self.l2.map(f64::abs),
            ..*self
        }
    }
}

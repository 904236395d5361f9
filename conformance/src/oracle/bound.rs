//! What an order of summation may give: SPEC.md, `order.bound`.

use super::dyadic::round_ratio_directed;
use super::{Direction, Dyadic, Factors, Format, Value};

impl Factors {
    /// The least and the greatest number of the format that Ω(x)/`by` may be, as some order of summation rounds it.
    ///
    /// |ŷ − y| ≤ k·u/(1 − k·u)·Σ|terms|/by + (n·max(1, |l2|) + 2)·η with k = n + 2, or n + 3 if `by` is not 1; u is
    /// half the distance of 1 and the next number, η the least number above 0. In integers: no rounding, no constant.
    /// Where Ω is not a number, and where it rounds to ∞, both are what it rounds to. `None` if there are so many
    /// weights that k·u is 1 or more, where every number is inside.
    ///
    /// ```
    /// use regularize_conformance::oracle::{Factors, Format};
    ///
    /// let l1 = Factors::new(Some(0.5), None);
    /// let two = l1.bounds(Format::F32, &[0x4080_0000], 1).unwrap();
    /// assert!(two[0] < 0x4000_0000 && 0x4000_0000 < two[1]);
    /// ```
    #[must_use]
    pub fn bounds(&self, format: Format, weights: &[u64], by: u64) -> Option<[u64; 2]> {
        let rounded = match by {
            1 => self.penalty(format, weights),
            _ => self.penalty_per_sample(format, weights, by),
        };
        let Some(omega) = self
            .omega(format, weights)
            .filter(|_| format.decode(rounded).finite().is_some())
        else {
            return Some([rounded, rounded]);
        };
        if by == 0 {
            return Some([rounded, rounded]);
        }
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
        // Everything times by·(1/u − k).
        let rest = &Dyadic::one().scaled(i64::from(format.precision())) - &roundings;
        if rest.is_zero() || rest.is_negative() {
            return None;
        }
        let magnitude = self
            .magnitudes()
            .omega(format, weights)
            .unwrap_or_else(|| omega.clone());
        let allowed = &(&roundings * &magnitude) + &(&(&underflow * &by) * &rest);
        Some(around(format, &(&omega * &rest), &allowed, &(&rest * &by)))
    }

    /// Whether an answer is inside the [bounds](Self::bounds).
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
        let bounds = self.bounds(format, weights, by);
        bounds.is_none_or(|bounds| format.is_between(bounds, answer))
    }

    /// The least and the greatest derivative 2·l2·x + l1·sign x of one weight that is not 0, as products and a sum of
    /// rounded numbers give it.
    ///
    /// Two roundings and an underflow: |ŝ − s| ≤ 2·u/(1 − 2·u)·(l1 + 2·|l2·x|) + 2·η. Where it is not a finite number,
    /// both are what it rounds to.
    ///
    /// ```
    /// use regularize_conformance::oracle::{Factors, Format};
    ///
    /// let l2 = Factors::new(None, Some(0.1));
    /// let [least, most] = l2.derivative_bounds(Format::F32, 3.0_f32.to_bits().into());
    /// let rounded = u64::from(0.6_f32.to_bits());
    /// assert!(rounded - 4 < least && least <= rounded && rounded <= most && most < rounded + 4);
    /// ```
    #[must_use]
    pub fn derivative_bounds(&self, format: Format, x: u64) -> [u64; 2] {
        let rounded = self.subgradient(format, x);
        let (Some(_), Some(weight), Some([exact, _])) = (
            format.decode(rounded).finite(),
            format.decode(x).finite(),
            self.subdifferential(format, x),
        ) else {
            return [rounded, rounded];
        };
        if weight.is_zero() {
            return format.zeros();
        }
        // The same, of positive factors at a positive weight: no term cancels the other.
        let positive = weight.abs().round(format, false);
        let magnitude = self.magnitudes().subdifferential(format, positive);
        let magnitude = magnitude.map_or_else(|| exact.abs(), |[_, magnitude]| magnitude);
        let rest = &Dyadic::one().scaled(i64::from(format.precision())) - &Dyadic::one().scaled(1);
        let allowed = &magnitude.scaled(1) + &(&rest * &Dyadic::one().scaled(format.quantum() + 1));
        around(format, &(&exact * &rest), &allowed, &rest)
    }

    /// Whether an answer is inside the [bounds of the derivative](Self::derivative_bounds).
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
        format.is_between(self.derivative_bounds(format, x), answer)
    }

    /// The least and the greatest proximal point sign(v)·max(|v| − τ·l1, 0)/(1 + 2·τ·l2), as rounded operations give it.
    ///
    /// With t = τ·l1 and d = 1 + 2·τ·l2: the step, the product and the difference are rounded, |v̂ − v| is then at most
    /// 3·u'·(|v| + t) + 2·η, where u' = u/(1 − 6·u) covers the products of errors. The denominator meets three roundings
    /// more, its inversion and the division two, each relative to a quotient of at most (|v| + t)/d. Together
    /// |ŵ − w| ≤ 8·u/(1 − 8·u)·(|v| + t)/d + 4·η, and rounding keeps 0 where it is exact.
    ///
    /// That holds for factors ≥ 0 and a step that is a normal number of the format: otherwise a denominator may cancel, or a
    /// step vanish, and every number is inside. Where a number is not finite, both are what the real number rounds to.
    ///
    /// ```
    /// use regularize_conformance::oracle::{Factors, Format};
    ///
    /// let l1 = Factors::new(Some(0.1), None);
    /// let [least, most] = l1.proximal_bounds(Format::F32, 1.0, 3.0_f32.to_bits().into());
    /// let rounded = u64::from(2.9_f32.to_bits());
    /// assert!(least < rounded && rounded < most && most - least < 40);
    /// ```
    #[must_use]
    pub fn proximal_bounds(&self, format: Format, step: f64, v: u64) -> [u64; 2] {
        let rounded = self.proximal(format, step, v);
        let parts = (
            self.proximal_ratio(format, step, v),
            format.decode(v).finite(),
            Dyadic::from_f64(step),
        );
        let (true, (Some([over, under]), Some(v), Some(step))) = (step != 0.0, parts) else {
            return match format.decode(rounded) {
                Value::Finite { number, .. } if number.is_zero() => format.zeros(),
                _ => [rounded, rounded],
            };
        };
        let is_negative = |factor: Option<Value>| matches!(factor, Some(Value::Finite { negative: true, number }) if !number.is_zero());
        let least_normal =
            Dyadic::one().scaled(format.quantum() + i64::from(format.precision()) - 1);
        if is_negative(self.l1(format)) || is_negative(self.l2(format)) || step < least_normal {
            return [format.infinity(true), format.infinity(false)];
        }
        if v.is_zero() {
            return format.zeros();
        }
        let l1 = self
            .magnitudes()
            .l1(format)
            .and_then(Value::finite)
            .unwrap_or_else(Dyadic::zero);
        let magnitude = &v.abs() + &(&step * &l1);
        let rest = &Dyadic::one().scaled(i64::from(format.precision())) - &Dyadic::one().scaled(3);
        let underflow = &(&rest * &under) * &Dyadic::one().scaled(format.quantum() + 2);
        let allowed = &magnitude.scaled(3) + &underflow;
        around(format, &(&over * &rest), &allowed, &(&rest * &under))
    }

    /// The factors without their signs.
    pub(crate) fn magnitudes(&self) -> Self {
        Self {
            l1: self.l1.map(f64::abs),
            l2: self.l2.map(f64::abs),
            ..*self
        }
    }
}

/// The numbers of the format next to (middle ± allowed)/by, on the inner sides.
fn around(format: Format, middle: &Dyadic, allowed: &Dyadic, by: &Dyadic) -> [u64; 2] {
    let least = round_ratio_directed(&(middle - allowed), by, format, Direction::Up, true);
    let most = round_ratio_directed(&(middle + allowed), by, format, Direction::Down, false);
    [least, most]
}

impl Format {
    /// Both zeros, as bounds.
    #[must_use]
    pub const fn zeros(self) -> [u64; 2] {
        [1 << (self.width() - 1), 0]
    }

    /// Whether least ≤ answer ≤ most, and for a NaN as a bound whether the answer is one. −0 and 0 are the same number,
    /// unless both bounds are that zero.
    ///
    /// ```
    /// use regularize_conformance::oracle::Format;
    ///
    /// let minus_zero = 0x8000_0000;
    /// assert!(Format::F32.is_between(Format::F32.zeros(), minus_zero));
    /// assert!(!Format::F32.is_between([0, 0], minus_zero));
    /// assert!(Format::F32.is_between([0x7fc0_0000, 0x7fc0_0000], 0xffff_ffff));
    /// ```
    #[must_use]
    pub fn is_between(self, [least, most]: [u64; 2], answer: u64) -> bool {
        if least == most {
            return answer == least || self.is_nan(answer) && self.is_nan(least);
        }
        if self.is_nan(answer) {
            return false;
        }
        let place = |bits| self.place(bits);
        place(least) <= place(answer) && place(answer) <= place(most)
    }

    /// Integers in the order of the numbers, with both zeros at 0.
    fn place(self, bits: u64) -> i128 {
        let sign = 1 << (self.width() - 1);
        let magnitude = i128::from(bits & (sign - 1));
        if bits & sign == 0 {
            magnitude
        } else {
            -magnitude
        }
    }
}

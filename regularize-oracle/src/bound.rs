//! What the orders of operations may give that SPEC.md lists in `order.bound`.

use crate::dyadic::round_ratio_directed;
use crate::{Direction, Dyadic, Factors, Format, Value};

impl Factors {
    /// The least and the greatest number of the format that Ω(x)/`by` may be, as some order of operations rounds it.
    ///
    /// A term of n weights is added in n numbers. Where both factors are not 0, one sum may have all 2·n, so that a number
    /// meets k = 2·n + 1 roundings: two in its products and 2·n − 1 in the sum. Of l2 alone k = n + 1, and of l1 alone n.
    /// A division by `by` adds two, as it may be a multiplication by the inverse, and one more if `by` is rounded.
    ///
    /// A product that underflows is off by η/2, η being the least number above 0. Of l1 that is η/2 for each weight. Of l2 it
    /// is η/2 for each weight, and before that
    ///
    /// * l2·η/2 in l2·(x·x), where the square underflows,
    /// * |x|·η/2 in (l2·x)·x, where l2·x does,
    /// * 3·l2·η/2 in (2·l2)·Σ(x²/2), where the square is off by η/2 and its half by η/2 more.
    ///
    /// So the computed numbers sum to Ω and at most E = (n + Σ(max(3·l2, |x|) + 1))·η/2 before the roundings, of the terms
    /// that there are, and |ŷ − Ω| ≤ (k·u·Ω + E)/(1 − k·u), where u is half the distance of 1 and the next number. By a
    /// quotient that is divided by `by`, and is off by η/2 more, and by (Ω + E)·η/2 if the inverse is subnormal. Where a
    /// factor is negative, the Ω on the right is that of the magnitudes of the factors. In integers: no rounding, no constant.
    ///
    /// That is of finite numbers, and of an order in which nothing overflows before the end; what is beyond the greatest
    /// number at the end is infinite. Where Ω is not finite, both bounds are what it is. `None` if there are so many weights
    /// that k·u is 1 or more, where every number is inside.
    ///
    /// ```
    /// use regularize_oracle::{Factors, Format};
    ///
    /// let l1 = Factors::new(Some(0.5), None);
    /// let two = l1.bounds(Format::F32, &[0x4000_0000; 2], 1).unwrap();
    /// assert!(two[0] < 0x4000_0000 && 0x4000_0000 < two[1]);
    /// ```
    #[must_use]
    pub fn bounds(&self, format: Format, weights: &[u64], by: u64) -> Option<[u64; 2]> {
        let (Some(omega), 1..) = (self.omega(format, weights), by) else {
            let rounded = match by {
                1 => self.penalty(format, weights),
                _ => self.penalty_per_sample(format, weights, by),
            };
            return Some([rounded, rounded]);
        };
        let [l1, l2] = [self.l1(format), self.l2(format)].map(not_zero);
        let count = |number: usize| Dyadic::new(number.into(), 0);
        let half_least = |number: &Dyadic| number.scaled(format.quantum() - 1);
        let n = weights.len();
        let mut roundings = n * (usize::from(l1.is_some()) + usize::from(l2.is_some()));
        let mut underflow = Dyadic::zero();
        if l1.is_some() {
            underflow = count(n);
        }
        if let Some(l2) = l2 {
            roundings += 1;
            let thrice = &l2.scaled(1) + &l2;
            let finite = |&bits: &u64| format.decode(bits).finite();
            underflow = weights
                .iter()
                .filter_map(finite)
                .fold(&underflow + &count(n), |sum, x| {
                    &sum + &x.abs().max(thrice.clone())
                });
        }
        let mut underflow = half_least(&underflow);
        let magnitude = self.magnitudes().omega(format, weights)?;
        let divisor = Dyadic::new(by.into(), 0);
        if by > 1 {
            roundings += if divisor.is_exact(format) { 2 } else { 3 };
            let quotient = &(&magnitude + &underflow) + &Dyadic::one();
            underflow = &underflow + &(&divisor * &half_least(&quotient));
        }
        // Everything times by·(1/u − k).
        let roundings = count(roundings);
        let rest = &Dyadic::one().scaled(i64::from(format.precision())) - &roundings;
        if rest.is_zero() || rest.is_negative() {
            return None;
        }
        let underflow = underflow.scaled(format.precision().into());
        let allowed = &(&roundings * &magnitude) + &underflow;
        Some(around(
            format,
            &(&omega * &rest),
            &allowed,
            &(&rest * &divisor),
        ))
    }

    /// Whether an answer is inside the [bounds](Self::bounds).
    ///
    /// ```
    /// use regularize_oracle::{Factors, Format};
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
    /// A product of three numbers one of which is 2 is rounded once, in any order. If it underflows it is off by η at most:
    /// by η/2, which a 2 that comes last doubles. With both terms the sum is the second rounding, so that
    /// |ŝ − s| ≤ (k·u·(|l1| + 2·|l2·x|) + η)/(1 − k·u) with k = 2, or k = 1 of l2 alone. ±l1 alone is never rounded.
    ///
    /// That is of finite numbers, and where neither 2·l2 nor 2·x overflows. Where s is not finite, both bounds are what it is.
    ///
    /// ```
    /// use regularize_oracle::{Factors, Format};
    ///
    /// let l2 = Factors::new(None, Some(0.1));
    /// let [least, most] = l2.derivative_bounds(Format::F32, 3.0_f32.to_bits().into());
    /// let rounded = u64::from(0.6_f32.to_bits());
    /// assert!(rounded - 4 < least && least <= rounded && rounded <= most && most < rounded + 4);
    /// ```
    #[must_use]
    pub fn derivative_bounds(&self, format: Format, x: u64) -> [u64; 2] {
        let (Some(weight), Some([exact, _])) =
            (format.decode(x).finite(), self.subdifferential(format, x))
        else {
            let rounded = self.subgradient(format, x);
            return [rounded, rounded];
        };
        if weight.is_zero() {
            return format.zeros();
        }
        let [l1, l2] = [self.l1(format), self.l2(format)].map(not_zero);
        let (is_both, is_product) = (l1.is_some() && l2.is_some(), l2.is_some());
        let roundings = i64::from(is_both) + i64::from(is_product);
        let linear = l2.map_or_else(Dyadic::zero, |l2| (&l2 * &weight.abs()).scaled(1));
        let magnitude = &linear + &l1.unwrap_or_else(Dyadic::zero);
        let roundings = Dyadic::new(roundings.into(), 0);
        let rest = &Dyadic::one().scaled(i64::from(format.precision())) - &roundings;
        let mut allowed = &roundings * &magnitude;
        if is_product {
            let least = format.quantum() + i64::from(format.precision());
            allowed = &allowed + &Dyadic::one().scaled(least);
        }
        around(format, &(&exact * &rest), &allowed, &rest)
    }

    /// Whether an answer is inside the [bounds of the derivative](Self::derivative_bounds).
    ///
    /// ```
    /// use regularize_oracle::{Factors, Format};
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
    /// Let t = τ·l1 and d = 1 + 2·τ·l2. The difference comes before the quotient, or after it, as |v|/d − t/d; a product with
    /// the inverse of d may take the place of a quotient; and 2·τ·l2 is multiplied in any order.
    ///
    /// Three roundings are those of l1: of the step, of t and of the difference. Five are those of l2: three of d, which are
    /// of the step, of the product and of the sum, one of the inverse and one of the quotient. A product 2·τ·l2 that underflows
    /// is nothing beside 1, and d is off by less than u then. So a point meets k = 3, 5 or 8 roundings.
    ///
    /// What underflows is off by η/2: t, both quotients of the second order, and the inverse, which is multiplied by |v| or t.
    /// Together, with what is absent left out,
    ///
    /// |ŵ − w| ≤ (k·u·(|v| + t)/d + (1 + (2 + |v| + t))·η/2)/(1 − k·u).
    ///
    /// If the step is a number of the format, the rounded t is not less than a |v| that t is not less than, since rounding keeps
    /// order, and the same of both quotients: what is 0 is computed as 0.
    ///
    /// That holds for factors ≥ 0 and a step that is a normal number in the format, and twice of it a finite one: otherwise a
    /// denominator may cancel, or a step vanish, and every number is inside. Where d may overflow, 0 is inside too. Where a number is not finite, both
    /// bounds are what the real number rounds to.
    ///
    /// ```
    /// use regularize_oracle::{Factors, Format};
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
        let is_infinite = |number: &Dyadic| number.round(format, false) == format.infinity(false);
        if is_negative(self.l1(format))
            || is_negative(self.l2(format))
            || step < least_normal
            || is_infinite(&step.scaled(1))
        {
            return [format.infinity(true), format.infinity(false)];
        }
        if v.is_zero() || over.is_zero() && step.is_exact(format) {
            return format.zeros();
        }
        let [l1, l2] = [self.l1(format), self.l2(format)].map(not_zero);
        let (thresholds, shrinks) = (l1.is_some(), l2.is_some());
        let threshold = l1.map_or_else(Dyadic::zero, |l1| &step * &l1);
        let magnitude = &v.abs() + &threshold;
        let roundings = Dyadic::new(
            (3 * i64::from(thresholds) + 5 * i64::from(shrinks)).into(),
            0,
        );
        let rest = &Dyadic::one().scaled(i64::from(format.precision())) - &roundings;
        let mut underflow = Dyadic::new(i64::from(thresholds).into(), 0);
        if shrinks {
            underflow = &(&underflow + &Dyadic::one().scaled(1)) + &magnitude;
        }
        let scale = format.quantum() - 1 + i64::from(format.precision());
        let allowed = &(&roundings * &magnitude) + &(&underflow * &under).scaled(scale);
        let bounds = around(format, &(&over * &rest), &allowed, &(&rest * &under));
        // (1 + 8·u)·d is more than three roundings make of it.
        let room = &under + &under.scaled(3 - i64::from(format.precision()));
        match shrinks && is_infinite(&room) {
            true if v.is_negative() => [bounds[0], 0],
            true => [format.zeros()[0], bounds[1]],
            false => bounds,
        }
    }

    /// Returns the factors without their signs.
    ///
    /// ```
    /// # use regularize_oracle::Factors;
    /// assert_eq!(Factors::new(Some(-0.5), None).magnitudes(), Factors::new(Some(0.5), None));
    /// ```
    #[must_use]
    pub fn magnitudes(&self) -> Self {
        Self {
            l1: self.l1.map(f64::abs),
            l2: self.l2.map(f64::abs),
            ..*self
        }
    }
}

/// The magnitude of a factor that is a number other than 0.
fn not_zero(factor: Option<Value>) -> Option<Dyadic> {
    let number = factor.and_then(Value::finite)?;
    (!number.is_zero()).then(|| number.abs())
}

/// The numbers of the format next to (middle ± allowed)/by, on the inner sides.
///
/// What is rounded as if there were no greatest number is infinite from the power of two on that comes after it.
fn around(format: Format, middle: &Dyadic, allowed: &Dyadic, by: &Dyadic) -> [u64; 2] {
    let ends = [middle - allowed, middle + allowed];
    let beyond = &format.beyond() * by;
    let least = match ends[0] <= -&beyond {
        true => format.infinity(true),
        false => round_ratio_directed(&ends[0], by, format, Direction::Up, true),
    };
    let most = match ends[1] >= beyond {
        true => format.infinity(false),
        false => round_ratio_directed(&ends[1], by, format, Direction::Down, false),
    };
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
    /// use regularize_oracle::Format;
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

    /// The least power of two above all finite numbers.
    fn beyond(self) -> Dyadic {
        let biased = (1_i64 << (self.width() - self.precision())) - 2;
        Dyadic::one().scaled(self.quantum() + i64::from(self.precision()) - 1 + biased)
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

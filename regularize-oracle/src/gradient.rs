//! ∂Ω(x): the interval, its element of least norm, and the test at zero.

use crate::{Dyadic, Factors, Format, Value, round_ratio};

impl Factors {
    /// The least and the greatest element of ∂Ω at one weight, exactly; `None` where there is none.
    ///
    /// 2·l2·x + l1·sign x twice, and −l1 and l1 at a zero of either sign. An absent term counts as 0. There
    /// is none at NaN, at an infinite weight, and where a factor is infinite in the format.
    ///
    /// ```
    /// use regularize_oracle::{Dyadic, Factors, Format};
    ///
    /// let elastic = Factors::new(Some(0.5), Some(2.0));
    /// let dyadic = |x| Dyadic::from_f64(x).unwrap();
    /// let at = |x: f64| elastic.subdifferential(Format::F64, x.to_bits()).unwrap();
    /// assert_eq!(at(-1.0), [dyadic(-4.5), dyadic(-4.5)]);
    /// assert_eq!(at(0.0), [dyadic(-0.5), dyadic(0.5)]);
    /// ```
    #[must_use]
    pub fn subdifferential(&self, format: Format, x: u64) -> Option<[Dyadic; 2]> {
        let x = format.decode(x).finite()?;
        let l1 = self
            .l1(format)
            .map_or(Some(Dyadic::zero()), Value::finite)?;
        let l2 = self
            .l2(format)
            .map_or(Some(Dyadic::zero()), Value::finite)?;
        if x.is_zero() {
            return Some([-&l1, l1]);
        }
        let slope = (&l2 * &x).scaled(1);
        let only = if x.is_negative() {
            &slope - &l1
        } else {
            &slope + &l1
        };
        Some([only.clone(), only])
    }

    /// The bits of 2·l2·x + l1·sign x with sign 0 = 0: the real number, rounded once.
    ///
    /// It is +0 at a zero of either sign and without a term. NaN if a term is present and the weight is
    /// NaN, if a factor is NaN, where 0·∞ occurs (an infinite weight under an l2 that is present and 0 in
    /// the format) and where ∞ − ∞ does. It is infinite under an infinite factor, and under an l2 at an
    /// infinite weight. An exact 0 at another weight has the weight's sign.
    ///
    /// ```
    /// use regularize_oracle::{Factors, Format};
    ///
    /// let l1 = Factors::new(Some(0.5), None);
    /// let at = |x: f64| f64::from_bits(l1.subgradient(Format::F64, x.to_bits()));
    /// assert_eq!([-3.0, -0.0, 3.0].map(at), [-0.5, 0.0, 0.5]);
    /// ```
    #[must_use]
    pub fn subgradient(&self, format: Format, x: u64) -> u64 {
        self.subgradient_per_sample(format, x, 1)
    }

    /// The bits of the subgradient divided by `batch`, a number above 0: the real quotient, rounded once.
    ///
    /// Special values are those of [`subgradient`](Self::subgradient).
    ///
    /// ```
    /// # use regularize_oracle::{Factors, Format};
    /// let l1 = Factors::new(Some(1.0), None);
    /// let share = l1.subgradient_per_sample(Format::F64, (-2.0_f64).to_bits(), 3);
    /// assert_eq!(share, (-1.0_f64 / 3.0).to_bits());
    /// ```
    #[must_use]
    pub fn subgradient_per_sample(&self, format: Format, x: u64, batch: u64) -> u64 {
        let (l1, l2) = (self.l1(format), self.l2(format));
        if l1.is_none() && l2.is_none() {
            return 0;
        }
        let value = format.decode(x);
        if [Some(&value), l1.as_ref(), l2.as_ref()].contains(&Some(&Value::Nan)) {
            return format.nan();
        }
        let (negative, magnitude) = match value {
            Value::Finite { number, .. } if number.is_zero() => return 0,
            Value::Finite { negative, number } => (negative, Some(number.abs())),
            Value::Infinite { negative } => (negative, None),
            Value::Nan => unreachable!("is answered above"),
        };
        let constant = l1.map_or(Slope::Finite(Dyadic::zero()), |l1| Slope::of(&l1));
        let linear = l2.map_or(Slope::Finite(Dyadic::zero()), |l2| {
            match (&l2, &magnitude) {
                (Value::Finite { number, .. }, Some(x)) => Slope::Finite((number * x).scaled(1)),
                (Value::Finite { number, .. }, None) if number.is_zero() => Slope::Nan,
                (Value::Finite { number, .. }, None) => Slope::Infinite(number.is_negative()),
                _ => Slope::of(&l2),
            }
        });
        match (constant, linear) {
            (Slope::Finite(a), Slope::Finite(b)) => {
                let slope = &a + &b;
                let slope = if negative { -&slope } else { slope };
                round_ratio(&slope, &Dyadic::new(batch.into(), 0), format, negative)
            }
            (Slope::Nan, _) | (_, Slope::Nan) => format.nan(),
            (Slope::Infinite(a), Slope::Infinite(b)) if a != b => format.nan(),
            (Slope::Infinite(down), _) | (_, Slope::Infinite(down)) => {
                format.infinity(down != negative)
            }
        }
    }

    /// The bits of `gradient` + [`subgradient`](Self::subgradient), the sum rounded once more.
    ///
    /// As IEEE 754 adds: NaN from NaN and from infinities of two signs, −0 only from −0 and −0.
    ///
    /// ```
    /// # use regularize_oracle::{Factors, Format};
    /// let l1 = Factors::new(Some(0.5), None);
    /// let sum = l1.add_subgradient(Format::F64, (-2.0_f64).to_bits(), 0.25_f64.to_bits());
    /// assert_eq!(sum, (-0.25_f64).to_bits());
    /// ```
    #[must_use]
    pub fn add_subgradient(&self, format: Format, x: u64, gradient: u64) -> u64 {
        let subgradient = self.subgradient(format, x);
        match (format.decode(gradient), format.decode(subgradient)) {
            (
                Value::Finite {
                    negative: a,
                    number: left,
                },
                Value::Finite {
                    negative: b,
                    number: right,
                },
            ) => (&left + &right).round(format, a && b),
            (Value::Nan, _) | (_, Value::Nan) => format.nan(),
            (Value::Infinite { negative: a }, Value::Infinite { negative: b }) if a != b => {
                format.nan()
            }
            (Value::Infinite { negative }, _) | (_, Value::Infinite { negative }) => {
                format.infinity(negative)
            }
        }
    }

    /// Whether w ↦ gradient·w + Ω(w) descends in no direction from w = 0.
    ///
    /// Decided by its one-sided derivatives, −gradient + l1 and gradient + l1: neither may be negative. An
    /// absent l1 counts as 0, an infinite one stops every finite gradient, and NaN descends.
    ///
    /// ```
    /// # use regularize_oracle::{Factors, Format};
    /// let l1 = Factors::new(Some(0.5), None);
    /// assert!(l1.zero_is_minimum(Format::F64, (-0.5_f64).to_bits()));
    /// assert!(!l1.zero_is_minimum(Format::F64, 0.75_f64.to_bits()));
    /// ```
    #[must_use]
    pub fn zero_is_minimum(&self, format: Format, gradient: u64) -> bool {
        let l1 = self.l1(format).unwrap_or(Value::Finite {
            negative: false,
            number: Dyadic::zero(),
        });
        match (format.decode(gradient), l1) {
            (Value::Finite { number: g, .. }, Value::Finite { number: l1, .. }) => {
                !(&l1 - &g).is_negative() && !(&l1 + &g).is_negative()
            }
            (Value::Nan, _) => false,
            (_, Value::Infinite { negative }) => !negative,
            _ => false,
        }
    }
}

/// A slope in the direction of the weight; an infinite one may be negative.
enum Slope {
    Finite(Dyadic),
    Infinite(bool),
    Nan,
}

impl Slope {
    fn of(factor: &Value) -> Self {
        match factor {
            Value::Finite { number, .. } => Self::Finite(number.clone()),
            Value::Infinite { negative } => Self::Infinite(*negative),
            Value::Nan => Self::Nan,
        }
    }
}

//! ∂Ω(x): the interval, its element of least norm, and the test at zero.

use super::{Dyadic, Factors, Format, Value};

impl Factors {
    /// The least and the greatest element of ∂Ω at one weight, exactly; `None` where there is none.
    ///
    /// 2·l2·x + l1·sign x twice, and −l1 and l1 at a zero of either sign. An absent term counts as 0. There
    /// is none at NaN, at an infinite weight, and where a factor is infinite in the format.
    ///
    /// ```
    /// use regularize_conformance::oracle::{Dyadic, Factors, Format};
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
    /// NaN, and where 0·∞ occurs: an infinite weight under an l2 that is present and 0 in the format. An
    /// infinite factor or weight is ∞ with the sign of the weight otherwise. An exact 0 at another weight
    /// has the weight's sign.
    ///
    /// ```
    /// use regularize_conformance::oracle::{Factors, Format};
    ///
    /// let l1 = Factors::new(Some(0.5), None);
    /// let at = |x: f64| f64::from_bits(l1.subgradient(Format::F64, x.to_bits()));
    /// assert_eq!([-3.0, -0.0, 3.0].map(at), [-0.5, 0.0, 0.5]);
    /// ```
    #[must_use]
    pub fn subgradient(&self, format: Format, x: u64) -> u64 {
        let (l1, l2) = (self.l1(format), self.l2(format));
        if l1.is_none() && l2.is_none() {
            return 0;
        }
        let negative = match format.decode(x) {
            Value::Nan => return format.nan(),
            Value::Finite { number, .. } if number.is_zero() => return 0,
            Value::Infinite { negative } => {
                return match (l1, l2) {
                    (_, Some(Value::Finite { number, .. })) if number.is_zero() => format.nan(),
                    (_, Some(_)) | (Some(Value::Infinite { .. }), _) => format.infinity(negative),
                    (Some(l1), None) => signed(&l1, negative, format),
                    (None, None) => 0,
                };
            }
            Value::Finite { negative, .. } => negative,
        };
        match self.subdifferential(format, x) {
            Some([only, _]) => only.round(format, negative),
            None => format.infinity(negative),
        }
    }

    /// The bits of `gradient` + [`subgradient`](Self::subgradient), the sum rounded once more.
    ///
    /// As IEEE 754 adds: NaN from NaN and from infinities of two signs, −0 only from −0 and −0.
    ///
    /// ```
    /// # use regularize_conformance::oracle::{Factors, Format};
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
    /// # use regularize_conformance::oracle::{Factors, Format};
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
            (Value::Finite { .. } | Value::Infinite { .. }, Value::Infinite { .. }) => true,
            _ => false,
        }
    }
}

/// The bits of a factor with the sign of a weight.
fn signed(factor: &Value, negative: bool, format: Format) -> u64 {
    match factor {
        Value::Finite { number, .. } if negative => (-number).round(format, true),
        Value::Finite { number, .. } => number.round(format, false),
        Value::Infinite { .. } => format.infinity(negative),
        Value::Nan => format.nan(),
    }
}

//! Ω(x) = l1·Σ|xᵢ| + l2·Σxᵢ², and its share per sample.

use crate::{Dyadic, Factors, Format, Value, round_ratio};

/// A sum of numbers that are not negative.
enum Sum {
    Finite(Dyadic),
    Infinite,
    Nan,
}

/// A term, or the whole, before its rounding.
enum Loss {
    Finite { negative: bool, number: Dyadic },
    Infinite { negative: bool },
    Nan,
}

impl Factors {
    /// The bits of Ω(x) = l1·Σ|xᵢ| + l2·Σxᵢ²: the real number, rounded once to nearest, ties to even.
    ///
    /// Special values follow factor·Σ term by term: NaN if a term is present and a weight is NaN; an
    /// infinite Σ times 0, an infinite factor times a Σ of 0 (the empty one too), and infinities of two signs
    /// are NaN. Without a term it is +0. It is −0 for one present term whose factor is −0 over a finite Σ, or
    /// negative over zeros, unless the terms are [`added to 0`](Self::added_to_zero).
    ///
    /// ```
    /// use regularize_oracle::{Factors, Format};
    ///
    /// let bits = |xs: &[f64]| xs.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    /// let l1 = Factors::new(Some(1.0), None);
    /// // Summed in order, the doubles 1e16 and 1 make 1e16 twice.
    /// assert_eq!(l1.penalty(Format::F64, &bits(&[1e16, 1.0, 1.0])), (1e16_f64 + 2.0).to_bits());
    /// let zero = Factors::new(Some(0.0), None);
    /// assert!(Format::F64.is_nan(zero.penalty(Format::F64, &bits(&[f64::INFINITY]))));
    /// ```
    #[must_use]
    pub fn penalty(&self, format: Format, weights: &[u64]) -> u64 {
        self.share(format, weights, &Dyadic::one())
    }

    /// The bits of Ω(x)/batch: the real quotient, rounded once.
    ///
    /// Special values are those of [`penalty`](Self::penalty). An empty batch costs +0, whatever the
    /// weights.
    ///
    /// ```
    /// # use regularize_oracle::{Factors, Format};
    /// let one = 1.0_f64.to_bits();
    /// let l1 = Factors::new(Some(1.0), None);
    /// assert_eq!(l1.penalty_per_sample(Format::F64, &[one], 3), (1.0_f64 / 3.0).to_bits());
    /// assert_eq!(l1.penalty_per_sample(Format::F64, &[one], 0), 0);
    /// ```
    #[must_use]
    pub fn penalty_per_sample(&self, format: Format, weights: &[u64], batch: u64) -> u64 {
        match batch {
            0 => 0,
            _ => self.share(format, weights, &Dyadic::new(batch.into(), 0)),
        }
    }

    /// Ω(x) before rounding; `None` where it is not a finite number.
    ///
    /// ```
    /// # use regularize_oracle::{Dyadic, Factors, Format};
    /// let l2 = Factors::new(None, Some(0.5));
    /// assert_eq!(l2.omega(Format::F64, &[3.0_f64.to_bits()]), Dyadic::from_f64(4.5));
    /// ```
    #[must_use]
    pub fn omega(&self, format: Format, weights: &[u64]) -> Option<Dyadic> {
        match self.loss(format, weights) {
            Loss::Finite { number, .. } => Some(number),
            _ => None,
        }
    }

    /// The whole, divided by a number above 0 and rounded.
    fn share(&self, format: Format, weights: &[u64], by: &Dyadic) -> u64 {
        match self.loss(format, weights) {
            Loss::Finite { negative, number } => round_ratio(&number, by, format, negative),
            Loss::Infinite { negative } => format.infinity(negative),
            Loss::Nan => format.nan(),
        }
    }

    /// The whole before rounding.
    fn loss(&self, format: Format, weights: &[u64]) -> Loss {
        let l1 = self
            .l1(format)
            .map(|factor| times(&factor, &sum(format, weights, 1)));
        let l2 = self
            .l2(format)
            .map(|factor| times(&factor, &sum(format, weights, 2)));
        match (l1, l2) {
            (None, None) => Loss::Finite {
                negative: false,
                number: Dyadic::zero(),
            },
            (Some(Loss::Finite { negative, number }), None)
            | (None, Some(Loss::Finite { negative, number })) => Loss::Finite {
                negative: negative && !self.added_to_zero,
                number,
            },
            (Some(term), None) | (None, Some(term)) => term,
            (Some(Loss::Nan), Some(_)) | (Some(_), Some(Loss::Nan)) => Loss::Nan,
            (Some(Loss::Infinite { negative: a }), Some(Loss::Infinite { negative: b }))
                if a != b =>
            {
                Loss::Nan
            }
            (Some(infinite @ Loss::Infinite { .. }), Some(_))
            | (Some(_), Some(infinite @ Loss::Infinite { .. })) => infinite,
            (Some(Loss::Finite { number: a, .. }), Some(Loss::Finite { number: b, .. })) => {
                // Keras starts from +0 and adds: the sum of two terms is never −0.
                Loss::Finite {
                    negative: false,
                    number: &a + &b,
                }
            }
        }
    }
}

/// Σ|xᵢ|ᵖ as one integer on the grid of the least weight.
fn sum(format: Format, weights: &[u64], power: u32) -> Sum {
    let values = || weights.iter().map(|&bits| format.decode(bits));
    if values().any(|value| value == Value::Nan) {
        return Sum::Nan;
    }
    if values().any(|value| matches!(value, Value::Infinite { .. })) {
        return Sum::Infinite;
    }
    let mut total = Dyadic::zero();
    for x in values().filter_map(Value::finite) {
        total += &if power == 1 { x.abs() } else { &x * &x };
    }
    Sum::Finite(total)
}

/// A factor times a sum.
fn times(factor: &Value, sum: &Sum) -> Loss {
    match (factor, sum) {
        (Value::Nan, _) | (_, Sum::Nan) => Loss::Nan,
        (Value::Finite { negative, number }, Sum::Finite(sum)) => Loss::Finite {
            negative: *negative,
            number: number * sum,
        },
        (Value::Finite { number, .. }, Sum::Infinite) if number.is_zero() => Loss::Nan,
        (Value::Infinite { .. }, Sum::Finite(sum)) if sum.is_zero() => Loss::Nan,
        (Value::Finite { negative, .. } | Value::Infinite { negative }, _) => Loss::Infinite {
            negative: *negative,
        },
    }
}

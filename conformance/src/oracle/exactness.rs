//! Where no operation rounds: SPEC.md, `order.lattice`.

use super::{Dyadic, Factors, Format, Value};

/// A sum of terms on a grid: its finest place, and what it comes to.
struct Lattice {
    place: i64,
    sum: Dyadic,
}

impl Lattice {
    fn of(terms: impl Iterator<Item = Dyadic>) -> Option<Self> {
        let mut lattice: Option<Self> = None;
        for term in terms {
            let Some(place) = term.place() else { continue };
            lattice = Some(match lattice {
                None => Self { place, sum: term },
                Some(before) => Self {
                    place: before.place.min(place),
                    sum: &before.sum + &term,
                },
            });
        }
        lattice
    }

    /// Whether every partial sum is a number of the format, and half of every term too, which TensorFlow takes.
    fn fits(&self, format: Format) -> bool {
        self.place > format.quantum()
            && self.sum <= Dyadic::one().scaled(self.place + i64::from(format.precision()))
            && format
                .decode(self.sum.round(format, false))
                .finite()
                .is_some()
    }
}

impl Factors {
    /// Whether the penalty, divided by `by`, has no rounding in any order of operations: the weights lie on a lattice
    /// whose sums have digits enough, and the factors and `by` are powers of two.
    ///
    /// ```
    /// use regularize_conformance::oracle::{Factors, Format};
    ///
    /// let ones = [1.0_f32.to_bits().into(); 1000];
    /// assert!(Factors::new(Some(0.5), Some(0.25)).is_exact(Format::F32, &ones, 1));
    /// assert!(!Factors::new(Some(0.1), None).is_exact(Format::F32, &ones, 1));
    /// ```
    #[must_use]
    pub fn is_exact(&self, format: Format, weights: &[u64], by: u64) -> bool {
        if self.l1.is_none() && self.l2.is_none() {
            return true;
        }
        let weights: Option<Vec<Dyadic>> = weights
            .iter()
            .map(|&bits| format.decode(bits).finite())
            .collect();
        let Some(weights) = weights else { return false };
        if by > 1 && !by.is_power_of_two() {
            return false;
        }
        let log = i64::from(by.max(1).trailing_zeros());
        let factor = |factor: Option<Value>| match factor {
            None => Some(None),
            Some(value) => value
                .finite()
                .filter(|factor| factor.is_zero() || factor.is_power_of_two())
                .map(Some),
        };
        let (Some(l1), Some(l2)) = (factor(self.l1(format)), factor(self.l2(format))) else {
            return false;
        };
        let sums = [
            (l1, Lattice::of(weights.iter().map(Dyadic::abs))),
            (l2, Lattice::of(weights.iter().map(|x| x * x))),
        ];
        let mut terms = Vec::new();
        for (factor, sum) in sums {
            let (Some(factor), Some(sum)) = (factor, sum) else {
                continue;
            };
            let Some(shift) = factor.place() else {
                // 0 times a sum that is a number.
                match sum.fits(format) {
                    true => continue,
                    false => return false,
                }
            };
            let scaled = Lattice {
                place: sum.place + shift - log,
                sum: sum.sum.scaled(shift - log),
            };
            if factor.is_negative() || !sum.fits(format) || !scaled.fits(format) {
                return false;
            }
            terms.push(scaled.sum);
        }
        Lattice::of(terms.into_iter()).is_none_or(|both| both.fits(format))
    }

    /// Whether the derivative at a weight has no rounding in any order of operations.
    #[must_use]
    pub fn is_exact_derivative(&self, format: Format, x: u64) -> bool {
        let (Some(x), Some([derivative, _])) =
            (format.decode(x).finite(), self.subdifferential(format, x))
        else {
            return false;
        };
        let is_kept = |number: &Dyadic| number.is_zero() || number.is_exact(format);
        let linear = self
            .l2(format)
            .and_then(Value::finite)
            .unwrap_or_else(Dyadic::zero);
        !x.is_zero()
            && (linear.is_zero() || linear.is_power_of_two())
            && is_kept(&(&linear * &x))
            && is_kept(&x.scaled(1))
            && is_kept(&(&linear * &x).scaled(1))
            && is_kept(&derivative)
    }

    /// Whether the proximal point has no rounding: the threshold, the difference and the denominator are numbers of the
    /// format, and the denominator is a power of two.
    #[must_use]
    pub fn is_exact_proximal(&self, format: Format, step: f64, v: u64) -> bool {
        let parts = (self.proximal_ratio(format, step, v), Dyadic::from_f64(step));
        let (Some([over, under]), Some(step)) = parts else {
            return false;
        };
        let l1 = self
            .l1(format)
            .and_then(Value::finite)
            .unwrap_or_else(Dyadic::zero);
        let l2 = self
            .l2(format)
            .and_then(Value::finite)
            .unwrap_or_else(Dyadic::zero);
        let is_kept = |number: &Dyadic| number.is_zero() || number.is_exact(format);
        under.is_power_of_two()
            && !over.is_zero()
            && [&step, &(&step * &l1), &(&step * &l2), &over]
                .into_iter()
                .all(is_kept)
            && is_kept(&over.scaled(-under.place().unwrap_or(0)))
    }
}

impl Dyadic {
    /// The exponent of its last digit that is not 0; `None` of 0.
    pub(crate) fn place(&self) -> Option<i64> {
        let (integer, exponent) = self.parts();
        integer
            .trailing_zeros()
            .map(|zeros| exponent + zeros as i64)
    }

    fn is_power_of_two(&self) -> bool {
        self.place()
            .is_some_and(|place| self.abs() == Self::one().scaled(place))
    }

    /// Whether it is a number of the format, and not its least ones.
    fn is_exact(&self, format: Format) -> bool {
        let rounded = self.round(format, self.is_negative());
        format.decode(rounded).finite().as_ref() == Some(self)
    }
}

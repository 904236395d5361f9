//! Where no operation rounds: SPEC.md, `order.lattice`.

use crate::{Dyadic, Factors, Format, Value};

/// A sum of terms on a grid: its finest place, and what it comes to.
struct Lattice {
    place: i64,
    sum: Dyadic,
}

impl Lattice {
    fn of(terms: impl Iterator<Item = Dyadic>) -> Option<Self> {
        let terms = terms.filter_map(|sum| {
            Some(Self {
                place: sum.place()?,
                sum,
            })
        });
        terms.reduce(Self::plus)
    }

    /// All terms of both: one sum may have them in any order.
    fn plus(mut self, other: Self) -> Self {
        self.place = self.place.min(other.place);
        self.sum += &other.sum;
        self
    }

    fn scaled(&self, by: i64) -> Self {
        Self {
            place: self.place + by,
            sum: self.sum.scaled(by),
        }
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
    /// whose sums have digits enough, both alone and together after the factors, and the factors and `by` are powers of two.
    ///
    /// The grid of all terms together is the finer one of both, as one sum may have them in any order. l2·x is a number if
    /// l2·x² is on the grid: for |x| < 1 it has fewer places, and for others no more than l2. Twice l2 has to be one, which
    /// TensorFlow multiplies by.
    ///
    /// ```
    /// use regularize_oracle::{Factors, Format};
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
        let by = by.max(1);
        if !by.is_power_of_two() || !Dyadic::new(by.into(), 0).is_exact(format) {
            return false;
        }
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
        if l2
            .as_ref()
            .is_some_and(|l2| !l2.is_zero() && !l2.scaled(1).is_exact(format))
        {
            return false;
        }
        let sums = [
            (l1, Lattice::of(weights.iter().map(Dyadic::abs))),
            (l2, Lattice::of(weights.iter().map(|x| x * x))),
        ];
        let mut whole: Option<Lattice> = None;
        for (factor, sum) in sums {
            let (Some(factor), Some(sum)) = (factor, sum) else {
                continue;
            };
            if factor.is_negative() || !sum.fits(format) {
                return false;
            }
            // 0 times a number is 0.
            if let Some(shift) = factor.place() {
                let term = sum.scaled(shift);
                whole = Some(match whole {
                    None => term,
                    Some(whole) => whole.plus(term),
                });
            }
        }
        let log = i64::from(by.trailing_zeros());
        whole.is_none_or(|whole| whole.fits(format) && whole.scaled(-log).fits(format))
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
            && is_kept(&linear.scaled(1))
            && is_kept(&(&linear * &x).scaled(1))
            && is_kept(&derivative)
    }

    /// Whether the proximal point has no rounding in any order of operations: every number on the way is one of the format,
    /// and the denominator is a power of two.
    #[must_use]
    pub fn is_exact_proximal(&self, format: Format, step: f64, v: u64) -> bool {
        let parts = (
            self.proximal_ratio(format, step, v),
            Dyadic::from_f64(step),
            format.decode(v).finite(),
        );
        let (Some([over, under]), Some(step), Some(v)) = parts else {
            return false;
        };
        let [l1, l2] = [self.l1(format), self.l2(format)]
            .map(|factor| factor.and_then(Value::finite).unwrap_or_else(Dyadic::zero));
        let is_kept = |number: &Dyadic| number.is_zero() || number.is_exact(format);
        let Some(place) = under.place().filter(|_| under.is_power_of_two()) else {
            return false;
        };
        let (threshold, slope) = (&step * &l1, &step * &l2);
        let twice = step.scaled(1);
        let all = [&step, &twice, &threshold, &slope, &under, &over];
        let shrunk = [&over, &v, &threshold].map(|number| number.scaled(-place));
        !over.is_zero() && all.into_iter().all(is_kept) && shrunk.iter().all(is_kept)
    }
}

impl Dyadic {
    /// Returns the exponent of the last binary digit that is not 0; `None` of 0.
    ///
    /// ```
    /// # use regularize_oracle::Dyadic;
    /// assert_eq!(Dyadic::from_f64(12.0).unwrap().place(), Some(2));
    /// assert_eq!(Dyadic::from_f64(0.75).unwrap().place(), Some(-2));
    /// assert_eq!(Dyadic::zero().place(), None);
    /// ```
    #[must_use]
    pub fn place(&self) -> Option<i64> {
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
    pub(crate) fn is_exact(&self, format: Format) -> bool {
        let rounded = self.round(format, self.is_negative());
        format.decode(rounded).finite().as_ref() == Some(self)
    }
}

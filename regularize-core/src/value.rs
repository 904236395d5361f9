//! Ω(x) = l1·Σ|xᵢ| + l2·Σxᵢ², rounded once.

use crate::edition::Activity;
use crate::kernel::Path;
use crate::real::unpack;
use crate::wide::Wide;
use crate::{Float, Sums, Terms};

/// The grid 2⁻³²²² has every product of a double and a sum of squares: 1074 + 2148 places.
/// The largest is below 2¹⁰²⁴·2²¹⁴⁰ and its sum with the other term below 2³¹⁶⁵: 3222 + 3165 digits are
/// 100 limbs.
type Fixed = Wide<100>;

const GRID: i32 = -3222;

/// A term, before any rounding.
#[derive(Clone, Copy, PartialEq)]
enum Term {
    Absent,
    /// Added to the total of its sign.
    Finite {
        negative: bool,
    },
    Infinite {
        negative: bool,
    },
    Nan,
}

/// The terms of either sign.
#[derive(Default)]
struct Totals {
    plus: Fixed,
    minus: Fixed,
}

impl Terms {
    /// Ω(x) = l1·Σ|xᵢ| + l2·Σxᵢ²: the real number, rounded once to nearest, ties to even.
    ///
    /// So it does not depend on the order of the weights. Too large a number is infinite.
    ///
    /// Special values are those of factor·Σ, term by term: NaN if a term is present and a weight is NaN;
    /// 0·∞ is NaN, of a factor 0 over an infinite weight and of an infinite factor over zeros or nothing.
    /// ∞ − ∞ is NaN, and so is all under a factor of NaN, where an edition accepts such factors. +0 without a term.
    /// −0 only of an L1 or L2 whose factor is −0, or negative over zeros; never of an L1L2, which adds to 0.
    ///
    /// ```
    /// use regularize_core::l1_l2;
    ///
    /// assert_eq!(l1_l2(0.5, 0.25).terms().penalty(&[1.0_f64, -2.0]), 0.5 * 3.0 + 0.25 * 5.0);
    /// // Summed in order, the doubles 1e16, 1 and 1 make 1e16.
    /// assert_eq!(l1_l2(1.0, 0.0).terms().penalty(&[1e16, 1.0, 1.0]), 1e16 + 2.0);
    /// ```
    #[must_use]
    pub fn penalty<T: Float>(&self, x: &[T]) -> T {
        let path = Path::detect();
        T::value(path, self, x).unwrap_or_else(|| self.by_sums(path, x))
    }

    /// The penalty by way of some code.
    #[doc(hidden)]
    #[must_use]
    pub fn penalty_on<T: Float>(&self, path: Path, x: &[T]) -> T {
        T::value(path, self, x).unwrap_or_else(|| self.by_sums(path, x))
    }

    /// The penalty by way of sums without rounding.
    fn by_sums<T: Float>(&self, path: Path, x: &[T]) -> T {
        let mut sums = Sums::new();
        sums.extend_on(path, x);
        self.penalty_of(&sums)
    }

    /// Ω of the weights that were summed, as [`penalty`](Self::penalty) rounds it.
    ///
    /// ```
    /// use regularize_core::{Sums, l2};
    ///
    /// let mut sums = Sums::new();
    /// sums.extend(&[1.0_f32, 2.0]);
    /// assert_eq!(l2(0.5).terms().penalty_of::<f32>(&sums), 2.5);
    /// ```
    #[must_use]
    pub fn penalty_of<T: Float>(&self, sums: &Sums) -> T {
        self.share(sums, 1)
    }

    /// The penalty of an output of `batch` samples whose numbers were summed: Ω/batch as a real quotient, rounded
    /// once, or Ω in the editions that do not divide (Keras 2.2 and 2.3, 3.0 to 3.13).
    ///
    /// An empty batch costs +0, whatever was summed, and NaN in tf.keras before 2.10 (the release that ended it is
    /// 2.14). Special values otherwise as of [`penalty`](Self::penalty).
    ///
    /// ```
    /// use regularize_core::{Edition, Sums, l1};
    ///
    /// let mut sums = Sums::new();
    /// sums.add(1.0_f64);
    /// assert_eq!(l1(1.0).terms().penalty_per_sample::<f64>(&sums, 3), 1.0 / 3.0);
    /// assert_eq!(l1(1.0).terms().penalty_per_sample::<f64>(&sums, 0), 0.0);
    /// assert_eq!(Edition::KERAS_3_0.l1(1.0).terms().penalty_per_sample::<f64>(&sums, 3), 1.0);
    /// ```
    #[must_use]
    pub fn penalty_per_sample<T: Float>(&self, sums: &Sums, batch: usize) -> T {
        match (self.edition().rules().activity, batch) {
            (Activity::Mean, 0) => T::ZERO,
            (Activity::MeanOrNan, 0) => T::from_f64(f64::NAN),
            _ => self.share(sums, self.divisor(batch)),
        }
    }

    /// The number above 0 that the penalty of an output of so many samples is divided by, and its derivative.
    pub(crate) fn divisor(&self, batch: usize) -> u64 {
        match self.edition().rules().activity {
            Activity::Sum => 1,
            Activity::Mean | Activity::MeanOrNan => (batch as u64).max(1),
        }
    }

    /// Ω/by, rounded once.
    pub(crate) fn share<T: Float>(&self, sums: &Sums, by: u64) -> T {
        let mut totals = Totals::default();
        let l1 = term::<T, 34>(self.l1(), sums, &sums.magnitudes, -1074, &mut totals);
        let l2 = term::<T, 67>(self.l2(), sums, &sums.squares, -2148, &mut totals);
        let infinite = |negative| [l1, l2].contains(&Term::Infinite { negative });
        if [l1, l2].contains(&Term::Nan) || (infinite(false) && infinite(true)) {
            return T::from_f64(f64::NAN);
        }
        if infinite(false) || infinite(true) {
            let sign = if infinite(true) { -1.0 } else { 1.0 };
            return T::from_f64(sign * f64::INFINITY);
        }
        let Totals { plus, minus } = totals;
        let (mut total, other, mut negative) = match plus < minus {
            true => (minus, plus, true),
            false => (plus, minus, false),
        };
        total.subtract(&other);
        if total.is_zero() && !self.is_summed() {
            // 0 times a factor, which is the only term.
            negative = [l1, l2].contains(&Term::Finite { negative: true });
        }
        let more = by > 1 && total.divide(by);
        let value = total.real(GRID, more).nearest::<T>();
        T::from_f64(if negative { -value } else { value })
    }
}

/// Adds |factor|·Σ to the total of the factor's sign if it is finite, and says what it is. Σ is on the grid 2ᵍ.
fn term<T: Float, const N: usize>(
    factor: Option<f64>,
    sums: &Sums,
    sum: &Wide<N>,
    grid: i32,
    totals: &mut Totals,
) -> Term {
    let Some(factor) = factor.map(|factor| T::from_f64(factor).to_f64()) else {
        return Term::Absent;
    };
    let negative = factor.is_sign_negative();
    if sums.nan
        || factor.is_nan()
        || (factor == 0.0 && sums.infinite)
        || (factor.is_infinite() && sum.is_zero() && !sums.infinite)
    {
        return Term::Nan;
    }
    if sums.infinite || factor.is_infinite() {
        return Term::Infinite { negative };
    }
    let (m, e) = unpack(factor);
    let total = match negative {
        true => &mut totals.minus,
        false => &mut totals.plus,
    };
    total.add_product(m, sum, (grid + e - GRID).unsigned_abs());
    Term::Finite { negative }
}

//! Ω(x) = l1·Σ|xᵢ| + l2·Σxᵢ², rounded once.

use crate::real::unpack;
use crate::wide::Wide;
use crate::{Float, Sums, Terms};

/// The grid 2⁻³²²² has every product of a double and a sum of squares: 1074 + 2148 places.
/// The largest is below 2¹⁰²⁴·2²¹⁴⁰ and its sum with the other term below 2³¹⁶⁵: 3222 + 3165 digits are
/// 100 limbs.
type Fixed = Wide<100>;

const GRID: i32 = -3222;

/// A term, before any rounding.
enum Term {
    Absent,
    /// The factor's sign is negative only for −0.
    Finite {
        negative: bool,
    },
    Infinite,
    Nan,
}

impl Terms {
    /// Ω(x) = l1·Σ|xᵢ| + l2·Σxᵢ²: the real number, rounded once to nearest, ties to even.
    ///
    /// So it does not depend on the order of the weights. Too large a number is infinite.
    ///
    /// Special values are those of factor·Σ, term by term: NaN if a term is present and a weight is NaN;
    /// 0·∞ is NaN, of a factor 0 over an infinite weight and of an infinite factor over zeros or nothing.
    /// +0 without a term. −0 only of one term whose factor is −0.
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
        let mut sums = Sums::new();
        sums.extend(x);
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

    /// Ω/batch of the weights that were summed: the real quotient, rounded once.
    ///
    /// An empty batch costs +0, whatever was summed. Special values otherwise as of [`penalty`](Self::penalty).
    ///
    /// ```
    /// use regularize_core::{Sums, l1};
    ///
    /// let mut sums = Sums::new();
    /// sums.add(1.0_f64);
    /// assert_eq!(l1(1.0).terms().penalty_per_sample::<f64>(&sums, 3), 1.0 / 3.0);
    /// assert_eq!(l1(1.0).terms().penalty_per_sample::<f64>(&sums, 0), 0.0);
    /// ```
    #[must_use]
    pub fn penalty_per_sample<T: Float>(&self, sums: &Sums, batch: usize) -> T {
        match batch {
            0 => T::ZERO,
            _ => self.share(sums, batch as u64),
        }
    }

    fn share<T: Float>(&self, sums: &Sums, batch: u64) -> T {
        let mut total = Fixed::ZERO;
        let l1 = term::<T, 34>(self.l1(), sums, &sums.magnitudes, -1074, &mut total);
        let l2 = term::<T, 67>(self.l2(), sums, &sums.squares, -2148, &mut total);
        let negative = match (l1, l2) {
            (Term::Nan, _) | (_, Term::Nan) => return T::from_f64(f64::NAN),
            (Term::Infinite, _) | (_, Term::Infinite) => return T::from_f64(f64::INFINITY),
            (Term::Finite { negative }, Term::Absent)
            | (Term::Absent, Term::Finite { negative }) => negative,
            _ => false,
        };
        let more = batch > 1 && total.divide(batch);
        let value = total.real(GRID, more).nearest::<T>();
        T::from_f64(if negative { -value } else { value })
    }
}

/// Adds factor·Σ to the total if it is finite, and says what it is. Σ is on the grid 2ᵍ.
fn term<T: Float, const N: usize>(
    factor: Option<f64>,
    sums: &Sums,
    sum: &Wide<N>,
    grid: i32,
    total: &mut Fixed,
) -> Term {
    let Some(factor) = factor.map(|factor| T::from_f64(factor).to_f64()) else {
        return Term::Absent;
    };
    match (factor, sums) {
        (_, Sums { nan: true, .. }) => Term::Nan,
        (0.0, Sums { infinite: true, .. }) => Term::Nan,
        (_, Sums { infinite: true, .. }) => Term::Infinite,
        (f64::INFINITY, _) if sum.is_zero() => Term::Nan,
        (f64::INFINITY, _) => Term::Infinite,
        _ => {
            let (m, e) = unpack(factor);
            total.add_product(m, sum, (grid + e - GRID).unsigned_abs());
            let negative = factor.is_sign_negative();
            Term::Finite { negative }
        }
    }
}

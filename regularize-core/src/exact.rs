//! Σ|xᵢ| and Σxᵢ² without any rounding.

use crate::Float;
use crate::kernel::Path;
#[cfg(feature = "rayon")]
use crate::kernel::parallel;
use crate::real::unpack;
use crate::wide::Wide;

/// The exact sums Σ|xᵢ| and Σxᵢ² of any number of weights, of any of the types.
///
/// Two of the same weights are equal, in whatever order and pieces the weights came. [`merge`](Self::merge) is
/// associative and commutative, so that a tensor that is split over threads or machines has the same penalty,
/// bit for bit, as in one piece: see [`Terms::penalty_of`](crate::Terms::penalty_of).
///
/// Fixed-point numbers on the grids of the least double and of its square, 2⁻¹⁰⁷⁴ and 2⁻²¹⁴⁸, of 808 bytes
/// together, with room for 2⁶⁴ of the largest doubles; a sum beyond that stays at the top.
/// NaN and infinities among the weights are remembered, each by a flag.
///
/// ```
/// use regularize_core::{Sums, l1};
///
/// let (mut left, mut right) = (Sums::new(), Sums::new());
/// left.extend(&[1e16_f64, 1.0]);
/// right.add(-1.0_f64);
/// left.merge(&right);
/// assert_eq!(l1(1.0).terms().penalty_of::<f64>(&left), 1e16 + 2.0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// Σ|xᵢ| on the grid 2⁻¹⁰⁷⁴: 1074 + 1024 + 64 digits are 34 limbs.
    pub(crate) magnitudes: Wide<34>,
    /// Σxᵢ² on the grid 2⁻²¹⁴⁸: 2148 + 2048 + 64 digits are 67 limbs.
    pub(crate) squares: Wide<67>,
    pub(crate) nan: bool,
    pub(crate) infinite: bool,
}

impl Default for Sums {
    fn default() -> Self {
        Self::new()
    }
}

impl Sums {
    /// The sums of no weights.
    ///
    /// ```
    /// # use regularize_core::Sums;
    /// assert_eq!(Sums::new(), Sums::default());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            magnitudes: Wide::ZERO,
            squares: Wide::ZERO,
            nan: false,
            infinite: false,
        }
    }

    /// Adds a weight.
    ///
    /// ```
    /// # use regularize_core::Sums;
    /// let (mut one, mut other) = (Sums::new(), Sums::new());
    /// one.add(-0.5_f32);
    /// other.add(0.5_f64);
    /// assert_eq!(one, other);
    /// ```
    pub fn add<T: Float>(&mut self, x: T) {
        let x = x.to_f64();
        if !x.is_finite() {
            self.nan |= x.is_nan();
            self.infinite |= !x.is_nan();
            return;
        }
        let (m, e) = unpack(x);
        let shift = (e + 1074).unsigned_abs();
        let m = u128::from(m);
        self.magnitudes.add(m, shift);
        self.squares.add(m * m, 2 * shift);
    }

    /// Adds to Σ|xᵢ| and to Σxᵢ² integers in units of powers of two, not below those of the least doubles.
    pub(crate) fn add_units(&mut self, magnitudes: u128, unit: i32, squares: u128, square: i32) {
        self.magnitudes
            .add(magnitudes, (unit + 1074).unsigned_abs());
        self.squares.add(squares, (square + 2148).unsigned_abs());
    }

    /// Adds every weight of a slice.
    ///
    /// ```
    /// # use regularize_core::Sums;
    /// let (mut one, mut other) = (Sums::new(), Sums::new());
    /// one.extend(&[1.0_f32, 1e-30, -2.0]);
    /// other.extend(&[1e-30_f32, 2.0, 1.0]);
    /// assert_eq!(one, other);
    /// ```
    pub fn extend<T: Float>(&mut self, xs: &[T]) {
        let path = Path::detect();
        #[cfg(feature = "rayon")]
        if parallel::extend(path, xs, self) {
            return;
        }
        self.extend_on(path, xs);
    }

    /// The same by way of some code.
    #[doc(hidden)]
    pub fn extend_on<T: Float>(&mut self, path: Path, xs: &[T]) {
        if !T::extend(path, xs, self) {
            for &x in xs {
                self.add(x);
            }
        }
    }

    /// Adds the sums of other weights: exact, associative, commutative, with [`new`](Self::new) neutral.
    ///
    /// ```
    /// # use regularize_core::Sums;
    /// let (mut left, mut right, mut whole) = (Sums::new(), Sums::new(), Sums::new());
    /// left.extend(&[0.1_f32, 0.2]);
    /// right.extend(&[0.3_f32]);
    /// whole.extend(&[0.3_f32, 0.2, 0.1]);
    /// left.merge(&right);
    /// assert_eq!(left, whole);
    /// ```
    pub fn merge(&mut self, other: &Self) {
        self.magnitudes.add_all(&other.magnitudes);
        self.squares.add_all(&other.squares);
        self.nan |= other.nan;
        self.infinite |= other.infinite;
    }
}

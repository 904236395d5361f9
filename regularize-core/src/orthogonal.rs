//! The orthogonal regularizer of matrices: how far from orthogonal the rows or columns are.

use crate::real::{Real, unpack};
use crate::{Edition, FactorError, Float, L1, Sums};
use core::fmt;

/// Which vectors of a matrix are to be orthogonal.
///
/// ```
/// use regularize_core::{Mode, orthogonal};
///
/// assert_eq!(orthogonal(0.01, Mode::Columns).to_string(), "orthogonal(0.01, columns)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The rows.
    Rows,
    /// The columns.
    Columns,
}

/// factor·Σ_{i<j} |nᵢ·nⱼ| / (n(n − 1)/2) over the n rows or columns nᵢ = xᵢ/max(‖xᵢ‖₂, 10⁻⁷) of a matrix.
/// Default: 0.01, rows.
///
/// The mean of the absolute cosines of all pairs, times the factor, which Keras 3 keeps in f32.
///
/// Source: `keras/src/regularizers/regularizers.py`, `OrthogonalRegularizer`, and
/// `keras/src/utils/numerical_utils.py`, `normalize`, tag v3.15.1.
///
/// ```
/// use regularize_core::{Mode, Orthogonal, orthogonal};
///
/// let kernel = [[1.0_f32, 0.0], [3.0, 4.0]];
/// let penalty = orthogonal(0.5, Mode::Rows).matrix_penalty(2, 2, |row, column| kernel[row][column]);
/// assert_eq!(penalty, 0.3); // half the cosine, 3/5
/// assert_eq!(Orthogonal::default(), orthogonal(0.01, Mode::Rows));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orthogonal {
    factor: L1,
    mode: Mode,
}

/// The regularizer of a factor and a mode, for attributes and constants.
///
/// # Panics
///
/// If the factor is negative, infinite or NaN: in a constant, at compile time. [`Orthogonal::new`] takes factors
/// that are known at run time.
///
/// ```
/// use regularize_core::{Mode, Orthogonal, orthogonal};
///
/// const KERNEL: Orthogonal = orthogonal(0.5, Mode::Rows);
/// assert_eq!(KERNEL.factor(), 0.5);
/// ```
#[must_use]
#[track_caller]
pub const fn orthogonal(factor: f64, mode: Mode) -> Orthogonal {
    Edition::LATEST.orthogonal(factor, mode)
}

impl Edition {
    /// What `OrthogonalRegularizer(factor, mode)` makes.
    ///
    /// tf.keras divides by a length of 10⁻⁶ at least, Keras 3 by 10⁻⁷.
    ///
    /// # Panics
    ///
    /// If the edition rejects the factor, and before TensorFlow 2.4, which has no such class (the release that
    /// brought it is 2.9): in a constant, at compile time.
    ///
    /// ```
    /// use regularize_core::{Edition, Mode, Orthogonal};
    ///
    /// const KERNEL: Orthogonal = Edition::TF_2_10.orthogonal(0.5, Mode::Rows);
    /// let short = [[1e-7_f64, 0.0], [1.0, 0.0]];
    /// assert!(KERNEL.matrix_penalty(2, 2, |row, column| short[row][column]) < 0.1);
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn orthogonal(self, factor: f64, mode: Mode) -> Orthogonal {
        assert!(
            self.rules().norm_floor.is_some(),
            "this edition has no orthogonal regularizer"
        );
        let factor = self.l1(factor);
        Orthogonal { factor, mode }
    }
}

impl Default for Orthogonal {
    fn default() -> Self {
        const { orthogonal(0.01, Mode::Rows) }
    }
}

impl fmt::Display for Orthogonal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "orthogonal({:?}, {})",
            self.factor.l1(),
            self.mode.name()
        )
    }
}

impl Orthogonal {
    /// The regularizer of a factor that is known at run time.
    ///
    /// # Errors
    ///
    /// The factor, if it is negative, infinite or NaN.
    ///
    /// ```
    /// # use regularize_core::{Mode, Orthogonal};
    /// assert_eq!(Orthogonal::new(-1.0, Mode::Rows).unwrap_err().name(), "factor");
    /// ```
    pub const fn new(factor: f64, mode: Mode) -> Result<Self, FactorError> {
        Self::in_edition(Edition::LATEST, factor, mode)
    }

    /// What an edition that has the class makes.
    pub(crate) const fn in_edition(
        edition: Edition,
        factor: f64,
        mode: Mode,
    ) -> Result<Self, FactorError> {
        match FactorError::check("factor", factor, edition.rules().accepts) {
            Ok(factor) => Ok(edition.orthogonal(factor, mode)),
            Err(error) => Err(error),
        }
    }

    /// The edition of Keras whose regularizer it is.
    ///
    /// ```
    /// # use regularize_core::{Edition, Mode, orthogonal};
    /// assert_eq!(orthogonal(0.01, Mode::Rows).edition(), Edition::LATEST);
    /// ```
    #[must_use]
    pub const fn edition(&self) -> Edition {
        self.factor.edition()
    }

    /// The factor as it was given, before it is rounded to f32.
    ///
    /// ```
    /// # use regularize_core::{Mode, orthogonal};
    /// assert_eq!(orthogonal(0.01, Mode::Rows).factor(), 0.01);
    /// ```
    #[must_use]
    pub const fn factor(&self) -> f64 {
        self.factor.l1()
    }

    /// Which vectors are to be orthogonal.
    ///
    /// ```
    /// # use regularize_core::{Mode, orthogonal};
    /// assert_eq!(orthogonal(0.01, Mode::Rows).mode(), Mode::Rows);
    /// ```
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns the factor as the edition keeps it: Keras 3 rounds it to f32.
    ///
    /// ```
    /// # use regularize_core::{Mode, orthogonal};
    /// assert_eq!(orthogonal(0.01, Mode::Rows).kept(), f64::from(0.01_f32));
    /// ```
    #[must_use]
    pub const fn kept(&self) -> f64 {
        self.edition().of_l1(self.factor())
    }

    /// Returns the shortest length that a vector is divided by.
    ///
    /// ```
    /// # use regularize_core::{Edition, Mode, orthogonal};
    /// assert_eq!(orthogonal(0.01, Mode::Rows).floor(), 1e-7);
    /// assert_eq!(Edition::TF_2_10.orthogonal(0.01, Mode::Rows).floor(), 1e-6);
    /// ```
    #[must_use]
    pub const fn floor(&self) -> f64 {
        match self.edition().rules().norm_floor {
            Some(floor) => floor,
            None => 0.0,
        }
    }

    /// Returns the penalty of a matrix of `rows` by `columns` weights, which `at(row, column)` reads.
    ///
    /// Computed in doubles within [`error_bound`](Self::error_bound) of the real number, then rounded to the type
    /// of the weights. Fewer than two vectors have no pair, and NaN, as 0/0 is in Keras; vectors without a weight
    /// cost 0; so does every product with a vector of zeros. NaN and infinite weights make NaN.
    ///
    /// n vectors of d weights take n²·d reads: nothing is allocated, so that lengths are computed again.
    ///
    /// ```
    /// use regularize_core::{Mode, orthogonal};
    ///
    /// let identity = |row, column| if row == column { 1.0_f32 } else { 0.0 };
    /// assert_eq!(orthogonal(0.5, Mode::Rows).matrix_penalty(3, 3, identity), 0.0);
    /// assert!(orthogonal(0.5, Mode::Rows).matrix_penalty(1, 3, identity).is_nan());
    /// ```
    #[must_use]
    pub fn matrix_penalty<T: Float>(
        &self,
        rows: usize,
        columns: usize,
        at: impl Fn(usize, usize) -> T,
    ) -> T {
        let (n, d) = self.vectors(rows, columns);
        let at = |vector, weight| {
            match self.mode {
                Mode::Rows => at(vector, weight),
                Mode::Columns => at(weight, vector),
            }
            .to_f64()
        };
        if n < 2 {
            return T::from_f64(f64::NAN);
        }
        let floor = self.floor();
        let mut cosines = Sums::new();
        for i in 0..n {
            let x = Vector::new(floor, d, |weight| at(i, weight));
            for j in 0..i {
                let y = Vector::new(floor, d, |weight| at(j, weight));
                let product =
                    (0..d).fold(0.0, |sum, weight| sum + x.weight(weight) * y.weight(weight));
                cosines.add(product / (x.length * y.length));
            }
        }
        // One of n and n − 1 is even.
        let pairs = (n / 2).saturating_mul(n - 1 + n % 2);
        T::from_f64(self.factor.terms().share(&cosines, pairs as u64))
    }

    /// A bound of |computed − real|, before the last rounding to the type of the weights.
    ///
    /// factor·k·u/(1 − k·u) with k = 2d + 10 for vectors of d weights, u = 2⁻⁵³.
    ///
    /// ```
    /// # use regularize_core::{Mode, orthogonal};
    /// let bound = orthogonal(0.5, Mode::Rows).error_bound(3, 11);
    /// assert!(bound < f64::from_bits(0x3cf0_0000_0000_0000)); // 2⁻⁴⁸
    /// ```
    #[must_use]
    pub fn error_bound(&self, rows: usize, columns: usize) -> f64 {
        // In units of u, to first order; the denominator covers the products of these errors, as in the usual
        // γ_k. All numbers are scaled to below 1 by powers of two, and lengths are at least ½, so that what
        // underflows is less than d·2⁻¹⁰⁷³, which the rest of k covers, as it does the roundings below.
        //   d      the product of two vectors, relative to Σ|xy| ≤ ‖x‖·‖y‖, and so to 1 after division
        //   d/2    each length: half of the error d of the sum of squares
        //   1      each length's square root, correctly rounded
        //   1 + 1  the product of the lengths, the division
        //   1      the mean times the factor: the sum of cosines is exact
        // Together 2d + 5. A length below the floor is the floor, scaled exactly.
        let (_, d) = self.vectors(rows, columns);
        let unit = f64::from_bits((1023 - 53) << 52);
        let k = (2.0 * d as f64 + 10.0) * unit;
        self.kept().abs() * (k / (1.0 - k))
    }

    /// How many vectors there are, and how long they are.
    fn vectors(&self, rows: usize, columns: usize) -> (usize, usize) {
        match self.mode {
            Mode::Rows => (rows, columns),
            Mode::Columns => (columns, rows),
        }
    }
}

/// A vector times a power of two, so that its largest weight is in [½, 1).
struct Vector<F> {
    at: F,
    /// The power in two parts, as it alone may be no double.
    scale: [f64; 2],
    /// max(‖x‖, floor), scaled.
    length: f64,
}

impl<F: Fn(usize) -> f64> Vector<F> {
    fn new(floor: f64, d: usize, at: F) -> Self {
        let finite = (0..d).all(|weight| at(weight).is_finite());
        let largest = (0..d).map(&at).fold(0.0, |a: f64, x| a.max(x.abs()));
        let exponent = match unpack(if finite { largest } else { 0.0 }) {
            (0, _) => 0,
            (m, e) => e + 64 - m.leading_zeros() as i32,
        };
        let half = exponent / 2;
        let scale = [power(-half), power(half - exponent)];
        let mut vector = Self {
            at,
            scale,
            length: f64::NAN,
        };
        if finite {
            let squares = (0..d).fold(0.0, |sum, weight| {
                let x = vector.weight(weight);
                sum + x * x
            });
            // Infinite if every weight is tiny: the cosine is then 0, which is less than 2⁻¹⁰⁰⁰ off.
            let floor = floor * scale[0] * scale[1];
            vector.length = square_root(squares).max(floor);
        }
        vector
    }

    fn weight(&self, weight: usize) -> f64 {
        (self.at)(weight) * self.scale[0] * self.scale[1]
    }
}

/// 2ᵉ for the exponent of a normal double.
fn power(e: i32) -> f64 {
    f64::from_bits(((1023 + e) as u64) << 52)
}

/// √x rounded to nearest, of a finite x that is not negative.
fn square_root(x: f64) -> f64 {
    let (m, e) = unpack(x);
    // m·2ᵉ = (m·2ˢ)·2^(e − s) with e − s even and 52 digits or more of root.
    let shift = 72 + (e & 1);
    let m = u128::from(m) << shift;
    let root = m.isqrt();
    let root = Real {
        m: root,
        e: (e - shift) / 2,
        // No root is in the middle of two doubles, so that it makes no difference whether this one is exact.
        more: true,
    };
    root.nearest::<f64>()
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    /// That of the processor is rounded correctly, as IEEE 754 asks.
    #[test]
    fn a_square_root_is_rounded_correctly() {
        let mut bits = 0x3ff0_0000_0000_0000_u64;
        for _ in 0..20_000 {
            // Exponents of both parities.
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let x = f64::from_bits(bits >> 2);
            if x.is_finite() {
                assert_eq!(square_root(x), x.sqrt(), "of {x:e}");
            }
        }
    }

    #[test]
    fn the_bound_is_its_formula() {
        let bound = |mode| orthogonal(0.5, mode).error_bound(3, 4);
        let unit = f64::EPSILON / 2.0;
        assert_eq!(bound(Mode::Rows), 0.5 * (18.0 * unit / (1.0 - 18.0 * unit)));
        assert_eq!(
            bound(Mode::Columns),
            0.5 * (16.0 * unit / (1.0 - 16.0 * unit))
        );
    }

    #[test]
    fn the_mean_is_of_all_pairs() {
        for n in 2..7 {
            assert_eq!(
                orthogonal(0.5, Mode::Rows).matrix_penalty(n, 2, |_, _| 3.0_f32),
                0.5
            );
        }
    }
}

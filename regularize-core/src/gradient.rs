//! ∂Ω(x) = 2·l2·x + l1·{sign x}: the interval, its element of least norm, and the test at zero.

use crate::kernel::Path;
#[cfg(feature = "rayon")]
use crate::kernel::parallel;
use crate::real::Real;
use crate::{Float, Interval, Sums, Terms};
use core::fmt;

/// Weights and gradients of different lengths.
///
/// ```
/// use regularize_core::l1;
///
/// let error = l1(1.0).terms().add_subgradient(&[1.0_f32], &mut []).unwrap_err();
/// assert_eq!((error.weights(), error.gradients()), (1, 0));
/// assert_eq!(error.to_string(), "there are 1 weights and 0 gradients");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthError {
    weights: usize,
    gradients: usize,
}

impl LengthError {
    fn check<T>(x: &[T], g: &[T]) -> Result<(), Self> {
        let (weights, gradients) = (x.len(), g.len());
        match weights == gradients {
            true => Ok(()),
            false => Err(Self { weights, gradients }),
        }
    }

    /// How many weights there were.
    #[must_use]
    pub const fn weights(&self) -> usize {
        self.weights
    }

    /// How many gradients there were.
    #[must_use]
    pub const fn gradients(&self) -> usize {
        self.gradients
    }
}

impl fmt::Display for LengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "there are {} weights and {} gradients",
            self.weights, self.gradients
        )
    }
}

impl core::error::Error for LengthError {}

impl Terms {
    /// The factors in the type of the weights, an absent one as 0.
    pub(crate) fn cast<T: Float>(&self) -> [f64; 2] {
        [self.l1(), self.l2()].map(|factor| T::from_f64(factor.unwrap_or(0.0)).to_f64())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.l1().is_none() && self.l2().is_none()
    }

    /// ∂Ω at one weight: [−l1, l1] at ±0, and the one real number 2·l2·x + l1·sign x elsewhere.
    ///
    /// The ends are doubles. A real number that is no double lies between the two next to it, so that no
    /// subgradient is left out. At an infinite weight, and under a factor that is infinite in the type, the ends
    /// are the limits. At NaN the interval contains nothing, and at ±0 under a negative l1, which is a peak there.
    /// Elsewhere a negative factor has a derivative and no convexity.
    ///
    /// ```
    /// use regularize_core::l1_l2;
    ///
    /// let terms = l1_l2(0.5, 0.25).terms();
    /// assert_eq!(terms.subdifferential(0.0_f64).to_string(), "[-0.5, 0.5]");
    /// assert_eq!(terms.subdifferential(-3.0_f64).to_string(), "[-2.0, -2.0]");
    /// ```
    #[must_use]
    pub fn subdifferential<T: Float>(&self, x: T) -> Interval {
        let x = x.to_f64();
        let [l1, l2] = self.cast::<T>();
        if x == 0.0 && !l2.is_nan() {
            return Interval::new(-l1, l1);
        }
        let (low, high) = match slope(l1, l2, x) {
            // An absent l2 is 0, and 0 times an infinite weight is taken as 0.
            Slope::Special(_) if x.is_infinite() && l2 == 0.0 => (l1, l1),
            Slope::Special(end) => (end, end),
            Slope::Real(magnitude, false) => (magnitude.below(), magnitude.above()),
            Slope::Real(magnitude, true) => (-magnitude.above(), -magnitude.below()),
        };
        match x > 0.0 {
            true => Interval::new(low, high),
            false => Interval::new(-high, -low),
        }
    }

    /// 2·l2·x + l1·sign x with sign 0 = 0: the real number, rounded once.
    ///
    /// At ±0 it is +0, the element of [−l1, l1] of least norm. It is +0 without a term and NaN at NaN. At an
    /// infinite weight 0·∞ is NaN, if l2 is present and 0 in the type; otherwise it is infinite with l2, and ±l1
    /// without. Under an infinite factor it is infinite at every weight but 0, and ∞ − ∞ is NaN. Under a factor of
    /// NaN it is NaN. If it is 0 at another weight, it has the sign of the weight.
    ///
    /// ```
    /// use regularize_core::l1;
    ///
    /// let at = |x: f64| l1(0.5).terms().subgradient(x);
    /// assert_eq!([-3.0, -0.0, 3.0].map(at), [-0.5, 0.0, 0.5]);
    /// ```
    #[must_use]
    pub fn subgradient<T: Float>(&self, weight: T) -> T {
        self.subgradient_over(weight, 1)
    }

    /// Returns the derivative of an output's [penalty](Self::penalty_per_sample) by one number of it:
    /// (2·l2·y + l1·sign y)/batch, the real quotient, rounded once.
    ///
    /// Special values are those of [`subgradient`](Self::subgradient). The editions that do not divide the penalty (Keras
    /// 2.2 and 2.3, 3.0 to 3.13) do not divide its derivative. An empty batch has no numbers; a batch of 0 is taken as 1.
    ///
    /// ```
    /// use regularize_core::{Edition, l1};
    ///
    /// assert_eq!(l1(0.5).terms().subgradient_per_sample(-3.0_f64, 4), -0.125);
    /// assert_eq!(Edition::KERAS_3_0.l1(0.5).terms().subgradient_per_sample(-3.0_f64, 4), -0.5);
    /// ```
    #[must_use]
    pub fn subgradient_per_sample<T: Float>(&self, output: T, batch: usize) -> T {
        self.subgradient_over(output, self.divisor(batch))
    }

    /// The subgradient divided by a whole number above 0, rounded once.
    fn subgradient_over<T: Float>(&self, weight: T, by: u64) -> T {
        let x = weight.to_f64();
        let [l1, l2] = self.cast::<T>();
        if self.is_empty() || (x == 0.0 && !l1.is_nan() && !l2.is_nan()) {
            return T::ZERO;
        }
        let divided = |magnitude: Real| match by {
            1 => magnitude.nearest::<T>(),
            _ => magnitude.over(by).nearest::<T>(),
        };
        let slope = match slope(l1, l2, x) {
            Slope::Special(_) if x.is_infinite() && self.l2().is_none() => match l1.is_finite() {
                true => divided(Real::of(l1)).copysign(l1),
                false => l1,
            },
            Slope::Special(slope) => slope,
            Slope::Real(magnitude, false) => divided(magnitude),
            Slope::Real(magnitude, true) => -divided(magnitude),
        };
        T::from_f64(if x < 0.0 { -slope } else { slope })
    }

    /// Adds the [`subgradient`](Self::subgradient) of each weight to its gradient: g becomes fl(g + s).
    ///
    /// # Errors
    ///
    /// Both lengths, if they differ; no gradient is changed then.
    ///
    /// ```
    /// use regularize_core::l2;
    ///
    /// let mut gradient = [1.0_f32, 1.0];
    /// l2(0.5).terms().add_subgradient(&[3.0, -3.0], &mut gradient)?;
    /// assert_eq!(gradient, [4.0, -2.0]);
    /// # Ok::<(), regularize_core::LengthError>(())
    /// ```
    pub fn add_subgradient<T: Float>(&self, x: &[T], g: &mut [T]) -> Result<(), LengthError> {
        LengthError::check(x, g)?;
        let path = Path::detect();
        #[cfg(feature = "rayon")]
        if parallel::add_subgradient(path, self, x, g) {
            return Ok(());
        }
        self.add_subgradient_on(path, x, g);
        Ok(())
    }

    /// Adds the [derivative](Self::subgradient_per_sample) by each number of an output of `batch` samples to its gradient.
    ///
    /// # Errors
    ///
    /// Both lengths, if they differ; no gradient is changed then.
    ///
    /// ```
    /// use regularize_core::l2;
    ///
    /// let (output, mut gradient) = ([3.0_f32, -3.0], [1.0, 1.0]);
    /// l2(0.5).terms().add_subgradient_per_sample(2, &output, &mut gradient)?;
    /// assert_eq!(gradient, [2.5, -0.5]);
    /// # Ok::<(), regularize_core::LengthError>(())
    /// ```
    pub fn add_subgradient_per_sample<T: Float>(
        &self,
        batch: usize,
        y: &[T],
        g: &mut [T],
    ) -> Result<(), LengthError> {
        let by = self.divisor(batch);
        if by == 1 {
            return self.add_subgradient(y, g);
        }
        LengthError::check(y, g)?;
        let factors = self.cast::<T>();
        for (&y, g) in y.iter().zip(g) {
            let share = quotient(factors, y, by);
            *g = *g + share.unwrap_or_else(|| self.subgradient_over(y, by));
        }
        Ok(())
    }

    /// Adds the [subgradient](Self::subgradient) of each weight to its gradient, and gives the
    /// [penalty](Self::penalty): in one pass over the weights.
    ///
    /// Both are the bits that the two methods give.
    ///
    /// # Errors
    ///
    /// If there are not as many gradients as weights; nothing is changed then.
    ///
    /// ```
    /// # use regularize_core::l2;
    /// let mut gradients = [0.5_f32, 0.5];
    /// let penalty = l2(0.25).terms().penalty_and_add_subgradient(&[1.0, -2.0], &mut gradients)?;
    /// assert_eq!((penalty, gradients), (1.25, [1.0, -0.5]));
    /// # Ok::<(), regularize_core::LengthError>(())
    /// ```
    pub fn penalty_and_add_subgradient<T: Float>(
        &self,
        x: &[T],
        g: &mut [T],
    ) -> Result<T, LengthError> {
        LengthError::check(x, g)?;
        Ok(self.penalty_and_add_subgradient_on(Path::detect(), x, g))
    }

    /// The same by way of some code, of slices of one length.
    #[doc(hidden)]
    pub fn penalty_and_add_subgradient_on<T: Float>(&self, path: Path, x: &[T], g: &mut [T]) -> T {
        let (is_added, value) = T::value_and_add_subgradient(path, self, x, g);
        if !is_added {
            self.add_subgradient_on(path, x, g);
        }
        value.unwrap_or_else(|| self.penalty_on(path, x))
    }

    /// Adds the [subgradient](Self::subgradient) of each weight to its gradient, and gives the exact sums of the weights:
    /// in one pass over them.
    ///
    /// # Errors
    ///
    /// If there are not as many gradients as weights; nothing is changed then.
    ///
    /// ```
    /// # use regularize_core::l2;
    /// let (terms, mut gradients) = (l2(0.25).terms(), [0.5_f32, 0.5]);
    /// let sums = terms.sums_and_add_subgradient(&[1.0, -2.0], &mut gradients)?;
    /// assert_eq!((terms.penalty_of::<f32>(&sums), gradients), (1.25, [1.0, -0.5]));
    /// # Ok::<(), regularize_core::LengthError>(())
    /// ```
    pub fn sums_and_add_subgradient<T: Float>(
        &self,
        x: &[T],
        g: &mut [T],
    ) -> Result<Sums, LengthError> {
        LengthError::check(x, g)?;
        let path = Path::detect();
        #[cfg(feature = "rayon")]
        if let Some(sums) = parallel::sums_and_add_subgradient(path, self, x, g) {
            return Ok(sums);
        }
        Ok(self.sums_and_add_subgradient_on(path, x, g))
    }

    /// The same by way of some code, of slices of one length.
    #[doc(hidden)]
    pub fn sums_and_add_subgradient_on<T: Float>(&self, path: Path, x: &[T], g: &mut [T]) -> Sums {
        let mut sums = Sums::new();
        if !T::extend_and_add_subgradient(path, self, x, g, &mut sums) {
            sums.extend_on(path, x);
            self.add_subgradient_on(path, x, g);
        }
        sums
    }

    /// The same by way of some code, of slices of one length.
    #[doc(hidden)]
    pub fn add_subgradient_on<T: Float>(&self, path: Path, x: &[T], g: &mut [T]) {
        if !T::add_subgradient(path, self, x, g) {
            for (&x, g) in x.iter().zip(g) {
                *g = *g + self.subgradient(x);
            }
        }
    }

    /// Whether 0 is a local minimum of L(w) + Ω(w) for a convex L with this derivative at 0: |L′(0)| ≤ l1.
    ///
    /// The test of what L1 sets to zero and L2 does not: 0 minimises L + Ω ⇔ −L′(0) ∈ ∂Ω(0) = [−l1, l1]. An absent
    /// l1 is 0, so that only a gradient of 0 passes. NaN does not pass.
    ///
    /// ```
    /// use regularize_core::{l1, l2};
    ///
    /// assert!(l1(0.5).terms().zero_is_minimum(-0.25_f64));
    /// assert!(!l2(0.5).terms().zero_is_minimum(-0.25_f64));
    /// ```
    #[must_use]
    pub fn zero_is_minimum<T: Float>(&self, gradient: T) -> bool {
        let [l1, _] = self.cast::<T>();
        gradient.to_f64().abs() <= l1
    }
}

/// The subgradient divided by a whole number, if doubles are enough to round it to a narrower type.
///
/// Let q̂ be the quotient as doubles compute it, of factors that are not negative. Nothing underflows, so that the product, the sum,
/// the quotient and the divisor, if it is above 2⁵³, are four roundings: q̂ is off by less than 5·u·q̂, u = 2⁻⁵³. The margin is
/// 8·u·q̂, a normal number as q̂ is above [`f64::MIN_POSITIVE`]/u², and each end is off by at most u·q̂. So the real number is between the ends, rounding keeps order, and where both
/// round to one number, that is what the real number rounds to.
#[inline]
fn quotient<T: Float>([l1, l2]: [f64; 2], weight: T, by: u64) -> Option<T> {
    const LEAST: f64 = f64::MIN_POSITIVE / (f64::EPSILON * f64::EPSILON);
    let x = weight.to_f64();
    let square = 2.0 * l2 * x.abs();
    let q = (l1 + square) / by as f64;
    let is_bounded = l1 >= 0.0 && (l2 == 0.0 || square > LEAST) && q > LEAST && q < f64::MAX;
    if T::PRECISION == 53 || !is_bounded || x == 0.0 {
        return None;
    }
    let margin = 4.0 * f64::EPSILON * q;
    let ends = [q - margin, q + margin].map(|end| T::from_f64(end.copysign(x)));
    (ends[0] == ends[1]).then_some(ends[0])
}

/// 2·l2·|x| + l1: the slope in the direction of x.
enum Slope {
    /// Infinite or NaN, of special values.
    Special(f64),
    /// A magnitude, and whether it is negative.
    Real(Real, bool),
}

fn slope(l1: f64, l2: f64, x: f64) -> Slope {
    // A finite l2·|x| may be beyond the largest double, and is nothing beside an infinite l1.
    let special = match l2.is_finite() && x.is_finite() {
        true => l1,
        false => l1 + l2 * x.abs(),
    };
    if x.is_infinite() || !(l1.is_finite() && l2.is_finite()) || x.is_nan() {
        return Slope::Special(special);
    }
    let (square, linear) = (Real::product(l2, x).twice(), Real::of(l1));
    let (square_negative, linear_negative) = (l2 < 0.0, l1 < 0.0);
    if square_negative == linear_negative {
        return Slope::Real(square.plus(linear), square_negative);
    }
    match (square.minus(linear), linear.minus(square)) {
        (Some(difference), _) => Slope::Real(difference, square_negative),
        (_, Some(difference)) => Slope::Real(difference, linear_negative),
        (None, None) => Slope::Real(Real::of(0.0), false),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Edition, Floatx};

    /// 2·l2·x is -0.6 and not a double: the two doubles around it are the ends.
    #[test]
    fn the_slope_of_a_negative_factor_is_inside_its_interval() {
        let edition = Edition::KERAS_2_2.with_floatx(Floatx::Float64);
        let ends = |x: f64| {
            let interval = edition.l2(-0.1).terms().subdifferential(x);
            [interval.lower(), interval.upper()]
        };
        assert_eq!(ends(3.0), [-0.600_000_000_000_000_1, -0.6]);
        assert_eq!(ends(-3.0), [0.6, 0.600_000_000_000_000_1]);
        assert_eq!(ends(0.0), [0.0, 0.0]);
    }

    /// The slope is b·(2²⁴ + 1) + 2⁻⁸⁰, so that the quotient by b is 2⁻⁹⁷ above a tie of f32: less than the quotient's last digit.
    #[test]
    fn the_rest_of_a_division_decides_a_tie() {
        let edition = Edition::LATEST.with_floatx(Floatx::Float64);
        let b = 0x1_0001_u32;
        // 2²⁴ + 1 = 97·172961.
        let l2 = 97.0 * f64::from(b) / 2.0;
        let at = |l1: f64| {
            let terms = edition.l1_l2(l1, l2).terms();
            let (y, mut gradient) = (172_961.0_f32, [0.0]);
            let added = terms.add_subgradient_per_sample(b as usize, &[y], &mut gradient);
            assert_eq!(added, Ok(()));
            assert_eq!(terms.subgradient_per_sample(y, b as usize), gradient[0]);
            gradient[0]
        };
        assert_eq!(
            [0.0, f64::from_bits((1023 - 80) << 52)].map(at),
            [16_777_216.0, 16_777_218.0]
        );
    }
}

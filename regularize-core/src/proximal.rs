//! prox_{τΩ}(v) = sign(v)·max(|v| − τ·l1, 0)/(1 + 2·τ·l2), rounded once.

use crate::kernel::Path;
#[cfg(feature = "rayon")]
use crate::kernel::parallel;
use crate::real::Real;
use crate::wide::Wide;
use crate::{Float, Step, Terms};

/// The numerator and the denominator on the grid of τ·l1 and τ·l2.
///
/// The larger of them is below 2²⁰⁵⁰, and one digit more is needed to shift: 2148 + 2051 digits are 66 limbs.
type Fixed = Wide<66>;

const GRID: i32 = -2148;

impl Terms {
    /// prox_{τΩ}(v) = argmin_w ½(w − v)² + τ·Ω(w) = sign(v)·max(|v| − τ·l1, 0)/(1 + 2·τ·l2).
    ///
    /// The real number, rounded once to nearest, ties to even. Odd, bit for bit: a zero has the sign of v.
    /// A step of 0 gives v. NaN gives NaN. A factor that is infinite in the type makes 0 of every number, at any
    /// step above 0, and NaN of an infinite one. An infinite v stays otherwise.
    ///
    /// A negative factor, which old editions accept, is not convex: under a negative l1 two points are as good for
    /// v = ±0, and this is the one with the sign of v; where 1 + 2·τ·l2 ≤ 0 and l1 is finite, and under a factor of −∞ or NaN, there
    /// is no minimum, and the result is NaN.
    ///
    /// ```
    /// use regularize_core::{Step, l1};
    ///
    /// let step = Step::new(0.5)?;
    /// let at = |v: f64| l1(1.0).terms().proximal(step, v);
    /// assert_eq!([-2.0, 0.5, 0.75].map(at), [-1.5, 0.0, 0.25]);
    /// # Ok::<(), regularize_core::StepError>(())
    /// ```
    #[must_use]
    pub fn proximal<T: Float>(&self, step: Step, v: T) -> T {
        let (x, step) = (v.to_f64(), step.get());
        if step == 0.0 || x.is_nan() {
            return v;
        }
        let [l1, l2] = self.cast::<T>();
        if [l1, l2]
            .iter()
            .any(|&factor| factor.is_nan() || factor == f64::NEG_INFINITY)
        {
            return T::from_f64(f64::NAN);
        }
        let infinite = l1.is_infinite() || l2.is_infinite();
        if !infinite && l2 < 0.0 {
            let slope = Real::product(step, l2).twice();
            if Real::of(1.0).minus(slope).is_none_or(|under| under.m == 0) {
                return T::from_f64(f64::NAN);
            }
        }
        let magnitude = match (x.is_infinite(), infinite) {
            (true, true) => f64::NAN,
            (true, false) => return v,
            (false, true) => 0.0,
            (false, false) => magnitude::<T>(x, step, l1, l2),
        };
        T::from_f64(magnitude.copysign(x))
    }

    /// Replaces every weight by its [`proximal`](Self::proximal) point.
    ///
    /// ```
    /// use regularize_core::{Step, l1};
    ///
    /// let mut kernel = [-2.0_f32, 0.25, 0.75];
    /// l1(1.0).terms().proximal_step(Step::new(0.5)?, &mut kernel);
    /// assert_eq!(kernel, [-1.5, 0.0, 0.25]);
    /// # Ok::<(), regularize_core::StepError>(())
    /// ```
    pub fn proximal_step<T: Float>(&self, step: Step, x: &mut [T]) {
        let path = Path::detect();
        #[cfg(feature = "rayon")]
        if parallel::proximal_step(path, self, step, x) {
            return;
        }
        self.proximal_step_on(path, step, x);
    }

    /// The same by way of some code.
    #[doc(hidden)]
    pub fn proximal_step_on<T: Float>(&self, path: Path, step: Step, x: &mut [T]) {
        if !T::proximal_step(path, self, step, x) {
            for x in x {
                *x = self.proximal(step, *x);
            }
        }
    }
}

/// max(|v| − τ·l1, 0)/(1 + 2·τ·l2), for finite numbers.
fn magnitude<T: Float>(v: f64, step: f64, l1: f64, l2: f64) -> f64 {
    let threshold = Real::product(step, l1);
    let over = match l1 < 0.0 {
        true => Real::of(v).plus(threshold),
        false => match Real::of(v).minus(threshold) {
            Some(over) => over,
            None => Real::of(0.0),
        },
    };
    let slope = Real::product(step, l2).twice();
    if over.m == 0 {
        return 0.0;
    }
    if slope.m == 0 {
        return over.nearest::<T>();
    }
    if l2 < 0.0 {
        return divided::<T>(v, step, l1, l2);
    }
    over.quotient::<T>(Real::of(1.0).plus(slope))
        .unwrap_or_else(|| divided::<T>(v, step, l1, l2))
}

/// The same by long division, of a numerator above 0.
fn divided<T: Float>(v: f64, step: f64, l1: f64, l2: f64) -> f64 {
    let mut over = fixed(Real::of(v));
    let threshold = fixed(Real::product(step, l1));
    match l1 < 0.0 {
        true => over.add_all(&threshold),
        false => over.subtract(&threshold),
    }
    let mut under = fixed(Real::of(1.0));
    let slope = fixed(Real::product(step, l2).twice());
    match l2 < 0.0 {
        true => under.subtract(&slope),
        false => under.add_all(&slope),
    }
    // Shifted to the same number of digits, the quotient is in (½, 2), and has a first digit and 63 more.
    let (a, b) = (over.digits(), under.digits());
    over.shift_left(b.saturating_sub(a));
    under.shift_left(a.saturating_sub(b));
    let mut quotient = 0;
    for _ in 0..65 {
        quotient *= 2;
        if over >= under {
            over.subtract(&under);
            quotient += 1;
        }
        over.shift_left(1);
    }
    let quotient = Real {
        m: quotient,
        e: a as i32 - b as i32 - 64,
        more: !over.is_zero(),
    };
    quotient.nearest::<T>()
}

/// A number on the grid.
fn fixed(x: Real) -> Fixed {
    let mut fixed = Fixed::ZERO;
    fixed.add(x.m, (x.e - GRID).unsigned_abs());
    fixed
}

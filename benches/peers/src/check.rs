//! What a result is held to: the real number within as many roundings as the way there has, and its error in ulps.

use crate::{L1, L2, STEP, ours};
use regularize::extend::Sums;

/// γ_k = k·u/(1 − k·u): the relative error of k roundings one after the other, infinite where there is no bound.
fn gamma(k: usize) -> f64 {
    let ku = k as f64 * f64::from(f32::EPSILON) / 2.0;
    if ku < 1.0 {
        ku / (1.0 - ku)
    } else {
        f64::INFINITY
    }
}

/// The distance of a number and the next f32.
fn ulp(real: f64) -> f64 {
    let exponent = (real.to_bits() >> 52 & 0x7ff) as i32 - 1023;
    2_f64.powi(exponent.max(-126) - 23)
}

/// Asserts |computed − real| ≤ γ_roundings·scale, and gives the error in ulps of the scale.
fn near(name: &str, computed: f32, real: f64, scale: f64, roundings: usize) -> f64 {
    let (error, bound) = ((f64::from(computed) - real).abs(), gamma(roundings) * scale);
    assert!(
        error <= bound,
        "{name}: {computed} is {error} from {real}, more than {bound}"
    );
    error / ulp(scale)
}

/// Weights, and what the real numbers are.
pub(crate) struct Expected<'a> {
    pub(crate) x: &'a [f32],
    rounded: f32,
    real: f64,
}

impl<'a> Expected<'a> {
    pub(crate) fn new(x: &'a [f32]) -> Self {
        let mut sums = Sums::new();
        x.iter().for_each(|&x| sums.add(x)); // one after the other, the obvious way
        let terms = ours::terms();
        Self {
            x,
            rounded: terms.penalty_of(&sums),
            real: terms.penalty_of(&sums),
        }
    }

    /// The error of a value in ulps.
    pub(crate) fn value(&self, name: &str, value: f32) -> f64 {
        if name == "regularize" {
            assert_eq!(value, self.rounded, "{name}");
        }
        // Any way through a sum of n terms has n additions, and a term four roundings.
        near(name, value, self.real, self.real, self.x.len() + 4)
    }

    /// The greatest error of a gradient. Both terms have one sign. Products are rounded, one twice where it is a
    /// tape's, and they are added to 0. At 0 every number of [−l1, l1] is a subgradient: candle's tape takes l1.
    pub(crate) fn gradient(&self, name: &str, gradient: &[f32]) -> f64 {
        let (l1, l2) = (f64::from(L1), f64::from(L2));
        self.greatest(gradient, |x, g| {
            if x == 0.0 && name != "regularize" {
                assert!(g.abs() <= L1, "{name}: {g} at 0");
                return 0.0;
            }
            let sign = if x == 0.0 { 0.0 } else { x.signum() };
            let real = l1 * sign + 2.0 * l2 * x;
            near(name, g, real, real.abs(), 5)
        })
    }

    /// The greatest error of a step. The threshold and the difference are rounded, relatively to |x|, then the
    /// denominator twice, and two more.
    pub(crate) fn prox(&self, name: &str, point: &[f32]) -> f64 {
        let (l1, l2, step) = (f64::from(L1), f64::from(L2), f64::from(STEP));
        self.greatest(point, |x, y| {
            let real = x.signum() * (x.abs() - step * l1).max(0.0) / (1.0 + 2.0 * step * l2);
            near(name, y, real, x.abs(), 7)
        })
    }

    fn greatest(&self, results: &[f32], error: impl Fn(f64, f32) -> f64) -> f64 {
        assert_eq!(results.len(), self.x.len());
        let errors = self.x.iter().zip(results);
        errors.fold(0.0, |most, (&x, &y)| most.max(error(x.into(), y)))
    }
}

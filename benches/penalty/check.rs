//! What a result is compared with: the real number, and as many roundings as the way there has.

use crate::subject::Claim;
use crate::weight::Weight;

/// γ_k = k·u/(1 − k·u): the relative error of k roundings one after the other, infinite where there is no bound.
fn gamma(k: usize, digits: i32) -> f64 {
    let ku = k as f64 * 0.5_f64.powi(digits);
    if ku < 1.0 {
        ku / (1.0 - ku)
    } else {
        f64::INFINITY
    }
}

/// The distance of a number and the next in the type.
pub(crate) fn ulp<T: Weight>(real: f64) -> f64 {
    let exponent = (real.to_bits() >> 52 & 0x7ff) as i32 - 1023;
    (2_f64.powi(exponent - T::DIGITS + 1)).max(T::LEAST)
}

/// The error in ulps, asserted to be inside `roundings`·u of `scale`, with an underflow each.
///
/// `real` is a double, so that the real number of an f64 is rounded already.
pub(crate) fn error<T: Weight>(computed: T, real: f64, scale: f64, roundings: usize) -> f64 {
    let error = (computed.double() - real).abs();
    let bound = gamma(roundings + 1, T::DIGITS) * scale + roundings as f64 * T::LEAST;
    assert!(
        error <= bound || bound.is_infinite() && !error.is_nan(),
        "{computed} is {error} from {real}, more than {bound}"
    );
    error / ulp::<T>(real)
}

/// Asserts what is claimed of one number, and gives its error in ulps.
pub(crate) fn assert<T: Weight>(
    claim: Claim,
    computed: T,
    rounded: T,
    real: f64,
    scale: f64,
) -> f64 {
    match claim {
        Claim::Rounded => {
            assert!(
                computed == rounded || computed.is_nan() && rounded.is_nan(),
                "{computed} is not {rounded}"
            );
            if real.is_finite() && rounded.is_finite() {
                error(computed, real, scale, 1)
            } else {
                0.0
            }
        }
        Claim::Within(roundings) => error(computed, real, scale, roundings),
        Claim::Nothing => 0.0,
    }
}

/// Places to be compared with one exact answer each, which is slow: at most 10⁵, evenly, and the last 100.
pub(crate) fn places(n: usize) -> impl Iterator<Item = usize> {
    let last = n.saturating_sub(100)..n;
    (0..n).step_by(n.div_ceil(100_000).max(1)).chain(last)
}

/// Whether doubles are too coarse to tell the error of the type.
pub(crate) fn needs_exact<T: Weight>() -> bool {
    T::DIGITS == f64::MANTISSA_DIGITS as i32
}

/// The places at which errors are computed: all, where doubles do.
pub(crate) fn compared<T: Weight>(n: usize) -> Box<dyn Iterator<Item = usize>> {
    if needs_exact::<T>() {
        Box::new(places(n))
    } else {
        Box::new(0..n)
    }
}

pub(crate) fn print<T: Weight>(operation: &str, name: &str, n: usize, ulps: f64) {
    println!("{operation}/{}/{name}/{n}: {ulps:.3} ulps", T::NAME);
}

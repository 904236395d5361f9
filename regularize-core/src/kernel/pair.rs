//! Doubles and what is missing from them.

use super::vectors::Vectors;
use core::slice::from_ref;
use pulp::bytemuck::cast_slice;

/// a·b as a double and what is missing from it, which a fused multiplication and addition computes.
#[inline(always)]
pub(super) fn product<S: Vectors>(simd: S, a: f64, b: f64) -> [f64; 2] {
    let less: f64 = simd.run(
        #[inline(always)]
        || {
            let [a, b, product] = [a, b, a * b].map(|x| simd.splat_f64s(x));
            let less = simd.negate_mul_add_f64s(a, b, product);
            cast_slice(from_ref(&less))[0]
        },
    );
    [a * b, -less]
}

/// a + b as a double and what is missing from it (Knuth 1969, section 4.2.2).
#[inline(always)]
pub(super) fn sum(a: f64, b: f64) -> [f64; 2] {
    let sum = a + b;
    let shift = sum - a;
    [sum, (a - (sum - shift)) + (b - shift)]
}

/// 2^e, for an e between −1022 and 1023.
pub(super) fn power(e: i32) -> f64 {
    f64::from_bits(((e + 1023) as u64) << 52)
}

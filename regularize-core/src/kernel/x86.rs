//! Vectors of AVX2 and FMA, by pulp's tokens: no `unsafe`, and the same numbers as everywhere.
//!
//! A large slice is read as four streams at once, which one core's memory answers sooner than one.

use super::near::BLOCK;
use super::{Bins, Near, is_plain};
use crate::{Sums, Terms};
use core::arch::x86_64::{
    __m128, __m256, __m256d, __m256i, _CMP_NEQ_UQ, _CMP_NLE_UQ, _CMP_UNORD_Q,
};
use pulp::x86::V3;
use pulp::{as_arrays, as_arrays_mut, cast};

/// Four slices of one length, a multiple of eight, and what is left: fewer than 32.
fn streams<T>(x: &[T]) -> ([&[[T; 8]]; 4], &[T]) {
    let length = x.len() / 32 * 8;
    let (a, rest) = x.split_at(length);
    let (b, rest) = rest.split_at(length);
    let (c, rest) = rest.split_at(length);
    let (d, rest) = rest.split_at(length);
    ([a, b, c, d].map(|stream| as_arrays(stream).0), rest)
}

/// Four lanes of doubles of four numbers, without their signs.
#[inline(always)]
fn magnitudes(simd: V3, x: &[f32; 4], sign: __m256d) -> __m256d {
    simd.avx
        ._mm256_andnot_pd(sign, simd.avx._mm256_cvtps_pd(cast(*x)))
}

/// The first and the second half of eight numbers.
#[inline(always)]
fn halves(x: &[f32; 8]) -> [&[f32; 4]; 2] {
    let (halves, _) = x.as_chunks::<4>();
    [&halves[0], &halves[1]]
}

pub(super) fn near_f32(simd: V3, x: &[f32]) -> Near {
    let (streams, rest) = streams(x);
    // Of eight numbers in each stream a lane takes two, and of the last ones two more.
    const CHUNK: usize = BLOCK / 2 - 1;
    let length = streams[0].len();
    let mut near = Near::nothing();
    let mut begin = 0;
    while length - begin > CHUNK {
        let block = streams.map(|stream| &stream[begin..begin + CHUNK]);
        near = near.plus(&near_block(simd, block, &[[0.0; 8]; 4]));
        begin += CHUNK;
    }
    near.plus(&near_block(
        simd,
        streams.map(|stream| &stream[begin..]),
        &padded(rest),
    ))
}

/// Fewer than 32 numbers, and zeros.
fn padded(rest: &[f32]) -> [[f32; 8]; 4] {
    let mut last = [[0.0; 8]; 4];
    for (x, rest) in last.as_flattened_mut().iter_mut().zip(rest) {
        *x = *rest;
    }
    last
}

/// Adds eight numbers of each stream, two to each lane.
#[inline(always)]
fn add_near(
    simd: V3,
    x: [&[f32; 8]; 4],
    sign: __m256d,
    sums: &mut [__m256d; 4],
    squares: &mut [__m256d; 4],
) {
    let [a, b, c, d] = x.map(halves);
    for half in 0..2 {
        for (lane, x) in [a[half], b[half], c[half], d[half]].into_iter().enumerate() {
            let x = magnitudes(simd, x, sign);
            sums[lane] = simd.avx._mm256_add_pd(sums[lane], x);
            squares[lane] = simd.fma._mm256_fmadd_pd(x, x, squares[lane]);
        }
    }
}

#[inline(always)]
fn near_block(simd: V3, x: [&[[f32; 8]]; 4], last: &[[f32; 8]; 4]) -> Near {
    simd.vectorize(
        #[inline(always)]
        || {
            let sign = simd.avx._mm256_set1_pd(-0.0);
            let mut sums = [simd.avx._mm256_setzero_pd(); 4];
            let mut squares = sums;
            let [a, b, c, d] = x;
            for ((a, b), (c, d)) in a.iter().zip(b).zip(c.iter().zip(d)) {
                add_near(simd, [a, b, c, d], sign, &mut sums, &mut squares);
            }
            let [a, b, c, d] = last;
            add_near(simd, [a, b, c, d], sign, &mut sums, &mut squares);
            let total = |lanes: [__m256d; 4]| {
                let [a, b, c, d] = lanes;
                let (a, b) = (simd.avx._mm256_add_pd(a, b), simd.avx._mm256_add_pd(c, d));
                let [a, b, c, d]: [f64; 4] = cast(simd.avx._mm256_add_pd(a, b));
                (a + b) + (c + d)
            };
            Near {
                magnitudes: total(sums),
                squares: total(squares),
                // In its lane, with the other vectors, and with the other lanes.
                roundings: BLOCK as u64 + 4,
            }
        },
    )
}

/// What is added to gradients: 2·l2·x + l1·sign x for plain factors.
#[derive(Clone, Copy)]
pub(super) enum Slope {
    /// ±l1, and 0 at 0.
    Constant(f32),
    /// twice·x ± l1; l1 is 0 without that term.
    Linear { twice: f32, l1: f32 },
}

impl Slope {
    /// `None` for factors whose sums may cancel, of which a double is no number of f32, and without terms.
    pub(super) fn of(terms: &Terms) -> Option<Self> {
        if !(is_plain::<f32>(terms.l1()) && is_plain::<f32>(terms.l2())) {
            return None;
        }
        let l1 = terms.l1().map(|l1| l1 as f32);
        match terms.l2().map(|l2| 2.0 * l2 as f32) {
            None => l1.map(Self::Constant),
            Some(twice) if twice.is_finite() => Some(Self::Linear {
                twice,
                l1: l1.unwrap_or(0.0),
            }),
            Some(_) => None,
        }
    }
}

/// 2·l2·x + l1·sign x of eight weights, rounded once: a fused multiplication and addition does so.
///
/// At ±0 the addend is +0, so that the result is +0. Elsewhere the addend has the sign of the weight, also as 0, and
/// gives a sum of two zeros the weight's sign. A NaN goes through, and 0·∞ is one.
#[inline(always)]
fn slopes(simd: V3, slope: Slope, x: __m256) -> __m256 {
    let sign = simd.avx._mm256_set1_ps(-0.0);
    let is_not_zero = simd
        .avx
        ._mm256_cmp_ps::<_CMP_NEQ_UQ>(x, simd.avx._mm256_setzero_ps());
    let constant = |l1: f32| {
        let signed = simd
            .avx
            ._mm256_or_ps(simd.avx._mm256_and_ps(x, sign), simd.avx._mm256_set1_ps(l1));
        simd.avx._mm256_and_ps(is_not_zero, signed)
    };
    match slope {
        Slope::Constant(l1) => {
            let is_nan = simd.avx._mm256_cmp_ps::<_CMP_UNORD_Q>(x, x);
            simd.avx._mm256_or_ps(constant(l1), is_nan)
        }
        Slope::Linear { twice, l1 } => {
            simd.fma
                ._mm256_fmadd_ps(simd.avx._mm256_set1_ps(twice), x, constant(l1))
        }
    }
}

pub(super) fn add_subgradient_f32(simd: V3, slope: Slope, x: &[f32], g: &mut [f32]) {
    simd.vectorize(
        #[inline(always)]
        || {
            let (eights, rest) = as_arrays::<8, f32>(x);
            let (g_eights, g_rest) = as_arrays_mut::<8, f32>(g);
            for (x, g) in eights.iter().zip(g_eights) {
                *g = cast(
                    simd.avx
                        ._mm256_add_ps(cast(*g), slopes(simd, slope, cast(*x))),
                );
            }
            let (mut x, mut sums) = ([0.0; 8], [0.0; 8]);
            for ((x, sum), (own, g)) in x.iter_mut().zip(&mut sums).zip(rest.iter().zip(&*g_rest)) {
                (*x, *sum) = (*own, *g);
            }
            sums = cast(
                simd.avx
                    ._mm256_add_ps(cast(sums), slopes(simd, slope, cast(x))),
            );
            for (g, sum) in g_rest.iter_mut().zip(sums) {
                *g = sum;
            }
        },
    );
}

/// Σ|xᵢ| and Σxᵢ² of a slice, and its subgradients added to a slice of that length: one pass over memory.
pub(super) fn near_and_add_subgradient_f32(
    simd: V3,
    slope: Slope,
    x: &[f32],
    g: &mut [f32],
) -> Near {
    let mut near = Near::nothing();
    // As many as a block of four streams has: what is read for the sums is still near for the gradients.
    for (x, g) in x.chunks(FUSED).zip(g.chunks_mut(FUSED)) {
        near = near.plus(&near_f32(simd, x));
        add_subgradient_f32(simd, slope, x, g);
    }
    near
}

/// Weights of which sums and gradients are computed one after the other.
const FUSED: usize = 2048;

pub(super) fn extend_and_add_subgradient_f32(
    simd: V3,
    slope: Slope,
    x: &[f32],
    g: &mut [f32],
    sums: &mut Sums,
) {
    for (x, g) in x.chunks(FUSED).zip(g.chunks_mut(FUSED)) {
        extend_f32(simd, x, sums);
        add_subgradient_f32(simd, slope, x, g);
    }
}

/// τ·l1 and 1/(1 + 2·τ·l2), each as a double and what is missing from it.
#[derive(Clone, Copy)]
pub(super) struct Shrink {
    threshold: [f64; 2],
    inverse: [f64; 2],
}

impl Shrink {
    /// `None` for factors that are not plain, for infinite ones, and where something is below 2⁻⁹⁰⁰ or above 2⁹⁰⁰.
    pub(super) fn of(simd: V3, terms: &Terms, step: f64) -> Option<Self> {
        if !(is_plain::<f32>(terms.l1()) && is_plain::<f32>(terms.l2())) {
            return None;
        }
        let factor = |factor: Option<f64>| factor.map_or(0.0, |factor| f64::from(factor as f32));
        let threshold = product(simd, step, factor(terms.l1()));
        let twice = product(simd, 2.0 * step, factor(terms.l2()));
        let is_safe = |x: f64| x == 0.0 || (power(-900)..power(900)).contains(&x);
        if !(is_safe(threshold[0]) && is_safe(twice[0])) {
            return None;
        }
        let [under, rest] = sum(1.0, twice[0]);
        let under = [under, rest + twice[1]];
        // One step of Newton: the second part is what the first lacks, to 2⁻¹⁰⁰ of it.
        let inverse = 1.0 / under[0];
        let [one, less] = product(simd, under[0], inverse);
        let lacks = ((1.0 - one) - less) - under[1] * inverse;
        Some(Self {
            threshold,
            inverse: [inverse, inverse * lacks],
        })
    }
}

/// a·b as a double and what is missing from it, which a fused multiplication and addition computes.
#[inline(always)]
fn product(simd: V3, a: f64, b: f64) -> [f64; 2] {
    let rest = simd.vectorize(
        #[inline(always)]
        || {
            let lanes: [f64; 4] = cast(simd.fma._mm256_fmsub_pd(
                simd.avx._mm256_set1_pd(a),
                simd.avx._mm256_set1_pd(b),
                simd.avx._mm256_set1_pd(a * b),
            ));
            lanes[0]
        },
    );
    [a * b, rest]
}

/// a + b as a double and what is missing from it (Knuth 1969, section 4.2.2).
#[inline(always)]
fn sum(a: f64, b: f64) -> [f64; 2] {
    let sum = a + b;
    let shift = sum - a;
    [sum, (a - (sum - shift)) + (b - shift)]
}

/// Replaces each v by sign(v)·max(|v| − τ·l1, 0)/(1 + 2·τ·l2), rounded once; `slow` does so for one v.
///
/// With t = t₀ + t₁ and 1/d = r₀ + r₁, δ = (|v| − t₀) − t₁ is off by at most 2·u: either |v| and t₀ are within a factor of 2,
/// and their difference is exact, or it is more than t₀ and t₁ is less than u of it. δ·r₀ and the addition of δ·r₁ are two
/// roundings more, and r₀ + r₁ is off by less than u: together 5·u, which is at most 5 units in the last place of the
/// double. A double rounds as the real number does if it is 7 units away from the middle between two normal numbers of f32,
/// which has the last 29 bits 2²⁸. Others go the slow way: those near a middle, those that come to the least normal number or
/// less, and those that are no numbers.
pub(super) fn proximal_step_f32(
    simd: V3,
    shrink: Shrink,
    x: &mut [f32],
    slow: impl Fn(f32) -> f32,
) {
    let (eights, rest) = as_arrays_mut::<8, f32>(x);
    shrink_eights(simd, shrink, eights, &slow);
    let mut last = [0.0; 8];
    for (last, x) in last.iter_mut().zip(&*rest) {
        *last = *x;
    }
    shrink_eights(simd, shrink, core::slice::from_mut(&mut last), &slow);
    for (x, last) in rest.iter_mut().zip(last) {
        *x = last;
    }
}

fn shrink_eights(simd: V3, shrink: Shrink, x: &mut [[f32; 8]], slow: &impl Fn(f32) -> f32) {
    simd.vectorize(
        #[inline(always)]
        || {
            let sign = simd.avx._mm256_set1_ps(-0.0);
            let one = simd.avx._mm256_set1_epi32(1);
            // The first number that is normal, and the last one that is, as bits less 1.
            let normal = simd.avx._mm256_set1_epi32(0x0080_0000);
            let most = simd.avx._mm256_set1_epi32(0x7f80_0000 - 2);
            for x in x {
                let [a, b] = halves(x);
                let [(a, near_a), (b, near_b)] = [shrunk(simd, shrink, a), shrunk(simd, shrink, b)];
                let magnitudes = simd
                    .avx
                    ._mm256_insertf128_ps::<1>(simd.avx._mm256_castps128_ps256(a), b);
                // 0 less 1 is negative, and neither. A NaN may have a sign.
                let bits = simd.avx._mm256_andnot_ps(sign, magnitudes);
                let bits = simd.avx2._mm256_sub_epi32(cast(bits), one);
                let is_small = simd
                    .avx2
                    ._mm256_andnot_si256(bits, simd.avx2._mm256_sub_epi32(bits, normal));
                let is_large = simd.avx2._mm256_cmpgt_epi32(bits, most);
                let is_open = simd
                    .avx
                    ._mm256_movemask_ps(cast(simd.avx2._mm256_or_si256(is_small, is_large)))
                    | simd
                        .avx
                        ._mm256_movemask_pd(simd.avx._mm256_or_pd(near_a, near_b));
                if is_open != 0 {
                    each(x, slow);
                    continue;
                }
                let signs = simd.avx._mm256_and_ps(cast(*x), sign);
                *x = cast(simd.avx._mm256_or_ps(magnitudes, signs));
            }
        },
    );
}

/// Away from the loop, which is to stay small.
#[cold]
#[inline(never)]
fn each(x: &mut [f32; 8], of: &impl Fn(f32) -> f32) {
    for x in x {
        *x = of(*x);
    }
}

/// max(|v| − τ·l1, 0)/(1 + 2·τ·l2) of four numbers, and whether it is near the middle between two numbers of f32.
#[inline(always)]
fn shrunk(simd: V3, shrink: Shrink, v: &[f32; 4]) -> (__m128, __m256d) {
    let set = |x: f64| simd.avx._mm256_set1_pd(x);
    let ([t0, t1], [r0, r1]) = (shrink.threshold, shrink.inverse);
    let magnitude = magnitudes(simd, v, set(-0.0));
    let over = simd
        .avx
        ._mm256_sub_pd(simd.avx._mm256_sub_pd(magnitude, set(t0)), set(t1));
    let quotient = simd
        .fma
        ._mm256_fmadd_pd(over, set(r1), simd.avx._mm256_mul_pd(over, set(r0)));
    // A NaN is kept.
    let kept = simd.avx._mm256_cmp_pd::<_CMP_NLE_UQ>(over, set(0.0));
    let quotient = simd.avx._mm256_and_pd(kept, quotient);
    // The last 29 bits from 8 below 2²⁸ to 7 above it.
    let last = simd.avx2._mm256_and_si256(
        simd.avx2
            ._mm256_add_epi64(cast(quotient), simd.avx._mm256_set1_epi64x(8)),
        simd.avx._mm256_set1_epi64x((1 << 29) - 16),
    );
    let is_near = simd
        .avx2
        ._mm256_cmpeq_epi64(last, simd.avx._mm256_set1_epi64x(1 << 28));
    (simd.avx._mm256_cvtpd_ps(quotient), cast(is_near))
}

/// Vectors of eight from each of four streams in a block without rounding.
const EXACT: usize = 64;

pub(super) fn extend_f32(simd: V3, x: &[f32], sums: &mut Sums) {
    let ([a, b, c, d], rest) = streams(x);
    let mut bins = Bins::new();
    let blocks = a.chunks(EXACT).zip(b.chunks(EXACT));
    for ((a, b), (c, d)) in blocks.zip(c.chunks(EXACT).zip(d.chunks(EXACT))) {
        extend_block(simd, [a, b, c, d], &mut bins, sums);
    }
    if !rest.is_empty() {
        let last = padded(rest);
        let [a, b, c, d] = &last;
        let streams = [a, b, c, d].map(core::slice::from_ref);
        extend_block(simd, streams, &mut bins, sums);
    }
    bins.empty(sums);
}

fn extend_block(simd: V3, x: [&[[f32; 8]]; 4], bins: &mut Bins, sums: &mut Sums) {
    let [largest, least] = exponents(simd, x);
    if largest == 0 {
        return;
    }
    // M − e ≤ 44 below.
    if largest > 254 || largest - least > 20 {
        for x in x {
            bins.add(x.as_flattened(), sums);
        }
        return;
    }
    exact(simd, x, largest as i32, sums);
}

/// The greatest exponent of f32 in a block, 0 if all are 0, and the least of a number that is not 0. The exponent of
/// subnormal numbers is 1.
#[inline(always)]
fn exponents(simd: V3, x: [&[[f32; 8]]; 4]) -> [u32; 2] {
    simd.vectorize(
        #[inline(always)]
        || {
            let sign = simd.avx._mm256_set1_epi32(i32::MAX);
            let one = simd.avx._mm256_set1_epi32(1);
            let mut most = [simd.avx._mm256_setzero_si256(); 4];
            let mut least = [simd.avx._mm256_set1_epi32(-1); 4];
            for (lane, x) in x.into_iter().enumerate() {
                for x in x {
                    let bits = simd.avx2._mm256_and_si256(cast(*x), sign);
                    most[lane] = simd.avx2._mm256_max_epu32(most[lane], bits);
                    // 0 less 1 is the greatest number.
                    let less = simd.avx2._mm256_sub_epi32(bits, one);
                    least[lane] = simd.avx2._mm256_min_epu32(least[lane], less);
                }
            }
            let lanes = |vectors: [__m256i; 4]| -> [[u32; 8]; 4] { vectors.map(cast) };
            let most = lanes(most).as_flattened().iter().fold(0, |a, &b| a.max(b));
            let least = lanes(least)
                .as_flattened()
                .iter()
                .fold(u32::MAX, |a, &b| a.min(b))
                .wrapping_add(1);
            if most == 0 {
                [0, 0]
            } else {
                [(most >> 23).max(1), (least >> 23).max(1)]
            }
        },
    )
}

/// Adds a block without rounding, whose numbers are below 2^M and multiples of 2^e, M − e ≤ 44.
///
/// A lane takes 128 numbers. That of Σ|x| starts at 2^(M + 7), which is more than they sum to, so that all its numbers
/// have units of 2^(M − 45), which divide 2^e: nothing is rounded. That of Σx² starts at 2^(2·M + 7), with units of
/// 2^(2·M − 45). A square is rounded to them; the rest of it, at most half a unit, is a multiple of 2^(2·e) and has at
/// most 2·M − 46 − 2·e ≤ 42 digits, so that it is computed exactly. The rests sum to at most 2^(2·M − 39), in a lane that
/// starts at 1.5·2^(2·M − 38) with units of 2^(2·M − 90), which divide 2^(2·e).
///
/// Within one binade the bits of a double count its units: the bits at the end less those of the start are the sum.
#[inline(always)]
fn exact(simd: V3, x: [&[[f32; 8]]; 4], largest: i32, sums: &mut Sums) {
    let m = largest - 126;
    let start = power(m + 7);
    let start_high = power(2 * m + 7);
    let start_low = 1.5 * power(2 * m - 38);
    let lanes = simd.vectorize(
        #[inline(always)]
        || {
            let sign = simd.avx._mm256_set1_pd(-0.0);
            let mut sum = [simd.avx._mm256_set1_pd(start); 4];
            let mut high = [simd.avx._mm256_set1_pd(start_high); 4];
            let mut low = [simd.avx._mm256_set1_pd(start_low); 4];
            let [a, b, c, d] = x;
            for ((a, b), (c, d)) in a.iter().zip(b).zip(c.iter().zip(d)) {
                let [a, b, c, d] = [a, b, c, d].map(halves);
                for half in 0..2 {
                    for (lane, x) in [a[half], b[half], c[half], d[half]].into_iter().enumerate() {
                        let x = magnitudes(simd, x, sign);
                        sum[lane] = simd.avx._mm256_add_pd(sum[lane], x);
                        let next = simd.fma._mm256_fmadd_pd(x, x, high[lane]);
                        let rounded = simd.avx._mm256_sub_pd(next, high[lane]);
                        let rest = simd.fma._mm256_fmsub_pd(x, x, rounded);
                        high[lane] = next;
                        low[lane] = simd.avx._mm256_add_pd(low[lane], rest);
                    }
                }
            }
            let units = |lanes: [__m256d; 4], start: f64| -> i64 {
                let start = simd.avx._mm256_set1_epi64x(start.to_bits() as i64);
                let mut units = simd.avx._mm256_setzero_si256();
                for lane in lanes {
                    let lane = simd.avx2._mm256_sub_epi64(cast(lane), start);
                    units = simd.avx2._mm256_add_epi64(units, lane);
                }
                let units: [i64; 4] = cast(units);
                units.iter().sum()
            };
            [
                units(sum, start),
                units(high, start_high),
                units(low, start_low),
            ]
        },
    );
    let [sum, high, low] = lanes;
    // 16 lanes of less than 2⁵² units each, and the units of the rests are 2⁻⁴⁵ of the others.
    let squares = (i128::from(high) << 45) + i128::from(low);
    sums.add_units(sum as u128, m - 45, squares as u128, 2 * m - 90);
}

/// 2^e, for an e between −1022 and 1023.
fn power(e: i32) -> f64 {
    f64::from_bits(((e + 1023) as u64) << 52)
}

/// Ω of doubles, rounded once; `None` where the bound does not decide.
///
/// Of each addition and of each square the rest is computed, which is exact, and added up beside. A lane of m numbers is then
/// its sum and its rests, which met at most 2·m roundings and are at most (m + 1)·u of the sum: it is off by at most
/// 2·m·u·(m + 1)·u of it, and with the lanes and the factors, 20 operations more, by less than 4·(m + 20)²·u². What
/// underflows of the rests of squares is less than n·2⁻¹⁰⁷⁴, and nothing beside squares that sum to 2⁻⁹⁰⁰. The margin is twice
/// that, 8·(m + 20)²·u².
pub(super) fn value_f64(simd: V3, terms: &Terms, x: &[f64]) -> Option<f64> {
    if !(is_plain::<f64>(terms.l1()) && is_plain::<f64>(terms.l2())) {
        return None;
    }
    let (eights, rest) = as_arrays::<8, f64>(x);
    let mut last = [0.0; 8];
    for (last, x) in last.iter_mut().zip(rest) {
        *last = *x;
    }
    let lanes = simd.vectorize(
        #[inline(always)]
        || {
            let sign = simd.avx._mm256_set1_pd(-0.0);
            let zero = simd.avx._mm256_setzero_pd();
            let (mut sums, mut squares) = ([[zero; 2]; 2], [[zero; 2]; 2]);
            for x in eights.iter().chain([&last]) {
                let (x, _) = x.as_chunks::<4>();
                for lane in 0..2 {
                    let x = simd.avx._mm256_andnot_pd(sign, cast(x[lane]));
                    let square = simd.avx._mm256_mul_pd(x, x);
                    let rest = simd.fma._mm256_fmsub_pd(x, x, square);
                    sums[lane] = add(simd, sums[lane], x, zero);
                    squares[lane] = add(simd, squares[lane], square, rest);
                }
            }
            let lanes = |pairs: [[__m256d; 2]; 2]| -> [[[f64; 4]; 2]; 2] {
                pairs.map(|pair| pair.map(cast))
            };
            [lanes(sums), lanes(squares)]
        },
    );
    let [sums, squares] = lanes.map(|pairs| {
        let mut total = [0.0; 2];
        for [sums, rests] in pairs {
            for (lane, rests) in sums.into_iter().zip(rests) {
                let [next, rest] = sum(total[0], lane);
                total = [next, total[1] + (rest + rests)];
            }
        }
        total
    });
    let mut omega = [0.0; 2];
    for (factor, sums) in [(terms.l1(), sums), (terms.l2(), squares)] {
        let Some(factor) = factor else { continue };
        let [high, low] = product(simd, factor, sums[0]);
        let is_safe = |x: f64| (power(-900)..power(900)).contains(&x);
        if !(high == 0.0 && (factor == 0.0 || sums[0] == 0.0) || is_safe(high) && is_safe(sums[0]))
        {
            return None;
        }
        let [next, rest] = sum(omega[0], high);
        omega = [next, omega[1] + (rest + (low + factor * sums[1]))];
    }
    // A square that underflows is 0 beside no weight that is 0.
    if terms.l2().is_some() && squares[0] == 0.0 && sums[0] != 0.0 {
        return None;
    }
    let [high, low] = sum(omega[0], omega[1]);
    let m = (eights.len() + 21) as f64;
    let margin = high * (8.0 * m * m * (f64::EPSILON / 2.0) * (f64::EPSILON / 2.0));
    let ends = [high + (low - margin), high + (low + margin)];
    (ends[0] == ends[1]).then_some(ends[0])
}

/// A sum and its rests, and a number and its rest.
#[inline(always)]
fn add(simd: V3, [sum, rests]: [__m256d; 2], x: __m256d, rest: __m256d) -> [__m256d; 2] {
    let next = simd.avx._mm256_add_pd(sum, x);
    let shift = simd.avx._mm256_sub_pd(next, sum);
    let of_sum = simd
        .avx
        ._mm256_sub_pd(sum, simd.avx._mm256_sub_pd(next, shift));
    let of_x = simd.avx._mm256_sub_pd(x, shift);
    let rest = simd
        .avx
        ._mm256_add_pd(rest, simd.avx._mm256_add_pd(of_sum, of_x));
    [next, simd.avx._mm256_add_pd(rests, rest)]
}

/// Half numbers of a block as numbers of f32, without their signs; `None` if one of them is none.
#[cfg(feature = "half")]
pub(super) fn widen_f16(simd: V3, x: &[half::f16], to: &mut [f32; STAGED]) -> Option<usize> {
    use half::slice::HalfFloatSliceExt;
    let x = x.reinterpret_cast();
    let mut bits = [0_u16; STAGED];
    bits[..x.len()].copy_from_slice(x);
    let is_finite = simd.vectorize(
        #[inline(always)]
        || {
            let mask = simd.avx._mm256_set1_epi32(0x7fff);
            let least_normal = simd.avx._mm256_set1_epi32(0x0400);
            let infinite = simd.avx._mm256_set1_epi32(0x7bff);
            // The exponents of f32 begin 112 lower.
            let bias = simd.avx._mm256_set1_epi32(112 << 23);
            let unit = simd.avx._mm256_set1_ps(power(-24) as f32);
            let mut special = simd.avx._mm256_setzero_si256();
            let (from, _) = bits.as_chunks::<8>();
            let (to, _) = to.as_chunks_mut::<8>();
            for (from, to) in from.iter().zip(to).take(x.len().div_ceil(8)) {
                let bits = simd
                    .avx2
                    ._mm256_and_si256(simd.avx2._mm256_cvtepu16_epi32(cast(*from)), mask);
                special = simd
                    .avx2
                    ._mm256_or_si256(special, simd.avx2._mm256_cmpgt_epi32(bits, infinite));
                let normal = simd
                    .avx2
                    ._mm256_add_epi32(simd.avx2._mm256_slli_epi32::<13>(bits), bias);
                let subnormal = simd
                    .avx
                    ._mm256_mul_ps(simd.avx._mm256_cvtepi32_ps(bits), unit);
                let is_subnormal = simd.avx2._mm256_cmpgt_epi32(least_normal, bits);
                *to = cast(
                    simd.avx
                        ._mm256_blendv_ps(cast(normal), subnormal, cast(is_subnormal)),
                );
            }
            simd.avx2._mm256_movemask_epi8(special) == 0
        },
    );
    is_finite.then_some(x.len())
}

/// The numbers of f32 that begin with these bits.
#[cfg(feature = "half")]
pub(super) fn widen_bf16(simd: V3, x: &[half::bf16], to: &mut [f32; STAGED]) -> Option<usize> {
    use half::slice::HalfFloatSliceExt;
    let x = x.reinterpret_cast();
    let mut bits = [0_u16; STAGED];
    bits[..x.len()].copy_from_slice(x);
    simd.vectorize(
        #[inline(always)]
        || {
            let (from, _) = bits.as_chunks::<8>();
            let (to, _) = to.as_chunks_mut::<8>();
            for (from, to) in from.iter().zip(to).take(x.len().div_ceil(8)) {
                let bits = simd.avx2._mm256_cvtepu16_epi32(cast(*from));
                *to = cast(simd.avx2._mm256_slli_epi32::<16>(bits));
            }
        },
    );
    Some(x.len())
}

/// Half numbers that are widened at once.
#[cfg(feature = "half")]
pub(super) const STAGED: usize = 1024;

//! f16 and bf16 by way of f32, which has each of their numbers.

use super::exact;
use super::near::Near;
use super::shrink::{Shrink, proximal_step};
use super::slope::{Slope, constants};
use super::sum::near_f32;
use super::vectors::Vectors;
use crate::{Float, Step, Sums, Terms};
use core::slice::from_mut;
use half::{bf16, f16};
use pulp::bytemuck::cast_slice_mut;

/// Numbers that are widened at once: a multiple of every vector's.
const STAGED: usize = 1024;
const FEW: usize = 128;

/// A type of 16 bits.
pub(super) trait Short: Float {
    fn widen<S: Vectors>(simd: S, x: &[Self], to: &mut [f32]);

    /// Of numbers that the type has.
    fn narrow<S: Vectors>(simd: S, x: &[f32], to: &mut [Self]);

    /// The nearest numbers of the type, ties to even. A NaN of the type stays one.
    fn round<S: Vectors>(simd: S, x: S::f32s) -> S::f32s;
}

/// Rounds to that many digits less, ties to even: the bits of a float count up through its exponents.
#[inline(always)]
fn cut<S: Vectors>(simd: S, x: S::f32s, digits: u32) -> S::f32s {
    let splat = |bits: u32| simd.splat_u32s(bits);
    let bits = simd.transmute_u32s_f32s(x);
    let odd = simd.and_u32s(simd.wrapping_dyn_shr_u32s(bits, splat(digits)), splat(1));
    let half = splat((1 << (digits - 1)) - 1);
    let up = simd.add_u32s(simd.add_u32s(bits, half), odd);
    simd.transmute_f32s_u32s(simd.and_u32s(up, splat(u32::MAX << digits)))
}

impl Short for f16 {
    #[inline(always)]
    fn widen<S: Vectors>(simd: S, x: &[Self], to: &mut [f32]) {
        simd.widen_f16(x, to);
    }

    #[inline(always)]
    fn narrow<S: Vectors>(simd: S, x: &[f32], to: &mut [Self]) {
        simd.narrow_f16(x, to);
    }

    /// Below the least normal number, 2⁻¹⁴, a sum with ½ has the last place 2⁻²⁴ of the subnormal numbers.
    #[inline(always)]
    fn round<S: Vectors>(simd: S, x: S::f32s) -> S::f32s {
        let splat = |x: f32| simd.splat_f32s(x);
        let (sign, a) = (simd.and_f32s(x, splat(-0.0)), simd.abs_f32s(x));
        let subnormal = simd.sub_f32s(simd.add_f32s(a, splat(0.5)), splat(0.5));
        let normal = cut(simd, a, 13);
        let is_large = simd.less_than_f32s(splat(Self::MAX.to_f32()), normal);
        let normal = simd.select_f32s(is_large, splat(f32::INFINITY), normal);
        let is_subnormal = simd.less_than_f32s(a, splat(Self::MIN_POSITIVE.to_f32()));
        simd.or_f32s(simd.select_f32s(is_subnormal, subnormal, normal), sign)
    }
}

impl Short for bf16 {
    #[inline(always)]
    fn widen<S: Vectors>(_: S, x: &[Self], to: &mut [f32]) {
        for (x, to) in x.iter().zip(to) {
            *to = f32::from_bits(u32::from(x.to_bits()) << 16);
        }
    }

    #[inline(always)]
    fn narrow<S: Vectors>(_: S, x: &[f32], to: &mut [Self]) {
        for (x, to) in x.iter().zip(to) {
            *to = Self::from_bits((x.to_bits() >> 16) as u16);
        }
    }

    /// The first 16 bits of a number of f32 are one of bf16.
    #[inline(always)]
    fn round<S: Vectors>(simd: S, x: S::f32s) -> S::f32s {
        cut(simd, x, 16)
    }
}

pub(super) fn near<T: Short, S: Vectors>(simd: S, x: &[T]) -> Near {
    let mut near = Near::nothing();
    staged(simd, x, |x| near = near.plus(&near_f32(simd, x)));
    near
}

pub(super) fn extend<T: Short, S: Vectors>(simd: S, x: &[T], sums: &mut Sums) {
    staged(simd, x, |x| exact::extend_f32(simd, x, sums));
}

/// Hands out pieces as numbers of f32.
fn staged<T: Short, S: Vectors>(simd: S, x: &[T], of: impl FnMut(&[f32])) {
    // A place for many takes longer to make than few take to widen.
    match x.len() {
        ..=FEW => staged_in::<T, S, FEW>(simd, x, of),
        _ => staged_in::<T, S, STAGED>(simd, x, of),
    }
}

fn staged_in<T: Short, S: Vectors, const N: usize>(simd: S, x: &[T], mut of: impl FnMut(&[f32])) {
    let mut staged = [0.0; N];
    for x in x.chunks(N) {
        let staged = &mut staged[..x.len()];
        simd.run(
            #[inline(always)]
            || T::widen(simd, x, staged),
        );
        of(staged);
    }
}

/// Adds slopes to gradients, of slices of one length.
///
/// A slope is [`rounded to odd`](odd) to f32 and then to the type, of p digits, which is the same as once, because
/// 24 ≥ p + 2 (Boldo and Melquiond 2008). A sum of two numbers of the type is rounded to f32 and then to the type, which
/// is the same as once, because 24 ≥ 2·p + 2 (Figueroa 1995).
pub(super) fn add_subgradient<T: Short, S: Vectors>(
    simd: S,
    terms: &Terms,
    slope: Slope<f32>,
    x: &[T],
    g: &mut [T],
) {
    let (mut staged, mut staged_g) = ([0.0; STAGED], [0.0; STAGED]);
    for (short, g_short) in x.chunks(STAGED).zip(g.chunks_mut(STAGED)) {
        let length = short.len();
        simd.run(
            #[inline(always)]
            || {
                T::widen(simd, short, &mut staged[..length]);
                T::widen(simd, g_short, &mut staged_g[..length]);
                let vectors = S::as_simd_f32s(&staged).0.iter();
                let g_vectors = S::as_mut_simd_f32s(&mut staged_g).0;
                let whole = length.div_ceil(S::F32_LANES);
                for (at, (x, g)) in vectors.zip(g_vectors).enumerate().take(whole) {
                    let (slopes, is_sure) = odd(simd, slope, *x);
                    let sum = simd.add_f32s(*g, T::round(simd, slopes));
                    if simd.all_m32s(is_sure) {
                        *g = T::round(simd, sum);
                    } else {
                        let from = at * S::F32_LANES;
                        let sums = cast_slice_mut(from_mut(g));
                        each(terms, &short[from..], &g_short[from..], sums);
                    }
                }
                T::narrow(simd, &staged_g[..length], g_short);
            },
        );
    }
}

/// The slopes of a vector, rounded to odd, and which of them are sure: what is not a number of f32 becomes that of its two
/// neighbours whose last digit is 1.
///
/// A product of two short numbers has at most 22 digits, and is exact where it is above 2⁻¹⁰⁰ or 0, and finite. The rest of
/// its sum with l1 is exact, and says on which side of the rounded sum the real one is.
#[inline(always)]
fn odd<S: Vectors>(simd: S, slope: Slope<f32>, x: S::f32s) -> (S::f32s, S::m32s) {
    let splat = |x: f32| simd.splat_f32s(x);
    let (product, l1) = match slope {
        Slope::Constant(l1) => (simd.mul_f32s(x, splat(0.0)), l1),
        Slope::Linear { twice, l1 } => (simd.mul_f32s(x, splat(twice)), l1),
    };
    let size = simd.abs_f32s(product);
    let is_exact = match slope {
        Slope::Constant(_) => simd.equal_f32s(product, splat(0.0)),
        Slope::Linear { .. } => simd.or_m32s(
            simd.less_than_f32s(splat(SMALL), size),
            simd.equal_f32s(x, splat(0.0)),
        ),
    };
    let l1 = constants(simd, l1, x);
    let sum = simd.add_f32s(product, l1);
    let shift = simd.sub_f32s(sum, product);
    let rest = simd.add_f32s(
        simd.sub_f32s(product, simd.sub_f32s(sum, shift)),
        simd.sub_f32s(l1, shift),
    );
    let [bits, rest_bits] = [sum, rest].map(|x| simd.transmute_u32s_f32s(x));
    // 1 if there is a rest, and 1 if it makes the sum smaller.
    let [one, zero] = [1, 0].map(|x| simd.splat_u32s(x));
    let is_rest = simd.select_u32s(simd.equal_f32s(rest, splat(0.0)), zero, one);
    let differs = simd.wrapping_dyn_shr_u32s(simd.xor_u32s(bits, rest_bits), simd.splat_u32s(31));
    let odd = simd.sub_u32s(bits, simd.and_u32s(differs, is_rest));
    let odd = simd.transmute_f32s_u32s(simd.or_u32s(odd, is_rest));
    let is_finite = simd.less_than_or_equal_f32s(simd.abs_f32s(sum), splat(f32::MAX));
    (odd, simd.and_m32s(is_exact, is_finite))
}

/// 2⁻¹⁰⁰.
const SMALL: f32 = f32::from_bits((127 - 100) << 23);

/// Away from the loop, which is to stay small.
#[cold]
#[inline(never)]
fn each<T: Short>(terms: &Terms, x: &[T], g: &[T], sums: &mut [f32]) {
    for ((&x, &g), sum) in x.iter().zip(g).zip(sums) {
        *sum = f32::from_f64((g + terms.subgradient(x)).to_f64());
    }
}

/// Replaces each point by its proximal point.
pub(super) fn step<T: Short, S: Vectors>(
    simd: S,
    terms: &Terms,
    step: Step,
    shrink: Shrink<f32>,
    x: &mut [T],
) {
    let mut staged = [0.0; STAGED];
    for x in x.chunks_mut(STAGED) {
        let staged = &mut staged[..x.len()];
        simd.run(
            #[inline(always)]
            || T::widen(simd, x, staged),
        );
        proximal_step(
            simd,
            shrink,
            staged,
            #[inline(always)]
            |[low, high]| {
                // The next numbers of f32 or those after them: what rounds to the middle between two short numbers may be
                // on either side of it.
                let low = simd.mul_f32s(low, simd.splat_f32s(1.0 - f32::EPSILON));
                let high = simd.mul_f32s(high, simd.splat_f32s(1.0 + f32::EPSILON));
                [T::round(simd, low), T::round(simd, high)]
            },
            |v| f32::from_f64(terms.proximal(step, T::from_f64(v.into())).to_f64()),
        );
        simd.run(
            #[inline(always)]
            || T::narrow(simd, staged, x),
        );
    }
}

//! Vectors of a processor, by pulp's tokens: no `unsafe`, and one source for every width.
//!
//! A kernel is written once over [`Vectors`], and over [`Lanes`] where it is the same for two types.

#[cfg(feature = "half")]
use half::{
    f16,
    slice::{HalfBitsSliceExt, HalfFloatSliceExt},
};
use pulp::bytemuck::{Pod, cast_ref};
use pulp::x86::{V3, V4};
use pulp::{Simd, cast};

/// Vectors of some width.
pub(super) trait Vectors: Simd {
    /// Runs a closure with the processor's instructions. It must be `#[inline(always)]`, and what it calls too.
    fn run<R>(self, of: impl FnOnce() -> R) -> R;

    /// The numbers of a vector as doubles: the first half, and the second.
    fn widen(self, x: &Self::f32s) -> [Self::f64s; 2];

    #[cfg(feature = "half")]
    #[inline(always)]
    fn widen_f16(self, x: &[f16], to: &mut [f32]) {
        x.convert_to_f32_slice(to);
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn narrow_f16(self, x: &[f32], to: &mut [f16]) {
        to.convert_from_f32_slice(x);
    }

    fn all_m32s(self, mask: Self::m32s) -> bool;
    fn all_m64s(self, mask: Self::m64s) -> bool;
}

impl Vectors for V3 {
    #[inline(always)]
    fn run<R>(self, of: impl FnOnce() -> R) -> R {
        self.vectorize(of)
    }

    #[inline(always)]
    fn widen(self, x: &Self::f32s) -> [Self::f64s; 2] {
        // Halves in memory, which are widened as they are read.
        let x: &[[f32; 4]; 2] = cast_ref(x);
        x.map(|half| cast(self.avx._mm256_cvtps_pd(cast(half))))
    }

    #[inline(always)]
    fn all_m32s(self, mask: Self::m32s) -> bool {
        self.avx._mm256_movemask_ps(cast(mask)) == 0xff
    }

    #[inline(always)]
    fn all_m64s(self, mask: Self::m64s) -> bool {
        self.avx._mm256_movemask_pd(cast(mask)) == 0xf
    }
}

impl Vectors for V4 {
    #[inline(always)]
    fn run<R>(self, of: impl FnOnce() -> R) -> R {
        self.vectorize(of)
    }

    #[inline(always)]
    fn widen(self, x: &Self::f32s) -> [Self::f64s; 2] {
        let x: &[[f32; 8]; 2] = cast_ref(x);
        x.map(|half| cast(self.avx512f._mm512_cvtps_pd(cast(half))))
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn widen_f16(self, x: &[f16], to: &mut [f32]) {
        let (vectors, rest) = x.reinterpret_cast().as_chunks::<16>();
        let (to, to_rest) = to.as_chunks_mut::<16>();
        for (x, to) in vectors.iter().zip(to) {
            *to = cast(self.avx512f._mm512_cvtph_ps(cast(*x)));
        }
        rest.reinterpret_cast::<f16>().convert_to_f32_slice(to_rest);
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn narrow_f16(self, x: &[f32], to: &mut [f16]) {
        let (vectors, rest) = x.as_chunks::<16>();
        let (to, to_rest) = to.reinterpret_cast_mut().as_chunks_mut::<16>();
        for (x, to) in vectors.iter().zip(to) {
            // To nearest, which is exact of these numbers.
            *to = cast(self.avx512f._mm512_cvtps_ph::<0>(cast(*x)));
        }
        let to_rest: &mut [f16] = to_rest.reinterpret_cast_mut();
        to_rest.convert_from_f32_slice(rest);
    }

    #[inline(always)]
    fn all_m32s(self, mask: Self::m32s) -> bool {
        mask.0 == 0xffff
    }

    #[inline(always)]
    fn all_m64s(self, mask: Self::m64s) -> bool {
        mask.0 == 0xff
    }
}

/// What vectors of a type of floats do.
pub(super) trait Lanes<T>: Vectors {
    type Vector: Pod;
    type Mask: Copy;

    fn vectors(x: &[T]) -> (&[Self::Vector], &[T]);
    fn vectors_mut(x: &mut [T]) -> (&mut [Self::Vector], &mut [T]);
    /// Fewer numbers than a vector has, and zeros.
    fn load(self, x: &[T]) -> Self::Vector;
    fn store(self, x: Self::Vector, to: &mut [T]);
    fn splat(self, x: T) -> Self::Vector;
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// a·b + c, rounded once.
    fn fma(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// c − a·b, rounded once.
    fn fnma(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    fn abs(self, a: Self::Vector) -> Self::Vector;
    /// Of the bits.
    fn and(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// Of the bits.
    fn or(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn equal(self, a: Self::Vector, b: Self::Vector) -> Self::Mask;
    fn at_most(self, a: Self::Vector, b: Self::Vector) -> Self::Mask;
    fn both(self, a: Self::Mask, b: Self::Mask) -> Self::Mask;
    fn either(self, a: Self::Mask, b: Self::Mask) -> Self::Mask;
    fn all(self, mask: Self::Mask) -> bool;
    fn select(self, mask: Self::Mask, yes: Self::Vector, no: Self::Vector) -> Self::Vector;
}

macro_rules! lanes {
    ($float:ident, $vector:ident, $mask:ident: $($own:ident = $pulp:ident),*; $($on_masks:ident = $of_masks:ident),*;
        $($compares:ident = $with:ident),*; $vectors:ident, $vectors_mut:ident, $load:ident, $store:ident,
        $splat:ident, $fma:ident, $fnma:ident, $abs:ident, $all:ident, $select:ident) => {
        impl<S: Vectors> Lanes<$float> for S {
            type Vector = S::$vector;
            type Mask = S::$mask;

            $(
                #[inline(always)]
                fn $own(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
                    self.$pulp(a, b)
                }
            )*
            $(
                #[inline(always)]
                fn $on_masks(self, a: Self::Mask, b: Self::Mask) -> Self::Mask {
                    self.$of_masks(a, b)
                }
            )*
            $(
                #[inline(always)]
                fn $compares(self, a: Self::Vector, b: Self::Vector) -> Self::Mask {
                    self.$with(a, b)
                }
            )*

            #[inline(always)]
            fn vectors(x: &[$float]) -> (&[Self::Vector], &[$float]) {
                S::$vectors(x)
            }

            #[inline(always)]
            fn vectors_mut(x: &mut [$float]) -> (&mut [Self::Vector], &mut [$float]) {
                S::$vectors_mut(x)
            }

            #[inline(always)]
            fn load(self, x: &[$float]) -> Self::Vector {
                self.$load(x)
            }

            #[inline(always)]
            fn store(self, x: Self::Vector, to: &mut [$float]) {
                self.$store(to, x);
            }

            #[inline(always)]
            fn splat(self, x: $float) -> Self::Vector {
                self.$splat(x)
            }

            #[inline(always)]
            fn fma(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
                self.$fma(a, b, c)
            }

            #[inline(always)]
            fn fnma(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
                self.$fnma(a, b, c)
            }

            #[inline(always)]
            fn abs(self, a: Self::Vector) -> Self::Vector {
                self.$abs(a)
            }

            #[inline(always)]
            fn all(self, mask: Self::Mask) -> bool {
                self.$all(mask)
            }

            #[inline(always)]
            fn select(self, mask: Self::Mask, yes: Self::Vector, no: Self::Vector) -> Self::Vector {
                self.$select(mask, yes, no)
            }
        }
    };
}
lanes!(f32, f32s, m32s:
    add = add_f32s, sub = sub_f32s, mul = mul_f32s, and = and_f32s, or = or_f32s;
    both = and_m32s, either = or_m32s; equal = equal_f32s, at_most = less_than_or_equal_f32s;
    as_simd_f32s, as_mut_simd_f32s, partial_load_f32s, partial_store_f32s,
    splat_f32s, mul_add_f32s, negate_mul_add_f32s, abs_f32s, all_m32s, select_f32s);
lanes!(f64, f64s, m64s:
    add = add_f64s, sub = sub_f64s, mul = mul_f64s, and = and_f64s, or = or_f64s;
    both = and_m64s, either = or_m64s; equal = equal_f64s, at_most = less_than_or_equal_f64s;
    as_simd_f64s, as_mut_simd_f64s, partial_load_f64s, partial_store_f64s,
    splat_f64s, mul_add_f64s, negate_mul_add_f64s, abs_f64s, all_m64s, select_f64s);

/// Four slices of one length, and what is left: fewer than four.
///
/// A core's memory answers four streams sooner than one.
#[inline(always)]
pub(super) fn streams<V>(x: &[V]) -> ([&[V]; 4], &[V]) {
    let length = x.len() / 4;
    let (a, rest) = x.split_at(length);
    let (b, rest) = rest.split_at(length);
    let (c, rest) = rest.split_at(length);
    let (d, rest) = rest.split_at(length);
    ([a, b, c, d], rest)
}

/// A vector of each stream, and so on.
#[inline(always)]
pub(super) fn rows<V>([a, b, c, d]: [&[V]; 4]) -> impl Iterator<Item = [&V; 4]> {
    let halves = a.iter().zip(b).zip(c.iter().zip(d));
    halves.map(|((a, b), (c, d))| [a, b, c, d])
}

/// The same of streams that are written to.
#[inline(always)]
pub(super) fn rows_mut<V>([a, b, c, d]: [&mut [V]; 4]) -> impl Iterator<Item = [&mut V; 4]> {
    let halves = a.iter_mut().zip(b).zip(c.iter_mut().zip(d));
    halves.map(|((a, b), (c, d))| [a, b, c, d])
}

/// [`streams`] of a slice that is written to.
#[inline(always)]
pub(super) fn streams_mut<V>(x: &mut [V]) -> ([&mut [V]; 4], &mut [V]) {
    let length = x.len() / 4;
    let (a, rest) = x.split_at_mut(length);
    let (b, rest) = rest.split_at_mut(length);
    let (c, rest) = rest.split_at_mut(length);
    let (d, rest) = rest.split_at_mut(length);
    ([a, b, c, d], rest)
}

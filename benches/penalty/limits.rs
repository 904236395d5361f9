//! What the memory of the machine allows one core: read, read-read-write, and in place, in 1, 2, 4 and 8 streams.
//!
//! Vectors are `pulp`'s, the widest of the machine, as ours are. How it was checked that the loops are loads and stores
//! with one operation each: in `objdump -d` of the benchmark, on a machine with AVX-512, a `vpxorq` or `vpxord` of `zmm`
//! registers with a memory operand for each vector that is read, a store for each that is written, and additions to an index.

use crate::subject::OnGradients;
use crate::weight::Weight;
use pulp::bytemuck::cast_slice;
use pulp::{Arch, Simd, WithSimd};
use std::array::from_fn;

/// A function for each number of streams.
pub(crate) type Streams<F> = [(&'static str, F); 4];

pub(crate) fn of_read<T: Weight>() -> Streams<fn(&[T]) -> T> {
    [
        ("limit, 1 stream", read::<T, 1>),
        ("limit, 2 streams", read::<T, 2>),
        ("limit, 4 streams", read::<T, 4>),
        ("limit, 8 streams", read::<T, 8>),
    ]
}

pub(crate) fn of_read_read_write<T: Weight>() -> Streams<OnGradients<T>> {
    [
        ("limit, 1 stream", read_read_write::<T, 1>),
        ("limit, 2 streams", read_read_write::<T, 2>),
        ("limit, 4 streams", read_read_write::<T, 4>),
        ("limit, 8 streams", read_read_write::<T, 8>),
    ]
}

pub(crate) fn of_in_place<T: Weight>() -> Streams<fn(&mut [T])> {
    [
        ("limit, 1 stream", in_place::<T, 1>),
        ("limit, 2 streams", in_place::<T, 2>),
        ("limit, 4 streams", in_place::<T, 4>),
        ("limit, 8 streams", in_place::<T, 8>),
    ]
}

/// The vectors of a stream that are read one after the other, before those of the next.
const RUN: usize = 4;

/// The XOR of everything.
struct Read<'a, const STREAMS: usize>(&'a [u32]);

impl<const STREAMS: usize> WithSimd for Read<'_, STREAMS> {
    type Output = u32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> u32 {
        let (vectors, rest) = S::as_simd_u32s(self.0);
        let (runs, more) = vectors.as_chunks::<RUN>();
        let length = runs.len() / STREAMS;
        let (streams, tail) = runs.split_at(STREAMS * length);
        let streams = split::<_, STREAMS>(streams, length);
        let mut sums = [simd.splat_u32s(0); RUN];
        for i in 0..length {
            for stream in streams {
                for k in 0..RUN {
                    sums[k] = simd.xor_u32s(sums[k], stream[i][k]);
                }
            }
        }
        for run in tail {
            for k in 0..RUN {
                sums[k] = simd.xor_u32s(sums[k], run[k]);
            }
        }
        let mut all = simd.splat_u32s(0);
        for &vector in sums.iter().chain(more) {
            all = simd.xor_u32s(all, vector);
        }
        let lanes: &[u32] = cast_slice(std::slice::from_ref(&all));
        lanes.iter().chain(rest).fold(0, |a, b| a ^ b)
    }
}

fn read<T: Weight, const STREAMS: usize>(x: &[T]) -> T {
    T::of_word(Arch::new().dispatch(Read::<STREAMS>(T::words(x))).into())
}

/// g ^= x.
struct ReadReadWrite<'a, const STREAMS: usize>(&'a [u32], &'a mut [u32]);

impl<const STREAMS: usize> WithSimd for ReadReadWrite<'_, STREAMS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (x, x_rest) = S::as_simd_u32s(self.0);
        let (g, g_rest) = S::as_mut_simd_u32s(self.1);
        let (x, x_more) = x.as_chunks::<RUN>();
        let (g, g_more) = g.as_chunks_mut::<RUN>();
        let length = x.len() / STREAMS;
        let (xs, x_tail) = x.split_at(STREAMS * length);
        let (gs, g_tail) = g.split_at_mut(STREAMS * length);
        let (xs, gs) = (
            split::<_, STREAMS>(xs, length),
            split_mut::<_, STREAMS>(gs, length),
        );
        for i in 0..length {
            for stream in 0..STREAMS {
                for k in 0..RUN {
                    gs[stream][i][k] = simd.xor_u32s(gs[stream][i][k], xs[stream][i][k]);
                }
            }
        }
        for (g, x) in g_tail
            .as_flattened_mut()
            .iter_mut()
            .zip(x_tail.as_flattened())
        {
            *g = simd.xor_u32s(*g, *x);
        }
        for (g, x) in g_more.iter_mut().zip(x_more) {
            *g = simd.xor_u32s(*g, *x);
        }
        for (g, x) in g_rest.iter_mut().zip(x_rest) {
            *g ^= x;
        }
    }
}

fn read_read_write<T: Weight, const STREAMS: usize>(x: &[T], g: &mut [T]) -> T {
    Arch::new().dispatch(ReadReadWrite::<STREAMS>(T::words(x), T::words_mut(g)));
    T::ZERO
}

/// x = !x.
struct InPlace<'a, const STREAMS: usize>(&'a mut [u32]);

impl<const STREAMS: usize> WithSimd for InPlace<'_, STREAMS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ones = simd.splat_u32s(u32::MAX);
        let (x, rest) = S::as_mut_simd_u32s(self.0);
        let (x, more) = x.as_chunks_mut::<RUN>();
        let length = x.len() / STREAMS;
        let (streams, tail) = x.split_at_mut(STREAMS * length);
        let mut xs = split_mut::<_, STREAMS>(streams, length);
        for i in 0..length {
            for stream in &mut xs {
                for x in &mut stream[i] {
                    *x = simd.xor_u32s(*x, ones);
                }
            }
        }
        for x in tail.as_flattened_mut() {
            *x = simd.xor_u32s(*x, ones);
        }
        for x in more {
            *x = simd.xor_u32s(*x, ones);
        }
        for x in rest {
            *x = !*x;
        }
    }
}

fn in_place<T: Weight, const STREAMS: usize>(x: &mut [T]) {
    Arch::new().dispatch(InPlace::<STREAMS>(T::words_mut(x)));
}

/// Streams of one length.
fn split<T, const STREAMS: usize>(x: &[T], length: usize) -> [&[T]; STREAMS] {
    from_fn(|i| &x[i * length..][..length])
}

fn split_mut<T, const STREAMS: usize>(mut x: &mut [T], length: usize) -> [&mut [T]; STREAMS] {
    from_fn(|_| x.split_off_mut(..length).expect("of this length"))
}

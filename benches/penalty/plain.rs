//! Loops as one writes them by hand, in the type of the weights, and a sum in doubles as fast as it gets.

use crate::weight::Weight;
use pulp::bytemuck::cast_slice;
use pulp::{Arch, Simd, WithSimd};

/// One pass, one accumulator.
pub(crate) fn fold<T: Weight>(x: &[T]) -> T {
    x.iter().fold(T::ZERO, |sum, &x| {
        sum + (T::FACTOR * x.abs() + T::FACTOR * x * x)
    })
}

/// A pass for each term.
pub(crate) fn two_passes<T: Weight + std::iter::Sum>(x: &[T]) -> T {
    T::FACTOR * x.iter().map(|x| x.abs()).sum() + T::FACTOR * x.iter().map(|&x| x * x).sum()
}

/// One pass, one accumulator, each half converted by `half` and the sum kept in f32.
pub(crate) fn fold_in_f32<T: Weight + Into<f32>>(x: &[T]) -> T {
    let factor = T::FACTOR.into();
    let sum = x.iter().fold(0.0_f32, |sum, &x| {
        let x: f32 = x.into();
        sum + (factor * x.abs() + factor * x * x)
    });
    T::nearest(sum.into())
}

pub(crate) fn add_subgradient<T: Weight>(x: &[T], g: &mut [T]) -> T {
    let twice = T::FACTOR + T::FACTOR;
    for (g, &x) in g.iter_mut().zip(x) {
        let sign = if x == T::ZERO { T::ZERO } else { x.signum() };
        *g = *g + (T::FACTOR * sign + twice * x);
    }
    T::ZERO
}

/// Value and gradient in one pass.
pub(crate) fn fused<T: Weight>(x: &[T], g: &mut [T]) -> T {
    let twice = T::FACTOR + T::FACTOR;
    let mut sum = T::ZERO;
    for (g, &x) in g.iter_mut().zip(x) {
        sum = sum + (T::FACTOR * x.abs() + T::FACTOR * x * x);
        let sign = if x == T::ZERO { T::ZERO } else { x.signum() };
        *g = *g + (T::FACTOR * sign + twice * x);
    }
    sum
}

pub(crate) fn proximal_step<T: Weight>(x: &mut [T]) {
    let threshold = T::STEP * T::FACTOR;
    let divisor = T::one() + (threshold + threshold);
    for x in x {
        *x = x.signum() * (x.abs() - threshold).max(T::ZERO) / divisor;
    }
}

/// Σ|x| and Σx² in sixteen doubles each, in `STREAMS` streams: not exact, and what exactness is compared with.
struct Widened<'a, T, const STREAMS: usize>(&'a [T]);

const LANES: usize = 16;

impl<T: Weight + Into<f64>, const STREAMS: usize> WithSimd for Widened<'_, T, STREAMS> {
    type Output = T;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> T {
        let (chunks, rest) = self.0.as_chunks::<LANES>();
        let length = chunks.len() / STREAMS;
        let zero = [simd.splat_f64s(0.0); LANES];
        let (mut magnitudes, mut squares) = (zero, zero);
        for i in 0..length {
            for stream in 0..STREAMS {
                add(
                    simd,
                    &chunks[stream * length + i],
                    &mut magnitudes,
                    &mut squares,
                );
            }
        }
        for chunk in &chunks[STREAMS * length..] {
            add(simd, chunk, &mut magnitudes, &mut squares);
        }
        let sum = |lanes| cast_slice::<S::f64s, f64>(lanes).iter().sum::<f64>();
        let (mut magnitude, mut square) = (sum(&magnitudes), sum(&squares));
        for &x in rest {
            let x: f64 = x.into();
            magnitude += x.abs();
            square += x * x;
        }
        let factor = T::FACTOR.into();
        T::nearest(factor * magnitude + factor * square)
    }
}

/// Always inlined, as a closure would not be: what is not, is compiled without these vectors.
#[inline(always)]
fn add<S: Simd, T: Weight + Into<f64>>(
    simd: S,
    chunk: &[T; LANES],
    magnitudes: &mut [S::f64s; LANES],
    squares: &mut [S::f64s; LANES],
) {
    let doubles = chunk.map(|x| x.into());
    for (i, &x) in S::as_simd_f64s(&doubles).0.iter().enumerate() {
        magnitudes[i] = simd.add_f64s(magnitudes[i], simd.abs_f64s(x));
        squares[i] = simd.mul_add_e_f64s(x, x, squares[i]);
    }
}

pub(crate) fn widened<T: Weight + Into<f64>, const STREAMS: usize>(x: &[T]) -> T {
    Arch::new().dispatch(Widened::<T, STREAMS>(x))
}

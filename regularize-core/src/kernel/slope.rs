//! 2·l2·x + l1·sign x of many weights, added to their gradients.

use super::plain;
use super::vectors::{Lanes, rows, rows_mut, streams, streams_mut};
use crate::{Float, Terms};

/// What is added to gradients, for plain factors.
#[derive(Clone, Copy)]
pub(super) enum Slope<T> {
    /// ±l1, and 0 at 0.
    Constant(T),
    /// twice·x ± l1; l1 is 0 without that term.
    Linear { twice: T, l1: T },
}

impl<T: Float> Slope<T> {
    /// Of the factors as weights of a type W have them. `None` for factors whose sums may cancel, of which twice a factor is
    /// no number of T, and without terms.
    pub(super) fn of<W: Float>(terms: &Terms) -> Option<Self> {
        let (l1, l2) = (plain::<W>(terms.l1())?, plain::<W>(terms.l2())?);
        let (l1, twice) = (T::from_f64(l1), T::from_f64(2.0 * l2));
        match (terms.l1(), terms.l2()) {
            (None, None) => None,
            (Some(_), None) => Some(Self::Constant(l1)),
            (_, Some(_)) => twice
                .to_f64()
                .is_finite()
                .then_some(Self::Linear { twice, l1 }),
        }
    }
}

/// The slopes of a vector of weights, rounded once: a fused multiplication and addition does so.
///
/// At ±0 the addend is +0, so that the result is +0. Elsewhere the addend has the sign of the weight, also as 0, and
/// gives a sum of two zeros the weight's sign. A NaN goes through, and 0·∞ is one.
#[inline(always)]
fn slopes<T: Float, S: Lanes<T>>(simd: S, slope: Slope<T>, x: S::Vector) -> S::Vector {
    match slope {
        Slope::Constant(l1) => simd.select(simd.equal(x, x), constants(simd, l1, x), x),
        Slope::Linear { twice, l1 } => simd.fma(simd.splat(twice), x, constants(simd, l1, x)),
    }
}

/// l1 with the sign of each weight, and +0 at ±0.
#[inline(always)]
pub(super) fn constants<T: Float, S: Lanes<T>>(simd: S, l1: T, x: S::Vector) -> S::Vector {
    let zero = simd.splat(T::ZERO);
    let sign = simd.and(x, simd.splat(T::from_f64(-0.0)));
    let signed = simd.or(sign, simd.splat(l1));
    simd.select(simd.equal(x, zero), zero, signed)
}

/// Gradients from which the first are added apart, so that the vectors after them begin where lines of the cache do.
const LARGE: usize = 256;

/// Adds the slope of each weight to its gradient, of slices of one length.
pub(super) fn add_subgradient<T: Float, S: Lanes<T>>(
    simd: S,
    slope: Slope<T>,
    x: &[T],
    g: &mut [T],
) {
    let first = unaligned::<T, S>(g);
    let ((x_first, x), (g_first, g)) = (x.split_at(first), g.split_at_mut(first));
    simd.run(
        #[inline(always)]
        || {
            add_few(simd, slope, x_first, g_first);
            let (vectors, rest) = S::vectors(x);
            let (g_vectors, g_rest) = S::vectors_mut(g);
            let ((x, last), (g, g_last)) = (streams(vectors), streams_mut(g_vectors));
            for (x, g) in rows(x).zip(rows_mut(g)) {
                for (x, g) in x.into_iter().zip(g) {
                    add(simd, slope, x, g);
                }
            }
            add_each(simd, slope, last, g_last);
            add_few(simd, slope, rest, g_rest);
        },
    );
}

/// Adds the slopes of a vector of weights to their gradients.
#[inline(always)]
pub(super) fn add<T: Float, S: Lanes<T>>(
    simd: S,
    slope: Slope<T>,
    x: &S::Vector,
    g: &mut S::Vector,
) {
    *g = simd.add(*g, slopes(simd, slope, *x));
}

/// The same of vectors one after the other.
#[inline(always)]
pub(super) fn add_each<T: Float, S: Lanes<T>>(
    simd: S,
    slope: Slope<T>,
    x: &[S::Vector],
    g: &mut [S::Vector],
) {
    for (x, g) in x.iter().zip(g) {
        add(simd, slope, x, g);
    }
}

/// The gradients before the first aligned vector: fewer than a vector has. None of few.
#[inline(always)]
pub(super) fn unaligned<T, S: Lanes<T>>(g: &[T]) -> usize {
    let first = g.as_ptr().align_offset(size_of::<S::Vector>());
    match first < size_of::<S::Vector>() / size_of::<T>() && g.len() >= LARGE {
        true => first,
        false => 0,
    }
}

/// The same of fewer weights than a vector has.
#[inline(always)]
pub(super) fn add_few<T: Float, S: Lanes<T>>(simd: S, slope: Slope<T>, x: &[T], g: &mut [T]) {
    if !x.is_empty() {
        let mut sums = simd.load(g);
        add(simd, slope, &simd.load(x), &mut sums);
        simd.store(sums, g);
    }
}

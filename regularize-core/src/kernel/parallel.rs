//! Large slices on all cores, by rayon: the same bits, since chunks are sums that merge, or weights on their own.

use super::Path;
use super::near::Near;
use crate::{Float, Step, Sums, Terms};
use rayon::prelude::*;

/// Weights from which a value, a gradient or a proximal step is worth a second core: one takes 40 to 120 µs for these, and to
/// wake another 5 to 25.
const LARGE: usize = 1 << 19;

/// The same for sums without rounding, which take twice as long.
const LARGE_EXACT: usize = 1 << 18;

/// Weights that a core takes at once: some microseconds of work, which an idle core can take over.
pub(super) const CHUNK: usize = 1 << 16;

/// Something of chunks, merged in any order, if there are enough weights.
pub(super) fn merged<T: Sync, R: Send + Sync + Copy>(
    x: &[T],
    of: impl Fn(&[T]) -> R + Send + Sync,
    none: R,
    merge: impl Fn(R, R) -> R + Send + Sync,
) -> Option<R> {
    (x.len() >= LARGE).then(|| x.par_chunks(CHUNK).map(of).reduce(|| none, merge))
}

/// Σ|xᵢ| and Σxᵢ² of chunks, if there are enough weights.
pub(super) fn near<T: Sync>(x: &[T], of: impl Fn(&[T]) -> Near + Send + Sync) -> Option<Near> {
    merged(x, of, Near::nothing(), |a, b| a.plus(&b))
}

/// The same of chunks of weights and of their gradients.
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
pub(super) fn near_with<T: Send + Sync>(
    x: &[T],
    g: &mut [T],
    of: impl Fn(&[T], &mut [T]) -> Near + Send + Sync,
) -> Option<Near> {
    (x.len() >= LARGE).then(|| {
        let chunks = x.par_chunks(CHUNK).zip(g.par_chunks_mut(CHUNK));
        let chunks = chunks.map(|(x, g)| of(x, g));
        chunks.reduce(Near::nothing, |a, b| a.plus(&b))
    })
}

/// Adds weights to sums, if there are enough; whether it did.
pub(crate) fn extend<T: Float>(path: Path, x: &[T], sums: &mut Sums) -> bool {
    if x.len() < LARGE_EXACT {
        return false;
    }
    let chunks = x.par_chunks(CHUNK).map(|x| {
        let mut sums = Sums::new();
        sums.extend_on(path, x);
        sums
    });
    sums.merge(&chunks.reduce(Sums::new, both));
    true
}

/// The sums of weights, whose subgradients are added, if there are enough.
pub(crate) fn sums_and_add_subgradient<T: Float>(
    path: Path,
    terms: &Terms,
    x: &[T],
    g: &mut [T],
) -> Option<Sums> {
    (x.len() >= LARGE_EXACT).then(|| {
        let chunks = x.par_chunks(CHUNK).zip(g.par_chunks_mut(CHUNK));
        let chunks = chunks.map(|(x, g)| terms.sums_and_add_subgradient_on(path, x, g));
        chunks.reduce(Sums::new, both)
    })
}

/// The sums of the weights of both.
fn both(mut a: Sums, b: Sums) -> Sums {
    a.merge(&b);
    a
}

/// Adds subgradients, if there are enough weights; whether it did.
pub(crate) fn add_subgradient<T: Float>(path: Path, terms: &Terms, x: &[T], g: &mut [T]) -> bool {
    if x.len() < LARGE {
        return false;
    }
    let chunks = x.par_chunks(CHUNK).zip(g.par_chunks_mut(CHUNK));
    chunks.for_each(|(x, g)| terms.add_subgradient_on(path, x, g));
    true
}

/// Takes a proximal step, if there are enough weights; whether it did.
pub(crate) fn proximal_step<T: Float>(path: Path, terms: &Terms, step: Step, x: &mut [T]) -> bool {
    if x.len() < LARGE {
        return false;
    }
    let chunks = x.par_chunks_mut(CHUNK);
    chunks.for_each(|x| terms.proximal_step_on(path, step, x));
    true
}

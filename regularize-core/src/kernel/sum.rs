//! Ω by sums of doubles, with a bound on what they round.

use super::near::Near;
use super::pair::{power, product, sum};
use super::plain;
use super::slope::{Slope, add, add_each, add_few, add_subgradient, unaligned};
use super::vectors::{Vectors, rows, rows_mut, streams, streams_mut};
use crate::Terms;
use core::slice::from_mut;
use pulp::bytemuck::cast_slice_mut;

/// Weights that are summed before the lanes are: their sums round as often as a lane has numbers.
const CHUNK: usize = 1 << 18;

/// Σ|xᵢ| and Σxᵢ² of each of four lanes.
struct Totals<S: Vectors> {
    magnitudes: [S::f64s; 4],
    squares: [S::f64s; 4],
}

impl<S: Vectors> Totals<S> {
    #[inline(always)]
    fn new(simd: S) -> Self {
        let zeros = [simd.splat_f64s(0.0); 4];
        Self {
            magnitudes: zeros,
            squares: zeros,
        }
    }

    /// Adds the two halves of a vector to a lane.
    #[inline(always)]
    fn add(&mut self, simd: S, lane: usize, x: &S::f32s) {
        for x in simd.widen(x) {
            let x = simd.abs_f64s(x);
            self.magnitudes[lane] = simd.add_f64s(self.magnitudes[lane], x);
            self.squares[lane] = simd.mul_add_f64s(x, x, self.squares[lane]);
        }
    }

    /// Adds fewer than four vectors, and fewer numbers than a vector has.
    #[inline(always)]
    fn add_rest(&mut self, simd: S, vectors: &[S::f32s], rest: &[f32]) {
        for (lane, x) in vectors.iter().enumerate().take(3) {
            self.add(simd, lane, x);
        }
        if !rest.is_empty() {
            self.add(simd, 3, &simd.partial_load_f32s(rest));
        }
    }

    /// Of lanes to which that many vectors were added.
    #[inline(always)]
    fn near(self, simd: S, vectors: usize) -> Near {
        let total = |lanes: [S::f64s; 4]| {
            let [a, b, c, d] = lanes;
            simd.reduce_sum_f64s(simd.add_f64s(simd.add_f64s(a, b), simd.add_f64s(c, d)))
        };
        Near {
            magnitudes: total(self.magnitudes),
            squares: total(self.squares),
            // Two for each vector, two of the rest, two with the other lanes, and at most eight numbers of a vector.
            roundings: 2 * vectors as u32 + 2 + 2 + 8,
        }
    }
}

pub(super) fn near_f32<S: Vectors>(simd: S, x: &[f32]) -> Near {
    let of = |x: &[f32]| {
        simd.run(
            #[inline(always)]
            || {
                let mut totals = Totals::new(simd);
                let (vectors, rest) = S::as_simd_f32s(x);
                let (streams, last) = streams(vectors);
                for row in rows(streams) {
                    for (lane, x) in row.into_iter().enumerate() {
                        totals.add(simd, lane, x);
                    }
                }
                totals.add_rest(simd, last, rest);
                totals.near(simd, streams[0].len())
            },
        )
    };
    if x.len() <= CHUNK {
        return of(x);
    }
    let chunks = x.chunks(CHUNK).map(of);
    chunks.fold(Near::nothing(), |sums, chunk| sums.plus(&chunk))
}

/// The same sums of a slice, and its subgradients added to a slice of that length: one pass over memory.
pub(super) fn near_and_add_subgradient_f32<S: Vectors>(
    simd: S,
    slope: Slope<f32>,
    x: &[f32],
    g: &mut [f32],
) -> Near {
    let first = unaligned::<f32, S>(g);
    let ((x_first, x), (g_first, g)) = (x.split_at(first), g.split_at_mut(first));
    let mut near = Near::nothing();
    if first > 0 {
        near = near_f32(simd, x_first);
        add_subgradient(simd, slope, x_first, g_first);
    }
    let chunks = x.chunks(CHUNK).zip(g.chunks_mut(CHUNK)).map(|(x, g)| {
        simd.run(
            #[inline(always)]
            || {
                let mut totals = Totals::new(simd);
                let (vectors, rest) = S::as_simd_f32s(x);
                let (g_vectors, g_rest) = S::as_mut_simd_f32s(g);
                let (streams, last) = streams(vectors);
                let (g_streams, g_last) = streams_mut(g_vectors);
                for (x, g) in rows(streams).zip(rows_mut(g_streams)) {
                    // Of one array, whose loop is unrolled: lanes stay in registers.
                    let ([a, b, c, d], [ga, gb, gc, gd]) = (x, g);
                    let row = [(a, ga), (b, gb), (c, gc), (d, gd)];
                    for (lane, (x, g)) in row.into_iter().enumerate() {
                        totals.add(simd, lane, x);
                        add(simd, slope, x, g);
                    }
                }
                totals.add_rest(simd, last, rest);
                add_each(simd, slope, last, g_last);
                add_few(simd, slope, rest, g_rest);
                totals.near(simd, streams[0].len())
            },
        )
    });
    chunks.fold(near, |sums, chunk| sums.plus(&chunk))
}

/// Ω of doubles, rounded once; `None` where the bound does not decide.
///
/// Of each addition and of each square the rest is computed, which is exact, and added up beside. A sum of m numbers is then
/// a double and its rests, which met at most 2·m roundings and are at most (m + 1)·u of it: it is off by at most
/// 2·m·u·(m + 1)·u of it. A number meets the others of its lane, the other lanes and the other chunks: with the
/// factors, 20 operations more, m is at most what is called so below, and Ω̂ is off by less than 4·m²·u². What
/// underflows of the rests of squares is less than n·2⁻¹⁰⁷⁴, and nothing beside squares that sum to 2⁻⁹⁰⁰. The margin is
/// twice that, 8·m²·u².
pub(super) fn value_f64<S: Vectors>(simd: S, terms: &Terms, x: &[f64]) -> Option<f64> {
    let factors = [plain::<f64>(terms.l1())?, plain::<f64>(terms.l2())?];
    let of = |x: &[f64]| {
        let chunks = x.chunks(CHUNK).map(|x| pairs(simd, x));
        chunks.fold([[0.0; 2]; 2], merge)
    };
    #[cfg(feature = "rayon")]
    let [sums, squares] =
        super::parallel::merged(x, of, [[0.0; 2]; 2], merge).unwrap_or_else(|| of(x));
    #[cfg(not(feature = "rayon"))]
    let [sums, squares] = of(x);
    let mut omega = [0.0; 2];
    for (factor, sums) in factors.into_iter().zip([sums, squares]) {
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
    decided([high, low], operations(x.len(), S::F64_LANES))
}

/// Returns the double nearest to a number that is off from `high + low` by at most 8·m²·u² of it, if that decides.
fn decided([high, low]: [f64; 2], m: usize) -> Option<f64> {
    let unit = m as f64 * (f64::EPSILON / 2.0);
    let margin = high * (8.0 * unit * unit);
    let ends = [high + (low - margin), high + (low + margin)];
    (ends[0] == ends[1]).then_some(ends[0])
}

/// Returns the m of `value_f64` for so many weights and lanes of a vector: the numbers of a lane, the lanes of two vectors, the
/// chunks, which may be merged one after the other, and 20.
const fn operations(weights: usize, lanes: usize) -> usize {
    let most = if weights < CHUNK { weights } else { CHUNK };
    #[cfg(feature = "rayon")]
    let chunk = super::parallel::CHUNK;
    #[cfg(not(feature = "rayon"))]
    let chunk = CHUNK;
    most / (2 * lanes) + 2 + 2 * lanes + 2 * (weights / chunk + 1) + 20
}

/// The sums of two slices: one addition more, and what it rounds.
fn merge(a: [[f64; 2]; 2], b: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    [0, 1].map(|which| {
        let [[a, rests], [b, more]] = [a[which], b[which]];
        let [total, rest] = sum(a, b);
        [total, rests + (rest + more)]
    })
}

/// Σ|xᵢ| and Σxᵢ², each as a double and its rests.
fn pairs<S: Vectors>(simd: S, x: &[f64]) -> [[f64; 2]; 2] {
    simd.run(
        #[inline(always)]
        || {
            let zero = simd.splat_f64s(0.0);
            // Of Σ|xᵢ| and of Σxᵢ², each two lanes.
            let mut lanes = [[[zero; 2]; 2]; 2];
            let (vectors, rest) = S::as_simd_f64s(x);
            let (twos, last) = vectors.as_chunks::<2>();
            for [a, b] in twos {
                add_pairs(simd, &mut lanes, 0, *a);
                add_pairs(simd, &mut lanes, 1, *b);
            }
            if let [x] = last {
                add_pairs(simd, &mut lanes, 0, *x);
            }
            if !rest.is_empty() {
                add_pairs(simd, &mut lanes, 1, simd.partial_load_f64s(rest));
            }
            let [sums, squares] = lanes;
            [total(simd, sums), total(simd, squares)]
        },
    )
}

/// The sum of all lanes, by halves, and its rests.
#[inline(always)]
fn total<S: Vectors>(simd: S, [a, b]: [[S::f64s; 2]; 2]) -> [f64; 2] {
    let [sums, rests] = plus(simd, a, b[0]);
    let (mut sums, mut rests) = (sums, simd.add_f64s(rests, b[1]));
    let sums: &mut [f64] = cast_slice_mut(from_mut(&mut sums));
    let rests: &mut [f64] = cast_slice_mut(from_mut(&mut rests));
    let mut half = S::F64_LANES / 2;
    while half > 0 {
        for lane in 0..half {
            let [next, rest] = sum(sums[lane], sums[lane + half]);
            sums[lane] = next;
            rests[lane] += rest + rests[lane + half];
        }
        half /= 2;
    }
    [sums[0], rests[0]]
}

/// Adds |x| and x² to a lane.
#[inline(always)]
fn add_pairs<S: Vectors>(simd: S, lanes: &mut [[[S::f64s; 2]; 2]; 2], lane: usize, x: S::f64s) {
    let [sums, squares] = lanes;
    let x = simd.abs_f64s(x);
    let square = simd.mul_f64s(x, x);
    // The square less x².
    let less = simd.negate_mul_add_f64s(x, x, square);
    sums[lane] = plus(simd, sums[lane], x);
    let [next, rests] = plus(simd, squares[lane], square);
    squares[lane] = [next, simd.sub_f64s(rests, less)];
}

/// A sum and its rests, and a number: three roundings of the rests with that of a square.
#[inline(always)]
fn plus<S: Vectors>(simd: S, [sum, rests]: [S::f64s; 2], x: S::f64s) -> [S::f64s; 2] {
    let next = simd.add_f64s(sum, x);
    let shift = simd.sub_f64s(next, sum);
    let of_sum = simd.sub_f64s(sum, simd.sub_f64s(next, shift));
    let of_x = simd.sub_f64s(x, shift);
    let rest = simd.add_f64s(of_sum, of_x);
    [next, simd.add_f64s(rests, rest)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number is added to its lane, and the lane to the other lanes, half of them at a time or one by one.
    #[test]
    fn every_addition_is_an_operation() {
        for lanes in [4, 8] {
            for vectors in [0, 1, 2, 3, 100, 1 << 10] {
                let weights = vectors * 2 * lanes;
                assert_eq!(operations(weights, lanes), vectors + 2 * lanes + 24);
            }
            let chunks = 5 << 18;
            assert!(operations(chunks, lanes) >= (1 << 18) / (2 * lanes) + 2 * lanes + 2 * 5 + 22);
        }
    }

    /// With m = 4 the margin is 2⁻⁹⁹ of the number: 2·8·4²·2⁻¹⁰⁷.
    #[test]
    fn the_margin_decides() {
        let power = |exponent: i32| f64::from_bits(((1023 + exponent) as u64) << 52);
        // The middle of 1 and the next double, which the margin reaches or does not.
        let middle = power(-53);
        assert_eq!(decided([1.0, middle - power(-98)], 4), Some(1.0));
        assert_eq!(decided([1.0, middle - power(-100)], 4), None);
        assert_eq!(
            decided([1.0, middle + power(-98)], 4),
            Some(1.0 + f64::EPSILON)
        );
        assert_eq!(decided([1.0, middle + power(-100)], 4), None);
        // The middle of 1 and the double before it.
        assert_eq!(decided([1.0, power(-98) - power(-54)], 4), Some(1.0));
        assert_eq!(decided([1.0, power(-100) - power(-54)], 4), None);
        assert_eq!(decided([1.0, f64::EPSILON], 4), Some(1.0 + f64::EPSILON));
        assert_eq!(decided([1.0, -f64::EPSILON], 4), Some(1.0 - f64::EPSILON));
        // Four times the operations, and sixteen times the margin.
        assert_eq!(decided([1.0, middle - power(-98)], 16), None);
        assert_eq!(decided([1.0, middle - power(-94)], 16), Some(1.0));
    }

    /// Every vector of a stream is two additions to its lane, and twelve come after.
    #[test]
    fn the_additions_of_a_lane_are_counted() {
        fn check<S: Vectors>(simd: S) {
            for vectors in [0, 1, 7] {
                let x = [1.0_f32; 4 * 16 * 7];
                let near = near_f32(simd, &x[..4 * S::F32_LANES * vectors]);
                assert_eq!(near.roundings, 2 * vectors as u32 + 12);
            }
        }
        if let Some(simd) = pulp::x86::V3::try_new() {
            check(simd);
        }
        if let Some(simd) = pulp::x86::V4::try_new() {
            check(simd);
        }
    }

    /// A core takes chunks of 2¹⁶ by rayon, whose sums are merged.
    #[test]
    #[cfg(feature = "rayon")]
    fn every_merge_of_a_chunk_is_an_operation() {
        for chunks in [8, 1 << 10, 1 << 30] {
            assert!(operations(chunks << 16, 8) > 2 * chunks);
        }
    }
}

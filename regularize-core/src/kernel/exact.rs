//! Σ|xᵢ| and Σxᵢ² of f32 without rounding, in lanes of doubles.

use super::bins::Bins;
use super::pair::power;
use super::slope::{Slope, add_each, add_few};
use super::vectors::{Vectors, rows, streams, streams_mut};
use crate::Sums;
use core::ops::Range;
use core::slice::from_ref;
use pulp::bytemuck::cast_slice;

/// Weights of each of four streams in a block: of these and of the last of all, a lane gets at most 122.
const EXACT: usize = 480;

/// Exponents that a block may have, from the least to the greatest.
const SPREAD: u32 = 20;

/// Blocks that are not looked at after one that has too many exponents.
const UNSEEN: u32 = 7;

/// Four streams, and nothing or a vector more of each.
struct Block<'a, S: Vectors> {
    streams: [&'a [S::f32s]; 4],
    row: &'a [S::f32s],
}

/// Weights of the largest block, whose row has vectors of 16.
const BUFFER: usize = 4 * (EXACT + 16);

impl<'a, S: Vectors> Block<'a, S> {
    /// Of whole vectors, of four times as many.
    fn of(x: &'a [f32]) -> Self {
        Self {
            streams: streams(S::as_simd_f32s(x).0).0,
            row: &[],
        }
    }

    fn parts(&self) -> impl Iterator<Item = &'a [f32]> {
        let [a, b, c, d] = self.streams;
        [a, b, c, d, self.row].into_iter().map(cast_slice)
    }
}

pub(super) fn extend_f32<S: Vectors>(simd: S, x: &[f32], sums: &mut Sums) {
    extend_by_blocks(simd, x, sums, |_, _| {});
}

/// Adds weights to sums, and calls a function after each block, with the place of its streams in those of the slice.
#[inline(always)]
fn extend_by_blocks<S: Vectors>(
    simd: S,
    x: &[f32],
    sums: &mut Sums,
    mut after: impl FnMut(&Block<'_, S>, Range<usize>),
) {
    let mut wide = Wide::default();
    let (vectors, rest) = S::as_simd_f32s(x);
    let ([a, b, c, d], last) = streams(vectors);
    let length = EXACT / S::F32_LANES;
    let whole = a.len().saturating_sub(1) / length * length;
    let part = |range: Range<usize>| [a, b, c, d].map(|stream| &stream[range.clone()]);
    for begin in (0..whole).step_by(length) {
        let range = begin..begin + length;
        let (streams, row) = (part(range.clone()), &[][..]);
        let block = Block { streams, row };
        extend_block(simd, &block, &mut wide, sums);
        after(&block, range);
    }
    let mut row = [simd.splat_f32s(0.0); 4];
    row[..last.len()].copy_from_slice(last);
    row[3] = simd.partial_load_f32s(rest);
    let range = whole..a.len();
    let (streams, row) = (part(range.clone()), &row[..]);
    let block = Block { streams, row };
    extend_block(simd, &block, &mut wide, sums);
    after(&block, range);
    if let Some(bins) = &mut wide.bins {
        bins.empty(sums);
    }
}

/// The same of a slice, whose subgradients are added to a slice of that length.
pub(super) fn extend_and_add_subgradient_f32<S: Vectors>(
    simd: S,
    slope: Slope<f32>,
    x: &[f32],
    g: &mut [f32],
    sums: &mut Sums,
) {
    let (vectors, rest) = S::as_simd_f32s(x);
    let (g_vectors, g_rest) = S::as_mut_simd_f32s(g);
    let (mut g_streams, g_last) = streams_mut(g_vectors);
    // What is read for the sums of a block is still near for the gradients.
    extend_by_blocks(simd, x, sums, |block, range| {
        simd.run(
            #[inline(always)]
            || {
                for (x, g) in block.streams.into_iter().zip(&mut g_streams) {
                    add_each(simd, slope, x, &mut g[range.clone()]);
                }
            },
        );
    });
    simd.run(
        #[inline(always)]
        || {
            add_each(simd, slope, streams(vectors).1, g_last);
            add_few(simd, slope, rest, g_rest);
        },
    );
}

/// What blocks of too many exponents go to.
#[derive(Default)]
struct Wide {
    bins: Option<Bins>,
    /// Blocks that go there unseen, because the last one did.
    unseen: u32,
}

fn extend_block<S: Vectors>(simd: S, x: &Block<'_, S>, wide: &mut Wide, sums: &mut Sums) {
    if wide.unseen > 0 {
        wide.unseen -= 1;
        return bin(simd, x, wide, sums);
    }
    let [largest, least] = exponents(simd, x);
    match largest {
        0 => {}
        ..255 if largest - least <= SPREAD => exact(simd, x, largest as i32, sums),
        _ => extend_wide(simd, x, largest, wide, sums),
    }
}

/// Adds a block whose exponents are too far apart: in two parts, if each is narrow.
#[cold]
#[inline(never)]
fn extend_wide<S: Vectors>(
    simd: S,
    x: &Block<'_, S>,
    largest: u32,
    wide: &mut Wide,
    sums: &mut Sums,
) {
    let (mut large, mut small) = ([0.0; BUFFER], [0.0; BUFFER]);
    let mut length = 0;
    let least = f32::from_bits(largest.saturating_sub(SPREAD) << 23);
    simd.run(
        #[inline(always)]
        || {
            for x in x.parts() {
                let parts = large[length..].iter_mut().zip(&mut small[length..]);
                for (x, (large, small)) in x.iter().zip(parts) {
                    let is_large = x.abs() >= least;
                    *large = if is_large { *x } else { 0.0 };
                    *small = if is_large { 0.0 } else { *x };
                }
                length += x.len();
            }
        },
    );
    let [large, small] = [&large[..length], &small[..length]].map(Block::of);
    let [most, least] = exponents(simd, &small);
    if largest == 255 || most - least > SPREAD {
        wide.unseen = UNSEEN;
        return bin(simd, x, wide, sums);
    }
    exact(simd, &large, largest as i32, sums);
    exact(simd, &small, most as i32, sums);
}

#[cold]
#[inline(never)]
fn bin<S: Vectors>(simd: S, x: &Block<'_, S>, wide: &mut Wide, sums: &mut Sums) {
    let bins = wide.bins.get_or_insert(Bins::new());
    for x in x.parts() {
        simd.run(
            #[inline(always)]
            || bins.add(x, sums),
        );
    }
}

/// The greatest exponent of f32 in a block, 0 if all are 0, and the least of a number that is not 0. The exponent of
/// subnormal numbers is 1.
#[inline(always)]
fn exponents<S: Vectors>(simd: S, x: &Block<'_, S>) -> [u32; 2] {
    simd.run(
        #[inline(always)]
        || {
            let sign = simd.splat_u32s(i32::MAX as u32);
            let one = simd.splat_u32s(1);
            let (mut most, mut least) = (simd.splat_u32s(0), simd.splat_u32s(u32::MAX));
            for part in x.streams.into_iter().chain([x.row]) {
                for x in part {
                    let bits = simd.and_u32s(simd.transmute_u32s_f32s(*x), sign);
                    most = simd.max_u32s(most, bits);
                    // 0 less 1 is the greatest number.
                    least = simd.min_u32s(least, simd.sub_u32s(bits, one));
                }
            }
            let most = numbers(&most).iter().fold(0, |a, &b: &u32| a.max(b));
            let least = numbers(&least).iter().fold(u32::MAX, |a, &b| a.min(b));
            match most {
                0 => [0, 0],
                _ => [most, least + 1].map(|bits| (bits >> 23).max(1)),
            }
        },
    )
}

/// The numbers of a vector.
#[inline(always)]
fn numbers<V: pulp::bytemuck::Pod, T: pulp::bytemuck::Pod>(vector: &V) -> &[T] {
    cast_slice(from_ref(vector))
}

/// Adds a block without rounding, whose numbers are below 2^M and multiples of 2^e, M − e ≤ 44.
///
/// A lane takes at most 128 numbers. That of Σ|x| starts at 2^(M + 7), which is more than they sum to, so that all its
/// numbers have units of 2^(M − 45), which divide 2^e: nothing is rounded. That of Σx² starts at 2^(2·M + 7), with units of
/// 2^(2·M − 45). A square is rounded to them; the rest of it, at most half a unit, is a multiple of 2^(2·e) and has at
/// most 2·M − 46 − 2·e ≤ 42 digits, so that it is computed exactly. The rests sum to at most 2^(2·M − 39), in a lane that
/// starts at 1.5·2^(2·M − 38) with units of 2^(2·M − 90), which divide 2^(2·e).
///
/// Within one binade the bits of a double count its units: the bits at the end less those of the start are the sum.
#[inline(always)]
fn exact<S: Vectors>(simd: S, x: &Block<'_, S>, largest: i32, sums: &mut Sums) {
    let m = largest - 126;
    let starts = [power(m + 7), power(2 * m + 7), 1.5 * power(2 * m - 38)];
    let [sum, high, low] = simd.run(
        #[inline(always)]
        || {
            let mut lanes = starts.map(
                #[inline(always)]
                |start| [simd.splat_f64s(start); 4],
            );
            for row in rows(x.streams) {
                add_row(simd, &mut lanes, row);
            }
            if let [a, b, c, d] = x.row {
                add_row(simd, &mut lanes, [a, b, c, d]);
            }
            let [sum, high, low] = lanes;
            [
                units(simd, sum, starts[0]),
                units(simd, high, starts[1]),
                units(simd, low, starts[2]),
            ]
        },
    );
    // At most 32 lanes of less than 2⁵² units each, and the units of the rests are 2⁻⁴⁵ of the others.
    let squares = (i128::from(high) << 45) + i128::from(low);
    sums.add_units(sum as u128, m - 45, squares as u128, 2 * m - 90);
}

/// Adds |x|, x² and what is rounded of it to a lane of each.
#[inline(always)]
fn add_row<S: Vectors>(simd: S, lanes: &mut [[S::f64s; 4]; 3], x: [&S::f32s; 4]) {
    let [sum, high, low] = lanes;
    for (lane, x) in x.into_iter().enumerate() {
        for x in simd.widen(x) {
            let x = simd.abs_f64s(x);
            sum[lane] = simd.add_f64s(sum[lane], x);
            let next = simd.mul_add_f64s(x, x, high[lane]);
            let rounded = simd.sub_f64s(next, high[lane]);
            // What was rounded less x²: the rest with the other sign.
            let less = simd.negate_mul_add_f64s(x, x, rounded);
            high[lane] = next;
            low[lane] = simd.sub_f64s(low[lane], less);
        }
    }
}

/// The units that were added to lanes since their start.
#[inline(always)]
fn units<S: Vectors>(simd: S, lanes: [S::f64s; 4], start: f64) -> i64 {
    let start = simd.splat_u64s(start.to_bits());
    let mut units = simd.splat_u64s(0);
    for lane in lanes {
        let lane = simd.sub_u64s(simd.transmute_u64s_f64s(lane), start);
        units = simd.add_u64s(units, lane);
    }
    numbers::<_, i64>(&units).iter().sum()
}

//! sign(v)·max(|v| − τ·l1, 0)/(1 + 2·τ·l2) of many points.

use super::pair::{power, product, sum};
use super::plain;
use super::vectors::{Lanes, Vectors, rows_mut, streams_mut};
use crate::{Float, Terms};
use core::slice::from_mut;
use pulp::bytemuck::{Pod, cast_slice_mut};

/// t = τ·l1 and r = 1/(1 + 2·τ·l2), each as a number of T and what is missing from it, and what bounds their errors.
#[derive(Clone, Copy)]
pub(super) struct Shrink<T> {
    threshold: [T; 2],
    inverse: [T; 2],
    /// 16·u²·t, above.
    margin: T,
}

/// A type of the lanes.
pub(super) trait Lane: Float + Pod {
    /// 16·u², where u is half a unit in the last place of 1, or 2⁻⁹⁶ for doubles.
    const MARGIN: Self;
    /// Numbers of this size and above have all the digits that the proof needs.
    const LEAST: Self;
}

impl Lane for f32 {
    const MARGIN: Self = Self::from_bits((127 - 44) << 23);
    const LEAST: Self = Self::from_bits((127 - 90) << 23);
}

impl Lane for f64 {
    const MARGIN: Self = Self::from_bits((1023 - 96) << 52);
    const LEAST: Self = Self::from_bits((1023 - 800) << 52);
}

impl<T: Lane> Shrink<T> {
    /// Of the factors as weights of a type W have them. `None` for factors that are not plain, for infinite ones, and where
    /// something has not all its digits.
    pub(super) fn of<W: Float, S: Vectors>(simd: S, terms: &Terms, step: f64) -> Option<Self> {
        simd.run(
            #[inline(always)]
            || {
                let (l1, l2) = (plain::<W>(terms.l1())?, plain::<W>(terms.l2())?);
                let threshold = product(simd, step, l1);
                let twice = product(simd, 2.0 * step, l2);
                let least = T::LEAST.to_f64();
                let is_safe = |x: f64| x == 0.0 || (least..1.0 / least).contains(&x);
                if !(is_safe(threshold[0])
                    && (twice[0] == 0.0 || (power(-900)..1.0 / least).contains(&twice[0])))
                {
                    return None;
                }
                let pair = |[high, low]: [f64; 2]| {
                    let first = T::from_f64(high);
                    [first, T::from_f64((high - first.to_f64()) + low)]
                };
                Some(Self {
                    threshold: pair(threshold),
                    inverse: pair(match twice[0] == 0.0 {
                        true => [1.0, 0.0],
                        false => inverse(simd, twice),
                    }),
                    margin: T::from_f64(threshold[0] * T::MARGIN.to_f64()),
                })
            },
        )
    }
}

/// Returns 1/(1 + x) of a pair, and what is missing from it.
#[inline(always)]
fn inverse<S: Vectors>(simd: S, x: [f64; 2]) -> [f64; 2] {
    let [under, rest] = sum(1.0, x[0]);
    let under = [under, rest + x[1]];
    // One step of Newton: the second part is what the first lacks, to 2⁻¹⁰⁰ of it.
    let inverse = 1.0 / under[0];
    let [one, less] = product(simd, under[0], inverse);
    let lacks = ((1.0 - one) - less) - under[1] * inverse;
    [inverse, inverse * lacks]
}

/// Replaces each v by its proximal point, rounded once; `slow` does so for one v.
///
/// `ends` rounds to the type of the weights, monotonically, something at or below its first number, and something at
/// or above its second: what both are, if they are equal, a real number between the two rounds to. For T itself they
/// are the numbers, which have been rounded.
///
/// Let u be half a unit in the last place of 1, a = |v|, t = t₀ + t₁ and r = r₀ + r₁, which are off by at most u²·t and
/// 2·u²·r. With s = a − t₀ rounded and e the rest of it, which (a − s) − t₀ is where s ≥ 0 (Dekker 1971) and where
/// a ≥ t₀/2 (Sterbenz: it is 0), and which is irrelevant elsewhere, as s·r₀ ≤ −t₀·r₀/2 then:
///
/// a − t = s + c, c = e − t₁ rounded: off by u·|c| + u²·t ≤ u·(u·s + u·t) + u²·t + (second order).
/// (s + c)·(r₀ + r₁) = p + q, p = s·r₀ rounded, q = s·r₁ + (c·r₀ + (s·r₀ − p)): three fused operations, the first of
/// which is exact and the others of which are off by u·(|c|·r + u·p) and u·|q|; c·r₁ is left out.
///
/// Together that is less than 12·u²·(|p| + t), as r ≤ 1 and r₁ ≤ u·r. The margin m is 16·u²·(|p| + t), less its rounding, and
/// q − m and q + m are off by u·(|q| + m), which is less than 3·u²·(|p| + t). So the point is between p + (q − m) and
/// p + (q + m), rounding keeps order, and where both round to one number, that is the point. Nothing underflows, because
/// p is above [`Lane::LEAST`] there and so is t, or 0. A point at or below 0 is 0. All others go the slow way: near a
/// middle, tiny ones, and those that are no numbers.
///
/// Doubles have r and t to 2⁻¹⁰⁰ only, and a margin of 2⁻⁹⁶.
pub(super) fn proximal_step<T: Lane, S: Lanes<T>>(
    simd: S,
    shrink: Shrink<T>,
    x: &mut [T],
    ends: impl Fn([S::Vector; 2]) -> [S::Vector; 2],
    slow: impl Fn(T) -> T,
) {
    simd.run(
        #[inline(always)]
        || {
            let (vectors, rest) = S::vectors_mut(x);
            let (streams, last) = streams_mut(vectors);
            for row in rows_mut(streams) {
                for x in row {
                    step(simd, shrink, x, &ends, &slow);
                }
            }
            for x in last {
                step(simd, shrink, x, &ends, &slow);
            }
            if !rest.is_empty() {
                let mut x = simd.load(rest);
                step(simd, shrink, &mut x, &ends, &slow);
                simd.store(x, rest);
            }
        },
    );
}

/// Replaces the points of a vector.
#[inline(always)]
fn step<T: Lane, S: Lanes<T>>(
    simd: S,
    shrink: Shrink<T>,
    x: &mut S::Vector,
    ends: &impl Fn([S::Vector; 2]) -> [S::Vector; 2],
    slow: &impl Fn(T) -> T,
) {
    let (points, is_sure) = shrunk(simd, shrink, *x, ends);
    if simd.all(is_sure) {
        *x = points;
    } else {
        each(cast_slice_mut(from_mut(x)), slow);
    }
}

/// Away from the loop, which is to stay small.
#[cold]
#[inline(never)]
fn each<T: Copy>(x: &mut [T], of: &impl Fn(T) -> T) {
    for x in x {
        *x = of(*x);
    }
}

/// The points of a vector, and which of them are sure.
#[inline(always)]
fn shrunk<T: Lane, S: Lanes<T>>(
    simd: S,
    shrink: Shrink<T>,
    v: S::Vector,
    ends: &impl Fn([S::Vector; 2]) -> [S::Vector; 2],
) -> (S::Vector, S::Mask) {
    let [t0, t1] = shrink.threshold.map(|t| simd.splat(t));
    let [r0, r1] = shrink.inverse.map(|r| simd.splat(r));
    let zero = simd.splat(T::ZERO);
    let sign = simd.splat(T::from_f64(-0.0));
    let a = simd.abs(v);
    let s = simd.sub(a, t0);
    let e = simd.sub(simd.sub(a, s), t0);
    let c = simd.sub(e, t1);
    let p = simd.mul(s, r0);
    // p − s·r₀, and −q.
    let less = simd.fnma(s, r0, p);
    let less = simd.fnma(s, r1, simd.fnma(c, r0, less));
    let margin = simd.fma(
        simd.abs(p),
        simd.splat(T::MARGIN),
        simd.splat(shrink.margin),
    );
    let low = simd.sub(p, simd.add(less, margin));
    let high = simd.add(p, simd.sub(margin, less));
    let [low_end, high_end] = ends([low, high]);
    let is_decided = simd.both(
        simd.equal(low_end, high_end),
        simd.at_most(simd.splat(T::LEAST), low),
    );
    let is_zero = simd.at_most(high, zero);
    let points = simd.or(simd.select(is_zero, zero, low_end), simd.and(v, sign));
    (points, simd.either(is_decided, is_zero))
}

//! Sums of doubles with a bound, and the test whether they round as the real number does.

use super::plain;
use crate::{Float, Terms};

/// Σ|xᵢ| and Σxᵢ² as doubles add them, all terms exact: each met at most so many additions.
///
/// A sum of terms ≥ 0, each of which meets at most k roundings, is wrong by at most γ_k = k·u/(1 − k·u) of itself,
/// u = 2⁻⁵³ (Higham 2002, lemma 3.1). A count that is full is of more roundings than are counted, and bounds nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near {
    pub(crate) magnitudes: f64,
    pub(crate) squares: f64,
    pub(crate) roundings: u32,
}

impl Near {
    /// Of no numbers.
    pub(crate) const fn nothing() -> Self {
        Self {
            magnitudes: 0.0,
            squares: 0.0,
            roundings: 0,
        }
    }

    /// The sums of both: an addition more for the numbers of either.
    #[must_use]
    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self {
            magnitudes: self.magnitudes + other.magnitudes,
            squares: self.squares + other.squares,
            roundings: self.roundings.max(other.roundings).saturating_add(1),
        }
    }
}

/// Lanes of the portable loop.
const LANES: usize = 8;

/// Additions to a lane before the lanes are added to the totals.
const BLOCK: usize = 256;

/// What the numbers of f32 sum to: a double has room for each of them and its square.
pub(super) fn of_f32(x: &[f32]) -> Near {
    let blocks = x.chunks(LANES * BLOCK).map(|block| {
        let (mut magnitudes, mut squares) = ([0.0; LANES], [0.0; LANES]);
        let mut add = |x: &[f32]| {
            for ((x, magnitude), square) in x.iter().zip(&mut magnitudes).zip(&mut squares) {
                let x = f64::from(x.abs());
                *magnitude += x;
                *square += x * x;
            }
        };
        let (lanes, rest) = block.as_chunks::<LANES>();
        lanes.iter().for_each(|x| add(x));
        add(rest);
        Near {
            magnitudes: magnitudes.iter().sum(),
            squares: squares.iter().sum(),
            // In its lane, and with the other lanes.
            roundings: (BLOCK + 1 + LANES) as u32,
        }
    });
    blocks.fold(Near::nothing(), |sums, block| sums.plus(&block))
}

impl Terms {
    /// Ω of the sums, if every number within their bound rounds to it.
    ///
    /// Let k be the roundings of a term in its sum. A product with a factor and the addition of both terms are two
    /// more, so that Ω̂ is off by at most γ_{k+2}·Ω, which is less than (k + 3)·u/(1 − 2·k·u)·Ω̂. The margin below is
    /// twice (k + 8)·u·Ω̂, less its own rounding and that of each end, which is at most 3·u·Ω̂ together. So the real number
    /// is between the ends, rounding keeps order, and where both ends round to one number, that is what Ω rounds to.
    /// k < 2³² − 1, so that (k + 8)·u is less than 2⁻²⁰: where the count is full, nothing is decided. Nothing underflows: a factor is 2⁻¹⁴⁹ at least, or 0, and a sum of squares 2⁻²⁹⁸.
    #[inline]
    pub(crate) fn rounded<T: Float>(&self, near: &Near) -> Option<T> {
        let (l1, l2) = (plain::<T>(self.l1())?, plain::<T>(self.l2())?);
        let omega = l1 * near.magnitudes + l2 * near.squares;
        if !omega.is_finite() || near.roundings == u32::MAX {
            return None;
        }
        let margin = omega * ((f64::from(near.roundings) + 8.0) * f64::EPSILON);
        let (low, high) = (T::from_f64(omega - margin), T::from_f64(omega + margin));
        (low == high).then_some(low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::l1;

    const fn after(roundings: u32) -> Near {
        Near {
            magnitudes: 1.0,
            squares: 1.0,
            roundings,
        }
    }

    /// A number meets the others of its lane in its block, the other lanes, and the other blocks.
    #[test]
    fn the_additions_of_a_block_are_counted() {
        let of = |blocks: usize| of_f32(&[0.5; 3 * LANES * BLOCK][..blocks * LANES * BLOCK]);
        assert_eq!(
            [1, 2, 3].map(|blocks| of(blocks).roundings),
            [266, 267, 268]
        );
        assert_eq!(of(0).roundings, 0);
        assert_eq!(after(3).plus(&after(5)).roundings, 6);
        assert_eq!(after(5).plus(&after(3)).roundings, 6);
    }

    /// After one rounding the margin is 9·2⁻⁵² of the sum.
    #[test]
    fn the_margin_decides() {
        let above_the_middle = |places: f64| {
            let near = Near {
                magnitudes: 1.0 + f64::from(f32::EPSILON) / 2.0 + places * f64::EPSILON,
                ..after(1)
            };
            l1(1.0).terms().rounded::<f32>(&near)
        };
        let (one, next) = (Some(1.0), Some(1.0 + f32::EPSILON));
        assert_eq!(
            [-10.0, -8.0, 0.0, 9.0, 10.0].map(above_the_middle),
            [one, None, None, None, next]
        );
    }

    /// Sums of 2⁴² weights and more have met more roundings than the count has room for.
    #[test]
    fn a_full_count_decides_nothing() {
        let terms = l1(1.0).terms();
        let full = after(u32::MAX - 1).plus(&Near::nothing());
        assert_eq!(full.roundings, u32::MAX);
        for near in [full, full.plus(&full), Near::nothing().plus(&full)] {
            assert_eq!(near.roundings, u32::MAX);
            assert_eq!(terms.rounded::<f32>(&near), None);
            #[cfg(feature = "half")]
            assert_eq!(terms.rounded::<half::f16>(&near), None);
        }
    }

    /// The margin of 2³² roundings is 2⁻²⁰, which is more than half the distance of two numbers of f32, and of f16 it is less.
    #[test]
    #[cfg(feature = "half")]
    fn the_last_count_has_its_margin() {
        let near = after(u32::MAX - 1);
        let terms = l1(1.0).terms();
        assert_eq!(terms.rounded::<f32>(&near), None);
        assert_eq!(terms.rounded(&near), Some(half::f16::ONE));
    }
}

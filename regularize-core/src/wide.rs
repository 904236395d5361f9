//! Integers of a fixed number of limbs, for what does not fit in 128 digits.

use crate::real::Real;
use core::cmp::Ordering;

/// An integer of N limbs of 64 binary digits, the least first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wide<const N: usize>([u64; N]);

impl<const N: usize> Default for Wide<N> {
    fn default() -> Self {
        Self::ZERO
    }
}

impl<const N: usize> Wide<N> {
    pub(crate) const ZERO: Self = Self([0; N]);

    /// The limbs, the least first.
    #[cfg(feature = "bytes")]
    pub(crate) fn limbs(&self) -> &[u64; N] {
        &self.0
    }

    #[cfg(feature = "bytes")]
    pub(crate) fn of_limbs(limbs: [u64; N]) -> Self {
        Self(limbs)
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.iter().all(|&limb| limb == 0)
    }

    /// Adds m·2ᵇ; more than the limbs hold makes all ones.
    pub(crate) fn add(&mut self, m: u128, b: u32) {
        let (limb, by) = ((b / 64) as usize, b % 64);
        // m·2ᵇʸ in three limbs.
        let (low, high) = (m << by, if by == 0 { 0 } else { m >> (128 - by) });
        let parts = [low as u64, (low >> 64) as u64, high as u64];
        let mut carry = false;
        for (at, part) in (limb..).zip(parts) {
            carry = self.add_limb(at, part, carry);
        }
        self.carry(limb + parts.len(), carry);
    }

    /// Adds another one; more than the limbs hold makes all ones.
    pub(crate) fn add_all(&mut self, other: &Self) {
        let mut carry = false;
        for (at, &limb) in other.0.iter().enumerate() {
            carry = self.add_limb(at, limb, carry);
        }
        self.carry(N, carry);
    }

    /// Adds m·other·2ᵇ, which must fit.
    pub(crate) fn add_product<const M: usize>(&mut self, m: u64, other: &Wide<M>, b: u32) {
        for (at, &limb) in (0_u32..).zip(&other.0) {
            if limb != 0 {
                self.add(u128::from(m) * u128::from(limb), b + 64 * at);
            }
        }
    }

    fn add_limb(&mut self, at: usize, limb: u64, carry: bool) -> bool {
        match self.0.get_mut(at) {
            Some(own) => {
                let (sum, first) = own.overflowing_add(limb);
                let (sum, second) = sum.overflowing_add(u64::from(carry));
                *own = sum;
                first || second
            }
            // Nothing is lost of a zero.
            None => carry || limb != 0,
        }
    }

    fn carry(&mut self, from: usize, mut carry: bool) {
        let mut at = from;
        while carry && at < N {
            carry = self.add_limb(at, 0, carry);
            at += 1;
        }
        if carry {
            self.0 = [u64::MAX; N];
        }
    }

    /// Subtracts another one that is not greater.
    pub(crate) fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (own, &limb) in self.0.iter_mut().zip(&other.0) {
            let (difference, first) = own.overflowing_sub(limb);
            let (difference, second) = difference.overflowing_sub(u64::from(borrow));
            *own = difference;
            borrow = first || second;
        }
    }

    /// The number of binary digits.
    pub(crate) fn digits(&self) -> u32 {
        let top = self.0.iter().rposition(|&limb| limb != 0);
        top.map_or(0, |at| 64 * (at as u32 + 1) - self.0[at].leading_zeros())
    }

    /// Multiplies by 2ᵇ; the product must fit.
    pub(crate) fn shift_left(&mut self, b: u32) {
        let (limbs, by) = ((b / 64) as usize, b % 64);
        for at in (0..N).rev() {
            let limb = |at: Option<usize>| at.map_or(0, |at| self.0[at]);
            let (own, below) = (at.checked_sub(limbs), at.checked_sub(limbs + 1));
            let high = limb(own) << by;
            let low = if by == 0 { 0 } else { limb(below) >> (64 - by) };
            self.0[at] = high | low;
        }
    }

    /// Divides by a number above 0 and says whether there is a remainder.
    pub(crate) fn divide(&mut self, by: u64) -> bool {
        let mut remainder = 0;
        for limb in self.0.iter_mut().rev() {
            let part = u128::from(remainder) << 64 | u128::from(*limb);
            // Below 2⁶⁴, as the remainder is below the divisor.
            *limb = (part / u128::from(by)) as u64;
            remainder = (part % u128::from(by)) as u64;
        }
        remainder != 0
    }

    /// The first 128 digits, as a number on the grid 2ᵉ; `more` if what follows is not zero.
    pub(crate) fn real(&self, e: i32, more: bool) -> Real {
        let cut = self.digits().saturating_sub(128);
        let (limbs, by) = ((cut / 64) as usize, cut % 64);
        let limb = |at: usize| u128::from(self.0.get(limbs + at).copied().unwrap_or(0));
        let low = limb(0) | limb(1) << 64;
        let m = match by {
            0 => low,
            _ => low >> by | limb(2) << (128 - by),
        };
        let below = self.0.iter().take(limbs).any(|&limb| limb != 0);
        let rest = limb(0) & ((1 << by) - 1) != 0;
        Real {
            m,
            e: e + cut as i32,
            more: more || below || rest,
        }
    }
}

impl<const N: usize> PartialOrd for Wide<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: u64 = u64::MAX;

    #[test]
    fn a_carry_goes_up_to_the_first_limb_with_room() {
        let mut wide = Wide([7, MAX, MAX, MAX, 0, 0]);
        wide.add(1, 64);
        assert_eq!(wide, Wide([7, 0, 0, 0, 1, 0]));
    }

    #[test]
    fn more_than_the_limbs_hold_makes_all_ones() {
        let after = |limbs: [u64; 2], m: u128, b: u32| {
            let mut wide = Wide(limbs);
            wide.add(m, b);
            wide.0
        };
        // A carry out of the last limb, a limb behind the last one, and both.
        assert_eq!(after([MAX, MAX], 1, 0), [MAX, MAX]);
        assert_eq!(after([0, 0], 1 << 64, 64), [MAX, MAX]);
        assert_eq!(after([0, 0], 1, 128), [MAX, MAX]);
        assert_eq!(after([0, MAX], 1 << 64 | 1, 64), [MAX, MAX]);
        assert_eq!(after([0, MAX], 1, 64), [MAX, MAX]);
        // Nothing is lost of a zero.
        assert_eq!(after([1, 2], 0, 64), [1, 2]);
        assert_eq!(after([1, 2], 0, 128), [1, 2]);
    }
}

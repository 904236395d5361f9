//! Σ|xᵢ| and Σxᵢ² of f32 without rounding: the significands by their exponents, as integers.

use crate::Sums;

/// Significands that fit: 2⁴⁸·2¹⁵ is below 2⁶⁴.
const ROOM: usize = 1 << 15;

/// A sum of significands, and one of their squares, for each exponent of f32.
///
/// Bin b holds numbers in units of 2^(max(b, 1) − 150).
pub(crate) struct Bins {
    magnitudes: [u64; 256],
    squares: [u64; 256],
    held: usize,
}

impl Bins {
    pub(crate) const fn new() -> Self {
        Self {
            magnitudes: [0; 256],
            squares: [0; 256],
            held: 0,
        }
    }

    /// Adds weights to sums.
    pub(crate) fn extend(&mut self, x: &[f32], sums: &mut Sums) {
        self.add(x, sums);
        self.empty(sums);
    }

    /// Holds weights, and adds to the sums what is too much to hold.
    pub(crate) fn add(&mut self, x: &[f32], sums: &mut Sums) {
        for x in x.chunks(ROOM) {
            if self.held + x.len() > ROOM {
                self.empty(sums);
            }
            self.held += x.len();
            for x in x {
                let bits = x.to_bits();
                let exponent = (bits >> 23 & 0xff) as usize;
                if exponent == 0xff {
                    // An infinity, or no number.
                    sums.add(*x);
                    continue;
                }
                let hidden = u32::from(exponent != 0) << 23;
                let significand = u64::from(bits & 0x7f_ffff | hidden);
                self.magnitudes[exponent] += significand;
                self.squares[exponent] += significand * significand;
            }
        }
    }

    /// Adds what is held to the sums.
    pub(crate) fn empty(&mut self, sums: &mut Sums) {
        if self.held == 0 {
            return;
        }
        self.held = 0;
        let bins = self.magnitudes.iter_mut().zip(&mut self.squares);
        for (exponent, (magnitude, square)) in bins.enumerate() {
            if *magnitude != 0 {
                let unit = exponent.max(1) as i32 - 150;
                sums.add_units((*magnitude).into(), unit, (*square).into(), 2 * unit);
                (*magnitude, *square) = (0, 0);
            }
        }
    }
}

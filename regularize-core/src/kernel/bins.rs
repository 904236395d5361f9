//! Σ|xᵢ| and Σxᵢ² of f32 without rounding: the significands by their exponents, as integers.

use crate::Sums;

/// Weights of which significands fit: 2⁴⁸·2¹⁵ is below 2⁶⁴.
const ROOM: usize = 1 << 15;

/// Weights whose significands are computed before they are added.
const STAGED: usize = 64;

/// Sets of bins: a weight waits for the one before it only if both go to one bin.
const SETS: usize = 2;

/// A sum of significands, and one of their squares, for each exponent of f32.
///
/// Bin b holds numbers in units of 2^(max(b, 1) − 150).
pub(crate) struct Bins {
    bins: [[[u64; 2]; 256]; SETS],
    held: usize,
}

impl Bins {
    pub(crate) const fn new() -> Self {
        Self {
            bins: [[[0; 2]; 256]; SETS],
            held: 0,
        }
    }

    /// Adds weights to sums.
    pub(crate) fn extend(&mut self, x: &[f32], sums: &mut Sums) {
        self.add(x, sums);
        self.empty(sums);
    }

    /// Holds weights, and adds to the sums what is too much to hold.
    #[inline(always)]
    pub(crate) fn add(&mut self, x: &[f32], sums: &mut Sums) {
        for x in x.chunks(ROOM) {
            if self.held + x.len() > ROOM {
                self.empty(sums);
            }
            self.held += x.len();
            let (blocks, rest) = x.as_chunks::<STAGED>();
            for block in blocks {
                self.hold(block, sums);
            }
            if !rest.is_empty() {
                let mut last = [0.0; STAGED];
                last[..rest.len()].copy_from_slice(rest);
                self.hold(&last, sums);
            }
        }
    }

    /// The significands are computed by vectors, which the additions cannot be.
    #[inline(always)]
    fn hold(&mut self, x: &[f32; STAGED], sums: &mut Sums) {
        let (mut exponents, mut pairs) = ([0_u8; STAGED], [[0; 2]; STAGED]);
        let mut largest = 0;
        for ((x, exponent), pair) in x.iter().zip(&mut exponents).zip(&mut pairs) {
            let bits = x.to_bits();
            *exponent = (bits >> 23) as u8;
            largest = largest.max(*exponent);
            let hidden = u32::from(*exponent != 0) << 23;
            let significand = u64::from(bits & 0x7f_ffff | hidden);
            *pair = [significand, significand * significand];
        }
        if largest == 255 {
            // Infinities and NaN, which are not held.
            for ((x, exponent), pair) in x.iter().zip(&exponents).zip(&mut pairs) {
                if *exponent == 255 {
                    sums.add(*x);
                    *pair = [0; 2];
                }
            }
        }
        let (exponents, _) = exponents.as_chunks::<SETS>();
        let (pairs, _) = pairs.as_chunks::<SETS>();
        for (exponents, pairs) in exponents.iter().zip(pairs) {
            for set in 0..SETS {
                let [magnitude, square] = &mut self.bins[set][usize::from(exponents[set])];
                *magnitude += pairs[set][0];
                *square += pairs[set][1];
            }
        }
    }

    /// Adds what is held to the sums.
    pub(crate) fn empty(&mut self, sums: &mut Sums) {
        if self.held == 0 {
            return;
        }
        self.held = 0;
        for bins in &mut self.bins {
            for (exponent, [magnitude, square]) in bins.iter_mut().enumerate() {
                if *magnitude != 0 {
                    let unit = exponent.max(1) as i32 - 150;
                    sums.add_units((*magnitude).into(), unit, (*square).into(), 2 * unit);
                    (*magnitude, *square) = (0, 0);
                }
            }
        }
    }
}

//! Numbers of a type as doubles: each operation is one of doubles, rounded to the type.
//!
//! The formats below 64 bits have at most 24 digits, and a double has 53 ≥ 2·24 + 2: of +, ×, / and √ the number that
//! is rounded twice is the one that is rounded once (Figueroa 1995).

use crate::wire::Dtype;
use regularize_oracle::Format;

/// The arithmetic of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arithmetic {
    /// What is rounded to.
    pub(super) dtype: Dtype,
    /// Whether numbers below the smallest normal one are 0.
    pub(super) flushes: bool,
}

impl Arithmetic {
    pub(super) const fn of(dtype: Dtype) -> Self {
        Self {
            dtype,
            flushes: false,
        }
    }

    /// The nearest number of the type.
    pub(super) fn round(self, x: f64) -> f64 {
        let rounded = match self.dtype {
            Dtype::F64 => x,
            Dtype::F32 => f64::from(x as f32),
            // Those of the crate `half` look at 20 digits of a double, and miss that a number is above a tie.
            Dtype::F16 => nearest(x, Format::F16, 65504.0),
            Dtype::BF16 => nearest(x, Format::BF16, f64::from_bits(0x47ef_e000_0000_0000)),
        };
        match self.flushes && rounded.abs() < self.least_normal() {
            true => 0.0_f64.copysign(rounded),
            false => rounded,
        }
    }

    pub(super) fn add(self, a: f64, b: f64) -> f64 {
        self.round(a + b)
    }

    pub(super) fn subtract(self, a: f64, b: f64) -> f64 {
        self.round(a - b)
    }

    pub(super) fn multiply(self, a: f64, b: f64) -> f64 {
        self.round(a * b)
    }

    pub(super) fn divide(self, a: f64, b: f64) -> f64 {
        self.round(a / b)
    }

    pub(super) fn root(self, a: f64) -> f64 {
        self.round(a.sqrt())
    }

    /// a·b + c. Below 64 bits the product is exact and the sum is rounded twice, the first time 2²⁹ times finer: the
    /// product has no rounding of its own, which leaves room for that.
    pub(super) fn fused(self, a: f64, b: f64, c: f64) -> f64 {
        self.round(a.mul_add(b, c))
    }

    /// The largest finite number.
    pub(super) fn largest(self) -> f64 {
        self.decode(self.dtype.format().infinity(false) - 1)
    }

    fn least_normal(self) -> f64 {
        self.decode(1 << (self.dtype.format().precision() - 1))
    }

    /// A number of its bits.
    pub(super) fn decode(self, bits: u64) -> f64 {
        match self.dtype {
            Dtype::F64 => f64::from_bits(bits),
            Dtype::F32 => f64::from(f32::from_bits(bits as u32)),
            Dtype::F16 => half::f16::from_bits(bits as u16).to_f64(),
            Dtype::BF16 => half::bf16::from_bits(bits as u16).to_f64(),
        }
    }

    /// The bits of a number, which is rounded.
    pub(super) fn encode(self, x: f64) -> u64 {
        let x = self.round(x);
        match self.dtype {
            _ if x.is_nan() => self.dtype.format().nan(),
            Dtype::F64 => x.to_bits(),
            Dtype::F32 => (x as f32).to_bits().into(),
            Dtype::F16 => half::f16::from_f64(x).to_bits().into(),
            Dtype::BF16 => half::bf16::from_f64(x).to_bits().into(),
        }
    }
}

/// The nearest number of a format of few digits, ties to even.
fn nearest(x: f64, format: Format, largest: f64) -> f64 {
    let magnitude = x.abs();
    if x.is_nan() || magnitude >= 2.0 * largest {
        return x * f64::INFINITY;
    }
    let exponent = (magnitude.to_bits() >> 52) as i64 - 1023;
    let last = (exponent + 1 - i64::from(format.precision())).max(format.quantum());
    // Added to 2⁵² places and more, a number is rounded to whole places.
    let shift = f64::from_bits(((1023 + 52 + last) as u64) << 52);
    let rounded = magnitude + shift - shift;
    match rounded > largest {
        true => f64::INFINITY.copysign(x),
        false => rounded.copysign(x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regularize_oracle::Dyadic;

    #[test]
    fn rounding_is_the_oracles() {
        let mut random = fastrand::Rng::with_seed(3);
        for &dtype in Dtype::ALL {
            let (of, format) = (Arithmetic::of(dtype), dtype.format());
            for _ in 0..20_000 {
                // Ties, and numbers next to them, at every exponent.
                let bits = random.u64(..) & [!0, !0 << 29, !0 << 42, !0 << 45][random.usize(..4)];
                let x = f64::from_bits(bits | u64::from(random.u8(..) == 0));
                if let Some(exact) = Dyadic::from_f64(x) {
                    let rounded = exact.round(format, x.is_sign_negative());
                    assert_eq!(of.encode(x), rounded, "{x:e} in {dtype}");
                }
            }
        }
    }
}

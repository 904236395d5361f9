//! Floating-point formats as integers: bits to numbers, and numbers rounded to bits.

use crate::dyadic::{Dyadic, round_ratio_directed};
use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// A binary floating-point format with subnormals, infinities and NaN, as IEEE 754 lays one out.
///
/// ```
/// use regularize_oracle::Format;
///
/// assert_eq!((Format::F16.width(), Format::F16.precision(), Format::F16.quantum()), (16, 11, -24));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    width: u32,
    precision: u32,
    quantum: i64,
}

/// What a pattern of bits stands for.
///
/// ```
/// use regularize_oracle::{Dyadic, Format, Value};
///
/// let zero = Format::F64.decode((-0.0_f64).to_bits());
/// assert_eq!(zero, Value::Finite { negative: true, number: Dyadic::zero() });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number; `negative` is its sign bit, which tells the zeros apart.
    Finite {
        /// The sign bit.
        negative: bool,
        /// The number with its sign.
        number: Dyadic,
    },
    /// An infinity.
    Infinite {
        /// The sign bit.
        negative: bool,
    },
    /// Not a number, of any payload.
    Nan,
}

impl Value {
    /// The number if it is finite.
    ///
    /// ```
    /// # use regularize_oracle::Value;
    /// assert_eq!(Value::Nan.finite(), None);
    /// ```
    #[must_use]
    pub fn finite(self) -> Option<Dyadic> {
        match self {
            Self::Finite { number, .. } => Some(number),
            _ => None,
        }
    }
}

/// Which neighbour of a number is taken when it lies between two of a format.
///
/// ```
/// use regularize_oracle::{Direction, Dyadic, Format};
///
/// let tiny = |d| Dyadic::one().scaled(-30).directed(Format::F16, d, false);
/// assert_eq!([Direction::Down, Direction::Nearest, Direction::Up].map(tiny), [0, 0, 1]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The nearest; of two as near, the one whose last bit is 0.
    Nearest,
    /// The largest that is not above.
    Down,
    /// The smallest that is not below.
    Up,
}

impl Format {
    /// IEEE binary32.
    pub const F32: Self = Self {
        width: 32,
        precision: 24,
        quantum: -149,
    };
    /// IEEE binary64.
    pub const F64: Self = Self {
        width: 64,
        precision: 53,
        quantum: -1074,
    };
    /// IEEE binary16.
    pub const F16: Self = Self {
        width: 16,
        precision: 11,
        quantum: -24,
    };
    /// The upper half of binary32.
    pub const BF16: Self = Self {
        width: 16,
        precision: 8,
        quantum: -133,
    };

    /// The bits of one number.
    ///
    /// ```
    /// # use regularize_oracle::Format;
    /// assert_eq!(Format::BF16.width(), 16);
    /// ```
    #[must_use]
    pub const fn width(self) -> u32 {
        self.width
    }

    /// The bits of a significand, the hidden one counted.
    ///
    /// ```
    /// # use regularize_oracle::Format;
    /// assert_eq!(Format::F64.precision(), f64::MANTISSA_DIGITS);
    /// ```
    #[must_use]
    pub const fn precision(self) -> u32 {
        self.precision
    }

    /// The exponent of the least subnormal, 2^quantum: all numbers of the format are multiples of it.
    ///
    /// ```
    /// # use regularize_oracle::{Dyadic, Format};
    /// let least = Dyadic::one().scaled(Format::F64.quantum());
    /// assert_eq!(Dyadic::from_f64(f64::from_bits(1)), Some(least));
    /// ```
    #[must_use]
    pub const fn quantum(self) -> i64 {
        self.quantum
    }

    /// The bits of an infinity.
    ///
    /// ```
    /// # use regularize_oracle::Format;
    /// assert_eq!(Format::F64.infinity(true), f64::NEG_INFINITY.to_bits());
    /// ```
    #[must_use]
    pub const fn infinity(self, negative: bool) -> u64 {
        let magnitude = ((1 << (self.width - self.precision)) - 1) << (self.precision - 1);
        magnitude | self.sign(negative)
    }

    /// The bits of the quiet NaN without sign and payload.
    ///
    /// ```
    /// # use regularize_oracle::Format;
    /// assert_eq!(Format::F32.nan(), u64::from(f32::NAN.to_bits()));
    /// ```
    #[must_use]
    pub const fn nan(self) -> u64 {
        self.infinity(false) | 1 << (self.precision - 2)
    }

    /// Whether bits stand for a NaN of any sign and payload.
    ///
    /// ```
    /// # use regularize_oracle::Format;
    /// assert!(Format::F32.is_nan(0xffff_ffff) && !Format::F32.is_nan(0x7f80_0000));
    /// ```
    #[must_use]
    pub const fn is_nan(self, bits: u64) -> bool {
        bits & (self.sign(true) - 1) > self.infinity(false)
    }

    /// The bits of a number of another format: rounded to nearest, ties to even.
    ///
    /// ```
    /// # use regularize_oracle::Format;
    /// let tenth = Format::F32.convert(Format::F64, 0.1_f64.to_bits());
    /// assert_eq!(tenth, u64::from(0.1_f32.to_bits()));
    /// ```
    #[must_use]
    pub fn convert(self, from: Self, bits: u64) -> u64 {
        match from.decode(bits) {
            Value::Finite { negative, number } => number.round(self, negative),
            Value::Infinite { negative } => self.infinity(negative),
            Value::Nan => self.nan(),
        }
    }

    /// The value that bits stand for.
    ///
    /// Bits above the width of the format are not looked at.
    ///
    /// ```
    /// # use regularize_oracle::{Dyadic, Format};
    /// assert_eq!(Format::F16.decode(0x3c00).finite(), Some(Dyadic::one()));
    /// assert_eq!(Format::F16.decode(0x7c00).finite(), None);
    /// ```
    #[must_use]
    pub fn decode(self, bits: u64) -> Value {
        let negative = bits & self.sign(true) != 0;
        let magnitude = bits & (self.sign(true) - 1);
        if magnitude > self.infinity(false) {
            return Value::Nan;
        }
        if magnitude == self.infinity(false) {
            return Value::Infinite { negative };
        }
        let hidden = 1 << (self.precision - 1);
        let biased = magnitude >> (self.precision - 1);
        let (significand, above) = match biased {
            0 => (magnitude, 0),
            _ => (magnitude & (hidden - 1) | hidden, biased - 1),
        };
        let integer = BigInt::from(significand);
        let exponent = self.quantum + above as i64;
        let number = Dyadic::new(if negative { -integer } else { integer }, exponent);
        Value::Finite { negative, number }
    }

    /// The sign bit, set or not.
    const fn sign(self, negative: bool) -> u64 {
        (negative as u64) << (self.width - 1)
    }
}

/// The bits of the nearest number of the format, ties to even; `negative` is the sign of an exact 0.
///
/// Beyond the largest finite number plus half a unit in its last place it is the infinity. A number that
/// is not 0 keeps its own sign when it rounds to 0.
///
/// ```
/// use num_rational::BigRational;
/// use regularize_oracle::{Format, round};
///
/// let third = BigRational::new(1.into(), 3.into());
/// assert_eq!(round(&third, Format::F64, false), (1.0_f64 / 3.0).to_bits());
/// ```
#[must_use]
pub fn round(number: &BigRational, format: Format, negative: bool) -> u64 {
    let negative = if number.is_zero() {
        negative
    } else {
        number.is_negative()
    };
    let (numerator, denominator) = (number.numer().magnitude(), number.denom().magnitude());
    round_parts(
        negative,
        numerator,
        denominator,
        0,
        format,
        Direction::Nearest,
    )
}

/// The bits of the quotient of two numbers, as [`round`] rounds it. The denominator is not 0.
///
/// ```
/// use regularize_oracle::{Dyadic, Format, round_ratio};
///
/// let ten = Dyadic::from_f64(10.0).unwrap();
/// assert_eq!(round_ratio(&Dyadic::one(), &ten, Format::F64, false), 0.1_f64.to_bits());
/// ```
#[must_use]
pub fn round_ratio(
    numerator: &Dyadic,
    denominator: &Dyadic,
    format: Format,
    negative: bool,
) -> u64 {
    round_ratio_directed(numerator, denominator, format, Direction::Nearest, negative)
}

/// `±(numerator / denominator) · 2^exponent` in the format.
pub(crate) fn round_parts(
    negative: bool,
    numerator: &BigUint,
    denominator: &BigUint,
    exponent: i64,
    format: Format,
    direction: Direction,
) -> u64 {
    let sign = format.sign(negative);
    if numerator.is_zero() {
        return sign;
    }
    let away = match direction {
        Direction::Nearest => None,
        Direction::Down => Some(negative),
        Direction::Up => Some(!negative),
    };
    // The quotient lies strictly between 2^(length - 1) and 2^(length + 1).
    let length = numerator.bits() as i64 - denominator.bits() as i64 + exponent;
    let mut last = (length - i64::from(format.precision)).max(format.quantum);
    let mut parts = divide(numerator, denominator, exponent - last);
    if parts.quotient.bits() > u64::from(format.precision) {
        last += 1;
        parts = divide(numerator, denominator, exponent - last);
    }
    let up = match away {
        Some(away) => away && !parts.remainder.is_zero(),
        None => {
            let twice = &parts.remainder << 1_u32;
            twice > parts.divisor || twice == parts.divisor && parts.quotient.bit(0)
        }
    };
    let quotient = parts.quotient + if up { BigUint::one() } else { BigUint::zero() };
    // A significand with its hidden bit adds 1 to the biased exponent; so does a carry out of rounding.
    // All patterns up to the infinity are in the order of the numbers.
    let bits = quotient + (BigUint::from((last - format.quantum) as u64) << (format.precision - 1));
    let infinity = format.infinity(false);
    let magnitude = match bits.to_u64() {
        Some(bits) if bits < infinity => bits,
        _ if away == Some(false) => infinity - 1,
        _ => infinity,
    };
    magnitude | sign
}

/// A quotient and what is left of it.
struct Parts {
    quotient: BigUint,
    remainder: BigUint,
    divisor: BigUint,
}

/// `(numerator · 2^shift) / denominator`.
fn divide(numerator: &BigUint, denominator: &BigUint, shift: i64) -> Parts {
    let (dividend, divisor) = if shift >= 0 {
        (numerator << shift, denominator.clone())
    } else {
        (numerator.clone(), denominator << -shift)
    };
    // Powers of two are most of the denominators, and a long division by one is wasted.
    let quotient = match divisor.trailing_zeros() {
        Some(zeros) if zeros + 1 == divisor.bits() => &dividend >> zeros,
        _ => &dividend / &divisor,
    };
    let remainder = dividend - &quotient * &divisor;
    Parts {
        quotient,
        remainder,
        divisor,
    }
}

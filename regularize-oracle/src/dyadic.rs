//! Integers times powers of two: sums, products and comparisons without a greatest common divisor.

use crate::{Direction, Format, format};
use core::cmp::Ordering;
use core::ops::{Add, AddAssign, Mul, Neg, Sub};
use num_bigint::{BigInt, Sign};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

/// The real number `integer · 2^exponent`, exactly.
///
/// Every finite float is one, and so are their sums and products. Two of them are equal when the numbers
/// are, whatever their exponents. A rational would divide both parts by their greatest common divisor
/// after every operation, which for doubles of wide exponents takes longer than all else.
///
/// ```
/// use regularize_oracle::Dyadic;
///
/// let tenth = Dyadic::from_f64(0.1).unwrap();
/// assert_ne!(&tenth + &Dyadic::from_f64(0.2).unwrap(), Dyadic::from_f64(0.3).unwrap());
/// assert_eq!(&tenth + &tenth, tenth.scaled(1));
/// assert_eq!(Dyadic::new(4.into(), -1), Dyadic::new(2.into(), 0));
/// ```
#[derive(Clone, Debug)]
pub struct Dyadic {
    integer: BigInt,
    exponent: i64,
}

impl Dyadic {
    /// `integer · 2^exponent`.
    ///
    /// ```
    /// # use regularize_oracle::Dyadic;
    /// assert_eq!(Dyadic::new(3.into(), -1), Dyadic::from_f64(1.5).unwrap());
    /// ```
    #[must_use]
    pub fn new(integer: BigInt, exponent: i64) -> Self {
        Self { integer, exponent }
    }

    /// The number 0.
    ///
    /// ```
    /// # use regularize_oracle::Dyadic;
    /// assert!(Dyadic::zero().is_zero());
    /// ```
    #[must_use]
    pub fn zero() -> Self {
        Self::new(BigInt::zero(), 0)
    }

    /// The number 1.
    ///
    /// ```
    /// # use regularize_oracle::Dyadic;
    /// assert_eq!(Dyadic::one(), Dyadic::from_f64(1.0).unwrap());
    /// ```
    #[must_use]
    pub fn one() -> Self {
        Self::new(BigInt::one(), 0)
    }

    /// A double, exactly; `None` for an infinity or a NaN.
    ///
    /// ```
    /// # use regularize_oracle::Dyadic;
    /// assert_eq!(Dyadic::from_f64(-0.0), Some(Dyadic::zero()));
    /// assert_eq!(Dyadic::from_f64(f64::INFINITY), None);
    /// ```
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        Format::F64.decode(value.to_bits()).finite()
    }

    /// The number times `2^by`.
    ///
    /// ```
    /// # use regularize_oracle::Dyadic;
    /// assert_eq!(Dyadic::one().scaled(-2), Dyadic::from_f64(0.25).unwrap());
    /// ```
    #[must_use]
    pub fn scaled(&self, by: i64) -> Self {
        Self::new(self.integer.clone(), self.exponent + by)
    }

    /// The absolute value.
    ///
    /// ```
    /// # use regularize_oracle::Dyadic;
    /// assert_eq!(Dyadic::from_f64(-2.0).unwrap().abs(), Dyadic::one().scaled(1));
    /// ```
    #[must_use]
    pub fn abs(&self) -> Self {
        Self::new(self.integer.abs(), self.exponent)
    }

    /// Whether the number is 0.
    ///
    /// ```
    /// # use regularize_oracle::Dyadic;
    /// assert!(!Dyadic::from_f64(5e-324).unwrap().is_zero());
    /// ```
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.integer.is_zero()
    }

    /// Whether the number is less than 0.
    ///
    /// ```
    /// # use regularize_oracle::Dyadic;
    /// assert!(Dyadic::from_f64(-1.0).unwrap().is_negative());
    /// assert!(!Dyadic::from_f64(-0.0).unwrap().is_negative());
    /// ```
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.integer.is_negative()
    }

    /// The number as a rational in lowest terms.
    ///
    /// ```
    /// # use regularize_oracle::Dyadic;
    /// assert_eq!(Dyadic::from_f64(0.75).unwrap().to_rational().to_string(), "3/4");
    /// ```
    #[must_use]
    pub fn to_rational(&self) -> BigRational {
        let (numerator, denominator) = if self.exponent >= 0 {
            (&self.integer << self.exponent, BigInt::one())
        } else {
            (self.integer.clone(), BigInt::one() << -self.exponent)
        };
        BigRational::new(numerator, denominator)
    }

    /// The bits of the nearest number of the format, ties to even; `negative` is the sign of an exact 0.
    ///
    /// Beyond the largest finite number plus half a unit in its last place it is the infinity. A number
    /// that is not 0 keeps its own sign when it rounds to 0.
    ///
    /// ```
    /// # use regularize_oracle::{Dyadic, Format};
    /// let tenth = Dyadic::from_f64(0.1).unwrap();
    /// assert_eq!(tenth.round(Format::F32, false), u64::from(0.1_f32.to_bits()));
    /// assert_eq!(Dyadic::zero().round(Format::F64, true), (-0.0_f64).to_bits());
    /// ```
    #[must_use]
    pub fn round(&self, format: Format, negative: bool) -> u64 {
        self.directed(format, Direction::Nearest, negative)
    }

    /// The bits of the number of the format in the given direction; `negative` is the sign of an exact 0.
    ///
    /// ```
    /// # use regularize_oracle::{Direction, Dyadic, Format};
    /// let tiny = Dyadic::one().scaled(-2000);
    /// assert_eq!(tiny.directed(Format::F64, Direction::Up, false), 1);
    /// assert_eq!(tiny.directed(Format::F64, Direction::Down, false), 0);
    /// ```
    #[must_use]
    pub fn directed(&self, format: Format, direction: Direction, negative: bool) -> u64 {
        round_ratio_directed(self, &Self::one(), format, direction, negative)
    }

    /// The integer and the exponent.
    pub(crate) const fn parts(&self) -> (&BigInt, i64) {
        (&self.integer, self.exponent)
    }

    /// The floor of the quotient of two numbers that are not negative, the second not 0.
    pub(crate) fn quotient(&self, by: &Self) -> BigInt {
        let (left, right, _) = self.aligned(by);
        left / right
    }

    /// The integers of two numbers on the finer of their grids.
    fn aligned(&self, other: &Self) -> (BigInt, BigInt, i64) {
        // A zero has no grid: its exponent must not force the other's integer to grow.
        let exponent = match (self.is_zero(), other.is_zero()) {
            (true, _) => other.exponent,
            (_, true) => self.exponent,
            _ => self.exponent.min(other.exponent),
        };
        let on = |number: &Self| match number.is_zero() {
            true => BigInt::zero(),
            false => &number.integer << (number.exponent - exponent),
        };
        (on(self), on(other), exponent)
    }
}

/// The quotient of two numbers in the format: the ratio's two powers of two are one.
pub(crate) fn round_ratio_directed(
    numerator: &Dyadic,
    denominator: &Dyadic,
    format: Format,
    direction: Direction,
    negative: bool,
) -> u64 {
    let negative = match numerator.integer.sign() {
        Sign::NoSign => negative,
        sign => (sign == Sign::Minus) != denominator.is_negative(),
    };
    format::round_parts(
        negative,
        numerator.integer.magnitude(),
        denominator.integer.magnitude(),
        numerator.exponent - denominator.exponent,
        format,
        direction,
    )
}

impl Add for &Dyadic {
    type Output = Dyadic;

    fn add(self, other: Self) -> Dyadic {
        let (left, right, exponent) = self.aligned(other);
        Dyadic::new(left + right, exponent)
    }
}

/// Adds in place: a sum of many numbers allocates for its digits only.
impl AddAssign<&Self> for Dyadic {
    fn add_assign(&mut self, other: &Self) {
        if other.is_zero() {
            return;
        }
        if self.is_zero() {
            self.clone_from(other);
        } else if self.exponent <= other.exponent {
            let places = other.exponent - self.exponent;
            match places {
                0 => self.integer += &other.integer,
                _ => self.integer += &other.integer << places,
            }
        } else {
            self.integer <<= self.exponent - other.exponent;
            self.integer += &other.integer;
            self.exponent = other.exponent;
        }
    }
}

impl Sub for &Dyadic {
    type Output = Dyadic;

    fn sub(self, other: Self) -> Dyadic {
        let (left, right, exponent) = self.aligned(other);
        Dyadic::new(left - right, exponent)
    }
}

impl Mul for &Dyadic {
    type Output = Dyadic;

    fn mul(self, other: Self) -> Dyadic {
        Dyadic::new(
            &self.integer * &other.integer,
            self.exponent + other.exponent,
        )
    }
}

impl Neg for &Dyadic {
    type Output = Dyadic;

    fn neg(self) -> Dyadic {
        Dyadic::new(-&self.integer, self.exponent)
    }
}

impl Ord for Dyadic {
    fn cmp(&self, other: &Self) -> Ordering {
        let (left, right, _) = self.aligned(other);
        left.cmp(&right)
    }
}

impl PartialOrd for Dyadic {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Dyadic {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Dyadic {}

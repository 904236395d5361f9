//! The types of weights.

use core::fmt::{Debug, Display};
use core::ops::Add;

/// A type of weights: f32 and f64, and f16 and bf16 of the crate `half` behind the feature of that name.
///
/// Sealed: what is exact is proved for these.
///
/// ```
/// use regularize_core::Float;
///
/// assert_eq!(f32::from_f64(0.1), 0.1_f32);
/// assert_eq!(0.1_f32.to_f64(), 0.10000000149011612);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a float that weights are made of",
    label = "not a float",
    note = "floats are f32 and f64, and with the feature `half` f16 and bf16",
    note = "of a type parameter write `T: regularize::extend::Float + regularize::extend::Penalty`"
)]
pub trait Float:
    Copy
    + PartialEq
    + PartialOrd
    + Debug
    + Display
    + Add<Output = Self>
    + sealed::Format
    + Send
    + Sync
    + 'static
{
    /// +0.
    const ZERO: Self;

    /// The number itself: every number of these types is a double.
    ///
    /// ```
    /// # use regularize_core::Float;
    /// assert_eq!(Float::to_f64(1.5_f32), 1.5);
    /// ```
    fn to_f64(self) -> f64;

    /// The nearest number of the type, ties to even, as IEEE 754 rounds; too large ones become infinite.
    ///
    /// NaN stays NaN, and −0 stays −0.
    ///
    /// ```
    /// # use regularize_core::Float;
    /// assert_eq!(f32::from_f64(1e39), f32::INFINITY);
    /// assert_eq!(f32::from_f64(1e-46).to_bits(), 0);
    /// ```
    fn from_f64(double: f64) -> Self;
}

pub(crate) mod sealed {
    /// What rounding needs to know of a type.
    pub trait Format: crate::kernel::Kernels {
        /// The binary digits of a number.
        const PRECISION: u32;
        /// The exponent of the least number above 0.
        const QUANTUM: i32;
    }
}

impl sealed::Format for f32 {
    const PRECISION: u32 = 24;
    const QUANTUM: i32 = -149;
}

impl Float for f32 {
    const ZERO: Self = 0.0;

    fn to_f64(self) -> f64 {
        self.into()
    }

    fn from_f64(double: f64) -> Self {
        double as Self
    }
}

impl sealed::Format for f64 {
    const PRECISION: u32 = 53;
    const QUANTUM: i32 = -1074;
}

impl Float for f64 {
    const ZERO: Self = 0.0;

    fn to_f64(self) -> f64 {
        self
    }

    fn from_f64(double: f64) -> Self {
        double
    }
}

#[cfg(feature = "half")]
mod half {
    use super::{Float, sealed};
    use crate::real::Real;
    use ::half::{bf16, f16};

    /// The nearest number of the type as a double.
    ///
    /// `half` converts by way of f32 where the processor does (F16C), which rounds twice; of a number that the
    /// type has, every way makes that number.
    fn nearest<T: sealed::Format>(double: f64) -> f64 {
        match double.is_finite() {
            true => Real::of(double).nearest::<T>().copysign(double),
            false => double,
        }
    }

    macro_rules! half {
        ($type:ty, $precision:expr, $quantum:expr) => {
            impl sealed::Format for $type {
                const PRECISION: u32 = $precision;
                const QUANTUM: i32 = $quantum;
            }

            impl Float for $type {
                const ZERO: Self = <$type>::ZERO;

                fn to_f64(self) -> f64 {
                    <$type>::to_f64(self)
                }

                fn from_f64(double: f64) -> Self {
                    <$type>::from_f64(nearest::<$type>(double))
                }
            }
        };
    }
    half!(f16, 11, -24);
    half!(bf16, 8, -133);
}

//! The number formats of frameworks' tensors, which say their type at run time.

use crate::Float;
use half::{bf16, f16};

/// A number format that a penalty is computed in.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Format {
    F16,
    BF16,
    F32,
    F64,
}

impl Format {
    /// Whether sums are taken in f32, as f16 and bf16 do not hold them.
    pub(crate) const fn is_short(self) -> bool {
        matches!(self, Self::F16 | Self::BF16)
    }

    /// The factor as a number of that format: Keras casts it to the type of the weights.
    pub(crate) fn factor(self, factor: f64) -> f64 {
        match self {
            Self::F16 => <f16 as Float>::from_f64(factor).to_f64().into(),
            Self::BF16 => <bf16 as Float>::from_f64(factor).to_f64().into(),
            Self::F32 => f64::from(factor as f32),
            Self::F64 => factor,
        }
    }
}

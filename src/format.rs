//! The number formats of frameworks' tensors, which say their type at run time.

use crate::{Float, Terms};
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
    #[cfg(feature = "burn")]
    pub(crate) const fn is_short(self) -> bool {
        matches!(self, Self::F16 | Self::BF16)
    }

    /// Whether 0 must be added to the terms: an L1L2 is never −0, which negative factors of old editions make.
    pub(crate) fn adds_zero(terms: &Terms) -> bool {
        let is_negative = |factor: Option<f64>| factor.is_some_and(|factor| factor < 0.0);
        terms.is_summed() && (is_negative(terms.l1()) || is_negative(terms.l2()))
    }

    /// The factor as a number of that format: Keras casts it to the type of the weights.
    pub(crate) fn factor(self, factor: f64) -> f64 {
        match self {
            Self::F16 => Float::to_f64(<f16 as Float>::from_f64(factor)),
            Self::BF16 => Float::to_f64(<bf16 as Float>::from_f64(factor)),
            Self::F32 => f64::from(factor as f32),
            Self::F64 => factor,
        }
    }
}

//! The mathematics of the crate `regularize`, on slices of floats. Use `regularize` instead.
//!
//! | file | holds |
//! |---|---|
//! | `factor` | what a factor and a step may be |
//! | `edition` | the generations of Keras, as a table |
//! | `l1l2` | the regularizers, and the [`Terms`] that they are |
//! | `float` | the types of weights |
//! | `exact` | [`Sums`]: Σ\|xᵢ\| and Σxᵢ² without rounding |
//! | `bytes` | sums as bytes, for another process |
//! | `value`, `gradient`, `proximal` | the methods of [`Terms`] |
//! | `interval` | a subdifferential |
//! | `kernel` | many weights at once |
//! | `orthogonal` | the regularizer of matrices |
//! | `identifier` | regularizers by name |
//! | `config`, `json`, `serialize` | Keras' JSON, written and read, also by serde |
//! | `real`, `wide` | numbers of 128 digits, and of any |
//! | `visible` | text of unknown origin, made safe to print |

#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "serde")]
extern crate alloc;

#[cfg(feature = "bytes")]
mod bytes;
mod config;
pub mod edition;
mod exact;
mod factor;
mod float;
mod gradient;
mod identifier;
mod interval;
#[cfg(feature = "serde")]
mod json;
#[doc(hidden)]
pub mod kernel;
mod l1l2;
mod orthogonal;
mod proximal;
mod real;
#[cfg(feature = "serde")]
mod serialize;
mod value;
mod visible;
mod wide;

#[cfg(feature = "bytes")]
pub use bytes::{BytesError, checksum};
pub use edition::{Edition, EditionError, Floatx, Rules};
pub use exact::Sums;
pub use factor::{FactorError, Step, StepError};
pub use float::Float;
pub use gradient::LengthError;
pub use identifier::{
    AnyRegularizer, CallError, ClassError, Factor, IdentifierError, NotationError,
};
pub use interval::Interval;
#[cfg(feature = "serde")]
pub use json::ConfigError;
pub use l1l2::{L1, L1L2, L2, Terms, l1, l1_l2, l2};
pub use orthogonal::{Mode, Orthogonal, orthogonal};
#[doc(hidden)]
pub use visible::{SHOWN, Visible, visible};

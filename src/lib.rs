#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adapter;
mod container;
pub mod distributed;
mod error;
pub mod extend;
pub mod guide;
mod identity;
#[cfg(feature = "serde")]
mod keras;
mod model;
mod path;
mod regularizer;
pub mod role;
mod rules;
mod tensor;
mod weight;

/// Errors of factors, names, configurations and files, each with what to write instead.
pub mod errors {
    #[cfg(feature = "serde")]
    pub use crate::keras::KerasFileError;
    #[cfg(feature = "serde")]
    #[doc(inline)]
    pub use regularize_core::ConfigError;
    #[doc(inline)]
    pub use regularize_core::{
        CallError, ClassError, EditionError, FactorError, IdentifierError, NotationError, StepError,
    };
}

pub use error::{Error, ErrorKind};
#[cfg(feature = "serde")]
pub use keras::{KerasEntry, KerasModel};
pub use model::{Losses, Regularize, Report, Row, State};
#[doc(inline)]
pub use regularize_core::{
    AnyRegularizer, Edition, Factor, L1, L1L2, L2, Mode, Orthogonal, Step, edition, l1, l1_l2, l2,
    orthogonal,
};
#[doc = include_str!("derive.md")]
pub use regularize_derive::Regularize;
pub use regularizer::Regularizer;
pub use rules::{Ruled, Rules};
pub use tensor::Count;

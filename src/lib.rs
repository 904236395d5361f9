#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod activity;
#[cfg(feature = "burn")]
mod burn;
#[cfg(feature = "candle")]
mod candle;
mod cells;
mod error;
#[cfg(any(feature = "burn", feature = "candle"))]
mod format;
#[cfg(any(feature = "nalgebra", feature = "ndarray"))]
mod gather;
mod gradient;
pub mod guide;
#[cfg(feature = "serde")]
mod keras;
mod layers;
mod losses;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "ndarray")]
mod ndarray;
mod partial;
mod partials;
mod path;
mod penalty;
mod pointer;
mod regularize;
mod regularizer;
mod replicas;
mod report;
pub mod role;
mod shard;
mod sharded;
mod tensor;
mod visit;
mod weight;

pub use activity::{Activity, Sample};
pub use cells::Cell;
pub use error::{Error, ErrorKind};
#[cfg(feature = "serde")]
pub use keras::{KerasEntry, KerasFileError, KerasModel};
pub use losses::Losses;
pub use partial::Partial;
pub use partials::Partials;
pub use path::Path;
pub use penalty::{Penalty, Same};
pub use regularize::{Regularize, RegularizeActivity, RegularizeMut, RegularizeWith};
#[cfg(feature = "serde")]
#[doc(no_inline)]
pub use regularize_core::ConfigError;
#[doc(no_inline)]
pub use regularize_core::edition;
#[doc(no_inline)]
pub use regularize_core::{
    AnyRegularizer, BytesError, CallError, Edition, EditionError, Factor, FactorError, Factors,
    Float, Floatx, IdentifierError, Interval, L1, L1L2, L2, Mode, Orthogonal, Step, StepError,
    Sums, Terms, l1, l1_l2, l2, orthogonal,
};
#[doc = include_str!("derive.md")]
pub use regularize_derive::Regularize;
pub use regularizer::{FromFn, Proximal, Regularizer, Subgradient, from_fn};
pub use replicas::Replicas;
pub use report::{Report, Row, State};
pub use shard::{NoShardError, Shard, ShardsError};
pub use tensor::{Count, Identity, ShapeError, Tensor, TensorGrad, TensorMut};
pub use visit::{Visitor, VisitorMut, VisitorWith};
pub use weight::{Weight, WeightGrad, WeightMut};

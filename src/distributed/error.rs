//! Errors of a model over many machines, with the path of the weight.

use super::shard::ShardsError;
use crate::error::located;
use crate::path::Path;
use regularize_core::BytesError;
use std::fmt;
use std::num::NonZero;

/// An error of a model over many machines, and the path of the weight where it was. Nothing was changed.
///
/// ```
/// use regularize::distributed::{ErrorKind, Partials};
///
/// let error = Partials::from_bytes(b"not partials").unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Bytes(_)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    path: String,
    kind: ErrorKind,
}

/// The kind of an error of a model over many machines.
///
/// ```
/// use regularize::Regularize;
/// use regularize::distributed::{Distributed, ErrorKind, Shard};
///
/// #[derive(Regularize)]
/// struct Dense(#[regularize(l1(0.5), sharded)] Vec<f32>);
///
/// // The other shard is missing.
/// let layer = Dense(vec![1.0]);
/// let error = layer.losses_of(&layer.partials(Shard::new(0, 2)?)?).unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Shards(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An error that a model on one machine has as well.
    Model(crate::ErrorKind),
    /// A regularizer of a sharded weight, whose penalty is not that of sums.
    Unsplit {
        /// The regularizer, in the attribute's notation.
        regularizer: String,
    },
    /// A regularizer that is not an L1, L2 or L1L2, whose gradient cannot be divided among replicas.
    Undivided,
    /// A sharded weight where it is said only how many ranks have the whole model.
    Mesh {
        /// How many were said.
        replicas: NonZero<u32>,
    },
    /// Bytes that are not partials.
    Bytes(BytesError),
    /// Two shards, or a shard and the model, are not of the same weights.
    Disagreement {
        /// The weight of the one, its regularizer, and whether it is sharded.
        one: String,
        /// What the other has in its place.
        other: String,
    },
    /// A weight that is whole on every shard is not the same on all.
    Replicas,
    /// A weight that is whole on every shard has changed since the partials were made, or is another one here.
    Stale,
    /// Not every shard is merged once.
    Shards(ShardsError),
    /// A record was merged with one of another weight, with one of other numbers although the weight is whole on every
    /// shard, or with bytes that are not a record.
    Mixed,
}

impl Error {
    pub(super) fn new(at: &Path<'_>, kind: ErrorKind) -> Self {
        Self {
            path: at.to_string(),
            kind,
        }
    }

    /// Returns the path of the weight, empty if the model as a whole is meant.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }
}

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        Self {
            path: error.path().into(),
            kind: ErrorKind::Model(error.kind().clone()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        located(f, &self.path, &self.kind)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(kind) => kind.fmt(f),
            Self::Unsplit { regularizer } => write!(
                f,
                "`{regularizer}` cannot be computed from the shards' sums, as only L1, L2 and L1L2 can: \
                 keep this weight whole on every shard, without `sharded`, or regularize it by L1 or L2"
            ),
            Self::Undivided => f.write_str(
                "this regularizer is not an L1, L2 or L1L2, and its gradient cannot be divided among replicas: call \
                 `add_penalty_gradient` after the gradients are summed",
            ),
            Self::Mesh { replicas } => write!(
                f,
                "this weight is sharded, and `Replicas::Summed({replicas})` says only how many ranks have the whole model: write \
                 `Replicas::Mesh {{ sharded, whole }}` with as many as have the same part, 1 if no other has it, and as many as \
                 the gradient of a whole weight is summed over"
            ),
            Self::Bytes(error) => error.fmt(f),
            Self::Disagreement { one, other } => write!(
                f,
                "the shards are not of one model: one has {one}, and another {other}"
            ),
            Self::Replicas => f.write_str(
                "this weight is whole on every shard and not the same on all: write `sharded` if each has a part of it; \
                 otherwise its replicas have drifted apart, and must be copied from one of them",
            ),
            Self::Stale => f.write_str(
                "this weight is not the one that the partials are of: after a step, make and merge them again; \
                 if there was none, the replicas have drifted apart, and must be copied from one of them",
            ),
            Self::Shards(error) => error.fmt(f),
            Self::Mixed => f.write_str(
                "its records are not of one weight, or not of the same numbers on every shard that has it whole: \
                 `Partials::merge` of the shards one by one says which",
            ),
        }
    }
}

impl std::error::Error for ErrorKind {}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ErrorKind::Model(kind) => Some(kind),
            ErrorKind::Bytes(error) => Some(error),
            ErrorKind::Shards(error) => Some(error),
            _ => None,
        }
    }
}

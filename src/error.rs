//! What can be wrong with a step, a gradient or a report, and where.

use crate::{BytesError, Path, ShapeError, ShardsError, StepError};
use regularize_core::visible;
use std::fmt;
use std::num::NonZero;

/// What was wrong, and the path of the weight where it was. Nothing was changed.
///
/// ```
/// use regularize::{Regularize, ErrorKind};
///
/// #[derive(Regularize)]
/// #[regularize(kernel = regularize::l2(0.01))]
/// struct Dense {
///     kernel: Vec<f32>,
/// }
///
/// let layer = Dense { kernel: vec![1.0; 3] };
/// let error = layer.add_penalty_gradient(&mut Dense { kernel: vec![0.0; 2] }).unwrap_err();
/// assert_eq!(error.path(), "kernel");
/// assert!(matches!(error.kind(), ErrorKind::Shape(_)));
/// assert_eq!(
///     error.to_string(),
///     "kernel: the weight has the shape [3] and its gradient the shape [2]",
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    path: String,
    kind: ErrorKind,
}

/// What was wrong with a step, a gradient or a report.
///
/// ```
/// use regularize::{ErrorKind, Regularize};
///
/// #[derive(Regularize)]
/// struct Dense(#[regularize(l1(0.01))] Vec<f32>);
///
/// let error = Dense(vec![1.0]).proximal_step(-0.5).unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Step(step) if step.value() == -0.5));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A gradient has another shape than its weight.
    Shape(ShapeError),
    /// A list of gradients has another length than the list of weights.
    Length {
        /// How many weights there are.
        weights: usize,
        /// How many gradients there are.
        gradients: usize,
    },
    /// An optional weight is there and its gradient is not, or the other way round.
    Missing {
        /// Whether the gradient is what is missing; the weight is, otherwise.
        gradient: bool,
    },
    /// A layer that is an enum is of one variant, and its gradients are of another.
    Variant,
    /// A weight in a `RefCell` is borrowed somewhere else.
    Borrowed,
    /// The step of a proximal step is negative, infinite or NaN.
    Step(StepError),
    /// A weight that two layers share has another regularizer at its second place.
    Conflict {
        /// The path of the first place, whose regularizer counts.
        first: String,
        /// The regularizer that counts.
        counted: String,
        /// The regularizer that does not.
        ignored: String,
    },
    /// The framework of a tensor reports an error, in its own words.
    Framework(String),
    /// A regularizer of a sharded weight, whose penalty is not that of sums.
    Unsplit {
        /// The regularizer, in the attribute's notation.
        regularizer: String,
    },
    /// A regularizer that is no L1, L2 or L1L2, whose gradient cannot be divided among replicas.
    Undivided,
    /// A sharded weight where it is said only how many ranks have the whole model.
    Mesh {
        /// How many were said.
        replicas: NonZero<u32>,
    },
    /// Bytes that are no partials.
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
    /// shard, or with bytes that are no record.
    Mixed,
}

impl Error {
    /// The error at a path.
    ///
    /// ```
    /// use regularize::{Error, ErrorKind, Path};
    ///
    /// let error = Error::new(&Path::root().field("head"), ErrorKind::Variant);
    /// assert_eq!(error.to_string(), "head: the layer and its gradients are of different variants");
    /// ```
    #[must_use]
    pub fn new(at: &Path<'_>, kind: ErrorKind) -> Self {
        Self {
            path: at.to_string(),
            kind,
        }
    }

    /// The path of the weight, empty if the model as a whole is meant.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }
}

/// How many characters of a path are shown. Where the weight is, is most of the message.
const LONGEST: usize = 1000;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            // That of partials was written by another machine.
            write!(f, "{}: ", visible(&self.path, LONGEST))?;
        }
        self.kind.fmt(f)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(error) => error.fmt(f),
            Self::Length { weights, gradients } => {
                write!(f, "there are {weights} weights and {gradients} gradients")
            }
            Self::Missing { gradient: true } => {
                f.write_str("the weight is there and its gradient is `None`")
            }
            Self::Missing { gradient: false } => {
                f.write_str("the weight is `None` and its gradient is there")
            }
            Self::Variant => f.write_str("the layer and its gradients are of different variants"),
            Self::Borrowed => {
                f.write_str("the weight's `RefCell` is borrowed: end that borrow before this call")
            }
            Self::Step(error) => error.fmt(f),
            Self::Conflict {
                first,
                counted,
                ignored,
            } => write!(
                f,
                "this weight is shared with `{first}`, where its regularizer is `{counted}`; \
                 `{ignored}` does not count: write the same one at both places"
            ),
            Self::Framework(message) => f.write_str(message),
            Self::Unsplit { regularizer } => write!(
                f,
                "`{regularizer}` is no penalty of Σ|x| and Σx², so a sharded weight's cannot be put together of its parts: \
                 keep this weight whole on every shard, without `sharded`, or regularize it by L1 or L2"
            ),
            Self::Undivided => f.write_str(
                "this regularizer is no L1, L2 or L1L2, and its gradient cannot be divided among replicas: call \
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
            ErrorKind::Shape(error) => Some(error),
            ErrorKind::Step(error) => Some(error),
            ErrorKind::Bytes(error) => Some(error),
            ErrorKind::Shards(error) => Some(error),
            _ => None,
        }
    }
}

/// A list of weights or layers has as many gradients.
pub(crate) fn same_length<W, G>(
    weights: &[W],
    gradients: &[G],
    at: &Path<'_>,
) -> Result<(), Error> {
    let (weights, gradients) = (weights.len(), gradients.len());
    match weights == gradients {
        true => Ok(()),
        false => Err(Error::new(at, ErrorKind::Length { weights, gradients })),
    }
}

/// An optional weight or layer and its gradients, if both are there.
pub(crate) fn paired<'a, W, G>(
    weight: &'a Option<W>,
    gradient: &'a mut Option<G>,
    at: &Path<'_>,
) -> Result<Option<(&'a W, &'a mut G)>, Error> {
    match (weight, gradient) {
        (Some(weight), Some(gradient)) => Ok(Some((weight, gradient))),
        (None, None) => Ok(None),
        (weight, _) => {
            let gradient = weight.is_some();
            Err(Error::new(at, ErrorKind::Missing { gradient }))
        }
    }
}

//! Errors of a step, a gradient or a report, with the path of the weight.

use crate::path::Path;
use regularize_core::{Edition, LengthError, SHOWN, StepError, visible};
use std::fmt;

/// Names a weight and what was wrong with it. Nothing was changed, unless [`ErrorKind::Framework`] comes in the midst of a step.
///
/// ```
/// use regularize::{ErrorKind, Regularize};
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
///     "kernel: the gradient has the shape [2] and not [3]",
/// );
/// ```
#[derive(Clone, PartialEq)]
pub struct Error(Box<Found>); // in a box, so that a result is one word for the many calls that have no error

/// A result whose error has the path of a weight.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Clone, PartialEq)]
struct Found {
    path: String,
    kind: ErrorKind,
}

/// Lists the errors of a step, a gradient and a report.
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
    /// A gradient has another shape than its weight, or its output.
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
    /// A copy of a parameter whose numbers are not those of the first copy any more.
    Drifted {
        /// The path of the first copy.
        first: String,
    },
    /// The framework of a tensor reports an error, in its own words.
    Framework(String),
    /// A regularizer without a proximal operator, where a proximal step is taken.
    NoStep {
        /// The regularizer, in the attribute's notation.
        regularizer: String,
    },
    /// A regularizer without a subgradient, where the penalty's gradient is added.
    NoGradient {
        /// The regularizer, in the attribute's notation.
        regularizer: String,
    },
    /// An orthogonal regularizer of a tensor that is not a matrix.
    NoMatrix {
        /// The regularizer, in the attribute's notation.
        regularizer: String,
    },
    /// A regularizer that the edition of its layer does not have.
    Edition {
        /// The regularizer, in the attribute's notation.
        regularizer: String,
        /// The edition of the layer.
        edition: Edition,
    },
    /// Gradients of another type than those of the layer, behind `dyn Any`.
    Gradients {
        /// The type of the layer's gradients.
        expected: String,
    },
    /// A weight that is only read, where a proximal step is taken: a view, or shared without a cell or a lock.
    Unchangeable,
    /// A model under [`Rules`](crate::Rules) that is only read, where a proximal step is taken.
    ReadModel,
    /// A pattern of [`Rules`](crate::Rules) that is empty, or has nothing between two dots.
    Pattern {
        /// The pattern.
        pattern: String,
    },
    /// A pattern of [`Rules`](crate::Rules) that no weight is at.
    NoWeight {
        /// The pattern.
        pattern: String,
        /// The paths of all weights that there are.
        weights: Vec<String>,
        /// The path of a weight that it would be at, but that no attribute regularizes.
        unregularized: Option<String>,
    },
}

impl Error {
    /// The error at a path.
    ///
    /// ```
    /// use regularize::extend::Path;
    /// use regularize::{Error, ErrorKind};
    ///
    /// let error = Error::new(&Path::root().field("head"), ErrorKind::Variant);
    /// assert_eq!(error.to_string(), "head: the layer and its gradients are of different variants");
    /// ```
    #[cold]
    #[must_use]
    pub fn new(at: &Path<'_>, kind: ErrorKind) -> Self {
        Self(Box::new(Found {
            path: at.to_string(),
            kind,
        }))
    }

    /// The path of the weight, empty if the model as a whole is meant.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Returns what was wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }
}

/// The error of another type that a traversal met first, whose own errors are [`Error`]s.
pub(crate) struct Refused<E>(Option<E>);

impl<E: From<Error>> Refused<E> {
    pub(crate) const fn nothing() -> Self {
        Self(None)
    }

    /// Calls `f`, unless something was refused before.
    pub(crate) fn unless(&mut self, f: impl FnOnce() -> Result<(), E>) -> Result<()> {
        if self.0.is_none() {
            self.0 = f().err();
        }
        Ok(())
    }

    /// Returns what was refused, or else the end of the traversal.
    pub(crate) fn end(self, visited: Result<()>) -> Result<(), E> {
        self.0.map_or(Ok(()), Err)?;
        Ok(visited?)
    }
}

/// Writes an error after its path. A key of a map may be anything, and so may be what another machine wrote.
pub(crate) fn located(
    f: &mut fmt::Formatter<'_>,
    path: &str,
    kind: &dyn fmt::Display,
) -> fmt::Result {
    // Where the weight is, is most of the message.
    const LONGEST: usize = 1000;
    match path.is_empty() {
        true => kind.fmt(f),
        false => write!(f, "{}: {kind}", visible(path, LONGEST)),
    }
}

/// The same text, which a `main` that returns the error prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        located(f, self.path(), self.kind())
    }
}

/// Returns what to write on a regularizer of the user's own, which a closure is not.
fn own(regularizer: &str, method: &str) -> String {
    match regularizer {
        "closure" => String::new(),
        _ => format!(
            "; one of your own has one if it implements `{method}` and returns `true` from `has_{}`",
            method.trim_start_matches("add_")
        ),
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
            Self::Drifted { first } => write!(
                f,
                "this is a copy of the parameter `{first}`, and their numbers differ: the optimizer changes the first copy alone. Keep \
                 the parameter once and use it at both places, or end each training step with `proximal_step`, which gives \
                 every copy the numbers of the first"
            ),
            Self::Framework(message) => f.write_str(message),
            Self::NoStep { regularizer } => write!(
                f,
                "its regularizer `{regularizer}` has no proximal operator: write `value_only` on the field, as in \
                 `#[regularize(value_only, …)]`, and the step leaves this weight as it is{}",
                own(regularizer, "proximal_step")
            ),
            Self::NoGradient { regularizer } => write!(
                f,
                "its regularizer `{regularizer}` has no subgradient for a gradient of this type: write `value_only` on the \
                 field, as in `#[regularize(value_only, …)]`, and its gradient is left as it is{}",
                own(regularizer, "add_subgradient")
            ),
            Self::NoMatrix { regularizer } => write!(
                f,
                "`{regularizer}` is a regularizer of matrices, and this tensor is not one"
            ),
            Self::Edition {
                regularizer,
                edition,
            } => write!(
                f,
                "its layer follows {edition}, which has no `{regularizer}`: write one that it has, or leave `edition` out, and the \
                 regularizer keeps its own"
            ),
            Self::Gradients { expected } => write!(
                f,
                "the gradients of this layer are a `{expected}`, and these are of another type: keep one of that type in the box"
            ),
            Self::Unchangeable => f.write_str(
                "this weight is only read here: keep the weight itself, or `Rc<RefCell<…>>`, `Arc<Mutex<…>>` or \
                 `Arc<RwLock<…>>` of it, not a view or a shared pointer alone; or write `value_only` on the field, as in \
                 `#[regularize(value_only, …)]`, and the step leaves this weight as it is",
            ),
            Self::ReadModel => f.write_str(
                "the model is only read here: for a step write `rules.of_mut(&mut model)`, or `rules.module_mut(&mut model)` of a \
                 module of burn",
            ),
            Self::Pattern { pattern } => write!(
                f,
                "`{}` is not a pattern: write names of a path with a dot between them, as in `fc1.kernel` or `blocks.*.kernel`",
                visible(pattern, SHOWN)
            ),
            Self::NoWeight {
                pattern,
                unregularized: Some(path),
                ..
            } => write!(
                f,
                "no regularized weight is at `{}`: a rule replaces a regularizer, and `{}` has none in the attributes of its layer: \
                 write one there, as in `l2`",
                visible(pattern, SHOWN),
                visible(path, SHOWN)
            ),
            Self::NoWeight {
                pattern, weights, ..
            } => no_weight(f, pattern, weights),
        }
    }
}

/// Says what there is instead of what a pattern names: the first paths, and how many more.
fn no_weight(f: &mut fmt::Formatter<'_>, pattern: &str, weights: &[String]) -> fmt::Result {
    const MOST: usize = 8;
    write!(f, "no weight is at `{}`: ", visible(pattern, SHOWN))?;
    let shown = weights.iter().take(MOST);
    let shown: Vec<_> = shown
        .map(|path| format!("`{}`", visible(path, SHOWN)))
        .collect();
    match (shown.len(), weights.len() - shown.len()) {
        (0, _) => f.write_str("the model has no weights"),
        (_, 0) => write!(f, "the weights are {}", shown.join(", ")),
        (_, more) => write!(f, "the weights are {} and {more} more", shown.join(", ")),
    }
}

impl std::error::Error for ErrorKind {}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            ErrorKind::Shape(error) => Some(error),
            ErrorKind::Step(error) => Some(error),
            _ => None,
        }
    }
}

/// A gradient has another shape than its weight, or its output.
///
/// ```
/// use regularize::extend::TensorGrad;
///
/// let error = [1.0_f32, 2.0].check_shape(&[0.0_f32][..]).unwrap_err();
/// assert_eq!(error.to_string(), "the gradient has the shape [1] and not [2]");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeError {
    weight: Vec<usize>,
    gradient: Vec<usize>,
}

impl ShapeError {
    /// The error that names both shapes.
    ///
    /// ```
    /// # use regularize::extend::ShapeError;
    /// assert_eq!(ShapeError::new(&[2, 3], &[3, 2]).weight(), [2, 3]);
    /// ```
    #[must_use]
    pub fn new(weight: &[usize], gradient: &[usize]) -> Self {
        Self {
            weight: weight.into(),
            gradient: gradient.into(),
        }
    }

    /// Compares two shapes.
    ///
    /// # Errors
    ///
    /// Both, if they differ.
    ///
    /// ```
    /// # use regularize::extend::ShapeError;
    /// assert!(ShapeError::compare(&[2, 3], &[2, 3]).is_ok());
    /// ```
    pub fn compare(weight: &[usize], gradient: &[usize]) -> Result<(), Self> {
        match weight == gradient {
            true => Ok(()),
            false => Err(Self::new(weight, gradient)),
        }
    }

    /// Returns the shape of the weight, or of the output.
    #[must_use]
    pub fn weight(&self) -> &[usize] {
        &self.weight
    }

    /// The shape of the gradient.
    ///
    /// ```
    /// # use regularize::extend::ShapeError;
    /// assert_eq!(ShapeError::new(&[2, 3], &[3, 2]).gradient(), [3, 2]);
    /// ```
    #[must_use]
    pub fn gradient(&self) -> &[usize] {
        &self.gradient
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the gradient has the shape {:?} and not {:?}",
            self.gradient, self.weight
        )
    }
}

impl std::error::Error for ShapeError {}

impl From<LengthError> for ShapeError {
    fn from(error: LengthError) -> Self {
        Self::new(&[error.weights()], &[error.gradients()])
    }
}

/// Compares how many weights or layers, and how many gradients there are.
pub(crate) fn same_length(weights: usize, gradients: usize, at: &Path<'_>) -> Result<(), Error> {
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

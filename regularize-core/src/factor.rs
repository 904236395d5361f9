//! What a factor and a step may be.

use crate::edition::Accepts;
use core::fmt;

/// A factor that the edition rejects: in the newest, one that is negative, infinite or NaN.
///
/// ```
/// use regularize_core::L2;
///
/// let error = L2::new(-0.5).unwrap_err();
/// assert_eq!((error.name(), error.value()), ("l2", -0.5));
/// assert_eq!(
///     error.to_string(),
///     "the factor l2 is -0.5: a regularization factor must be finite and not negative",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FactorError {
    name: &'static str,
    value: f64,
    accepts: Accepts,
}

impl Accepts {
    const fn has(self, value: f64) -> bool {
        match self {
            Self::Everything => true,
            Self::Finite => value.is_finite(),
            Self::FiniteNotNegative => value.is_finite() && value >= 0.0,
        }
    }
}

impl FactorError {
    /// The factor, if it may be one.
    pub(crate) const fn check(
        name: &'static str,
        value: f64,
        accepts: Accepts,
    ) -> Result<f64, Self> {
        match accepts.has(value) {
            true => Ok(value),
            false => Err(Self {
                name,
                value,
                accepts,
            }),
        }
    }

    /// The name of the factor: `l1`, `l2`, or `factor` of an orthogonal regularizer.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The value that was given.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.value
    }
}

impl fmt::Display for FactorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the factor {} is {:?}: a regularization factor must be finite{}",
            self.name,
            self.value,
            match self.accepts {
                Accepts::FiniteNotNegative => " and not negative",
                _ => "",
            }
        )
    }
}

impl core::error::Error for FactorError {}

/// The factor of a constant, or the end of the compilation.
#[track_caller]
pub(crate) const fn constant(value: f64, accepts: Accepts) -> f64 {
    if !accepts.has(value) {
        assert!(
            value.is_finite(),
            "a regularization factor must be finite, not NaN or infinite"
        );
        panic!("a regularization factor must not be negative");
    }
    value
}

/// The step τ of a proximal step: finite and not negative.
///
/// ```
/// use regularize_core::Step;
///
/// assert_eq!(Step::new(0.1)?.get(), 0.1);
/// assert!(Step::new(f64::NAN).is_err());
/// # Ok::<(), regularize_core::StepError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step(f64);

impl Step {
    /// The step.
    ///
    /// # Errors
    ///
    /// The value, if it is negative, infinite or NaN.
    ///
    /// ```
    /// # use regularize_core::Step;
    /// assert_eq!(Step::new(-0.1).unwrap_err().value(), -0.1);
    /// ```
    pub const fn new(step: f64) -> Result<Self, StepError> {
        match step.is_finite() && step >= 0.0 {
            true => Ok(Self(step)),
            false => Err(StepError { value: step }),
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// So that a step that was checked before is passed where a number is.
///
/// ```
/// # use regularize_core::Step;
/// assert_eq!(Step::new(0.5).map(f64::from), Ok(0.5));
/// ```
impl From<Step> for f64 {
    fn from(step: Step) -> Self {
        step.0
    }
}

/// A step that is negative, infinite or NaN.
///
/// ```
/// use regularize_core::Step;
///
/// let error = Step::new(-0.5).unwrap_err();
/// assert_eq!(error.to_string(), "the step is -0.5: a proximal step must be finite and not negative");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepError {
    value: f64,
}

impl StepError {
    /// The value that was given.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.value
    }
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the step is {:?}: a proximal step must be finite and not negative",
            self.value
        )
    }
}

impl core::error::Error for StepError {}

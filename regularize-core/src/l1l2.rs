//! The regularizers L1, L2 and L1L2, and the terms that they are.

use crate::edition::{Edition, Rounds};
use crate::factor::{FactorError, constant};
use core::fmt;
use core::num::NonZero;

/// l1·Σ|xᵢ|. Default: 0.01.
///
/// Keras 3 keeps the factor in its default float type, so that the penalty has the factor rounded to f32:
/// 1e39 becomes infinite there and 1e-46 zero. A factor of 0 is a term all the same: 0·∞ is NaN.
///
/// Source: `keras/src/regularizers/regularizers.py`, `L1`, tag v3.15.1.
///
/// ```
/// use regularize_core::{L1, l1};
///
/// assert_eq!(l1(0.5).terms().penalty(&[1.0_f32, -2.0]), 1.5);
/// assert_eq!(L1::default(), l1(0.01));
/// assert_eq!(l1(0.01).to_string(), "l1(0.01)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1 {
    l1: f64,
    edition: Edition,
}

/// l2·Σxᵢ². Default: 0.01.
///
/// The factor is kept as a double. A factor of 0 is a term all the same: 0·∞ is NaN.
///
/// Source: `keras/src/regularizers/regularizers.py`, `L2`, tag v3.15.1.
///
/// ```
/// use regularize_core::{L2, l2};
///
/// assert_eq!(l2(0.5).terms().penalty(&[1.0_f32, -2.0]), 2.5);
/// assert_eq!(L2::default(), l2(0.01));
/// assert_eq!(l2(0.01).to_string(), "l2(0.01)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L2 {
    l2: f64,
    edition: Edition,
}

/// l1·Σ|xᵢ| + l2·Σxᵢ². Default: 0 and 0, which is no term at all.
///
/// The factors are kept as doubles. A term whose factor is 0 is left out.
///
/// Source: `keras/src/regularizers/regularizers.py`, `L1L2`, tag v3.15.1.
///
/// ```
/// use regularize_core::{L1L2, l1_l2};
///
/// assert_eq!(l1_l2(0.5, 0.25).terms().penalty(&[1.0_f32, -2.0]), 2.75);
/// assert_eq!(L1L2::default(), l1_l2(0.0, 0.0));
/// assert_eq!(l1_l2(0.001, 0.01).to_string(), "l1_l2(0.001, 0.01)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1L2 {
    l1: f64,
    l2: f64,
    edition: Edition,
}

impl L1 {
    /// The regularizer of a factor that is known at run time.
    ///
    /// # Errors
    ///
    /// The factor, if it is negative, infinite or NaN.
    ///
    /// ```
    /// # use regularize_core::L1;
    /// assert!(L1::new(0.0).is_ok());
    /// assert_eq!(L1::new(-1.0).unwrap_err().name(), "l1");
    /// ```
    pub const fn new(l1: f64) -> Result<Self, FactorError> {
        Self::in_edition(Edition::LATEST, l1)
    }

    /// What `l1(l1)` makes in an edition of Keras.
    ///
    /// # Errors
    ///
    /// The factor, if the edition rejects it.
    ///
    /// ```
    /// # use regularize_core::{Edition, L1};
    /// assert!(L1::in_edition(Edition::TF_2_10, -1.0).is_ok());
    /// assert!(L1::in_edition(Edition::TF_2_10, f64::NAN).is_err());
    /// ```
    pub const fn in_edition(edition: Edition, l1: f64) -> Result<Self, FactorError> {
        match FactorError::check("l1", l1, edition.rules().accepts) {
            Ok(l1) => Ok(Self { l1, edition }),
            Err(error) => Err(error),
        }
    }

    /// The edition of Keras whose L1 it is.
    ///
    /// ```
    /// # use regularize_core::{Edition, l1};
    /// assert_eq!(l1(0.01).edition(), Edition::LATEST);
    /// ```
    #[must_use]
    pub const fn edition(&self) -> Edition {
        self.edition
    }

    /// The factor as it was given, before it is rounded to f32.
    ///
    /// ```
    /// # use regularize_core::l1;
    /// assert_eq!(l1(0.01).l1(), 0.01);
    /// ```
    #[must_use]
    pub const fn l1(&self) -> f64 {
        self.l1
    }

    /// One term, with the factor rounded to f32; where there is no class L1, none if the factor is then 0.
    ///
    /// ```
    /// # use regularize_core::{Edition, l1};
    /// assert_eq!(l1(0.01).terms().l1(), Some(f64::from(0.01_f32)));
    /// assert_eq!(l1(0.0).terms().l1(), Some(0.0));
    /// assert_eq!(Edition::KERAS_2_2.l1(0.0).terms().l1(), None);
    /// ```
    #[inline]
    #[must_use]
    pub const fn terms(&self) -> Terms {
        Terms::new(
            self.edition,
            Some(self.kept()),
            None,
            !self.edition.rules().has_l1_and_l2,
        )
    }

    /// The factor as the edition keeps it.
    #[inline]
    const fn kept(&self) -> f64 {
        self.edition.of_l1(self.l1)
    }
}

impl L2 {
    /// The regularizer of a factor that is known at run time.
    ///
    /// # Errors
    ///
    /// The factor, if it is negative, infinite or NaN.
    ///
    /// ```
    /// # use regularize_core::L2;
    /// assert!(L2::new(0.0).is_ok());
    /// assert_eq!(L2::new(-1.0).unwrap_err().name(), "l2");
    /// ```
    pub const fn new(l2: f64) -> Result<Self, FactorError> {
        Self::in_edition(Edition::LATEST, l2)
    }

    /// What `l2(l2)` makes in an edition of Keras.
    ///
    /// # Errors
    ///
    /// The factor, if the edition rejects it.
    ///
    /// ```
    /// # use regularize_core::{Edition, L2};
    /// assert!(L2::in_edition(Edition::TF_2_10, -1.0).is_ok());
    /// assert!(L2::in_edition(Edition::TF_2_10, f64::NAN).is_err());
    /// ```
    pub const fn in_edition(edition: Edition, l2: f64) -> Result<Self, FactorError> {
        match FactorError::check("l2", l2, edition.rules().accepts) {
            Ok(l2) => Ok(Self { l2, edition }),
            Err(error) => Err(error),
        }
    }

    /// The edition of Keras whose L2 it is.
    ///
    /// ```
    /// # use regularize_core::{Edition, l2};
    /// assert_eq!(l2(0.01).edition(), Edition::LATEST);
    /// ```
    #[must_use]
    pub const fn edition(&self) -> Edition {
        self.edition
    }

    /// The factor.
    ///
    /// ```
    /// # use regularize_core::l2;
    /// assert_eq!(l2(0.01).l2(), 0.01);
    /// ```
    #[must_use]
    pub const fn l2(&self) -> f64 {
        self.l2
    }

    /// One term; where there is no class L2, none if the factor is 0.
    ///
    /// ```
    /// # use regularize_core::{Edition, l2};
    /// assert_eq!(l2(0.01).terms().l2(), Some(0.01));
    /// assert_eq!(Edition::TF_2_10.l2(0.01).terms().l2(), Some(f64::from(0.01_f32)));
    /// ```
    #[inline]
    #[must_use]
    pub const fn terms(&self) -> Terms {
        Terms::new(
            self.edition,
            None,
            Some(self.kept()),
            !self.edition.rules().has_l1_and_l2,
        )
    }

    /// The factor as the edition keeps it.
    #[inline]
    const fn kept(&self) -> f64 {
        self.edition.of_l2(self.l2)
    }
}

impl L1L2 {
    /// The regularizer of factors that are known at run time.
    ///
    /// # Errors
    ///
    /// The first factor that is negative, infinite or NaN.
    ///
    /// ```
    /// # use regularize_core::L1L2;
    /// assert!(L1L2::new(0.0, 0.5).is_ok());
    /// assert_eq!(L1L2::new(0.5, -1.0).unwrap_err().name(), "l2");
    /// ```
    pub const fn new(l1: f64, l2: f64) -> Result<Self, FactorError> {
        Self::in_edition(Edition::LATEST, l1, l2)
    }

    /// What `L1L2(l1, l2)` makes in an edition of Keras.
    ///
    /// # Errors
    ///
    /// The first factor that the edition rejects.
    ///
    /// ```
    /// # use regularize_core::{Edition, L1L2};
    /// assert!(L1L2::in_edition(Edition::TF_2_10, 0.5, -1.0).is_ok());
    /// assert!(L1L2::in_edition(Edition::KERAS_3_0, 0.5, -1.0).is_err());
    /// ```
    pub const fn in_edition(edition: Edition, l1: f64, l2: f64) -> Result<Self, FactorError> {
        let accepts = edition.rules().accepts;
        match (
            FactorError::check("l1", l1, accepts),
            FactorError::check("l2", l2, accepts),
        ) {
            (Ok(l1), Ok(l2)) => Ok(Self { l1, l2, edition }),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    /// The edition of Keras whose L1L2 it is.
    ///
    /// ```
    /// # use regularize_core::{Edition, l1_l2};
    /// assert_eq!(l1_l2(0.01, 0.01).edition(), Edition::LATEST);
    /// ```
    #[must_use]
    pub const fn edition(&self) -> Edition {
        self.edition
    }

    /// The factor of Σ|xᵢ|.
    ///
    /// ```
    /// # use regularize_core::l1_l2;
    /// assert_eq!(l1_l2(0.001, 0.01).l1(), 0.001);
    /// ```
    #[must_use]
    pub const fn l1(&self) -> f64 {
        self.l1
    }

    /// The factor of Σxᵢ².
    ///
    /// ```
    /// # use regularize_core::l1_l2;
    /// assert_eq!(l1_l2(0.001, 0.01).l2(), 0.01);
    /// ```
    #[must_use]
    pub const fn l2(&self) -> f64 {
        self.l2
    }

    /// The terms whose factors are not 0.
    ///
    /// ```
    /// # use regularize_core::l1_l2;
    /// let terms = l1_l2(0.0, 0.5).terms();
    /// assert_eq!((terms.l1(), terms.l2()), (None, Some(0.5)));
    /// ```
    #[inline]
    #[must_use]
    pub const fn terms(&self) -> Terms {
        let [l1, l2] = [self.edition.of_l2(self.l1), self.edition.of_l2(self.l2)];
        Terms::new(self.edition, Some(l1), Some(l2), true)
    }
}

/// The regularizer l1·Σ|xᵢ|, for attributes and constants.
///
/// # Panics
///
/// If the factor is negative, infinite or NaN: in a constant, at compile time. [`L1::new`] takes factors that
/// are known at run time.
///
/// ```
/// use regularize_core::{L1, l1};
///
/// const KERNEL: L1 = l1(0.01);
/// assert_eq!(KERNEL.l1(), 0.01);
/// ```
#[must_use]
#[track_caller]
pub const fn l1(l1: f64) -> L1 {
    Edition::LATEST.l1(l1)
}

/// The regularizer l2·Σxᵢ², for attributes and constants.
///
/// # Panics
///
/// If the factor is negative, infinite or NaN: in a constant, at compile time. [`L2::new`] takes factors that
/// are known at run time.
///
/// ```
/// use regularize_core::{L2, l2};
///
/// const KERNEL: L2 = l2(0.01);
/// assert_eq!(KERNEL.l2(), 0.01);
/// ```
#[must_use]
#[track_caller]
pub const fn l2(l2: f64) -> L2 {
    Edition::LATEST.l2(l2)
}

/// The regularizer l1·Σ|xᵢ| + l2·Σxᵢ², for attributes and constants.
///
/// # Panics
///
/// If a factor is negative, infinite or NaN: in a constant, at compile time. [`L1L2::new`] takes factors that
/// are known at run time.
///
/// ```
/// use regularize_core::{L1L2, l1_l2};
///
/// const KERNEL: L1L2 = l1_l2(0.001, 0.01);
/// assert_eq!((KERNEL.l1(), KERNEL.l2()), (0.001, 0.01));
/// ```
#[must_use]
#[track_caller]
pub const fn l1_l2(l1: f64, l2: f64) -> L1L2 {
    Edition::LATEST.l1_l2(l1, l2)
}

/// The factories of an edition, for attributes and constants.
impl Edition {
    /// What `l1(l1)` makes: [`L1::in_edition`] takes factors that are known at run time.
    ///
    /// # Panics
    ///
    /// If the edition rejects the factor: in a constant, at compile time.
    ///
    /// ```
    /// use regularize_core::{Edition, L1};
    ///
    /// const KERNEL: L1 = Edition::TF_2_10.l1(-0.01);
    /// assert_eq!(KERNEL.l1(), -0.01);
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn l1(self, l1: f64) -> L1 {
        L1 {
            l1: constant(l1, self.rules().accepts),
            edition: self,
        }
    }

    /// What `l2(l2)` makes: [`L2::in_edition`] takes factors that are known at run time.
    ///
    /// # Panics
    ///
    /// If the edition rejects the factor: in a constant, at compile time.
    ///
    /// ```
    /// use regularize_core::{Edition, L2};
    ///
    /// const KERNEL: L2 = Edition::TF_2_10.l2(0.01);
    /// assert_eq!(KERNEL.terms().l2(), Some(f64::from(0.01_f32)));
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn l2(self, l2: f64) -> L2 {
        L2 {
            l2: constant(l2, self.rules().accepts),
            edition: self,
        }
    }

    /// What `l1_l2(l1, l2)` makes: [`L1L2::in_edition`] takes factors that are known at run time.
    ///
    /// # Panics
    ///
    /// If the edition rejects a factor: in a constant, at compile time.
    ///
    /// ```
    /// use regularize_core::{Edition, L1L2};
    ///
    /// const KERNEL: L1L2 = Edition::KERAS_2_2.l1_l2(0.001, 0.01);
    /// assert_eq!((KERNEL.l1(), KERNEL.l2()), (0.001, 0.01));
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn l1_l2(self, l1: f64, l2: f64) -> L1L2 {
        let accepts = self.rules().accepts;
        L1L2 {
            l1: constant(l1, accepts),
            l2: constant(l2, accepts),
            edition: self,
        }
    }

    /// The factor as L1 keeps it.
    #[inline]
    pub(crate) const fn of_l1(self, factor: f64) -> f64 {
        self.floatx().round(factor)
    }

    /// The factor as L2 and L1L2 keep it.
    #[inline]
    pub(crate) const fn of_l2(self, factor: f64) -> f64 {
        match self.rules().rounds {
            Rounds::All => self.floatx().round(factor),
            Rounds::L1 => factor,
        }
    }
}

/// Without an l2, and with the factor as L1 keeps it, so that both have one penalty. A factor of 0 is left out, as in every L1L2.
impl From<L1> for L1L2 {
    fn from(regularizer: L1) -> Self {
        Self {
            l1: regularizer.kept(),
            l2: 0.0,
            edition: regularizer.edition,
        }
    }
}

/// Without an l1, and with the factor as L2 keeps it, so that both have one penalty. A factor of 0 is left out, as in every L1L2.
impl From<L2> for L1L2 {
    fn from(regularizer: L2) -> Self {
        Self {
            l1: 0.0,
            l2: regularizer.kept(),
            edition: regularizer.edition,
        }
    }
}

impl Default for L1 {
    fn default() -> Self {
        const { l1(0.01) }
    }
}

impl Default for L2 {
    fn default() -> Self {
        const { l2(0.01) }
    }
}

impl Default for L1L2 {
    fn default() -> Self {
        const { l1_l2(0.0, 0.0) }
    }
}

impl fmt::Display for L1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "l1({:?})", self.l1)
    }
}

impl fmt::Display for L2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "l2({:?})", self.l2)
    }
}

impl fmt::Display for L1L2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "l1_l2({:?}, {:?})", self.l1, self.l2)
    }
}

/// The terms of a penalty Ω(x) = l1·Σ|xᵢ| + l2·Σxᵢ², each absent or present.
///
/// A present term may have the factor 0: 0·Σ|xᵢ| is NaN where a weight is NaN, and an absent term is not.
/// All mathematics are methods of this type. Each of them first rounds the factors to the type of the weights.
///
/// ```
/// use regularize_core::{l1, l1_l2};
///
/// let nan = [f32::NAN];
/// assert!(l1(0.0).terms().penalty(&nan).is_nan());
/// assert_eq!(l1_l2(0.0, 0.0).terms().penalty(&nan), 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    l1: Option<f64>,
    l2: Option<f64>,
    edition: Edition,
    /// Whether they are added to 0, as an L1L2 adds them: they are then never −0.
    summed: bool,
}

impl Terms {
    /// The terms of one class; of an L1L2 (`summed`) those that are not 0.
    #[inline]
    const fn new(edition: Edition, l1: Option<f64>, l2: Option<f64>, summed: bool) -> Self {
        const fn present(factor: Option<f64>, summed: bool) -> Option<f64> {
            match factor {
                Some(0.0) if summed => None,
                factor => factor,
            }
        }
        Self {
            l1: present(l1, summed),
            l2: present(l2, summed),
            edition,
            summed,
        }
    }

    /// The edition of Keras whose terms they are.
    ///
    /// ```
    /// # use regularize_core::{Edition, l1};
    /// assert_eq!(l1(0.5).terms().edition(), Edition::LATEST);
    /// ```
    #[must_use]
    pub const fn edition(&self) -> Edition {
        self.edition
    }

    /// Whether they are those of an L1L2, which adds them to 0: they are then never −0.
    ///
    /// ```
    /// # use regularize_core::{l1, l1_l2};
    /// assert!(l1_l2(0.01, 0.0).terms().is_summed());
    /// assert!(!l1(0.01).terms().is_summed());
    /// ```
    #[must_use]
    pub const fn is_summed(&self) -> bool {
        self.summed
    }

    /// The factor of Σ|xᵢ|, if the term is present.
    ///
    /// ```
    /// # use regularize_core::l2;
    /// assert_eq!(l2(0.01).terms().l1(), None);
    /// ```
    #[must_use]
    pub const fn l1(&self) -> Option<f64> {
        self.l1
    }

    /// The factor of Σxᵢ², if the term is present.
    ///
    /// ```
    /// # use regularize_core::l2;
    /// assert_eq!(l2(0.01).terms().l2(), Some(0.01));
    /// ```
    #[must_use]
    pub const fn l2(&self) -> Option<f64> {
        self.l2
    }

    /// The share of one of several replicas whose gradients are summed: both factors divided, each rounded to a double.
    ///
    /// As many shares make the whole: exactly, where `replicas` is a power of two and no factor becomes subnormal, and
    /// otherwise within the rounding of the quotients, of their cast to the type of the weights, and of each subgradient.
    ///
    /// ```
    /// # use regularize_core::l1_l2;
    /// use core::num::NonZero;
    ///
    /// let four = NonZero::new(4).unwrap();
    /// let (whole, share) = (l1_l2(0.5, 0.25).terms(), l1_l2(0.5, 0.25).terms().share_of(four));
    /// assert_eq!(4.0 * share.subgradient(3.0_f32), whole.subgradient(3.0_f32));
    /// ```
    #[must_use]
    pub const fn share_of(&self, replicas: NonZero<u32>) -> Self {
        const fn divided(factor: Option<f64>, by: f64) -> Option<f64> {
            match factor {
                Some(factor) => Some(factor / by),
                None => None,
            }
        }
        let by = replicas.get() as f64;
        Self {
            l1: divided(self.l1, by),
            l2: divided(self.l2, by),
            ..*self
        }
    }
}

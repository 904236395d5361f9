//! Regularizers: L1, L2, L1L2, references and options of them, closures, and a user's own.

use crate::error::{ErrorKind, ShapeError};
use crate::tensor::{Matrix, Penalty, Tensor};
use regularize_core::edition::Activity;
use regularize_core::{AnyRegularizer, Edition, L1, L1L2, L2, Orthogonal, Step, Terms};

/// A regularizer of tensors of type `T`: its penalty, and its proximal operator and subgradient if it has them.
///
/// [`L1`], [`L2`], [`L1L2`] and [`AnyRegularizer`] are regularizers of every [`Tensor`], and [`Orthogonal`] of
/// every [`Matrix`](crate::extend::Matrix). `&`, `Box` and `Option` of a regularizer are one, and
/// [`from_fn`](crate::extend::from_fn) makes one of a closure. Import the trait and call it with a tensor, as Keras' `l2(0.01)(w)` is called:
///
/// ```
/// use ndarray::array;
/// use regularize::{Regularizer, Step, l1, l2};
///
/// let mut kernel = array![[1.0, -2.0], [0.0, 3.0]];
/// assert_eq!(l2(0.5).penalty(&kernel), 7.0);
/// assert_eq!(l2(0.5).penalty(&vec![1.0, -2.0]), 2.5); // so of a Vec, an array, a matrix, a tensor of burn or candle
///
/// let mut gradient = array![[0.0, 0.0], [0.0, 0.0]];
/// l2(0.5).add_subgradient(&kernel, &mut gradient)?;
/// assert_eq!(gradient, kernel);
///
/// l1(1.0).proximal_step(&mut kernel, Step::new(1.5)?)?;
/// assert_eq!(kernel, array![[0.0, -0.5], [0.0, 1.5]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # A regularizer of your own
///
/// Implement the trait for the type that the field has: `Array2<f32>`, `DMatrix<f64>`, burn's `Tensor<2>`, candle's `Tensor`. For
/// a `Vec<f32>` or an array it is `[f32]`. [`penalty`](Self::penalty) is all that is needed. If there is a proximal operator as well, write
/// [`proximal_step`](Self::proximal_step) and let [`has_proximal_step`](Self::has_proximal_step) return `true`; a subgradient is
/// written in the same way. A field whose regularizer has none is left out of the step or the gradient by `value_only`, and is an error there
/// otherwise.
///
/// Group lasso over the rows, λ·Σᵢ ‖wᵢ‖₂, which makes whole rows zero, and a constraint, whose penalty is 0 where it holds and whose proximal
/// step is the projection:
///
/// ```
/// use ndarray::{Array2, array};
/// use regularize::{ErrorKind, Regularize, Regularizer, Step};
///
/// /// λ·Σᵢ ‖wᵢ‖₂ over the rows wᵢ.
/// struct GroupLasso(f32);
///
/// impl Regularizer<Array2<f32>> for GroupLasso {
///     fn penalty(&self, weight: &Array2<f32>) -> f32 {
///         self.0 * weight.rows().into_iter().map(|row| row.dot(&row).sqrt()).sum::<f32>()
///     }
///
///     fn has_proximal_step(&self) -> bool {
///         true
///     }
///
///     // wᵢ·max(1 − τλ/‖wᵢ‖₂, 0)
///     fn proximal_step(&self, weight: &mut Array2<f32>, step: Step) -> Result<(), ErrorKind> {
///         for mut row in weight.rows_mut() {
///             let length = row.dot(&row).sqrt();
///             row *= (1.0 - step.get() as f32 * self.0 / length).max(0.0);
///         }
///         Ok(())
///     }
///
///     fn has_subgradient(&self) -> bool {
///         true
///     }
///
///     // λ·wᵢ/‖wᵢ‖₂, and 0 of a row of zeros
///     fn add_subgradient(&self, weight: &Array2<f32>, gradient: &mut Array2<f32>) -> Result<(), ErrorKind> {
///         for (row, mut gradient) in weight.rows().into_iter().zip(gradient.rows_mut()) {
///             let length = row.dot(&row).sqrt();
///             if length > 0.0 {
///                 gradient.scaled_add(self.0 / length, &row);
///             }
///         }
///         Ok(())
///     }
/// }
///
/// /// ‖wᵢ‖₂ ≤ c of every row wᵢ: infinite outside, 0 inside.
/// struct MaxNorm(f32);
///
/// impl Regularizer<Array2<f32>> for MaxNorm {
///     fn penalty(&self, weight: &Array2<f32>) -> f32 {
///         let holds = weight.rows().into_iter().all(|row| row.dot(&row).sqrt() <= self.0);
///         if holds { 0.0 } else { f32::INFINITY }
///     }
///
///     fn has_proximal_step(&self) -> bool {
///         true
///     }
///
///     // The projection, whatever the step
///     fn proximal_step(&self, weight: &mut Array2<f32>, _: Step) -> Result<(), ErrorKind> {
///         for mut row in weight.rows_mut() {
///             let length = row.dot(&row).sqrt();
///             if length > self.0 {
///                 row *= self.0 / length;
///             }
///         }
///         Ok(())
///     }
///
///     // 0 is a subgradient inside
///     fn has_subgradient(&self) -> bool {
///         true
///     }
///
///     fn add_subgradient(&self, _: &Array2<f32>, _: &mut Array2<f32>) -> Result<(), ErrorKind> {
///         Ok(())
///     }
/// }
///
/// #[derive(Regularize)]
/// #[regularize(hidden = GroupLasso(2.5), output = MaxNorm(2.5))]
/// struct Net {
///     hidden: Array2<f32>,
///     output: Array2<f32>,
/// }
///
/// let net = || Net { hidden: array![[3.0, 4.0], [0.0, 0.5]], output: array![[1.5, 2.0]] };
/// let (mut model, mut gradients) = (net(), net());
/// assert_eq!(model.penalty(), 2.5 * 5.5);
/// model.add_penalty_gradient(&mut gradients)?;
/// assert_eq!(gradients.hidden, array![[4.5, 6.0], [0.0, 3.0]]);
/// model.proximal_step(1.0)?;
/// assert_eq!(model.hidden, array![[1.5, 2.0], [0.0, 0.0]]); // the second row is gone
/// # Ok::<(), regularize::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a regularizer of the tensor `{T}`",
    label = "not a regularizer of this weight",
    note = "a constant factor is written `l2(RATE)`; for one that is known at run time keep an `L2` in a field, made by \
            `L2::new(rate)?`, and write `kernel = self.field`",
    note = "a function of the tensor is written as a closure: `|w| max_norm(w)`",
    note = "a regularizer of your own is an `impl regularize::Regularizer<{T}>`, of the tensor and not of the field"
)]
pub trait Regularizer<T: Tensor + ?Sized> {
    /// Returns the penalty of one tensor.
    #[must_use]
    fn penalty(&self, weight: &T) -> T::Penalty;

    /// Returns the penalty of a layer's output, divided by the length of its first axis: +0 for an empty batch.
    ///
    /// L1, L2 and L1L2 round it once, and any other regularizer twice unless it knows better.
    #[must_use]
    fn penalty_per_sample(&self, output: &T, batch: usize) -> T::Penalty {
        match self.terms() {
            Some(terms) => output.penalty_per_sample(&terms, batch),
            None => per_sample(Edition::LATEST, batch, || self.penalty(output)),
        }
    }

    /// Returns its name in a report: as it is written in an attribute, or the name of its type.
    #[must_use]
    fn notation(&self) -> String {
        short(std::any::type_name::<Self>())
    }

    /// Returns whether there is one: `None` is not, and a weight under it has no loss.
    #[must_use]
    fn is_present(&self) -> bool {
        true
    }

    /// Returns the factors of an L1, L2 or L1L2, whose penalty is that of the factors; `None` for any other.
    #[must_use]
    fn terms(&self) -> Option<Terms> {
        None
    }

    /// Returns whether it has a [`proximal_step`](Self::proximal_step).
    fn has_proximal_step(&self) -> bool {
        self.terms().is_some()
    }

    /// Replaces v by argmin_w ½‖w − v‖² + τ·Ω(w) for the step τ.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoStep`] without a proximal operator, and [`ErrorKind::Framework`] where a framework could not change
    /// the weight.
    fn proximal_step(&self, weight: &mut T, step: Step) -> Result<(), ErrorKind> {
        match self.terms() {
            Some(terms) => weight.proximal_step(&terms, step),
            None => Err(ErrorKind::NoStep {
                regularizer: self.notation(),
            }),
        }
    }

    /// Returns whether it has an [`add_subgradient`](Self::add_subgradient).
    #[must_use]
    fn has_subgradient(&self) -> bool {
        self.terms().is_some()
    }

    /// Adds an element of ∂Ω(weight) to the gradient, whose type is that of the weight.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoGradient`] without one, and [`ErrorKind::Shape`] if the two shapes differ; the gradient is then
    /// unchanged. A traversal compares the shapes of all weights before it changes one.
    fn add_subgradient(&self, weight: &T, gradient: &mut T) -> Result<(), ErrorKind> {
        match self.terms() {
            Some(terms) => weight.add_gradient(&terms, gradient),
            None => Err(ErrorKind::NoGradient {
                regularizer: self.notation(),
            }),
        }
    }

    /// Returns it as one of Keras' classes; `None` if it is not one.
    ///
    /// A layer with an `edition` makes its regularizers those of that edition.
    #[must_use]
    fn keras(&self) -> Option<AnyRegularizer> {
        None
    }

    /// Says whether it can be a regularizer of this tensor. [`report`](crate::Regularize::report()), a step and a gradient ask.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoMatrix`] for an orthogonal regularizer, if it is not a matrix; [`ErrorKind::Edition`] for one that the
    /// edition of its layer does not have.
    fn check(&self, weight: &T) -> Result<(), ErrorKind> {
        let _ = weight;
        Ok(())
    }
}

macro_rules! factors {
    ($($type:ty),+) => {$(
        impl<T: Tensor + ?Sized> Regularizer<T> for $type {
            #[inline]
            fn penalty(&self, weight: &T) -> T::Penalty {
                weight.penalty(&self.terms())
            }

            fn notation(&self) -> String {
                self.to_string()
            }

            #[inline]
            fn terms(&self) -> Option<Terms> {
                Some(self.terms())
            }

            fn has_proximal_step(&self) -> bool {
                true
            }

            fn keras(&self) -> Option<AnyRegularizer> {
                Some((*self).into())
            }
        }
    )+};
}
factors!(L1, L2, L1L2);

macro_rules! pointer {
    ($($type:ty),+) => {$(
        impl<T: Tensor + ?Sized, R: Regularizer<T> + ?Sized> Regularizer<T> for $type {
            fn penalty(&self, weight: &T) -> T::Penalty {
                (**self).penalty(weight)
            }

            fn penalty_per_sample(&self, output: &T, batch: usize) -> T::Penalty {
                (**self).penalty_per_sample(output, batch)
            }

            fn notation(&self) -> String {
                (**self).notation()
            }

            fn is_present(&self) -> bool {
                (**self).is_present()
            }

            fn terms(&self) -> Option<Terms> {
                (**self).terms()
            }

            fn has_proximal_step(&self) -> bool {
                (**self).has_proximal_step()
            }

            fn proximal_step(&self, weight: &mut T, step: Step) -> Result<(), ErrorKind> {
                (**self).proximal_step(weight, step)
            }

            fn has_subgradient(&self) -> bool {
                (**self).has_subgradient()
            }

            fn add_subgradient(&self, weight: &T, gradient: &mut T) -> Result<(), ErrorKind> {
                (**self).add_subgradient(weight, gradient)
            }

            fn keras(&self) -> Option<AnyRegularizer> {
                (**self).keras()
            }

            fn check(&self, weight: &T) -> Result<(), ErrorKind> {
                (**self).check(weight)
            }
        }
    )+};
}
pointer!(&R, &mut R, Box<R>);

/// `None` regularizes nothing.
impl<T: Tensor + ?Sized, R: Regularizer<T>> Regularizer<T> for Option<R> {
    fn penalty(&self, weight: &T) -> T::Penalty {
        match self {
            Some(regularizer) => regularizer.penalty(weight),
            None => weight.penalty(&nothing()),
        }
    }

    fn penalty_per_sample(&self, output: &T, batch: usize) -> T::Penalty {
        match self {
            Some(regularizer) => regularizer.penalty_per_sample(output, batch),
            None => output.penalty_per_sample(&nothing(), batch),
        }
    }

    fn notation(&self) -> String {
        self.as_ref()
            .map_or_else(|| "none".into(), Regularizer::notation)
    }

    fn is_present(&self) -> bool {
        self.as_ref().is_some_and(Regularizer::is_present)
    }

    fn terms(&self) -> Option<Terms> {
        self.as_ref().and_then(Regularizer::terms)
    }

    fn has_proximal_step(&self) -> bool {
        self.as_ref().is_none_or(Regularizer::has_proximal_step)
    }

    fn proximal_step(&self, weight: &mut T, step: Step) -> Result<(), ErrorKind> {
        self.as_ref().map_or(Ok(()), |regularizer| {
            regularizer.proximal_step(weight, step)
        })
    }

    fn has_subgradient(&self) -> bool {
        self.as_ref().is_none_or(Regularizer::has_subgradient)
    }

    fn add_subgradient(&self, weight: &T, gradient: &mut T) -> Result<(), ErrorKind> {
        self.as_ref().map_or(Ok(()), |regularizer| {
            regularizer.add_subgradient(weight, gradient)
        })
    }

    fn keras(&self) -> Option<AnyRegularizer> {
        self.as_ref().and_then(Regularizer::keras)
    }

    fn check(&self, weight: &T) -> Result<(), ErrorKind> {
        self.as_ref()
            .map_or(Ok(()), |regularizer| regularizer.check(weight))
    }
}

impl<T: Matrix + ?Sized> Regularizer<T> for Orthogonal {
    fn penalty(&self, weight: &T) -> T::Penalty {
        orthogonal(self, weight)
    }

    fn penalty_per_sample(&self, output: &T, batch: usize) -> T::Penalty {
        per_sample(self.edition(), batch, || orthogonal(self, output))
    }

    fn notation(&self) -> String {
        self.to_string()
    }

    fn keras(&self) -> Option<AnyRegularizer> {
        Some((*self).into())
    }

    fn check(&self, weight: &T) -> Result<(), ErrorKind> {
        check_matrix(self, weight)
    }
}

/// As its class: an L1, L2 or L1L2 has a step and a gradient, and an orthogonal regularizer is one of matrices.
///
/// Of any other tensor the orthogonal regularizer is NaN, and [`check`](Self::check) says why.
impl<T: Tensor + ?Sized> Regularizer<T> for AnyRegularizer {
    fn penalty(&self, weight: &T) -> T::Penalty {
        match self {
            Self::Orthogonal(regularizer) => orthogonal(regularizer, weight),
            Self::L1(_) | Self::L2(_) | Self::L1L2(_) => {
                weight.penalty(&self.terms().unwrap_or_else(nothing))
            }
        }
    }

    fn penalty_per_sample(&self, output: &T, batch: usize) -> T::Penalty {
        match self.terms() {
            Some(terms) => output.penalty_per_sample(&terms, batch),
            None => per_sample(self.edition(), batch, || self.penalty(output)),
        }
    }

    fn notation(&self) -> String {
        self.to_string()
    }

    fn terms(&self) -> Option<Terms> {
        self.terms()
    }

    fn keras(&self) -> Option<AnyRegularizer> {
        Some(*self)
    }

    fn check(&self, weight: &T) -> Result<(), ErrorKind> {
        match self {
            Self::Orthogonal(regularizer) => check_matrix(regularizer, weight),
            Self::L1(_) | Self::L2(_) | Self::L1L2(_) => Ok(()),
        }
    }
}

/// Returns the penalty of a matrix; NaN of any other tensor.
fn orthogonal<T: Tensor + ?Sized>(regularizer: &Orthogonal, weight: &T) -> T::Penalty {
    weight.orthogonal(regularizer).unwrap_or_else(undefined)
}

/// Returns NaN, where there is no penalty.
fn undefined<P: Penalty>() -> P {
    P::zero().divided_by(0)
}

fn check_matrix<T: Tensor + ?Sized>(regularizer: &Orthogonal, weight: &T) -> Result<(), ErrorKind> {
    match weight.is_matrix() {
        true => Ok(()),
        false => Err(ErrorKind::NoMatrix {
            regularizer: regularizer.to_string(),
        }),
    }
}

/// A regularizer of a layer that follows an edition.
#[doc(hidden)]
pub struct Following<'r, R: ?Sized> {
    own: &'r R,
    edition: Edition,
    /// What Keras has for it, and what that edition has.
    found: Option<(AnyRegularizer, Option<AnyRegularizer>)>,
}

/// Makes a regularizer one of an edition, if Keras has it at all.
#[doc(hidden)]
pub fn in_edition<T, R>(own: &R, edition: Edition) -> Following<'_, R>
where
    T: Tensor + ?Sized,
    R: Regularizer<T> + ?Sized,
{
    let keras = own.keras();
    Following {
        own,
        edition,
        found: keras.map(|keras| (keras, keras.to_edition(edition))),
    }
}

impl<R: ?Sized> Following<'_, R> {
    /// Returns what computes: the edition's, or the user's own; an error if the edition has none.
    fn followed<T: Tensor + ?Sized>(&self) -> Result<&dyn Regularizer<T>, ErrorKind>
    where
        R: Regularizer<T>,
    {
        match &self.found {
            None => Ok(&self.own),
            Some((_, Some(followed))) => Ok(followed),
            Some((keras, None)) => Err(ErrorKind::Edition {
                regularizer: keras.to_string(),
                edition: self.edition,
            }),
        }
    }
}

/// NaN, and an error of [`check`](Self::check), if the edition has none.
impl<T: Tensor + ?Sized, R: Regularizer<T> + ?Sized> Regularizer<T> for Following<'_, R> {
    fn penalty(&self, weight: &T) -> T::Penalty {
        self.followed()
            .map_or_else(|_| undefined(), |own| own.penalty(weight))
    }

    fn notation(&self) -> String {
        self.own.notation()
    }

    fn is_present(&self) -> bool {
        self.own.is_present()
    }

    fn terms(&self) -> Option<Terms> {
        self.followed::<T>().ok()?.terms()
    }

    fn has_proximal_step(&self) -> bool {
        self.followed::<T>()
            .is_ok_and(Regularizer::has_proximal_step)
    }

    fn proximal_step(&self, weight: &mut T, step: Step) -> Result<(), ErrorKind> {
        self.followed()?.proximal_step(weight, step)
    }

    fn has_subgradient(&self) -> bool {
        self.followed::<T>().is_ok_and(Regularizer::has_subgradient)
    }

    fn add_subgradient(&self, weight: &T, gradient: &mut T) -> Result<(), ErrorKind> {
        self.followed()?.add_subgradient(weight, gradient)
    }

    fn check(&self, weight: &T) -> Result<(), ErrorKind> {
        self.followed()?.check(weight)
    }
}

/// The regularizer of a layer's output: an L1, L2 or L1L2, or a reference, `Box` or `Option` of one.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an L1, L2 or L1L2",
    note = "an activity regularizer of a layer is a factory, as in `activity = l1(1e-4)`, or a field: an `L1`, `L2` or `L1L2`, or a \
            `Box` or an `Option` of one; of an `AnyRegularizer` write `L1L2::try_from(any)?`"
)]
pub trait ActivityRegularizer {
    /// Returns it as Keras has it; `None` if it is an option that has none.
    fn keras(&self) -> Option<AnyRegularizer>;
}

macro_rules! activity {
    ($($type:ty),+) => {$(
        impl ActivityRegularizer for $type {
            fn keras(&self) -> Option<AnyRegularizer> {
                Some((*self).into())
            }
        }
    )+};
}
activity!(L1, L2, L1L2);

macro_rules! activity_behind {
    ($($type:ty),+) => {$(
        impl<R: ActivityRegularizer + ?Sized> ActivityRegularizer for $type {
            fn keras(&self) -> Option<AnyRegularizer> {
                (**self).keras()
            }
        }
    )+};
}
activity_behind!(&R, Box<R>);

impl<R: ActivityRegularizer> ActivityRegularizer for Option<R> {
    fn keras(&self) -> Option<AnyRegularizer> {
        self.as_ref().and_then(ActivityRegularizer::keras)
    }
}

/// Returns the activity regularizer of a layer, in the edition that it follows, if it says one.
#[doc(hidden)]
pub fn activity<R: ActivityRegularizer + ?Sized>(
    regularizer: &R,
    edition: Option<Edition>,
) -> Option<AnyRegularizer> {
    // What an edition rejects has no number.
    const REJECTED: L2 = Edition::KERAS_2_2.l2(f64::NAN);
    let keras = regularizer.keras()?;
    Some(match edition {
        Some(edition) => keras.to_edition(edition).unwrap_or(REJECTED.into()),
        None => keras,
    })
}

/// Returns the factors of no penalty.
pub(crate) fn nothing() -> Terms {
    L1L2::default().terms()
}

/// A regularizer made of a function by [`from_fn`]: it has a value, and neither a step nor a gradient.
#[derive(Clone, Copy, Debug)]
pub struct FromFn<F>(F);

/// Makes a regularizer of a function from a tensor to its penalty.
///
/// It has a value only: the field is left out of `proximal_step` and `add_penalty_gradient` by `value_only`, and is an error
/// there otherwise. The macro wraps a closure in an attribute.
///
/// ```
/// use regularize::extend::{Regularizer, from_fn};
///
/// let largest = from_fn(|weight: &[f32]| weight.iter().fold(0.0, |most: f32, x| most.max(x.abs())));
/// assert_eq!(largest.penalty(&[1.0, -4.0][..]), 4.0);
/// ```
pub const fn from_fn<T, F>(function: F) -> FromFn<F>
where
    T: Tensor + ?Sized,
    F: Fn(&T) -> T::Penalty,
{
    FromFn(function)
}

impl<T: Tensor + ?Sized, F: Fn(&T) -> T::Penalty> Regularizer<T> for FromFn<F> {
    fn penalty(&self, weight: &T) -> T::Penalty {
        (self.0)(weight)
    }

    fn notation(&self) -> String {
        "closure".into()
    }
}

/// Returns a penalty of an output of `batch` samples, divided as the edition divides it.
pub(crate) fn per_sample<P: Penalty>(
    edition: Edition,
    batch: usize,
    penalty: impl FnOnce() -> P,
) -> P {
    match (edition.rules().activity, batch) {
        (Activity::Mean, 0) => P::zero(),
        (Activity::Sum, _) => penalty(),
        (Activity::Mean | Activity::MeanOrNan, _) => penalty().divided_by(batch),
    }
}

/// Returns the last name of a type's path, without its parameters.
fn short(name: &str) -> String {
    let path = name.split('<').next().unwrap_or(name);
    path.rsplit("::").next().unwrap_or(path).into()
}

impl From<ShapeError> for ErrorKind {
    fn from(error: ShapeError) -> Self {
        Self::Shape(error)
    }
}

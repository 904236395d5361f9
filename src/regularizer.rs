//! What can be written after `kernel =`: L1, L2, L1L2, references and options of them, closures, and a user's own.

use crate::error::ErrorKind;
use crate::penalty::Penalty;
use crate::tensor::{ShapeError, Tensor, TensorGrad, TensorMut};
use crate::{Edition, L1, L1L2, L2, Step, Sums, Terms};
use regularize_core::edition::Activity;

/// The penalty of one tensor of type `T`.
///
/// [`L1`], [`L2`] and [`L1L2`] are regularizers of every [`Tensor`], [`Orthogonal`](crate::Orthogonal) of
/// matrices; `&`, `Box` and `Option` of a regularizer are one, and [`from_fn`] makes one of a closure.
///
/// ```
/// use regularize::{Regularize, Regularizer};
///
/// /// The largest magnitude, once.
/// struct Largest(f32);
///
/// impl Regularizer<[f32]> for Largest {
///     type Penalty = f32;
///
///     fn penalty(&self, weight: &[f32]) -> f32 {
///         self.0 * weight.iter().fold(0.0, |most: f32, x| most.max(x.abs()))
///     }
/// }
///
/// #[derive(Regularize)]
/// #[regularize(value_only, kernel = Largest(0.5))]
/// struct Dense {
///     kernel: Vec<f32>,
/// }
/// assert_eq!(Dense { kernel: vec![1.0, -4.0] }.penalty(), 2.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a regularizer of the tensor `{T}`",
    label = "not a regularizer of this weight",
    note = "regularizers are `l1(0.01)`, `l2(0.01)`, `l1_l2(0.01, 0.01)`, a closure from the tensor to its penalty, \
            and what implements `Regularizer<{T}>`"
)]
pub trait Regularizer<T: ?Sized> {
    /// The type of the penalty, that of the tensor's numbers.
    type Penalty: Penalty;

    /// The penalty of one tensor.
    fn penalty(&self, weight: &T) -> Self::Penalty;

    /// The penalty of a layer's output, divided by the length of its first axis: +0 for an empty batch.
    ///
    /// Rounded twice unless a regularizer knows better, as L1, L2 and L1L2 do.
    fn penalty_per_sample(&self, output: &T, batch: usize) -> Self::Penalty {
        per_sample(Edition::LATEST, batch, || self.penalty(output))
    }

    /// How a report names it: as it is written in an attribute, or the name of its type.
    fn notation(&self) -> String {
        short(std::any::type_name::<Self>())
    }

    /// Whether it is one: `None` is not, and a weight under it has no loss.
    fn is_present(&self) -> bool {
        true
    }

    /// The penalty of a whole weight by its sums, of which this machine has a part; `None` if the penalty is not that of
    /// sums, and so cannot be put together of what parts know. L1, L2 and L1L2 have one.
    fn penalty_of(&self, part: &T, whole: &Sums) -> Option<Self::Penalty> {
        let _ = (part, whole);
        None
    }

    /// Whether it has a [`penalty_of`](Self::penalty_of) sums, so that its weight can be sharded: asked before anything is summed.
    fn splits(&self) -> bool {
        false
    }
}

/// A regularizer with a proximal operator: what `proximal_step` needs.
///
/// ```
/// use regularize::{ErrorKind, Proximal, Step};
///
/// /// Keeps every weight within ±1: the indicator function of a box.
/// struct Box1;
///
/// impl Proximal<[f32]> for Box1 {
///     fn proximal_step(&self, weight: &mut [f32], _: Step) -> Result<(), ErrorKind> {
///         weight.iter_mut().for_each(|x| *x = x.clamp(-1.0, 1.0));
///         Ok(())
///     }
/// }
///
/// let mut kernel = [3.0, 0.5];
/// Box1.proximal_step(&mut kernel, Step::new(0.1)?)?;
/// assert_eq!(kernel, [1.0, 0.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no proximal operator for the tensor `{T}`",
    label = "has no proximal operator",
    note = "implement `regularize::Proximal<{T}>` for it, or write `#[regularize(value_only)]` on the struct to have \
            its penalty alone"
)]
pub trait Proximal<T: ?Sized> {
    /// Replaces v by argmin_w ½‖w − v‖² + τ·Ω(w) for the step τ.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Framework`] where a framework could not change the weight.
    fn proximal_step(&self, weight: &mut T, step: Step) -> Result<(), ErrorKind>;

    /// Whether it changes anything: `None` does not.
    fn has_step(&self) -> bool {
        true
    }
}

/// A regularizer with a subgradient: what `add_penalty_gradient` needs.
///
/// ```
/// use regularize::{ShapeError, Subgradient};
///
/// /// Pulls every weight up: Ω(x) = −factor·Σxᵢ.
/// struct Up(f32);
///
/// impl Subgradient<[f32]> for Up {
///     fn add_subgradient(&self, weight: &[f32], gradient: &mut [f32]) -> Result<(), ShapeError> {
///         ShapeError::compare(&[weight.len()], &[gradient.len()])?;
///         gradient.iter_mut().for_each(|g| *g -= self.0);
///         Ok(())
///     }
/// }
///
/// let mut gradient = [1.0];
/// Up(0.25).add_subgradient(&[2.0], &mut gradient)?;
/// assert_eq!(gradient, [0.75]);
/// # Ok::<(), ShapeError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no subgradient for the tensor `{T}` with a gradient `{G}`",
    label = "has no subgradient",
    note = "implement `regularize::Subgradient<{T}, {G}>` for it, or write `#[regularize(value_only)]` on the struct \
            to have its penalty alone"
)]
pub trait Subgradient<T: ?Sized, G: ?Sized = T> {
    /// Adds an element of ∂Ω(weight) to the gradient.
    ///
    /// # Errors
    ///
    /// The two shapes if they differ; the gradient is then unchanged. A traversal compares the shapes of all
    /// weights before it changes one.
    fn add_subgradient(&self, weight: &T, gradient: &mut G) -> Result<(), ShapeError>;

    /// Whether it adds anything: `None` does not.
    fn has_subgradient(&self) -> bool {
        true
    }

    /// Its factors, if it is an L1, L2 or L1L2: what has some can be [divided](Terms::share_of) among replicas.
    fn as_terms(&self) -> Option<Terms> {
        None
    }
}

macro_rules! factors {
    ($($type:ty),+) => {$(
        impl<T: Tensor + ?Sized> Regularizer<T> for $type {
            type Penalty = T::Penalty;

            fn penalty(&self, weight: &T) -> T::Penalty {
                weight.penalty(&self.terms())
            }

            fn penalty_per_sample(&self, output: &T, batch: usize) -> T::Penalty {
                output.penalty_per_sample(&self.terms(), batch)
            }

            fn notation(&self) -> String {
                self.to_string()
            }

            fn penalty_of(&self, part: &T, whole: &Sums) -> Option<T::Penalty> {
                Some(part.penalty_of(&self.terms(), whole))
            }

            fn splits(&self) -> bool {
                true
            }
        }

        impl<T: TensorMut + ?Sized> Proximal<T> for $type {
            fn proximal_step(&self, weight: &mut T, step: Step) -> Result<(), ErrorKind> {
                weight.proximal_step(&self.terms(), step)
            }
        }

        impl<G: ?Sized, T: TensorGrad<G> + ?Sized> Subgradient<T, G> for $type {
            fn add_subgradient(&self, weight: &T, gradient: &mut G) -> Result<(), ShapeError> {
                weight.add_subgradient(&self.terms(), gradient)
            }

            fn as_terms(&self) -> Option<Terms> {
                Some(self.terms())
            }
        }
    )+};
}
factors!(L1, L2, L1L2);

macro_rules! pointer {
    ($($type:ty),+) => {$(
        impl<T: ?Sized, R: Regularizer<T> + ?Sized> Regularizer<T> for $type {
            type Penalty = R::Penalty;

            fn penalty(&self, weight: &T) -> R::Penalty {
                (**self).penalty(weight)
            }

            fn penalty_per_sample(&self, output: &T, batch: usize) -> R::Penalty {
                (**self).penalty_per_sample(output, batch)
            }

            fn notation(&self) -> String {
                (**self).notation()
            }

            fn is_present(&self) -> bool {
                (**self).is_present()
            }

            fn penalty_of(&self, part: &T, whole: &Sums) -> Option<R::Penalty> {
                (**self).penalty_of(part, whole)
            }

            fn splits(&self) -> bool {
                (**self).splits()
            }
        }

        impl<T: ?Sized, R: Proximal<T> + ?Sized> Proximal<T> for $type {
            fn proximal_step(&self, weight: &mut T, step: Step) -> Result<(), ErrorKind> {
                (**self).proximal_step(weight, step)
            }

            fn has_step(&self) -> bool {
                (**self).has_step()
            }
        }

        impl<T: ?Sized, G: ?Sized, R: Subgradient<T, G> + ?Sized> Subgradient<T, G> for $type {
            fn add_subgradient(&self, weight: &T, gradient: &mut G) -> Result<(), ShapeError> {
                (**self).add_subgradient(weight, gradient)
            }

            fn has_subgradient(&self) -> bool {
                (**self).has_subgradient()
            }

            fn as_terms(&self) -> Option<Terms> {
                (**self).as_terms()
            }
        }
    )+};
}
pointer!(&R, &mut R, Box<R>);

/// `None` regularizes nothing.
impl<T: ?Sized, R: Regularizer<T>> Regularizer<T> for Option<R> {
    type Penalty = R::Penalty;

    fn penalty(&self, weight: &T) -> R::Penalty {
        self.as_ref()
            .map_or_else(R::Penalty::zero, |regularizer| regularizer.penalty(weight))
    }

    fn penalty_per_sample(&self, output: &T, batch: usize) -> R::Penalty {
        self.as_ref().map_or_else(R::Penalty::zero, |regularizer| {
            regularizer.penalty_per_sample(output, batch)
        })
    }

    fn notation(&self) -> String {
        self.as_ref()
            .map_or_else(|| "none".into(), Regularizer::notation)
    }

    fn is_present(&self) -> bool {
        self.as_ref().is_some_and(Regularizer::is_present)
    }

    fn penalty_of(&self, part: &T, whole: &Sums) -> Option<R::Penalty> {
        self.as_ref()
            .and_then(|regularizer| regularizer.penalty_of(part, whole))
    }

    fn splits(&self) -> bool {
        self.as_ref().is_some_and(Regularizer::splits)
    }
}

impl<T: ?Sized, R: Proximal<T>> Proximal<T> for Option<R> {
    fn proximal_step(&self, weight: &mut T, step: Step) -> Result<(), ErrorKind> {
        self.as_ref().map_or(Ok(()), |regularizer| {
            regularizer.proximal_step(weight, step)
        })
    }

    fn has_step(&self) -> bool {
        self.as_ref().is_some_and(Proximal::has_step)
    }
}

impl<T: ?Sized, G: ?Sized, R: Subgradient<T, G>> Subgradient<T, G> for Option<R> {
    fn add_subgradient(&self, weight: &T, gradient: &mut G) -> Result<(), ShapeError> {
        self.as_ref().map_or(Ok(()), |regularizer| {
            regularizer.add_subgradient(weight, gradient)
        })
    }

    fn has_subgradient(&self) -> bool {
        self.as_ref().is_some_and(Subgradient::has_subgradient)
    }

    fn as_terms(&self) -> Option<Terms> {
        self.as_ref().and_then(Subgradient::as_terms)
    }
}

/// A regularizer made of a function by [`from_fn`]: value only.
#[derive(Clone, Copy, Debug)]
pub struct FromFn<F>(F);

/// Makes a regularizer of a function from a tensor to its penalty.
///
/// It has a value only: a layer with one has no `proximal_step` and no `add_penalty_gradient`. A closure in an
/// attribute is wrapped by the macro.
///
/// ```
/// use regularize::{Regularizer, from_fn};
///
/// let largest = from_fn(|weight: &[f32]| weight.iter().fold(0.0, |most: f32, x| most.max(x.abs())));
/// assert_eq!(largest.penalty(&[1.0, -4.0][..]), 4.0);
/// ```
pub const fn from_fn<T: ?Sized, P: Penalty, F: Fn(&T) -> P>(function: F) -> FromFn<F> {
    FromFn(function)
}

impl<T: ?Sized, P: Penalty, F: Fn(&T) -> P> Regularizer<T> for FromFn<F> {
    type Penalty = P;

    fn penalty(&self, weight: &T) -> P {
        (self.0)(weight)
    }

    fn notation(&self) -> String {
        "closure".into()
    }
}

/// A penalty of an output of `batch` samples, divided as the edition divides it.
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

/// The last name of a type's path, without its parameters.
fn short(name: &str) -> String {
    let path = name.split('<').next().unwrap_or(name);
    path.rsplit("::").next().unwrap_or(path).into()
}

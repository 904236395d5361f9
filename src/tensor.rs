//! A tensor: a penalty is computed of its numbers, whatever owns them.

mod activity;
mod penalty;

pub use activity::{Activity, ActivityGrad};
pub use penalty::Penalty;
pub(crate) use penalty::add;

pub(crate) use crate::identity::Identity;

use crate::error::{ErrorKind, ShapeError};
use regularize_core::{Float, Orthogonal, Step, Sums, Terms};
use std::any::Any;

/// A tensor of numbers, of any shape and memory layout: each has one loss.
///
/// A [`Weight`](crate::extend::Weight) presents one or more of them. Implemented for slices of floats, for the
/// arrays of ndarray and the matrices of nalgebra, and for the tensors of burn and candle, behind the features of those
/// names. A framework rounds as its own operations do: its [page](crate::guide) says how far.
///
/// A tensor that a proximal step can change has [`proximal_step`](Self::proximal_step) and
/// [`check_change`](Self::check_change); one that is only read, such as a view, leaves both as they are.
///
/// ```
/// use regularize::extend::Tensor;
/// use regularize::{l1, Step};
///
/// let mut kernel = [0.25_f64, -2.0];
/// assert_eq!(Tensor::penalty(&kernel[..], &l1(1.0).terms()), 2.25);
/// kernel.proximal_step(&l1(1.0).terms(), Step::new(0.5)?)?;
/// assert_eq!(kernel, [0.0, -1.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tensor",
    note = "tensors are slices, `Vec`s and arrays of floats, and with the features `ndarray`, `nalgebra`, `burn` and `candle` \
            the arrays, matrices and tensors of those crates, as in `cargo add regularize --features ndarray`",
    note = "pass what a pointer leads to, as in `l2(0.01).penalty(&*weight)`",
    note = "the tensor of a parameter of burn is `param.val()`, and that of a variable of candle is `var.as_tensor()`"
)]
pub trait Tensor {
    /// The type of its losses.
    type Penalty: Penalty;

    /// Returns l1·Σ|xᵢ| + l2·Σxᵢ²: the real number, rounded once, as [`Terms::penalty`] says.
    #[must_use]
    fn penalty(&self, terms: &Terms) -> Self::Penalty;

    /// Returns the same divided by `batch`, rounded once, as [`Terms::penalty_per_sample`] says: +0 for an empty batch.
    #[must_use]
    fn penalty_per_sample(&self, terms: &Terms, batch: usize) -> Self::Penalty;

    /// Returns Σ|xᵢ| and Σxᵢ² without rounding, which those of other parts of the tensor are [merged](Sums::merge) with.
    /// A framework copies its numbers from the device.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Framework`] where a framework could not read them.
    fn sums(&self) -> Result<Sums, ErrorKind>;

    /// Returns the penalty of a whole tensor by its sums, where this is a part of it.
    ///
    /// On a framework's tape the value is that of the whole, and the gradient that of this part, which no other part adds to.
    #[must_use]
    fn penalty_of(&self, terms: &Terms, whole: &Sums) -> Self::Penalty;

    /// Returns whether it is a matrix, which [`orthogonal`](Self::orthogonal) has a penalty of; without a method of yours it is not.
    #[must_use]
    fn is_matrix(&self) -> bool {
        false
    }

    /// Returns the penalty of a matrix under the orthogonal regularizer; `None`, without a method of yours, if it is not a matrix.
    #[must_use]
    fn orthogonal(&self, regularizer: &Orthogonal) -> Option<Self::Penalty> {
        let _ = regularizer;
        None
    }

    /// Counts the numbers, and those that are 0.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Framework`] where a framework could not count them.
    fn count(&self) -> Result<Count, ErrorKind>;

    /// Returns what tells it from every other tensor; `None` if it is empty, or in doubt.
    ///
    /// A tensor of `None` counts at each of its places. So does one whose numbers are not known to
    /// [stay](crate::extend::Path::through) where they are.
    #[must_use]
    fn identity(&self) -> Option<Identity>;

    /// Adds l1·sign(x) + 2·l2·x to a gradient of its own type. [`TensorGrad`] is about gradients of other types as well.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Shape`] if the shapes differ, and [`ErrorKind::Unchangeable`] if the gradient is only read, as it is
    /// without a method of yours.
    fn add_gradient(&self, terms: &Terms, gradient: &mut Self) -> Result<(), ErrorKind> {
        let _ = (terms, gradient);
        Err(ErrorKind::Unchangeable)
    }

    /// Replaces each x by sign(x)·max(|x| − τ·l1, 0)/(1 + 2·τ·l2), as [`Terms::proximal_step`] says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unchangeable`] for a tensor that is only read, and [`ErrorKind::Framework`] where a framework could not
    /// change it.
    fn proximal_step(&mut self, terms: &Terms, step: Step) -> Result<(), ErrorKind> {
        let _ = (terms, step);
        Err(ErrorKind::Unchangeable)
    }

    /// Says whether it can be changed. Every weight is asked before one is changed.
    ///
    /// # Errors
    ///
    /// As [`proximal_step`](Self::proximal_step) has; nothing is changed.
    fn check_change(&self) -> Result<(), ErrorKind> {
        Err(ErrorKind::Unchangeable)
    }

    /// Returns what a later copy of it takes, where copies of one [identity](Self::identity) do not share their numbers.
    #[doc(hidden)]
    fn kept(&self) -> Option<Box<dyn Any>> {
        None
    }

    /// Returns whether its numbers are other ones than those of the first copy, which it should have.
    #[doc(hidden)]
    fn has_drifted(&self, kept: &dyn Any) -> Result<bool, ErrorKind> {
        let _ = kept;
        Ok(false)
    }

    /// Takes what the first copy kept, or says that it cannot, and then takes a step of its own.
    #[doc(hidden)]
    fn take(&mut self, kept: &dyn Any) -> bool {
        let _ = kept;
        false
    }
}

/// A tensor that is a matrix: [`Orthogonal`](crate::Orthogonal) is a regularizer of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a matrix, and `orthogonal` is about the rows or columns of one",
    label = "not a matrix",
    note = "for a vector write `l1(0.01)`, `l2(0.01)` or `l1_l2(0.01, 0.01)`",
    note = "matrices are those of nalgebra, `Array2`, burn's `Tensor<2>` and candle's `Tensor`, each with the feature of its crate"
)]
pub trait Matrix: Tensor {}

/// A tensor with a gradient of type `G` of the same shape.
///
/// ```
/// use regularize::extend::TensorGrad;
/// use regularize::l2;
///
/// let mut gradient = [1.0_f32, 1.0];
/// [0.5_f32, -0.5].add_subgradient(&l2(1.0).terms(), &mut gradient)?;
/// assert_eq!(gradient, [2.0, 0.0]);
/// # Ok::<(), regularize::extend::ShapeError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{G}` is not a gradient for the weight `{Self}`",
    note = "a gradient has the type of its weight, or another one of the same numbers and rank"
)]
pub trait TensorGrad<G: ?Sized = Self>: Tensor {
    /// Compares the shape of the gradient with that of the tensor.
    ///
    /// # Errors
    ///
    /// The two shapes, if they differ.
    fn check_shape(&self, gradient: &G) -> Result<(), ShapeError>;

    /// Adds l1·sign(x) + 2·l2·x to the gradient, as [`Terms::add_subgradient`] says.
    ///
    /// # Errors
    ///
    /// The two shapes if they differ; the gradient is then unchanged.
    fn add_subgradient(&self, terms: &Terms, gradient: &mut G) -> Result<(), ShapeError>;

    /// Lets `f` change the gradient as a tensor of this type, for a regularizer with a subgradient of its own.
    ///
    /// `None`, without a method of yours, says that it cannot be one. Where the types are equal it may be `Some(f(gradient))`; arrays and
    /// matrices hand out a copy, which is written back unless `f` returns an error.
    fn in_own_type(
        &self,
        gradient: &mut G,
        f: &mut dyn FnMut(&mut Self) -> Result<(), ErrorKind>,
    ) -> Option<Result<(), ErrorKind>> {
        let _ = (gradient, f);
        None
    }
}

/// The numbers of a tensor, and how many of them are 0 (of either sign).
///
/// ```
/// use regularize::extend::Tensor;
///
/// let count = [0.0_f32, -0.0, 1.0].count()?;
/// assert_eq!((count.zeros, count.len), (2, 3));
/// # Ok::<(), regularize::ErrorKind>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The numbers that are 0.
    pub zeros: usize,
    /// All numbers.
    pub len: usize,
}

impl Count {
    /// Counts numbers.
    ///
    /// ```
    /// # use regularize::Count;
    /// assert_eq!(Count::of([0.0, 1.0].iter()), Count { zeros: 1, len: 2 });
    /// ```
    pub fn of<'a, T: Float>(numbers: impl Iterator<Item = &'a T>) -> Self {
        numbers.fold(Self::default(), |count, x| Self {
            zeros: count.zeros + usize::from(*x == T::ZERO),
            len: count.len + 1,
        })
    }
}

/// Shape: one axis.
impl<T: Float + Penalty> Tensor for [T] {
    type Penalty = T;

    #[inline]
    fn penalty(&self, terms: &Terms) -> T {
        terms.penalty(self)
    }

    fn penalty_per_sample(&self, terms: &Terms, batch: usize) -> T {
        let mut sums = Sums::new();
        sums.extend(self);
        terms.penalty_per_sample(&sums, batch)
    }

    fn sums(&self) -> Result<Sums, ErrorKind> {
        let mut sums = Sums::new();
        sums.extend(self);
        Ok(sums)
    }

    fn penalty_of(&self, terms: &Terms, whole: &Sums) -> T {
        terms.penalty_of(whole)
    }

    fn count(&self) -> Result<Count, ErrorKind> {
        Ok(Count::of(self.iter()))
    }

    fn identity(&self) -> Option<Identity> {
        Identity::of(self.as_ptr(), self.len())
    }

    fn add_gradient(&self, terms: &Terms, gradient: &mut Self) -> Result<(), ErrorKind> {
        Ok(TensorGrad::add_subgradient(self, terms, gradient)?)
    }

    fn proximal_step(&mut self, terms: &Terms, step: Step) -> Result<(), ErrorKind> {
        terms.proximal_step(step, self);
        Ok(())
    }

    fn check_change(&self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl<T: Float + Penalty> TensorGrad for [T] {
    fn check_shape(&self, gradient: &[T]) -> Result<(), ShapeError> {
        ShapeError::compare(&[self.len()], &[gradient.len()])
    }

    fn add_subgradient(&self, terms: &Terms, gradient: &mut [T]) -> Result<(), ShapeError> {
        Ok(terms.add_subgradient(self, gradient)?)
    }

    fn in_own_type(
        &self,
        gradient: &mut [T],
        f: &mut dyn FnMut(&mut [T]) -> Result<(), ErrorKind>,
    ) -> Option<Result<(), ErrorKind>> {
        Some(f(gradient))
    }
}

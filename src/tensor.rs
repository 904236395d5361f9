//! One tensor: what a penalty is computed of, whatever owns it.

use crate::error::ErrorKind;
use crate::penalty::Penalty;
use crate::{Float, Step, Sums, Terms};
use std::any::Any;
use std::fmt;

/// One tensor of numbers, of any shape and memory layout: what has one loss.
///
/// A [`Weight`](crate::Weight) presents one or more of them. Implemented for slices of floats, for the
/// arrays of ndarray and the matrices of nalgebra, and for the tensors of burn and candle, behind the features of those
/// names. A framework rounds as its own operations do: its [page](crate::guide) says how far.
///
/// ```
/// use regularize::{Tensor, l1};
///
/// assert_eq!([1.0_f32, -2.0].penalty(&l1(0.5).terms()), 1.5);
/// ```
pub trait Tensor {
    /// The type of its losses.
    type Penalty: Penalty;

    /// l1·Σ|xᵢ| + l2·Σxᵢ²: the real number, rounded once, as [`Terms::penalty`] says.
    fn penalty(&self, terms: &Terms) -> Self::Penalty;

    /// The same divided by `batch`, rounded once, as [`Terms::penalty_per_sample`] says: +0 for an empty batch.
    fn penalty_per_sample(&self, terms: &Terms, batch: usize) -> Self::Penalty;

    /// Σ|xᵢ| and Σxᵢ² without rounding, which those of other parts of the tensor are [merged](Sums::merge) with. A framework
    /// copies its numbers from the device.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Framework`] where a framework could not read them.
    fn sums(&self) -> Result<Sums, ErrorKind>;

    /// The penalty of a whole tensor by its sums, where this is a part of it: on a framework's tape the value is that of
    /// the whole, and the gradient that of this part, which no other part adds to.
    fn penalty_of(&self, terms: &Terms, whole: &Sums) -> Self::Penalty;

    /// How many numbers it holds, and how many of them are 0.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Framework`] where a framework could not count them.
    fn count(&self) -> Result<Count, ErrorKind>;

    /// What tells it from every other tensor, or `None` if it is empty.
    fn identity(&self) -> Option<Identity>;
}

/// A tensor that a proximal step can change.
///
/// ```
/// use regularize::{Step, TensorMut, l1};
///
/// let mut kernel = [0.25_f64, -2.0];
/// kernel.proximal_step(&l1(1.0).terms(), Step::new(0.5)?)?;
/// assert_eq!(kernel, [0.0, -1.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be changed, so it has no proximal step",
    note = "a view or a shared array has a penalty only: keep the array itself in the layer"
)]
pub trait TensorMut: Tensor {
    /// Each x becomes sign(x)·max(|x| − τ·l1, 0)/(1 + 2·τ·l2), as [`Terms::proximal_step`] says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Framework`] where a framework could not change it.
    fn proximal_step(&mut self, terms: &Terms, step: Step) -> Result<(), ErrorKind>;

    /// Whether it can be changed. Asked of every weight before one is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Framework`], and nothing is changed.
    fn check_change(&self) -> Result<(), ErrorKind> {
        Ok(())
    }

    /// What a later copy of it takes, where copies of one [identity](Tensor::identity) do not share their numbers.
    #[doc(hidden)]
    fn kept(&self) -> Option<Box<dyn Any>> {
        None
    }

    /// Takes what the first copy kept, or says that it cannot, and then takes a step of its own.
    #[doc(hidden)]
    fn take(&mut self, kept: &dyn Any) -> bool {
        let _ = kept;
        false
    }
}

/// A tensor with a gradient of type `G` of the same shape.
///
/// ```
/// use regularize::{TensorGrad, l2};
///
/// let mut gradient = [1.0_f32, 1.0];
/// [0.5_f32, -0.5].add_subgradient(&l2(1.0).terms(), &mut gradient)?;
/// assert_eq!(gradient, [2.0, 0.0]);
/// # Ok::<(), regularize::ShapeError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{G}` is not a gradient for the weight `{Self}`",
    note = "a gradient has the type of its weight, or another one of the same numbers and rank"
)]
pub trait TensorGrad<G: ?Sized = Self>: Tensor {
    /// Whether the gradient has the shape of the tensor.
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
}

/// How many numbers a tensor holds, and how many are 0 (of either sign).
///
/// ```
/// use regularize::Tensor;
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

/// What tells a tensor from every other: where its numbers are in memory and how many, or the number that its
/// framework gave it.
///
/// Asked for only below a pointer that may be [shared](crate::Path::shared), and of a framework's weights. Two views of different parts of
/// one array, and arrays that share memory inside themselves (`ArcArray`), count as different tensors.
///
/// ```
/// use regularize::Tensor;
/// use std::rc::Rc;
///
/// let kernel: Rc<[f32]> = Rc::from([1.0, 2.0]);
/// let again = Rc::clone(&kernel);
/// assert_eq!(kernel.identity(), again.identity());
/// assert_ne!(kernel.identity(), kernel[..1].identity());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity(Known);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Known {
    Memory {
        address: usize,
        len: usize,
    },
    Number(u64),
    #[cfg(feature = "candle")]
    Candle(candle_core::TensorId),
}

impl Identity {
    /// The identity of `len` numbers that begin at an address; `None` for none.
    ///
    /// ```
    /// # use regularize::Identity;
    /// assert_eq!(Identity::of(std::ptr::null::<f32>(), 0), None);
    /// ```
    #[must_use]
    pub fn of<T>(address: *const T, len: usize) -> Option<Self> {
        (len > 0).then(|| {
            let address = address.addr();
            Self(Known::Memory { address, len })
        })
    }

    /// The identity of a tensor that has a number of its own, as burn's parameters have.
    ///
    /// ```
    /// # use regularize::Identity;
    /// assert_ne!(Identity::numbered(1), Identity::numbered(2));
    /// ```
    #[must_use]
    pub const fn numbered(number: u64) -> Self {
        Self(Known::Number(number))
    }

    #[cfg(feature = "candle")]
    pub(crate) const fn candle(id: candle_core::TensorId) -> Self {
        Self(Known::Candle(id))
    }
}

/// A gradient has another shape than its weight.
///
/// ```
/// use regularize::{TensorGrad, l2};
///
/// let error = [1.0_f32, 2.0].check_shape(&[0.0_f32][..]).unwrap_err();
/// assert_eq!(error.to_string(), "the weight has the shape [2] and its gradient the shape [1]");
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
    /// # use regularize::ShapeError;
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
    /// # use regularize::ShapeError;
    /// assert!(ShapeError::compare(&[2, 3], &[2, 3]).is_ok());
    /// ```
    pub fn compare(weight: &[usize], gradient: &[usize]) -> Result<(), Self> {
        match weight == gradient {
            true => Ok(()),
            false => Err(Self::new(weight, gradient)),
        }
    }

    /// The shape of the weight.
    #[must_use]
    pub fn weight(&self) -> &[usize] {
        &self.weight
    }

    /// The shape of the gradient.
    ///
    /// ```
    /// # use regularize::ShapeError;
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
            "the weight has the shape {:?} and its gradient the shape {:?}",
            self.weight, self.gradient
        )
    }
}

impl std::error::Error for ShapeError {}

/// Shape: one axis.
impl<T: Float + Penalty> Tensor for [T] {
    type Penalty = T;

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
}

impl<T: Float + Penalty> TensorMut for [T] {
    fn proximal_step(&mut self, terms: &Terms, step: Step) -> Result<(), ErrorKind> {
        terms.proximal_step(step, self);
        Ok(())
    }
}

impl<T: Float + Penalty> TensorGrad for [T] {
    fn check_shape(&self, gradient: &[T]) -> Result<(), ShapeError> {
        ShapeError::compare(&[self.len()], &[gradient.len()])
    }

    fn add_subgradient(&self, terms: &Terms, gradient: &mut [T]) -> Result<(), ShapeError> {
        terms
            .add_subgradient(self, gradient)
            .map_err(|error| ShapeError::new(&[error.weights()], &[error.gradients()]))
    }
}

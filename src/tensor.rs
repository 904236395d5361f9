//! One tensor: what a penalty is computed of, whatever owns it.

use crate::error::ErrorKind;
use crate::path::Path;
use crate::penalty::Penalty;
use crate::{Float, Step, Sums, Terms};
use std::any::{Any, TypeId};
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

    /// Returns what tells it from every other tensor; `None` if it is empty, or in doubt.
    ///
    /// A tensor of `None` counts at each of its places. So does one whose numbers are not known to
    /// [stay](crate::Path::through) where they are.
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

/// Tells a tensor from every other, by where its numbers are in memory or by the number that its framework gave it.
///
/// A weight that a model has at two places counts once, at the first. A traversal knows it by its identity, and two
/// tensors in memory have the same one if all of this holds:
///
/// * They have the same numbers at the same indices: the address and the type of the first number, the shape and
///   the strides are equal. Another view of an array, such as its transpose, is a weight of its own.
/// * Both places are behind a pointer that may be [shared](crate::Path::shared).
/// * The numbers are in memory that stays as it is until the traversal ends. The pointers, lists and arrays of this crate know
///   that of their own numbers, if they are part of the model themselves. Your own type [says](crate::Path::through) it.
///
/// In doubt a weight counts. A [`Weight`](crate::Weight) of your own may compute its numbers where it is visited, and those
/// of the next one may then be at the same address; so such a weight counts at each of its places. If the
/// numbers are in a field, present the tensors of the field, `self.numbers.each_tensor(at, f)`, and they are recognized.
///
/// Nothing in the model may be replaced while it is traversed: what a cell or a lock holds, by another thread, or a
/// buffer, by a weight's own `each_tensor_mut`. The memory of the old one could be that of the next weight, which would then be
/// left out. The numbers may change. Below a pointer two `ArcArray`s of ndarray are one weight as long as they share their
/// numbers.
///
/// ```
/// use regularize::{Regularize, Tensor};
/// use std::rc::Rc;
///
/// let kernel: Rc<[f32]> = Rc::from([1.0, 2.0]);
/// let again = Rc::clone(&kernel);
/// assert_eq!(kernel.identity(), again.identity());
/// assert_ne!(kernel.identity(), kernel[..1].identity());
///
/// #[derive(Regularize)]
/// struct Two<'a>(#[regularize(l1(1.0))] &'a [f32], #[regularize(l1(1.0))] &'a [f32]);
///
/// assert_eq!(Two(&kernel, &again).penalty(), 3.0);
/// assert_eq!(Two(&kernel, &kernel[..1]).penalty(), 4.0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity(Known);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Known {
    Memory {
        address: usize,
        element: TypeId,
        /// The length of each axis, and its stride: 0 of an axis of one index, as it has no next one.
        axes: Vec<(usize, isize)>,
    },
    Number {
        number: u64,
        len: usize,
    },
    #[cfg(feature = "candle")]
    Candle(candle_core::TensorId),
}

impl Identity {
    /// Returns the identity of `len` numbers side by side that begin at an address; `None` for none.
    ///
    /// ```
    /// # use regularize::Identity;
    /// assert_eq!(Identity::of(std::ptr::null::<f32>(), 0), None);
    /// ```
    #[must_use]
    pub fn of<T: 'static>(address: *const T, len: usize) -> Option<Self> {
        Self::strided(address, [(len, 1)])
    }

    /// Returns the identity of numbers in several axes, the first of them at an address; `None` for none.
    ///
    /// Each axis has its length and its stride: how many numbers further in memory the next index is.
    ///
    /// ```
    /// # use regularize::Identity;
    /// let numbers = [1.0_f32, 2.0, 3.0, 4.0];
    /// let matrix = Identity::strided(numbers.as_ptr(), [(2, 2), (2, 1)]);
    /// let transpose = Identity::strided(numbers.as_ptr(), [(2, 1), (2, 2)]);
    /// assert_ne!(matrix, transpose);
    /// ```
    #[must_use]
    pub fn strided<T: 'static>(
        address: *const T,
        axes: impl IntoIterator<Item = (usize, isize)>,
    ) -> Option<Self> {
        let axes = axes.into_iter().map(|(length, stride)| match length {
            1 => (1, 0),
            _ => (length, stride),
        });
        let axes: Vec<_> = axes.collect();
        let is_empty = axes.iter().any(|axis| axis.0 == 0);
        (!is_empty).then(|| {
            Self(Known::Memory {
                address: address.addr(),
                element: TypeId::of::<T>(),
                axes,
            })
        })
    }

    /// Returns the identity of a tensor of `len` numbers that has a number of its own, as burn's parameters have.
    ///
    /// ```
    /// # use regularize::Identity;
    /// assert_ne!(Identity::numbered(1, 3), Identity::numbered(2, 3));
    /// ```
    #[must_use]
    pub const fn numbered(number: u64, len: usize) -> Self {
        Self(Known::Number { number, len })
    }

    /// Returns whether no other tensor can have this identity until the traversal ends. `at` is the path of the tensor.
    pub(crate) fn lasts(&self, at: &Path<'_>) -> bool {
        match &self.0 {
            Known::Memory { address, .. } => at.keeps(*address),
            Known::Number { .. } => true,
            #[cfg(feature = "candle")]
            Known::Candle(_) => true,
        }
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

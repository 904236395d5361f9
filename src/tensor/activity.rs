//! A layer's output: a tensor and the length of its first axis.

use super::{Count, Identity, Penalty, Tensor};
use crate::error::{ErrorKind, ShapeError};
use regularize_core::{Float, Step, Sums, Terms};

/// A layer's output, whose first axis is the batch.
///
/// Slices, `Vec`s and arrays of floats are a batch of numbers; of arrays or of `Vec`s, a batch of vectors.
/// The arrays of ndarray and the matrices of nalgebra (rows are samples) follow behind their features. An output
/// without an axis, a 0-dimensional array, is not divided.
///
/// ```
/// use regularize::extend::Activity;
///
/// assert_eq!([1.0_f32, 2.0, 3.0].batch(), Some(3));
/// assert_eq!([[1.0_f32, 2.0, 3.0]].batch(), Some(1));
/// assert_eq!(vec![vec![1.0_f32], vec![2.0]].batch(), Some(2));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the output of a layer",
    label = "not an output",
    note = "outputs are slices, `Vec`s and arrays of floats, of arrays, and of `Vec`s, and with the features `ndarray`, \
            `nalgebra`, `burn` and `candle` the arrays, matrices and tensors of those crates, as in `cargo add regularize --features ndarray`"
)]
pub trait Activity {
    /// All numbers of the batch.
    type Tensor: Tensor + ?Sized;

    /// All numbers of the batch.
    #[must_use]
    fn tensor(&self) -> &Self::Tensor;

    /// The length of the first axis; `None` if there is no axis.
    #[must_use]
    fn batch(&self) -> Option<usize>;

    /// l1·Σ|y| + l2·Σy², divided by the length of the first axis and rounded once.
    #[must_use]
    fn penalty(&self, terms: &Terms) -> <Self::Tensor as Tensor>::Penalty {
        match self.batch() {
            Some(batch) => self.tensor().penalty_per_sample(terms, batch),
            None => self.tensor().penalty(terms),
        }
    }
}

/// A layer's output whose gradient is a `G`, which is added to by hand. On the tape of burn and candle it is computed from the penalty.
///
/// ```
/// use regularize::extend::ActivityGrad;
/// use regularize::l1;
///
/// let (output, mut gradient) = ([[3.0_f32, 0.0], [-1.0, 2.0]], [[0.0; 2]; 2]);
/// output.add_subgradient(&l1(0.5).terms(), &mut gradient)?;
/// assert_eq!(gradient, [[0.25, 0.0], [-0.25, 0.25]]);
/// # Ok::<(), regularize::extend::ShapeError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an output that `add_activity_gradient` knows the gradient of",
    label = "no gradient to add to",
    note = "the gradient of an output has its type: a `Vec<f32>` for a `Vec<f32>`, an `Array2<f32>` for an `Array2<f32>` or a view of one",
    note = "burn and candle have the gradient on their tape: add `activity_penalty(&output)` to the loss, and then `backward`"
)]
pub trait ActivityGrad<G: ?Sized = Self>: Activity {
    /// Adds (l1·sign(y) + 2·l2·y)/batch to the gradient, as [`Terms::add_subgradient_per_sample`] says.
    ///
    /// # Errors
    ///
    /// The two shapes if they differ; the gradient is then unchanged.
    fn add_subgradient(&self, terms: &Terms, gradient: &mut G) -> Result<(), ShapeError>;
}

/// An element of a list whose numbers lie side by side, or that is a tensor with its neighbours.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a list of `{Self}` is not a tensor, and not the output of a layer",
    note = "lists of floats, of arrays and of `Vec`s are: convert other numbers to `f32` or `f64`"
)]
pub trait Sample: Sized {
    /// All numbers of a list of these.
    type Tensor: Tensor + ?Sized;

    /// All numbers of a list of these.
    fn tensor(list: &[Self]) -> &Self::Tensor;

    /// All numbers of a list of these, to be changed.
    fn tensor_mut(list: &mut [Self]) -> &mut Self::Tensor;

    /// Adds the subgradients of a batch to their gradients, of which there are as many.
    fn add_subgradient(
        list: &[Self],
        terms: &Terms,
        batch: usize,
        gradients: &mut [Self],
    ) -> Result<(), ShapeError>;
}

macro_rules! sample {
    ($($type:ty),+) => {$(
        impl Sample for $type {
            type Tensor = [$type];

            fn tensor(list: &[Self]) -> &[$type] {
                list
            }

            fn tensor_mut(list: &mut [Self]) -> &mut [$type] {
                list
            }

            fn add_subgradient(
                list: &[Self],
                terms: &Terms,
                batch: usize,
                gradients: &mut [Self],
            ) -> Result<(), ShapeError> {
                Ok(terms.add_subgradient_per_sample(batch, list, gradients)?)
            }
        }
    )+};
}
sample!(f32, f64);
#[cfg(feature = "half")]
sample!(half::f16, half::bf16);

impl<S: Sample, const N: usize> Sample for [S; N] {
    type Tensor = S::Tensor;

    fn tensor(list: &[Self]) -> &S::Tensor {
        S::tensor(list.as_flattened())
    }

    fn tensor_mut(list: &mut [Self]) -> &mut S::Tensor {
        S::tensor_mut(list.as_flattened_mut())
    }

    fn add_subgradient(
        list: &[Self],
        terms: &Terms,
        batch: usize,
        gradients: &mut [Self],
    ) -> Result<(), ShapeError> {
        let (list, gradients) = (list.as_flattened(), gradients.as_flattened_mut());
        S::add_subgradient(list, terms, batch, gradients)
    }
}

impl<T: Float + Penalty + Sample> Sample for Vec<T> {
    type Tensor = [Self];

    fn tensor(list: &[Self]) -> &[Self] {
        list
    }

    fn tensor_mut(list: &mut [Self]) -> &mut [Self] {
        list
    }

    fn add_subgradient(
        list: &[Self],
        terms: &Terms,
        batch: usize,
        gradients: &mut [Self],
    ) -> Result<(), ShapeError> {
        rows(list, gradients, |y, g| {
            <T as Sample>::add_subgradient(y, terms, batch, g)
        })
    }
}

/// Compares the lengths of all rows with those of their gradients, and then calls `add` with each.
fn rows<T>(
    list: &[Vec<T>],
    gradients: &mut [Vec<T>],
    mut add: impl FnMut(&[T], &mut [T]) -> Result<(), ShapeError>,
) -> Result<(), ShapeError> {
    ShapeError::compare(&[list.len()], &[gradients.len()])?;
    let mut pairs = list.iter().zip(gradients.iter());
    pairs.try_for_each(|(y, g)| ShapeError::compare(&[y.len()], &[g.len()]))?;
    let mut pairs = list.iter().zip(gradients);
    pairs.try_for_each(|(y, g)| add(y, g))
}

macro_rules! output {
    ($([$($n:tt)*] $type:ty),+) => {$(
        impl<S: Sample, $($n)*> Activity for $type {
            type Tensor = S::Tensor;

            fn tensor(&self) -> &S::Tensor {
                S::tensor(self)
            }

            fn batch(&self) -> Option<usize> {
                Some(self.len())
            }
        }

        impl<S: Sample, $($n)*> ActivityGrad for $type {
            fn add_subgradient(&self, terms: &Terms, gradient: &mut Self) -> Result<(), ShapeError> {
                ShapeError::compare(&[self.len()], &[gradient.len()])?;
                S::add_subgradient(self, terms, self.len(), gradient)
            }
        }
    )+};
}
output!([] [S], [] Vec<S>, [const N: usize] [S; N]);

/// Rows of any length as one tensor.
impl<T: Float + Penalty> Tensor for [Vec<T>] {
    type Penalty = T;

    fn penalty(&self, terms: &Terms) -> T {
        terms.penalty_of(&sums(self))
    }

    fn penalty_per_sample(&self, terms: &Terms, batch: usize) -> T {
        terms.penalty_per_sample(&sums(self), batch)
    }

    fn sums(&self) -> Result<Sums, ErrorKind> {
        Ok(sums(self))
    }

    fn penalty_of(&self, terms: &Terms, whole: &Sums) -> T {
        terms.penalty_of(whole)
    }

    fn count(&self) -> Result<Count, ErrorKind> {
        Ok(Count::of(self.iter().flatten()))
    }

    fn identity(&self) -> Option<Identity> {
        Identity::of(self.as_ptr(), self.len())
    }

    fn add_gradient(&self, terms: &Terms, gradient: &mut Self) -> Result<(), ErrorKind> {
        let added = rows(self, gradient, |x, g| Ok(terms.add_subgradient(x, g)?));
        Ok(added?)
    }

    fn proximal_step(&mut self, terms: &Terms, step: Step) -> Result<(), ErrorKind> {
        for row in self {
            terms.proximal_step(step, row);
        }
        Ok(())
    }

    fn check_change(&self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// A list that is a tensor of its own, for a regularizer that is called with it: all its numbers are one tensor.
macro_rules! tensor {
    ($([$($n:tt)*] $type:ty),+) => {$(
        impl<S: Sample, $($n)*> Tensor for $type {
            type Penalty = <S::Tensor as Tensor>::Penalty;

            fn penalty(&self, terms: &Terms) -> Self::Penalty {
                S::tensor(self).penalty(terms)
            }

            fn penalty_per_sample(&self, terms: &Terms, batch: usize) -> Self::Penalty {
                S::tensor(self).penalty_per_sample(terms, batch)
            }

            fn sums(&self) -> Result<Sums, ErrorKind> {
                S::tensor(self).sums()
            }

            fn penalty_of(&self, terms: &Terms, whole: &Sums) -> Self::Penalty {
                S::tensor(self).penalty_of(terms, whole)
            }

            fn count(&self) -> Result<Count, ErrorKind> {
                S::tensor(self).count()
            }

            fn identity(&self) -> Option<Identity> {
                S::tensor(self).identity()
            }

            fn add_gradient(&self, terms: &Terms, gradient: &mut Self) -> Result<(), ErrorKind> {
                S::tensor(self).add_gradient(terms, S::tensor_mut(gradient))
            }

            fn proximal_step(&mut self, terms: &Terms, step: Step) -> Result<(), ErrorKind> {
                S::tensor_mut(self).proximal_step(terms, step)
            }

            fn check_change(&self) -> Result<(), ErrorKind> {
                S::tensor(self).check_change()
            }
        }
    )+};
}
tensor!([] Vec<S>, [const N: usize] [S; N]);

fn sums<T: Float>(rows: &[Vec<T>]) -> Sums {
    let mut sums = Sums::new();
    for row in rows {
        sums.extend(row);
    }
    sums
}

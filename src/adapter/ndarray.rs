//! Weights, gradients and outputs that are arrays of ndarray, of any memory layout.

use super::gather;
use crate::error::{Error, ErrorKind, Result, ShapeError};
use crate::path::{Memory, Path};
use crate::tensor::{Activity, ActivityGrad, Count, Identity, Matrix, Penalty, Tensor, TensorGrad};
use crate::weight::{Each, EachMut, EachWith, Weight, WeightGrad};
use ndarray::{
    ArrayBase, ArrayRef, Axis, CowRepr, Data, DataMut, Dimension, Ix2, OwnedArcRepr, OwnedRepr,
    ViewRepr,
};
use regularize_core::{Float, Orthogonal, Step, Sums, Terms};

fn sums<A: Float, D: Dimension>(array: &ArrayRef<A, D>) -> Sums {
    let Some(numbers) = array.as_slice_memory_order() else {
        return gather::sums(array.iter());
    };
    let mut sums = Sums::new();
    sums.extend(numbers);
    sums
}

/// Adds the subgradients of weights, or of an output of a batch.
fn add<A: Float + Penalty, D: Dimension>(
    array: &ArrayRef<A, D>,
    terms: &Terms,
    batch: Option<usize>,
    gradient: &mut ArrayRef<A, D>,
) -> Result<(), ShapeError> {
    ShapeError::compare(array.shape(), gradient.shape())?;
    let is_alike = array.strides() == gradient.strides();
    match (
        array.as_slice_memory_order(),
        gradient.as_slice_memory_order_mut(),
    ) {
        (Some(x), Some(g)) if is_alike => gather::add(terms, batch, x, g),
        _ => gather::add_subgradient(terms, batch, array.iter(), gradient.iter_mut()),
    }
    Ok(())
}

/// The arrays of ndarray: owned, shared, views, and views that may be changed.
trait Storage: Data + Sized {
    /// Whether it can be changed.
    const IS_CHANGEABLE: bool = true;

    /// Returns the numbers, to be changed; `None` of a view that is only read.
    fn as_mut<D: Dimension>(array: &mut ArrayBase<Self, D>)
    -> Option<&mut ArrayRef<Self::Elem, D>>;

    /// Returns an array of these numbers; `None` of a view, which has none of its own.
    fn owned<D: Dimension>(numbers: &ArrayRef<Self::Elem, D>) -> Option<ArrayBase<Self, D>> {
        let _ = numbers;
        None
    }
}

macro_rules! storage {
    ($($type:ty $(: |$numbers:ident| $owned:expr)?;)+) => {$(
        impl<A: Clone> Storage for $type {
            fn as_mut<D: Dimension>(array: &mut ArrayBase<Self, D>) -> Option<&mut ArrayRef<A, D>> {
                Some(array)
            }

            $(fn owned<D: Dimension>($numbers: &ArrayRef<A, D>) -> Option<ArrayBase<Self, D>> {
                Some($owned)
            })?
        }
    )+};
}
storage! {
    OwnedRepr<A>: |numbers| numbers.to_owned();
    OwnedArcRepr<A>: |numbers| numbers.to_owned().into_shared();
    CowRepr<'_, A>: |numbers| numbers.to_owned().into();
    ViewRepr<&mut A>;
}

impl<A> Storage for ViewRepr<&A> {
    const IS_CHANGEABLE: bool = false;

    fn as_mut<D: Dimension>(_: &mut ArrayBase<Self, D>) -> Option<&mut ArrayRef<A, D>> {
        None
    }
}

#[allow(private_bounds)] // every storage that ndarray has
impl<A, S, D> Tensor for ArrayBase<S, D>
where
    A: Float + Penalty,
    S: Storage<Elem = A>,
    D: Dimension,
{
    type Penalty = A;

    fn penalty(&self, terms: &Terms) -> A {
        match self.as_slice_memory_order() {
            Some(numbers) => terms.penalty(numbers),
            None => terms.penalty_of(&sums(self)),
        }
    }

    fn penalty_per_sample(&self, terms: &Terms, batch: usize) -> A {
        terms.penalty_per_sample(&sums(self), batch)
    }

    fn sums(&self) -> Result<Sums, ErrorKind> {
        Ok(sums(self))
    }

    fn penalty_of(&self, terms: &Terms, whole: &Sums) -> A {
        terms.penalty_of(whole)
    }

    fn is_matrix(&self) -> bool {
        self.ndim() == 2
    }

    /// Rows and columns are axes 0 and 1.
    fn orthogonal(&self, regularizer: &Orthogonal) -> Option<A> {
        let matrix = self.view().into_dimensionality::<Ix2>().ok()?;
        Some(regularizer.matrix_penalty(matrix.nrows(), matrix.ncols(), |i, j| matrix[[i, j]]))
    }

    fn count(&self) -> Result<Count, ErrorKind> {
        Ok(Count::of(self.iter()))
    }

    fn identity(&self) -> Option<Identity> {
        let (shape, strides) = (self.shape().iter(), self.strides().iter());
        Identity::strided(self.as_ptr(), shape.copied().zip(strides.copied()))
    }

    fn add_gradient(&self, terms: &Terms, gradient: &mut Self) -> Result<(), ErrorKind> {
        match S::as_mut(gradient) {
            Some(gradient) => Ok(add(self, terms, None, gradient)?),
            None => Err(ErrorKind::Unchangeable),
        }
    }

    fn proximal_step(&mut self, terms: &Terms, step: Step) -> Result<(), ErrorKind> {
        let numbers = S::as_mut(self).ok_or(ErrorKind::Unchangeable)?;
        match numbers.as_slice_memory_order_mut() {
            Some(numbers) => terms.proximal_step(step, numbers),
            None => gather::proximal_step(terms, step, numbers.iter_mut()),
        }
        Ok(())
    }

    fn check_change(&self) -> Result<(), ErrorKind> {
        match S::IS_CHANGEABLE {
            true => Ok(()),
            false => Err(ErrorKind::Unchangeable),
        }
    }
}

#[allow(private_bounds)] // every storage that ndarray has
impl<A, S, D, G> TensorGrad<ArrayBase<G, D>> for ArrayBase<S, D>
where
    A: Float + Penalty,
    S: Storage<Elem = A>,
    D: Dimension,
    G: DataMut<Elem = A>,
{
    fn check_shape(&self, gradient: &ArrayBase<G, D>) -> Result<(), ShapeError> {
        ShapeError::compare(self.shape(), gradient.shape())
    }

    fn add_subgradient(
        &self,
        terms: &Terms,
        gradient: &mut ArrayBase<G, D>,
    ) -> Result<(), ShapeError> {
        add(self, terms, None, gradient)
    }

    fn in_own_type(
        &self,
        gradient: &mut ArrayBase<G, D>,
        f: &mut dyn FnMut(&mut Self) -> Result<(), ErrorKind>,
    ) -> Option<Result<(), ErrorKind>> {
        // The gradient's storage may be another, and so its numbers are copied into one of the weight's.
        let mut own = S::owned(gradient)?;
        let added = f(&mut own).and_then(|()| {
            ShapeError::compare(gradient.shape(), own.shape())?;
            gradient.assign(&own);
            Ok(())
        });
        Some(added)
    }
}

/// A matrix.
#[allow(private_bounds)] // every storage that ndarray has
impl<A: Float + Penalty, S: Storage<Elem = A>> Matrix for ArrayBase<S, Ix2> {}

#[allow(private_bounds)] // every storage that ndarray has
impl<A, S, D> Weight for ArrayBase<S, D>
where
    A: Float + Penalty,
    S: Storage<Elem = A>,
    D: Dimension,
{
    type Tensor = Self;

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, Self>) -> Result<()> {
        f(&at.through_first(self, self.first()), self)
    }

    fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, Self>) -> Result<()> {
        let array = Memory::of(self);
        // A shared array is copied before it is changed, and has other numbers then.
        match S::as_mut(self) {
            None => Err(Error::new(at, ErrorKind::Unchangeable)),
            Some(numbers) => match numbers.first() {
                Some(first) => f(&at.through_memory(array, first), self),
                None => f(at, self),
            },
        }
    }
}

#[allow(private_bounds)] // every storage that ndarray has
impl<A, S, D, G> WeightGrad<ArrayBase<G, D>> for ArrayBase<S, D>
where
    A: Float + Penalty,
    S: Storage<Elem = A>,
    D: Dimension,
    G: DataMut<Elem = A>,
{
    type Tensor = Self;
    type Gradient = ArrayBase<G, D>;

    fn each_tensor_with(
        &self,
        gradient: &mut ArrayBase<G, D>,
        at: &Path<'_>,
        f: &mut EachWith<'_, Self, ArrayBase<G, D>>,
    ) -> Result<()> {
        f(&at.through_first(self, self.first()), self, gradient)
    }
}

#[allow(private_bounds)] // every storage that ndarray has
impl<A, S, D> Activity for ArrayBase<S, D>
where
    A: Float + Penalty,
    S: Storage<Elem = A>,
    D: Dimension,
{
    type Tensor = Self;

    fn tensor(&self) -> &Self {
        self
    }

    fn batch(&self) -> Option<usize> {
        (self.ndim() > 0).then(|| self.len_of(Axis(0)))
    }
}

#[allow(private_bounds)] // every storage that ndarray has
impl<A, S, D, G> ActivityGrad<ArrayBase<G, D>> for ArrayBase<S, D>
where
    A: Float + Penalty,
    S: Storage<Elem = A>,
    D: Dimension,
    G: DataMut<Elem = A>,
{
    fn add_subgradient(
        &self,
        terms: &Terms,
        gradient: &mut ArrayBase<G, D>,
    ) -> Result<(), ShapeError> {
        add(self, terms, self.batch(), gradient)
    }
}

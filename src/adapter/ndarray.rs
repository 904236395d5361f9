//! Weights, gradients and outputs that are arrays of ndarray, of any memory layout.

use super::gather;
use crate::error::{Error, ErrorKind, Result, ShapeError};
use crate::path::{Memory, Path};
use crate::regularizer::{Regularizer, per_sample};
use crate::tensor::{Activity, ActivityGrad, Count, Identity, Penalty, Tensor, TensorGrad};
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
    array.check_shape(gradient)?;
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

/// Every array, view and shared array of ndarray dereferences to an `ArrayRef`.
impl<A: Float + Penalty, D: Dimension> Tensor for ArrayRef<A, D> {
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

    fn count(&self) -> Result<Count, ErrorKind> {
        Ok(Count::of(self.iter()))
    }

    fn identity(&self) -> Option<Identity> {
        let (shape, strides) = (self.shape().iter(), self.strides().iter());
        Identity::strided(self.as_ptr(), shape.copied().zip(strides.copied()))
    }

    fn proximal_step(&mut self, terms: &Terms, step: Step) -> Result<(), ErrorKind> {
        match self.as_slice_memory_order_mut() {
            Some(numbers) => terms.proximal_step(step, numbers),
            None => gather::proximal_step(terms, step, self.iter_mut()),
        }
        Ok(())
    }

    fn check_change(&self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl<A: Float + Penalty, D: Dimension> TensorGrad for ArrayRef<A, D> {
    fn check_shape(&self, gradient: &Self) -> Result<(), ShapeError> {
        ShapeError::compare(self.shape(), gradient.shape())
    }

    fn add_subgradient(&self, terms: &Terms, gradient: &mut Self) -> Result<(), ShapeError> {
        add(self, terms, None, gradient)
    }

    fn in_own_type(
        &self,
        gradient: &mut Self,
        f: &mut dyn FnMut(&mut Self) -> Result<(), ErrorKind>,
    ) -> Option<Result<(), ErrorKind>> {
        Some(f(gradient))
    }
}

/// The arrays of ndarray: owned, shared, views, and views that may be changed.
trait Storage: Data + Sized {
    /// The array, to be changed; `None` for a view that is only read.
    fn as_mut<D: Dimension>(array: &mut ArrayBase<Self, D>)
    -> Option<&mut ArrayRef<Self::Elem, D>>;
}

macro_rules! storage {
    ($($type:ty: $($bound:ident)?);+) => {$(
        impl<A $(: $bound)?> Storage for $type {
            fn as_mut<D: Dimension>(array: &mut ArrayBase<Self, D>) -> Option<&mut ArrayRef<A, D>> {
                Some(array)
            }
        }
    )+};
}
storage!(OwnedRepr<A>: ; ViewRepr<&mut A>: ; OwnedArcRepr<A>: Clone; CowRepr<'_, A>: Clone);

impl<A> Storage for ViewRepr<&A> {
    fn as_mut<D: Dimension>(_: &mut ArrayBase<Self, D>) -> Option<&mut ArrayRef<A, D>> {
        None
    }
}

#[allow(private_bounds)] // every storage that ndarray has
impl<A, S, D> Weight for ArrayBase<S, D>
where
    A: Float + Penalty,
    S: Storage<Elem = A>,
    D: Dimension,
{
    type Tensor = ArrayRef<A, D>;

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, Self::Tensor>) -> Result<()> {
        f(&at.through_first(self, self.first()), self)
    }

    fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, Self::Tensor>) -> Result<()> {
        let array = Memory::of(self);
        // A shared array is copied before it is changed, and has other numbers then.
        match S::as_mut(self) {
            None => Err(Error::new(at, ErrorKind::Unchangeable)),
            Some(numbers) => match numbers.first() {
                Some(first) => f(&at.through_memory(array, first), numbers),
                None => f(at, numbers),
            },
        }
    }
}

impl<A, S, D, G> WeightGrad<ArrayBase<G, D>> for ArrayBase<S, D>
where
    A: Float + Penalty,
    S: Data<Elem = A>,
    D: Dimension,
    G: DataMut<Elem = A>,
{
    type Tensor = ArrayRef<A, D>;
    type Gradient = ArrayRef<A, D>;

    fn each_tensor_with(
        &self,
        gradient: &mut ArrayBase<G, D>,
        at: &Path<'_>,
        f: &mut EachWith<'_, Self::Tensor>,
    ) -> Result<()> {
        f(&at.through_first(self, self.first()), self, gradient)
    }
}

impl<A, S, D> Activity for ArrayBase<S, D>
where
    A: Float + Penalty,
    S: Data<Elem = A>,
    D: Dimension,
{
    type Tensor = ArrayRef<A, D>;

    fn tensor(&self) -> &Self::Tensor {
        self
    }

    fn batch(&self) -> Option<usize> {
        (self.ndim() > 0).then(|| self.len_of(Axis(0)))
    }
}

impl<A, S, D, G> ActivityGrad<ArrayBase<G, D>> for ArrayBase<S, D>
where
    A: Float + Penalty,
    S: Data<Elem = A>,
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

/// Rows and columns are axes 0 and 1.
impl<A: Float + Penalty> Regularizer<ArrayRef<A, Ix2>> for Orthogonal {
    fn penalty(&self, weight: &ArrayRef<A, Ix2>) -> A {
        self.penalty(weight.nrows(), weight.ncols(), |i, j| weight[[i, j]])
    }

    fn penalty_per_sample(&self, output: &ArrayRef<A, Ix2>, batch: usize) -> A {
        per_sample(self.edition(), batch, || Regularizer::penalty(self, output))
    }

    fn notation(&self) -> String {
        self.to_string()
    }
}

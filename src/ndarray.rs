//! Weights, gradients and outputs that are arrays of ndarray, of any memory layout.

use crate::activity::Activity;
use crate::error::{Error, ErrorKind};
use crate::gather;
use crate::path::Path;
use crate::penalty::Penalty;
use crate::regularizer::{Regularizer, per_sample};
use crate::tensor::{Count, Identity, ShapeError, Tensor, TensorGrad, TensorMut};
use crate::weight::{Weight, WeightGrad, WeightMut};
use crate::{Float, Orthogonal, Step, Sums, Terms};
use ndarray::{ArrayBase, ArrayRef, Axis, Data, DataMut, Dimension, Ix2};

fn sums<A: Float, D: Dimension>(array: &ArrayRef<A, D>) -> Sums {
    let Some(numbers) = array.as_slice_memory_order() else {
        return gather::sums(array.iter());
    };
    let mut sums = Sums::new();
    sums.extend(numbers);
    sums
}

/// What every array, view and shared array of ndarray is by reference.
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
}

impl<A: Float + Penalty, D: Dimension> TensorMut for ArrayRef<A, D> {
    fn proximal_step(&mut self, terms: &Terms, step: Step) -> Result<(), ErrorKind> {
        match self.as_slice_memory_order_mut() {
            Some(numbers) => terms.proximal_step(step, numbers),
            None => gather::proximal_step(terms, step, self.iter_mut()),
        }
        Ok(())
    }
}

impl<A: Float + Penalty, D: Dimension> TensorGrad for ArrayRef<A, D> {
    fn check_shape(&self, gradient: &Self) -> Result<(), ShapeError> {
        ShapeError::compare(self.shape(), gradient.shape())
    }

    fn add_subgradient(&self, terms: &Terms, gradient: &mut Self) -> Result<(), ShapeError> {
        self.check_shape(gradient)?;
        let is_alike = self.strides() == gradient.strides();
        match (
            self.as_slice_memory_order(),
            gradient.as_slice_memory_order_mut(),
        ) {
            (Some(x), Some(g)) if is_alike => {
                let added = terms.add_subgradient(x, g);
                added.expect("slices of equal shapes");
            }
            _ => gather::add_subgradient(terms, self.iter(), gradient.iter_mut()),
        }
        Ok(())
    }
}

impl<A, S, D> Weight for ArrayBase<S, D>
where
    A: Float + Penalty,
    S: Data<Elem = A>,
    D: Dimension,
{
    type Tensor = ArrayRef<A, D>;

    fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &Self::Tensor) -> Result<(), Error>,
    {
        f(&at.through_first(self, self.first()), self)
    }
}

impl<A, S, D> WeightMut for ArrayBase<S, D>
where
    A: Float + Penalty,
    S: DataMut<Elem = A>,
    D: Dimension,
{
    type Tensor = ArrayRef<A, D>;

    fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &mut Self::Tensor) -> Result<(), Error>,
    {
        // What is copied before it is changed has other numbers then.
        let _: &mut Self::Tensor = self;
        f(&at.through_first(self, self.first()), self)
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

    fn each_tensor_with<F>(
        &self,
        gradient: &mut ArrayBase<G, D>,
        at: &Path<'_>,
        f: &mut F,
    ) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &Self::Tensor, &mut Self::Gradient) -> Result<(), Error>,
    {
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

/// Rows and columns are axes 0 and 1.
impl<A: Float + Penalty> Regularizer<ArrayRef<A, Ix2>> for Orthogonal {
    type Penalty = A;

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

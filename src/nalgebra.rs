//! Weights, gradients and outputs that are matrices and vectors of nalgebra, views too.

use crate::activity::Activity;
use crate::error::Error;
use crate::gather;
use crate::path::Path;
use crate::penalty::Penalty;
use crate::regularizer::{Regularizer, per_sample};
use crate::tensor::{Count, Identity, ShapeError, Tensor, TensorGrad, TensorMut};
use crate::weight::{Weight, WeightGrad, WeightMut};
use crate::{Float, Orthogonal, Step, Terms};
use nalgebra::{Dim, Matrix, RawStorage, RawStorageMut, Scalar};

impl<T, R, C, S> Tensor for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: RawStorage<T, R, C>,
{
    type Penalty = T;

    fn penalty(&self, terms: &Terms) -> T {
        terms.penalty_of(&gather::sums(self.iter()))
    }

    fn penalty_per_sample(&self, terms: &Terms, batch: usize) -> T {
        terms.penalty_per_sample(&gather::sums(self.iter()), batch)
    }

    fn count(&self) -> Count {
        Count::of(self.iter())
    }

    fn identity(&self) -> Option<Identity> {
        Identity::of(self.as_ptr(), self.len())
    }
}

impl<T, R, C, S> TensorMut for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: RawStorageMut<T, R, C>,
{
    fn proximal_step(&mut self, terms: &Terms, step: Step) {
        gather::proximal_step(terms, step, self.iter_mut());
    }
}

impl<T, R, C, S, R2, C2, S2> TensorGrad<Matrix<T, R2, C2, S2>> for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: RawStorage<T, R, C>,
    R2: Dim,
    C2: Dim,
    S2: RawStorageMut<T, R2, C2>,
{
    fn check_shape(&self, gradient: &Matrix<T, R2, C2, S2>) -> Result<(), ShapeError> {
        let shape = |(rows, columns): (usize, usize)| [rows, columns];
        ShapeError::compare(&shape(self.shape()), &shape(gradient.shape()))
    }

    fn add_subgradient(
        &self,
        terms: &Terms,
        gradient: &mut Matrix<T, R2, C2, S2>,
    ) -> Result<(), ShapeError> {
        self.check_shape(gradient)?;
        // Both column by column.
        gather::add_subgradient(terms, self.iter(), gradient.iter_mut());
        Ok(())
    }
}

impl<T, R, C, S> Weight for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: RawStorage<T, R, C>,
{
    type Tensor = Self;

    fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &Self) -> Result<(), Error>,
    {
        f(at, self)
    }
}

impl<T, R, C, S> WeightMut for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: RawStorageMut<T, R, C>,
{
    type Tensor = Self;

    fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &mut Self) -> Result<(), Error>,
    {
        f(at, self)
    }
}

impl<T, R, C, S, R2, C2, S2> WeightGrad<Matrix<T, R2, C2, S2>> for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: RawStorage<T, R, C>,
    R2: Dim,
    C2: Dim,
    S2: RawStorageMut<T, R2, C2>,
{
    type Tensor = Self;
    type Gradient = Matrix<T, R2, C2, S2>;

    fn each_tensor_with<F>(
        &self,
        gradient: &mut Matrix<T, R2, C2, S2>,
        at: &Path<'_>,
        f: &mut F,
    ) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &Self, &mut Matrix<T, R2, C2, S2>) -> Result<(), Error>,
    {
        f(at, self, gradient)
    }
}

/// The rows are the batch.
impl<T, R, C, S> Activity for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: RawStorage<T, R, C>,
{
    type Tensor = Self;

    fn tensor(&self) -> &Self {
        self
    }

    fn batch(&self) -> Option<usize> {
        Some(self.nrows())
    }
}

impl<T, R, C, S> Regularizer<Matrix<T, R, C, S>> for Orthogonal
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: RawStorage<T, R, C>,
{
    type Penalty = T;

    fn penalty(&self, weight: &Matrix<T, R, C, S>) -> T {
        self.penalty(weight.nrows(), weight.ncols(), |i, j| weight[(i, j)])
    }

    fn penalty_per_sample(&self, output: &Matrix<T, R, C, S>, batch: usize) -> T {
        per_sample(self.edition(), batch, || Regularizer::penalty(self, output))
    }

    fn notation(&self) -> String {
        self.to_string()
    }
}

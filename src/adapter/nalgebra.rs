//! Weights, gradients and outputs that are matrices and vectors of nalgebra, views too.

use super::gather::{self, AT_ONCE};
use crate::error::{ErrorKind, Result, ShapeError};
use crate::path::Path;
use crate::tensor::{self, Activity, ActivityGrad, Count, Identity, Penalty, Tensor, TensorGrad};
use crate::weight::{Each, EachMut, EachWith, Weight, WeightGrad};
use nalgebra::{
    ArrayStorage, Const, Dim, Dyn, Matrix, RawStorage, RawStorageMut, SVector, Scalar, VecStorage,
    ViewStorage, ViewStorageMut,
};
use regularize_core::{Float, Orthogonal, Step, Sums, Terms};

/// Rows below which it is faster to take one number after the other.
const FEW: usize = 16;

/// A place for a part of a column: a matrix does not say whether it is a slice.
fn piece<T: Float + Scalar>() -> SVector<T, AT_ONCE> {
    SVector::from_element(T::ZERO)
}

/// Returns the begin and the length of each piece of a column of that many rows.
fn pieces(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rows)
        .step_by(AT_ONCE)
        .map(move |from| (from, AT_ONCE.min(rows - from)))
}

fn sums<T, R, C, S>(matrix: &Matrix<T, R, C, S>) -> Sums
where
    T: Float + Scalar,
    R: Dim,
    C: Dim,
    S: RawStorage<T, R, C>,
{
    if matrix.nrows() < FEW {
        return gather::sums(matrix.iter());
    }
    let (mut sums, mut piece, mut held) = (Sums::new(), piece(), 0);
    for column in matrix.column_iter() {
        let mut from = 0;
        while from < column.nrows() {
            let length = (column.nrows() - from).min(AT_ONCE - held);
            let mut place = piece.rows_mut(held, length);
            place.copy_from(&column.rows(from, length));
            (from, held) = (from + length, held + length);
            if held == AT_ONCE {
                sums.extend(piece.as_slice());
                held = 0;
            }
        }
    }
    sums.extend(&piece.as_slice()[..held]);
    sums
}

/// Takes a proximal step of a matrix, column by column.
fn step<T, R, C, S>(matrix: &mut Matrix<T, R, C, S>, terms: &Terms, step: Step)
where
    T: Float + Scalar,
    R: Dim,
    C: Dim,
    S: RawStorageMut<T, R, C>,
{
    if matrix.nrows() < FEW {
        gather::proximal_step(terms, step, matrix.iter_mut());
        return;
    }
    let mut piece = piece();
    for mut column in matrix.column_iter_mut() {
        for (from, length) in pieces(column.nrows()) {
            let mut part = column.rows_mut(from, length);
            piece.rows_mut(0, length).copy_from(&part);
            terms.proximal_step(step, &mut piece.as_mut_slice()[..length]);
            part.copy_from(&piece.rows(0, length));
        }
    }
}

/// Adds the subgradients of weights, or of an output of a batch.
fn add<T, R, C, S, R2, C2, S2>(
    matrix: &Matrix<T, R, C, S>,
    terms: &Terms,
    batch: Option<usize>,
    gradient: &mut Matrix<T, R2, C2, S2>,
) -> Result<(), ShapeError>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: Storage<T, R, C>,
    R2: Dim,
    C2: Dim,
    S2: RawStorageMut<T, R2, C2>,
{
    matrix.check_shape(gradient)?;
    if matrix.nrows() < FEW {
        // Both column by column.
        gather::add_subgradient(terms, batch, matrix.iter(), gradient.iter_mut());
        return Ok(());
    }
    let (mut x, mut g) = (piece(), piece());
    for (column, mut gradient) in matrix.column_iter().zip(gradient.column_iter_mut()) {
        for (from, length) in pieces(column.nrows()) {
            let mut part = gradient.rows_mut(from, length);
            x.rows_mut(0, length).copy_from(&column.rows(from, length));
            g.rows_mut(0, length).copy_from(&part);
            let (x, g) = (&x.as_slice()[..length], &mut g.as_mut_slice()[..length]);
            gather::add(terms, batch, x, g);
            part.copy_from_slice(g);
        }
    }
    Ok(())
}

/// Returns a matrix of the shape of another with these numbers.
fn filled<T, R, C, S>(
    like: &Matrix<T, R, C, S>,
    numbers: impl Iterator<Item = T>,
) -> Matrix<T, R, C, S>
where
    T: Float + Scalar,
    R: Dim,
    C: Dim,
    S: RawStorageMut<T, R, C> + Clone,
{
    let mut filled = like.clone();
    for (place, number) in filled.iter_mut().zip(numbers) {
        *place = number;
    }
    filled
}

/// The matrices of nalgebra: static, dynamic, views, and views that may be changed.
trait Storage<T: Float + Scalar, R: Dim, C: Dim>: RawStorage<T, R, C> + Sized {
    /// Whether it can be changed.
    const IS_CHANGEABLE: bool = true;

    /// Takes a proximal step of what can be changed.
    fn step(matrix: &mut Matrix<T, R, C, Self>, terms: &Terms, step: Step);

    /// Adds the subgradient of a matrix to what can be changed.
    fn add(
        gradient: &mut Matrix<T, R, C, Self>,
        matrix: &Matrix<T, R, C, Self>,
        terms: &Terms,
    ) -> Result<(), ErrorKind>;

    /// Returns a matrix of its shape and of these numbers; `None` of a view, which has no numbers of its own.
    fn with_numbers(
        matrix: &Matrix<T, R, C, Self>,
        numbers: impl Iterator<Item = T>,
    ) -> Option<Matrix<T, R, C, Self>> {
        let _ = (matrix, numbers);
        None
    }
}

macro_rules! storage {
    ($({$($n:tt)*} $r:ty, $c:ty: $storage:ty, $($copy:ident)?;)+) => {$(
        impl<T: Float + Penalty + Scalar, $($n)*> Storage<T, $r, $c> for $storage {
            fn step(matrix: &mut Matrix<T, $r, $c, Self>, terms: &Terms, length: Step) {
                step(matrix, terms, length);
            }

            fn add(
                gradient: &mut Matrix<T, $r, $c, Self>,
                matrix: &Matrix<T, $r, $c, Self>,
                terms: &Terms,
            ) -> Result<(), ErrorKind> {
                Ok(add(matrix, terms, None, gradient)?)
            }

            $(fn with_numbers(
                matrix: &Matrix<T, $r, $c, Self>,
                numbers: impl Iterator<Item = T>,
            ) -> Option<Matrix<T, $r, $c, Self>> {
                Some($copy(matrix, numbers))
            })?
        }
    )+};
}
storage! {
    {C: Dim} Dyn, C: VecStorage<T, Dyn, C>, filled;
    {const R: usize} Const<R>, Dyn: VecStorage<T, Const<R>, Dyn>, filled;
    {const R: usize, const C: usize} Const<R>, Const<C>: ArrayStorage<T, R, C>, filled;
    {R: Dim, C: Dim, RS: Dim, CS: Dim} R, C: ViewStorageMut<'_, T, R, C, RS, CS>, ;
}

impl<T, R, C, RS, CS> Storage<T, R, C> for ViewStorage<'_, T, R, C, RS, CS>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    RS: Dim,
    CS: Dim,
{
    const IS_CHANGEABLE: bool = false;

    fn step(_: &mut Matrix<T, R, C, Self>, _: &Terms, _: Step) {}

    fn add(
        _: &mut Matrix<T, R, C, Self>,
        _: &Matrix<T, R, C, Self>,
        _: &Terms,
    ) -> Result<(), ErrorKind> {
        Err(ErrorKind::Unchangeable)
    }
}

#[allow(private_bounds)] // every storage that nalgebra has
impl<T, R, C, S> Tensor for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: Storage<T, R, C>,
{
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

    fn is_matrix(&self) -> bool {
        true
    }

    fn orthogonal(&self, regularizer: &Orthogonal) -> Option<T> {
        Some(regularizer.matrix_penalty(self.nrows(), self.ncols(), |i, j| self[(i, j)]))
    }

    fn count(&self) -> Result<Count, ErrorKind> {
        Ok(Count::of(self.iter()))
    }

    fn identity(&self) -> Option<Identity> {
        let ((rows, columns), (down, across)) = (self.shape(), self.strides());
        // Memory is not longer than isize.
        let axes = [(rows, down.cast_signed()), (columns, across.cast_signed())];
        Identity::strided(self.as_ptr(), axes)
    }

    fn add_gradient(&self, terms: &Terms, gradient: &mut Self) -> Result<(), ErrorKind> {
        S::add(gradient, self, terms)
    }

    fn proximal_step(&mut self, terms: &Terms, step: Step) -> Result<(), ErrorKind> {
        self.check_change()?;
        S::step(self, terms, step);
        Ok(())
    }

    fn check_change(&self) -> Result<(), ErrorKind> {
        match S::IS_CHANGEABLE {
            true => Ok(()),
            false => Err(ErrorKind::Unchangeable),
        }
    }
}

impl<T, R, C, S, R2, C2, S2> TensorGrad<Matrix<T, R2, C2, S2>> for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: Storage<T, R, C>,
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
        add(self, terms, None, gradient)
    }

    fn in_own_type(
        &self,
        gradient: &mut Matrix<T, R2, C2, S2>,
        f: &mut dyn FnMut(&mut Self) -> Result<(), ErrorKind>,
    ) -> Option<Result<(), ErrorKind>> {
        // The gradient's type may be another, and so its numbers are copied into a matrix of the weight's type.
        let mut own = S::with_numbers(self, gradient.iter().copied())?;
        let added = f(&mut own).and_then(|()| {
            own.check_shape(gradient)?;
            for (place, number) in gradient.iter_mut().zip(own.iter()) {
                *place = *number;
            }
            Ok(())
        });
        Some(added)
    }
}

#[allow(private_bounds)] // every storage that nalgebra has
impl<T, R, C, S> Weight for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: Storage<T, R, C>,
{
    type Tensor = Self;

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, Self>) -> Result<()> {
        f(&at.through_first(self, self.iter().next()), self)
    }

    fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, Self>) -> Result<()> {
        f(&at.through_first(self, self.iter().next()), self)
    }
}

#[allow(private_bounds)] // every storage that nalgebra has
impl<T, R, C, S, R2, C2, S2> WeightGrad<Matrix<T, R2, C2, S2>> for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: Storage<T, R, C>,
    R2: Dim,
    C2: Dim,
    S2: RawStorageMut<T, R2, C2>,
{
    type Tensor = Self;
    type Gradient = Matrix<T, R2, C2, S2>;

    fn each_tensor_with(
        &self,
        gradient: &mut Matrix<T, R2, C2, S2>,
        at: &Path<'_>,
        f: &mut EachWith<'_, Self, Matrix<T, R2, C2, S2>>,
    ) -> Result<()> {
        f(&at.through_first(self, self.iter().next()), self, gradient)
    }
}

/// The rows are the batch.
impl<T, R, C, S> Activity for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: Storage<T, R, C>,
{
    type Tensor = Self;

    fn tensor(&self) -> &Self {
        self
    }

    fn batch(&self) -> Option<usize> {
        Some(self.nrows())
    }
}

#[allow(private_bounds)] // every storage that nalgebra has
impl<T, R, C, S, R2, C2, S2> ActivityGrad<Matrix<T, R2, C2, S2>> for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: Storage<T, R, C>,
    R2: Dim,
    C2: Dim,
    S2: RawStorageMut<T, R2, C2>,
{
    fn add_subgradient(
        &self,
        terms: &Terms,
        gradient: &mut Matrix<T, R2, C2, S2>,
    ) -> Result<(), ShapeError> {
        add(self, terms, self.batch(), gradient)
    }
}

#[allow(private_bounds)] // every storage that nalgebra has
impl<T, R, C, S> tensor::Matrix for Matrix<T, R, C, S>
where
    T: Float + Penalty + Scalar,
    R: Dim,
    C: Dim,
    S: Storage<T, R, C>,
{
}

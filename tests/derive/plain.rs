//! A regularizer that is called with a tensor: Keras' `l2(0.01)(w)`, without a layer.

use half::f16;
use nalgebra::{DMatrix, Matrix2};
use ndarray::{ArrayD, ArrayView2, Ix2, array};
use regularize::extend::Tensor;
use regularize::{ErrorKind, Mode, Regularizer, Step, l1, l2, orthogonal};
use std::fmt::Debug;

/// Asserts the value, the gradient and the step of 1, −2, 0 and 3 in a tensor of any type.
fn all<T>(like: impl Fn([f64; 4]) -> T)
where
    T: Tensor<Penalty = f64> + Debug + PartialEq,
{
    let mut weight = like([1.0, -2.0, 0.0, 3.0]);
    assert_eq!(l2(0.5).penalty(&weight), 7.0);
    let mut gradient = like([1.0; 4]);
    l2(0.5).add_subgradient(&weight, &mut gradient).unwrap();
    assert_eq!(gradient, like([2.0, -1.0, 1.0, 4.0]));
    let step = Step::new(0.5).unwrap();
    l1(4.0).proximal_step(&mut weight, step).unwrap();
    assert_eq!(weight, like([0.0, 0.0, 0.0, 1.0]));
}

#[test]
fn every_tensor_is_called_as_it_is() {
    all(|x| x);
    all(|x| x.to_vec());
    all(|[a, b, c, d]| [[a, b], [c, d]]);
    all(|[a, b, c, d]| vec![[a, b], [c, d]]);
    all(|[a, b, c, d]| vec![vec![a], vec![], vec![b, c, d]]);
    all(|x| array![x[0], x[1], x[2], x[3]]);
    all(|[a, b, c, d]| array![[a, b], [c, d]]);
    all(|[a, b, c, d]| array![[a, b], [c, d]].reversed_axes());
    all(|[a, b, c, d]| array![[a, b], [c, d]].into_shared());
    all(|[a, b, c, d]| array![[a, b], [c, d]].into_dyn());
    all(|[a, b, c, d]| Matrix2::new(a, b, c, d));
    all(|[a, b, c, d]| DMatrix::from_row_slice(2, 2, &[a, b, c, d]));
}

#[test]
fn what_is_borrowed_has_a_value() {
    let numbers = [1.0_f32, -2.0];
    assert_eq!(l1(0.5).penalty(&numbers[..]), 1.5);
    assert_eq!(l1(0.5).penalty(&[1.0_f32, -2.0]), 1.5);
    assert_eq!(l1(0.5).penalty(&array![1.0_f32, -2.0].view()), 1.5);
    assert_eq!(l1(0.5).penalty(&[f16::ONE, -f16::ONE]), f16::ONE);
    let matrix = Matrix2::new(1.0, -2.0, 0.0, 3.0);
    assert_eq!(l1(0.5).penalty(&matrix.column(1)), 2.5);
}

#[test]
fn a_gradient_of_another_shape_is_an_error() {
    let mut gradient = vec![0.0; 3];
    let error = l2(0.5).add_subgradient(&vec![1.0; 2], &mut gradient);
    let error = error.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the gradient has the shape [3] and not [2]"
    );
    assert_eq!(gradient, [0.0; 3]);

    // Before any row is changed.
    let mut gradient = vec![vec![0.0], vec![0.0]];
    let weight = vec![vec![1.0], vec![1.0, 2.0]];
    assert!(l2(0.5).add_subgradient(&weight, &mut gradient).is_err());
    assert_eq!(gradient, [[0.0], [0.0]]);
}

#[test]
fn a_view_that_is_only_read_takes_no_step_and_no_gradient() {
    let array = array![[1.0, -2.0]];
    let mut view: ArrayView2<f64> = array.view();
    let step = Step::new(0.5).unwrap();
    let error = l1(1.0).proximal_step(&mut view, step).unwrap_err();
    assert_eq!(error, ErrorKind::Unchangeable);
    let error = l1(1.0).add_subgradient(&array.view(), &mut view);
    assert_eq!(error, Err(ErrorKind::Unchangeable));
    let matrix = DMatrix::from_element(2, 2, 1.0);
    let (weight, mut gradient) = (matrix.view((0, 0), (1, 2)), matrix.view((1, 0), (1, 2)));
    let error = l1(1.0).add_subgradient(&weight, &mut gradient);
    assert_eq!(error, Err(ErrorKind::Unchangeable));
}

#[test]
fn the_orthogonal_regularizer_is_called_with_a_matrix() {
    let regularizer = orthogonal(0.5, Mode::Rows);
    let kernel = array![[1.0_f32, 0.0], [3.0, 4.0]];
    assert_eq!(regularizer.penalty(&kernel), 0.3);
    let dynamic: ArrayD<f32> = kernel.clone().into_dyn();
    assert_eq!(dynamic.orthogonal(&regularizer), Some(0.3));
    assert_eq!(dynamic.into_dimensionality::<Ix2>().unwrap(), kernel);
    assert_eq!(regularizer.penalty(&Matrix2::new(1.0, 0.0, 3.0, 4.0)), 0.3);
}

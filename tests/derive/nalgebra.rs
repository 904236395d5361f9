//! Matrices of nalgebra, static, dynamic and views, are what their numbers are in a slice.

use crate::by_hand::*;
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, DVector, Matrix2x3, SVector};
use proptest::prelude::*;
use regularize::{ErrorKind, Regularize, Step, l1_l2};

#[derive(Regularize)]
#[regularize(kernel = l1_l2(0.5, 0.25), fixed = l1_l2(0.5, 0.25), bias = l1(0.5))]
struct Dense {
    kernel: DMatrix<f64>,
    fixed: Matrix2x3<f64>,
    bias: SVector<f64, 2>,
}

#[derive(Regularize)]
struct View<'a> {
    #[regularize(l1_l2(0.5, 0.25))]
    kernel: DMatrixView<'a, f64, nalgebra::Dyn, nalgebra::Dyn>,
}

#[derive(Regularize)]
struct ViewMut<'a> {
    #[regularize(l1_l2(0.5, 0.25))]
    kernel: DMatrixViewMut<'a, f64, nalgebra::Dyn, nalgebra::Dyn>,
}

/// More than is gathered at once, and as much, and twice as much.
#[test]
fn large_matrices_are_what_their_numbers_are() {
    for (rows, columns) in [(15, 40), (16, 16), (23, 31), (256, 2), (300, 3)] {
        let number = |k: usize| (k % 97) as f64 - 48.0;
        let layer = |of: &dyn Fn(usize) -> f64| Dense {
            kernel: DMatrix::from_fn(rows, columns, |i, j| of(j * rows + i)),
            fixed: Matrix2x3::zeros(),
            bias: SVector::zeros(),
        };
        let (mut weights, mut gradients) = (layer(&number), layer(&|k| number(k + 5)));
        let terms = l1_l2(0.5, 0.25).terms();
        let xs: Vec<f64> = (0..rows * columns).map(number).collect();
        assert_eq!(weights.penalty(), terms.penalty(&xs));
        let mut gs: Vec<f64> = (5..rows * columns + 5).map(number).collect();
        terms.add_subgradient(&xs, &mut gs).unwrap();
        weights.add_penalty_gradient(&mut gradients).unwrap();
        assert_eq!(gradients.kernel.as_slice(), gs);
        let mut stepped = xs;
        terms.proximal_step(Step::new(0.5).unwrap(), &mut stepped);
        weights.proximal_step(0.5).unwrap();
        assert_eq!(weights.kernel.as_slice(), stepped);
    }
}

proptest! {
    #[test]
    fn values_gradients_and_steps_are_those_of_the_numbers(
        xs in array::<f64, 6>(), gs in array::<f64, 6>(),
    ) {
        let terms = l1_l2(0.5, 0.25).terms();
        let dense = |xs: &[f64; 6]| Dense {
            kernel: DMatrix::from_row_slice(3, 2, xs),
            fixed: Matrix2x3::from_row_slice(xs),
            bias: SVector::zeros(),
        };
        let (mut layer, mut gradients) = (dense(&xs), dense(&gs));
        let value = terms.penalty(&xs);
        prop_assert!(layer.losses().iter().eq([("kernel", &value), ("fixed", &value), ("bias", &0.0)]));

        layer.add_penalty_gradient(&mut gradients).unwrap();
        let mut by_hand = gs;
        terms.add_subgradient(&xs, &mut by_hand).unwrap();
        prop_assert_eq!(gradients.kernel, DMatrix::from_row_slice(3, 2, &by_hand));
        prop_assert_eq!(gradients.fixed, Matrix2x3::from_row_slice(&by_hand));

        layer.proximal_step(0.5).unwrap();
        let mut by_hand = xs;
        terms.proximal_step(Step::new(0.5).unwrap(), &mut by_hand);
        prop_assert_eq!(layer.kernel, DMatrix::from_row_slice(3, 2, &by_hand));
        prop_assert_eq!(layer.fixed, Matrix2x3::from_row_slice(&by_hand));
    }

    /// Every second row and column.
    #[test]
    fn a_view_is_the_numbers_that_it_shows(xs in array::<f64, 16>()) {
        let mut matrix = DMatrix::from_row_slice(4, 4, &xs);
        let shown = [xs[0], xs[2], xs[8], xs[10]];
        let terms = l1_l2(0.5, 0.25).terms();
        let view = View { kernel: matrix.view_with_steps((0, 0), (2, 2), (1, 1)) };
        prop_assert_eq!(view.penalty().to_bits(), terms.penalty(&shown).to_bits());

        let mut kernel = matrix.view_with_steps_mut((0, 0), (2, 2), (1, 1));
        ViewMut { kernel: kernel.as_view_mut() }.proximal_step(0.5).unwrap();
        let mut by_hand = xs;
        for at in [0, 2, 8, 10] {
            by_hand[at] = terms.proximal(Step::new(0.5).unwrap(), by_hand[at]);
        }
        prop_assert_eq!(matrix, DMatrix::from_row_slice(4, 4, &by_hand));
    }
}

#[test]
fn a_gradient_of_another_shape_is_named_and_nothing_is_changed() {
    #[derive(Regularize)]
    struct Vector(#[regularize(l1)] DVector<f32>);
    let mut gradients = Vector(DVector::zeros(3));
    let error = Vector(DVector::zeros(2))
        .add_penalty_gradient(&mut gradients)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "0: the weight has the shape [2, 1] and its gradient the shape [3, 1]"
    );
    assert!(matches!(error.kind(), ErrorKind::Shape(_)));
}

//! Matrices of nalgebra, static, dynamic and views, are what their numbers are in a slice.

use crate::by_hand::*;
use nalgebra::{
    DMatrix, DMatrixView, DMatrixViewMut, DVector, Dyn, Matrix1, Matrix2x3, MatrixView,
    MatrixViewMut, OMatrix, RowDVector, SMatrix, SVector, Scalar, U1, U2, U3, U4,
};
use proptest::prelude::*;
use regularize::extend::{Activity, Float, Penalty, Sums};
use regularize::{ErrorKind, Regularize, Step, l1_l2};

#[derive(Regularize)]
#[regularize(kernel = l1_l2(0.5, 0.25), fixed = l1_l2(0.5, 0.25), bias = l1(0.5))]
struct Dense {
    kernel: DMatrix<f64>,
    fixed: Matrix2x3<f64>,
    bias: SVector<f64, 2>,
}

type DynamicView<'a> = DMatrixView<'a, f64, Dyn, Dyn>;
type DynamicViewMut<'a> = DMatrixViewMut<'a, f64, Dyn, Dyn>;

#[derive(Regularize)]
#[regularize(gradients = ViewMut<'a>)]
struct View<'a> {
    #[regularize(l1_l2(0.5, 0.25))]
    kernel: DynamicView<'a>,
}

#[derive(Regularize)]
struct ViewMut<'a> {
    #[regularize(l1_l2(0.5, 0.25))]
    kernel: DynamicViewMut<'a>,
}

#[derive(Regularize)]
#[regularize(penalty = f64, activity = l1_l2(0.5, 0.25))]
struct Relu;

/// The penalties of a matrix, column by column, and its numbers and gradients of 1 after a step and an addition.
struct Expected {
    value: f64,
    share: f64,
    zeros: usize,
    slopes: Vec<f64>,
    stepped: Vec<f64>,
}

impl Expected {
    fn of(xs: &[f64], batch: usize) -> Self {
        let terms = l1_l2(0.5, 0.25).terms();
        let mut sums = Sums::new();
        sums.extend(xs);
        let (mut slopes, mut stepped) = (vec![1.0; xs.len()], xs.to_vec());
        terms.add_subgradient(xs, &mut slopes).unwrap();
        terms.proximal_step(Step::new(0.5).unwrap(), &mut stepped);
        Self {
            value: terms.penalty(xs),
            share: terms.penalty_per_sample(&sums, batch),
            zeros: xs.iter().filter(|x| **x == 0.0).count(),
            slopes,
            stepped,
        }
    }
}

/// Everything, of a matrix of that type, is what it is of its numbers in a slice.
macro_rules! is_its_numbers {
    ($type:ty, $matrix:expr) => {{
        #[derive(Regularize)]
        struct Own(#[regularize(l1_l2(0.5, 0.25))] $type);

        let matrix: $type = $matrix;
        let xs: Vec<f64> = matrix.iter().copied().collect();
        let expected = Expected::of(&xs, matrix.nrows());
        assert_eq!(matrix.batch(), Some(matrix.nrows()));
        assert_eq!(Relu.activity_penalty(&matrix), expected.share);
        let (mut layer, mut gradients) = (Own(matrix.clone()), Own(matrix.map(|_| 1.0)));
        assert_eq!(layer.penalty(), expected.value);
        let report = layer.report().unwrap();
        assert_eq!(
            (report.total(), report.count().zeros),
            (expected.value, expected.zeros)
        );
        assert_eq!(report.count().len, xs.len());
        layer.add_penalty_gradient(&mut gradients).unwrap();
        assert!(gradients.0.iter().eq(&expected.slopes));
        layer.proximal_step(0.5).unwrap();
        assert!(layer.0.iter().eq(&expected.stepped));
    }};
}

fn number(i: usize, j: usize) -> f64 {
    ((5 * i + 3 * j) % 9) as f64 - 4.0
}

#[test]
fn a_dynamic_matrix_is_its_numbers() {
    is_its_numbers!(DMatrix<f64>, DMatrix::from_fn(3, 5, number));
    is_its_numbers!(DMatrix<f64>, DMatrix::from_fn(300, 3, number));
    is_its_numbers!(DVector<f64>, DVector::from_fn(300, number));
    is_its_numbers!(RowDVector<f64>, RowDVector::from_fn(300, number));
    is_its_numbers!(OMatrix<f64, U2, Dyn>, OMatrix::<f64, U2, Dyn>::from_fn(7, number));
    is_its_numbers!(OMatrix<f64, Dyn, U3>, OMatrix::<f64, Dyn, U3>::from_fn(20, number));
}

#[test]
fn a_static_matrix_is_its_numbers() {
    is_its_numbers!(Matrix1<f64>, Matrix1::new(-2.0));
    is_its_numbers!(Matrix2x3<f64>, Matrix2x3::from_fn(number));
    is_its_numbers!(SVector<f64, 40>, SVector::from_fn(number));
    is_its_numbers!(SMatrix<f64, 20, 3>, SMatrix::from_fn(number));
}

#[test]
fn an_empty_matrix_is_no_numbers() {
    is_its_numbers!(DMatrix<f64>, DMatrix::zeros(0, 3));
    is_its_numbers!(DMatrix<f64>, DMatrix::zeros(3, 0));
    is_its_numbers!(DMatrix<f64>, DMatrix::zeros(300, 0));
    is_its_numbers!(DVector<f64>, DVector::zeros(0));
    is_its_numbers!(SMatrix<f64, 0, 3>, SMatrix::zeros());
    is_its_numbers!(SMatrix<f64, 3, 0>, SMatrix::zeros());
}

/// Everything, of a view of weights and one of gradients of other strides, is what it is of the numbers shown.
fn view_is_its_numbers(weights: DynamicView<'_>, gradients: DynamicViewMut<'_>) {
    let xs: Vec<f64> = weights.iter().copied().collect();
    let expected = Expected::of(&xs, weights.nrows());
    assert_eq!(Relu.activity_penalty(&weights), expected.share);
    let (view, mut gradients) = (View { kernel: weights }, ViewMut { kernel: gradients });
    assert_eq!(view.penalty(), expected.value);
    let report = view.report().unwrap();
    assert_eq!(
        (report.total(), report.count().zeros),
        (expected.value, expected.zeros)
    );
    assert_eq!(report.count().len, xs.len());

    gradients.kernel.fill(1.0);
    view.add_penalty_gradient(&mut gradients).unwrap();
    assert!(gradients.kernel.iter().eq(&expected.slopes));
    gradients.kernel.copy_from(&view.kernel);
    let mut weights = gradients;
    assert_eq!(weights.penalty(), expected.value);
    assert_eq!(weights.report().unwrap(), report);
    assert_eq!(Relu.activity_penalty(&weights.kernel), expected.share);
    weights.proximal_step(0.5).unwrap();
    assert!(weights.kernel.iter().eq(&expected.stepped));
}

/// Parts, steps of rows and of columns, columns and rows alone, few rows, and more than are gathered at once.
#[test]
fn a_view_of_any_steps_is_its_numbers() {
    let weights = DMatrix::from_fn(601, 8, number);
    let mut place = DMatrix::from_element(601, 8, f64::NAN);
    for rows in [0, 1, 3, 16, 256, 300] {
        for columns in [0, 1, 4] {
            let (start, shape) = ((1, 0), (rows, columns));
            for steps in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let shown = weights.view_with_steps(start, shape, steps);
                let other = (1 - steps.0, 1 - steps.1);
                view_is_its_numbers(shown, place.view_with_steps_mut(start, shape, other));
                // Nothing beside the view was written.
                let written = place.iter().filter(|x| !x.is_nan()).count();
                assert_eq!(written, rows * columns);
                place.fill(f64::NAN);
            }
        }
    }
}

/// Rows side by side in memory, as another library stores them.
#[test]
fn a_view_of_rows_is_its_numbers() {
    for (rows, columns) in [(2, 3), (20, 3), (300, 2)] {
        let mut place = vec![0.0; rows * columns];
        let xs: Vec<f64> = (0..rows * columns).map(|k| number(k, 0)).collect();
        let (shape, strides) = ((Dyn(rows), Dyn(columns)), (Dyn(columns), Dyn(1)));
        let shown = DynamicView::from_slice_with_strides_generic(
            &xs, shape.0, shape.1, strides.0, strides.1,
        );
        assert_eq!((shown[(0, 1)], shown[(1, 0)]), (xs[1], xs[columns]));
        let other = DynamicViewMut::from_slice_with_strides_generic(
            &mut place, shape.0, shape.1, strides.0, strides.1,
        );
        view_is_its_numbers(shown, other);
    }
}

#[test]
fn a_static_view_is_its_numbers() {
    #[derive(Regularize)]
    #[regularize(gradients = Changed<'a>)]
    struct Shown<'a>(#[regularize(l1_l2(0.5, 0.25))] MatrixView<'a, f64, U2, U3, U1, U4>);

    #[derive(Regularize)]
    struct Changed<'a>(#[regularize(l1_l2(0.5, 0.25))] MatrixViewMut<'a, f64, U2, U3, U1, U4>);

    let mut matrix = SMatrix::<f64, 4, 4>::from_fn(number);
    let weights = matrix;
    let shown = weights.fixed_view::<2, 3>(1, 1);
    let xs: Vec<f64> = shown.iter().copied().collect();
    let expected = Expected::of(&xs, 2);
    assert_eq!(Relu.activity_penalty(&shown), expected.share);
    assert_eq!(Shown(shown).penalty(), expected.value);
    assert_eq!(Shown(shown).report().unwrap().count().zeros, expected.zeros);
    let mut gradients = SMatrix::<f64, 4, 4>::from_element(1.0);
    let mut changed = Changed(gradients.fixed_view_mut(1, 1));
    Shown(shown).add_penalty_gradient(&mut changed).unwrap();
    assert!(changed.0.iter().eq(&expected.slopes));
    Changed(matrix.fixed_view_mut(1, 1))
        .proximal_step(0.5)
        .unwrap();
    assert!(matrix.fixed_view::<2, 3>(1, 1).iter().eq(&expected.stepped));
    assert_eq!(
        (matrix.row(0), matrix.column(0)),
        (weights.row(0), weights.column(0))
    );
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
        "0: the gradient has the shape [3, 1] and not [2, 1]"
    );
    assert!(matches!(error.kind(), ErrorKind::Shape(_)));
}

/// A layer of any float: the user's own bounds say that the field is a weight.
#[test]
fn a_layer_is_generic_over_numbers() {
    #[derive(Regularize)]
    struct Dense<T: Float + Penalty + Scalar> {
        #[regularize(l1(0.5))]
        kernel: DMatrix<T>,
    }

    let mut dense = Dense {
        kernel: DMatrix::from_row_slice(1, 2, &[2.0_f64, -0.25]),
    };
    assert_eq!(dense.penalty(), 1.125);
    dense.proximal_step(1.0).unwrap();
    assert_eq!(dense.kernel, DMatrix::from_row_slice(1, 2, &[1.5, 0.0]));
}

//! Arrays of ndarray, of any memory layout, are what their numbers are in a slice.

use crate::by_hand::*;
use ndarray::{
    ArcArray, Array, Array2, ArrayView2, ArrayViewMut2, Axis, CowArray, Ix2, ShapeBuilder, Slice,
};
use proptest::prelude::*;
use regularize::{ErrorKind, Regularize, Step, l1_l2};

const TERMS: (f64, f64) = (0.5, 0.25);

#[derive(Regularize)]
#[regularize(kernel = l1_l2(TERMS.0, TERMS.1), bias = l1_l2(TERMS.0, TERMS.1))]
struct Dense {
    kernel: Array2<f32>,
    bias: ndarray::Array1<f32>,
}

#[derive(Regularize)]
struct View<'a> {
    #[regularize(l1_l2(TERMS.0, TERMS.1))]
    kernel: ArrayView2<'a, f32>,
}

#[derive(Regularize)]
struct ViewMut<'a> {
    #[regularize(l1_l2(TERMS.0, TERMS.1))]
    kernel: ArrayViewMut2<'a, f32>,
}

#[derive(Regularize)]
struct Others<'a> {
    #[regularize(l1_l2(TERMS.0, TERMS.1))]
    shared: ArcArray<f32, Ix2>,
    #[regularize(l1_l2(TERMS.0, TERMS.1))]
    cow: CowArray<'a, f32, Ix2>,
}

/// The same matrix, row by row, column by column, backwards, and as every second one of a larger one.
fn layouts(rows: usize, columns: usize, xs: &[f32]) -> Vec<Array2<f32>> {
    let by_rows = Array::from_shape_vec((rows, columns), xs.to_vec()).unwrap();
    let mut by_columns = Array2::zeros((rows, columns).f());
    by_columns.assign(&by_rows);
    let mut backwards = Array2::zeros((rows, columns));
    backwards.invert_axis(Axis(0));
    backwards.assign(&by_rows);
    let mut sparse = Array2::from_elem((2 * rows, 3 * columns), f32::NAN);
    sparse.slice_axis_inplace(Axis(0), Slice::new(0, None, 2));
    sparse.slice_axis_inplace(Axis(1), Slice::new(0, None, 3));
    sparse.assign(&by_rows);
    vec![by_rows, by_columns, backwards, sparse]
}

proptest! {
    #[test]
    fn values_gradients_and_steps_do_not_depend_on_the_layout(
        (rows, columns, xs, gs) in (0..4_usize, 0..4_usize).prop_flat_map(|(rows, columns)| {
            let numbers = || prop::collection::vec(number::<f32>(), rows * columns);
            (Just(rows), Just(columns), numbers(), numbers())
        }),
    ) {
        let terms = l1_l2(TERMS.0, TERMS.1).terms();
        let value = terms.penalty(&xs);
        let mut gradient = gs.clone();
        terms.add_subgradient(&xs, &mut gradient).unwrap();
        let gradient = Array::from_shape_vec((rows, columns), gradient).unwrap();
        let mut stepped = xs.clone();
        terms.proximal_step(Step::new(0.5).unwrap(), &mut stepped);
        let stepped = Array::from_shape_vec((rows, columns), stepped).unwrap();

        for kernel in layouts(rows, columns, &xs) {
            let view = View { kernel: kernel.view() };
            prop_assert_eq!(view.penalty().to_bits(), value.to_bits());
            for mut g in layouts(rows, columns, &gs) {
                view_gradient(&kernel, &mut g);
                prop_assert_eq!(&g, &gradient);
            }
            let mut changed = kernel.clone();
            ViewMut { kernel: changed.view_mut() }.proximal_step(0.5).unwrap();
            prop_assert_eq!(&changed, &stepped);
            let mut layer = Dense { kernel, bias: Array::zeros(0) };
            prop_assert_eq!(layer.penalty().to_bits(), value.to_bits());
            layer.proximal_step(0.5).unwrap();
            prop_assert_eq!(&layer.kernel, &stepped);
        }
    }
}

/// More than is gathered at once, and as much, and twice as much.
#[test]
fn large_views_are_what_their_numbers_are() {
    for (rows, columns) in [(16, 16), (16, 32), (23, 31)] {
        let xs: Vec<f32> = (0..rows * columns)
            .map(|k| (k % 97) as f32 - 48.0)
            .collect();
        let gs: Vec<f32> = xs.iter().rev().copied().collect();
        let terms = l1_l2(TERMS.0, TERMS.1).terms();
        let mut gradient = gs.clone();
        terms.add_subgradient(&xs, &mut gradient).unwrap();
        let mut stepped = xs.clone();
        terms.proximal_step(Step::new(0.5).unwrap(), &mut stepped);
        for mut kernel in layouts(rows, columns, &xs) {
            let view = View {
                kernel: kernel.view(),
            };
            assert_eq!(view.penalty(), terms.penalty(&xs));
            for mut g in layouts(rows, columns, &gs) {
                view_gradient(&kernel, &mut g);
                assert!(g.iter().eq(&gradient));
            }
            let mut view = ViewMut {
                kernel: kernel.view_mut(),
            };
            view.proximal_step(0.5).unwrap();
            assert!(kernel.iter().eq(&stepped));
        }
    }
}

/// A view as the weight and a view of the gradients, of any layouts.
fn view_gradient(kernel: &Array2<f32>, gradient: &mut Array2<f32>) {
    #[derive(Regularize)]
    #[regularize(gradients = ViewMut<'a>)]
    struct Weight<'a> {
        #[regularize(l1_l2(TERMS.0, TERMS.1))]
        kernel: ArrayView2<'a, f32>,
    }
    // The lifetimes of both are one.
    let mut gradients = ViewMut {
        kernel: gradient.view_mut(),
    };
    let weight = Weight {
        kernel: kernel.view(),
    };
    weight.add_penalty_gradient(&mut gradients).unwrap();
}

#[test]
fn shared_and_borrowed_arrays_are_changed_by_copying_first() {
    let array = Array2::from_elem((1, 2), 2.0_f32);
    let mut layer = Others {
        shared: array.to_shared(),
        cow: CowArray::from(array.view()),
    };
    assert_eq!(layer.penalty(), 2.0 * (0.5 * 4.0 + 0.25 * 8.0));
    layer.proximal_step(1.0).unwrap();
    assert_eq!((layer.shared[[0, 0]], layer.cow[[0, 1]]), (1.0, 1.0));
    assert_eq!(array, Array2::from_elem((1, 2), 2.0));
}

#[test]
fn a_gradient_of_another_shape_is_named_and_nothing_is_changed() {
    let dense = |kernel| Dense {
        kernel: Array2::zeros(kernel),
        bias: Array::ones(3),
    };
    let mut gradients = dense((3, 2));
    let error = dense((2, 3))
        .add_penalty_gradient(&mut gradients)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "kernel: the weight has the shape [2, 3] and its gradient the shape [3, 2]"
    );
    assert!(matches!(error.kind(), ErrorKind::Shape(_)));
    assert_eq!(gradients.bias, Array::<f32, _>::ones(3));
}

#[test]
fn the_report_counts_the_zeros_of_a_view() {
    let kernel = ndarray::array![[0.0_f32, 1.0], [-0.0, 2.0]];
    let report = View { kernel: kernel.t() }.report().unwrap();
    assert_eq!(report.count().zeros, 2);
}

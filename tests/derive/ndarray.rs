//! Arrays of ndarray, of any memory layout, are what their numbers are in a slice.

use crate::by_hand::*;
use ndarray::{
    ArcArray, Array, Array1, Array2, ArrayD, ArrayView, ArrayView2, ArrayViewMut, ArrayViewMut2,
    Axis, CowArray, Dimension, Ix0, Ix1, Ix2, Ix3, Ix4, Ix6, IxDyn, ShapeBuilder, Slice, arr0,
    array,
};
use proptest::prelude::*;
use regularize::extend::{Activity, Float, Penalty, Sums};
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

#[derive(Regularize)]
#[regularize(penalty = f32, activity = l1_l2(TERMS.0, TERMS.1))]
struct Relu;

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
    view_gradient_of(kernel.view(), gradient);
}

fn view_gradient_of(kernel: ArrayView2<'_, f32>, gradient: &mut Array2<f32>) {
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
    let weight = Weight { kernel };
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
        "kernel: the gradient has the shape [3, 2] and not [2, 3]"
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

/// The penalties of an array, in its order, and its numbers and gradients of 1 after a step and an addition.
struct Expected {
    value: f32,
    share: f32,
    zeros: usize,
    slopes: Vec<f32>,
    stepped: Vec<f32>,
}

impl Expected {
    fn of(xs: &[f32], batch: Option<usize>) -> Self {
        let terms = l1_l2(TERMS.0, TERMS.1).terms();
        let mut sums = Sums::new();
        sums.extend(xs);
        let (mut slopes, mut stepped) = (vec![1.0; xs.len()], xs.to_vec());
        terms.add_subgradient(xs, &mut slopes).unwrap();
        terms.proximal_step(Step::new(0.5).unwrap(), &mut stepped);
        let value = terms.penalty(xs);
        Self {
            value,
            share: batch.map_or(value, |batch| terms.penalty_per_sample(&sums, batch)),
            zeros: xs.iter().filter(|x| **x == 0.0).count(),
            slopes,
            stepped,
        }
    }
}

/// Everything, of an array of that rank and of views of it, is what it is of its numbers in a slice.
macro_rules! is_its_numbers {
    ($rank:ty, $batch:expr, $array:expr) => {{
        #[derive(Regularize)]
        struct Own(#[regularize(l1_l2(TERMS.0, TERMS.1))] Array<f32, $rank>);

        #[derive(Regularize)]
        #[regularize(gradients = Changed<'a>)]
        struct Shown<'a>(#[regularize(l1_l2(TERMS.0, TERMS.1))] ArrayView<'a, f32, $rank>);

        #[derive(Regularize)]
        struct Changed<'a>(#[regularize(l1_l2(TERMS.0, TERMS.1))] ArrayViewMut<'a, f32, $rank>);

        let mut array: Array<f32, $rank> = $array;
        let xs: Vec<f32> = array.iter().copied().collect();
        let expected = Expected::of(&xs, $batch);
        assert_eq!(array.batch(), $batch);
        assert_eq!(Relu.activity_penalty(&array), expected.share);
        assert_eq!(Relu.activity_penalty(&array.view()), expected.share);
        assert_eq!(Relu.activity_penalty(&array.view_mut()), expected.share);

        let ones = || Array::ones(array.raw_dim());
        let view = Shown(array.view());
        assert_eq!(view.penalty(), expected.value);
        let report = view.report().unwrap();
        assert_eq!(report.total(), f64::from(expected.value));
        assert_eq!(
            (report.count().zeros, report.count().len),
            (expected.zeros, xs.len())
        );
        let mut gradient = ones();
        view.add_penalty_gradient(&mut Changed(gradient.view_mut()))
            .unwrap();
        assert!(gradient.iter().eq(&expected.slopes));

        let (mut layer, mut gradients) = (Own(array.clone()), Own(ones()));
        assert_eq!(layer.penalty(), expected.value);
        assert_eq!(layer.report().unwrap(), report);
        layer.add_penalty_gradient(&mut gradients).unwrap();
        assert!(gradients.0.iter().eq(&expected.slopes));
        layer.proximal_step(0.5).unwrap();
        assert!(layer.0.iter().eq(&expected.stepped));

        let mut view = Changed(array.view_mut());
        assert_eq!(view.penalty(), expected.value);
        assert_eq!(view.report().unwrap(), report);
        view.proximal_step(0.5).unwrap();
        assert!(array.iter().eq(&expected.stepped));
    }};
}

/// −12 to 11 in a shape.
fn counted<Sh: ShapeBuilder>(shape: Sh) -> Array<f32, Sh::Dim> {
    let mut next = -13.0;
    Array::from_shape_simple_fn(shape, || {
        next += 1.0;
        next
    })
}

/// The part of an array that a slice of each axis shows, in its memory.
fn sliced<D: Dimension>(mut array: Array<f32, D>, slices: &[Slice]) -> Array<f32, D> {
    array.slice_each_axis_inplace(|axis| slices[axis.axis.index()]);
    array
}

/// Every so many; backwards, if that is negative.
fn every(step: isize) -> Slice {
    Slice::new(0, None, step)
}

fn part(start: isize, end: isize) -> Slice {
    Slice::new(start, Some(end), 1)
}

#[test]
fn an_array_of_any_rank_is_its_numbers() {
    is_its_numbers!(Ix0, None, arr0(-2.0));
    is_its_numbers!(Ix1, Some(24), counted(24));
    is_its_numbers!(Ix2, Some(4), counted((4, 6)));
    is_its_numbers!(Ix3, Some(2), counted((2, 3, 4)));
    is_its_numbers!(Ix4, Some(3), counted((3, 2, 4, 1)));
    is_its_numbers!(Ix6, Some(1), counted((1, 2, 3, 2, 2, 1)));
}

#[test]
fn an_array_of_a_rank_that_is_known_at_run_time_is_its_numbers() {
    is_its_numbers!(IxDyn, None, ArrayD::from_elem(vec![], -2.0));
    is_its_numbers!(IxDyn, Some(24), counted(vec![24]));
    is_its_numbers!(IxDyn, Some(2), counted(vec![2, 3, 4]));
    let permuted = || counted(vec![2, 3, 4]).permuted_axes(vec![2, 0, 1]);
    is_its_numbers!(IxDyn, Some(4), permuted());
    is_its_numbers!(IxDyn, Some(2), sliced(permuted(), &[every(-2); 3]));
    is_its_numbers!(IxDyn, Some(0), ArrayD::zeros(vec![0; 7]));
}

#[test]
fn an_empty_array_is_no_numbers() {
    is_its_numbers!(Ix1, Some(0), Array::zeros(0));
    is_its_numbers!(Ix2, Some(0), Array::zeros((0, 3)));
    is_its_numbers!(Ix2, Some(3), Array::zeros((3, 0)));
    is_its_numbers!(Ix3, Some(2), Array::zeros((2, 0, 4).f()));
    is_its_numbers!(
        Ix2,
        Some(0),
        sliced(counted((4, 6)), &[part(1, 1), every(-2)])
    );
}

/// Axes in another order, backwards, with steps, and parts of them.
#[test]
fn an_array_that_is_no_slice_is_its_numbers() {
    is_its_numbers!(Ix1, Some(24), sliced(counted(24), &[every(-1)]));
    is_its_numbers!(Ix1, Some(8), sliced(counted(24), &[every(3)]));
    is_its_numbers!(Ix2, Some(6), counted((4, 6)).reversed_axes());
    is_its_numbers!(
        Ix2,
        Some(4),
        sliced(counted((4, 6)), &[every(-1), every(-2)])
    );
    is_its_numbers!(
        Ix2,
        Some(2),
        sliced(counted((4, 6)), &[part(1, 3), part(2, 5)])
    );
    is_its_numbers!(Ix1, Some(4), counted((4, 6)).index_axis_move(Axis(1), 2));
    is_its_numbers!(Ix0, None, counted(24).index_axis_move(Axis(0), 5));
    is_its_numbers!(Ix3, Some(2), counted((2, 3, 4).f()));
    is_its_numbers!(Ix3, Some(3), counted((2, 3, 4)).permuted_axes([1, 2, 0]));
    is_its_numbers!(
        Ix3,
        Some(2),
        sliced(counted((2, 3, 4)), &[every(1), every(-1), every(2)])
    );
}

/// A view may show a number more than once, and each time it counts.
#[test]
fn a_view_that_repeats_a_row_counts_it_as_often() {
    let row = ndarray::array![1.0_f32, 0.0];
    let kernel = row.broadcast((3, 2)).unwrap();
    let view = View { kernel };
    assert_eq!(view.penalty(), 3.0 * (0.5 + 0.25));
    assert_eq!(view.report().unwrap().count().zeros, 3);
    assert_eq!(Relu.activity_penalty(&kernel), 0.5 + 0.25);
    let mut gradient = Array2::zeros((3, 2));
    view_gradient_of(kernel, &mut gradient);
    assert_eq!(
        gradient,
        ndarray::array![[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    );
}

/// In rows and in columns; the arrays that they share or borrow stay as they are.
#[test]
fn shared_and_borrowed_arrays_are_their_numbers() {
    let array = ndarray::array![[4.0_f32, -2.0, 0.0], [0.0, 0.0, 2.0]];
    for array in [array.clone(), array.reversed_axes()] {
        let others = |array| Others {
            shared: ArcArray::clone(array),
            cow: CowArray::from(array.view()),
        };
        let (ones, shared) = (Array2::ones(array.raw_dim()).to_shared(), array.to_shared());
        let (mut layer, mut gradients) = (others(&shared), others(&ones));
        let value = 0.5 * 8.0 + 0.25 * 24.0;
        assert!(
            layer
                .losses()
                .iter()
                .eq([("shared", &value), ("cow", &value)])
        );
        assert_eq!(layer.report().unwrap().count().zeros, 2 * 3);
        let share = value / array.nrows() as f32;
        assert_eq!(Relu.activity_penalty(&layer.shared), share);
        assert_eq!(Relu.activity_penalty(&layer.cow), share);

        layer.add_penalty_gradient(&mut gradients).unwrap();
        let slopes = array.mapv(|x| 1.0 + 0.5 * x + if x == 0.0 { 0.0 } else { 0.5 * x.signum() });
        assert_eq!(
            (&gradients.shared, &gradients.cow.to_shared()),
            (&slopes.to_shared(), &slopes.to_shared())
        );
        layer.proximal_step(2.0).unwrap();
        let stepped = array
            .mapv(|x| x.signum() * (x.abs() - 1.0).max(0.0) / 2.0)
            .to_shared();
        assert_eq!(
            (&layer.shared, &layer.cow.to_shared()),
            (&stepped, &stepped)
        );
        assert_eq!(
            (shared, ones),
            (array.to_shared(), Array2::ones(array.raw_dim()).to_shared())
        );
    }
}

/// A layer of any float, and one of any dimension: the user's own bounds say that the fields are weights.
#[test]
fn a_layer_is_generic_over_numbers_and_dimensions() {
    #[derive(Regularize)]
    #[regularize(kernel = l2(0.5), bias = l1(0.25), heads = l1(1.0))]
    struct Dense<A: Float + Penalty> {
        kernel: Array2<A>,
        bias: Option<Array1<A>>,
        heads: Vec<Array1<A>>,
    }

    #[derive(Regularize)]
    struct Scale<D>
    where
        D: Dimension,
    {
        #[regularize(l1(0.5))]
        gamma: Array<f32, D>,
    }

    fn total<A: Float + Penalty>(layer: &Dense<A>) -> A {
        layer.penalty()
    }

    let mut dense = Dense {
        kernel: array![[1.0, 2.0]],
        bias: Some(array![-4.0]),
        heads: vec![array![0.5], array![3.0]],
    };
    assert_eq!(total(&dense), 2.5 + 1.0 + 0.5 + 3.0);
    let mut gradients = Dense {
        kernel: array![[0.0, 0.0]],
        bias: Some(array![0.0]),
        heads: vec![array![0.0], array![0.0]],
    };
    dense.add_penalty_gradient(&mut gradients).unwrap();
    assert_eq!(gradients.kernel, array![[1.0, 2.0]]);
    dense.proximal_step(1.0).unwrap();
    assert_eq!(dense.heads, [array![0.0], array![2.0]]);

    let mut scale = Scale {
        gamma: array![[[2.0, -4.0]]],
    };
    assert_eq!(scale.penalty(), 3.0);
    scale.proximal_step(2.0).unwrap();
    assert_eq!(scale.gamma, array![[[1.0, -3.0]]]);
}

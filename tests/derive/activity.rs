//! The penalty of outputs: divided by the length of the first axis, and rounded once.

use crate::by_hand::*;
use proptest::prelude::*;
use regularize::extend::{Activity, Sums, from_fn};
use regularize::{Losses, Regularize, l1, l1_l2, l2};

#[derive(Regularize)]
#[regularize(penalty = f32, activity = l1(0.1))]
struct Relu;

#[derive(Regularize)]
#[regularize(activity = self.strength, kernel = l2(0.5))]
struct Dense {
    kernel: Vec<f64>,
    strength: regularize::L1L2,
}

proptest! {
    #[test]
    fn it_is_the_share_of_a_sample(rows in prop::collection::vec(array::<f32, 3>(), 0..5)) {
        let mut sums = Sums::new();
        sums.extend(rows.as_flattened());
        let share: f32 = l1(0.1).terms().penalty_per_sample(&sums, rows.len());
        prop_assert_eq!(Relu.activity_penalty(&rows).to_bits(), share.to_bits());
        prop_assert_eq!(Relu.activity_penalty(&rows[..]).to_bits(), share.to_bits());
        let nested: Vec<Vec<f32>> = rows.iter().map(|row| row.to_vec()).collect();
        prop_assert_eq!(Relu.activity_penalty(&nested).to_bits(), share.to_bits());
        let array = ndarray::Array2::from(rows.clone());
        prop_assert_eq!(Relu.activity_penalty(&array).to_bits(), share.to_bits());
        prop_assert_eq!(Relu.activity_penalty(&array.view()).to_bits(), share.to_bits());
        let matrix = nalgebra::DMatrix::from_fn(rows.len(), 3, |i, j| rows[i][j]);
        prop_assert_eq!(Relu.activity_penalty(&matrix).to_bits(), share.to_bits());
    }

    #[test]
    fn numbers_alone_are_a_batch_of_numbers(xs in weight::<f64>()) {
        let layer = Dense { kernel: vec![], strength: l1_l2(0.5, 0.25) };
        let mut sums = Sums::new();
        sums.extend(&xs);
        let share: f64 = l1_l2(0.5, 0.25).terms().penalty_per_sample(&sums, xs.len());
        prop_assert_eq!(layer.activity_penalty(&xs).to_bits(), share.to_bits());
        let array = ndarray::Array1::from(xs.clone());
        prop_assert_eq!(layer.activity_penalty(&array).to_bits(), share.to_bits());
        let vector = nalgebra::DVector::from(xs);
        prop_assert_eq!(layer.activity_penalty(&vector).to_bits(), share.to_bits());
    }
}

/// The gradient that the layer adds to those of an output, row by row.
fn expected(
    terms: regularize::extend::Terms,
    rows: &[[f32; 3]],
    gradients: &[[f32; 3]],
) -> Vec<u32> {
    let mut expected = gradients.as_flattened().to_vec();
    let added = terms.add_subgradient_per_sample(rows.len(), rows.as_flattened(), &mut expected);
    added.unwrap();
    expected.into_iter().map(f32::to_bits).collect()
}

fn bits<'a>(gradient: impl IntoIterator<Item = &'a f32>) -> Vec<u32> {
    gradient.into_iter().map(|g| g.to_bits()).collect()
}

proptest! {
    #[test]
    fn the_gradient_is_that_of_every_output(
        (rows, gradients) in (0_usize..40).prop_flat_map(|length| {
            let rows = || prop::collection::vec(array::<f32, 3>(), length);
            (rows(), rows())
        }),
    ) {
        let layer = Relu;
        let want = expected(layer.activity().unwrap(), &rows, &gradients);

        let mut arrays = gradients.clone();
        layer.add_activity_gradient(&rows, &mut arrays).unwrap();
        prop_assert_eq!(bits(arrays.as_flattened()), &*want);
        let mut arrays = gradients.clone();
        layer.add_activity_gradient(&rows[..], &mut arrays[..]).unwrap();
        prop_assert_eq!(bits(arrays.as_flattened()), &*want);

        let vectors = |rows: &[[f32; 3]]| rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>();
        let mut nested = vectors(&gradients);
        layer.add_activity_gradient(&vectors(&rows), &mut nested).unwrap();
        prop_assert_eq!(bits(nested.iter().flatten()), &*want);

        let (array, gradient) = (ndarray::Array2::from(rows.clone()), ndarray::Array2::from(gradients.clone()));
        let mut own = gradient.clone();
        layer.add_activity_gradient(&array, &mut own).unwrap();
        prop_assert_eq!(bits(&own), &*want);
        let mut transposed = gradient.clone().reversed_axes().as_standard_layout().into_owned();
        layer.add_activity_gradient(&array.view(), &mut transposed.view_mut().reversed_axes()).unwrap();
        prop_assert_eq!(bits(transposed.reversed_axes().iter()), &*want);

        let matrix = |rows: &[[f32; 3]]| nalgebra::DMatrix::from_fn(rows.len(), 3, |i, j| rows[i][j]);
        let (output, mut gradient) = (matrix(&rows), matrix(&gradients));
        layer.add_activity_gradient(&output, &mut gradient).unwrap();
        prop_assert_eq!(bits(gradient.transpose().iter()), &*want);
        let mut gradient = matrix(&gradients);
        layer.add_activity_gradient(&output.columns(0, 3), &mut gradient).unwrap();
        prop_assert_eq!(bits(gradient.transpose().iter()), &*want);
    }
}

/// The difference quotient of a sum of squares is its derivative, in every edition.
#[test]
fn the_gradient_is_the_derivative_of_the_penalty_in_every_edition() {
    fn agree<L: Regularize<Penalty = f64>>(layer: &L) -> f64 {
        let at = |y: f64| layer.activity_penalty(&[[y, 1.0], [2.0, 3.0]]);
        let mut gradient = [[0.0; 2]; 2];
        layer
            .add_activity_gradient(&[[5.0, 1.0], [2.0, 3.0]], &mut gradient)
            .unwrap();
        assert_eq!(gradient[0][0], (at(6.0) - at(4.0)) / 2.0);
        gradient[0][0]
    }

    macro_rules! editions {
        ($($edition:ident: $slope:literal),+) => {$({
            #[derive(Regularize)]
            #[regularize(penalty = f64, edition = $edition, activity = l1_l2(0.5, 0.25))]
            struct Layer;

            assert_eq!(agree(&Layer), $slope, "{}", stringify!($edition));
        })+};
    }
    editions! {
        KERAS_2_2: 3.0, TF_2_0: 1.5, TF_2_3: 1.5, TF_2_4: 1.5, TF_2_10: 1.5,
        KERAS_3_0: 3.0, KERAS_3_14_0: 1.5, KERAS_3_14_1: 1.5
    }
}

#[test]
fn a_gradient_of_another_shape_is_an_error_that_changes_nothing() {
    let message = |error: regularize::Error| error.to_string();
    let mut short = vec![1.0_f32];
    let error = Relu
        .add_activity_gradient(&vec![1.0_f32, 2.0], &mut short)
        .unwrap_err();
    assert_eq!(message(error), "the gradient has the shape [1] and not [2]");

    let mut rows = vec![vec![1.0_f32], vec![]];
    let error = Relu
        .add_activity_gradient(&vec![vec![1.0_f32], vec![2.0]], &mut rows)
        .unwrap_err();
    assert_eq!(message(error), "the gradient has the shape [0] and not [1]");

    let mut array = ndarray::arr2(&[[1.0_f32, 1.0]]);
    let output = ndarray::arr2(&[[1.0_f32], [1.0]]);
    let error = Relu.add_activity_gradient(&output, &mut array).unwrap_err();
    assert_eq!(
        message(error),
        "the gradient has the shape [1, 2] and not [2, 1]"
    );
    let mut matrix = nalgebra::DMatrix::from_element(2, 1, 1.0_f32);
    let output = nalgebra::DMatrix::from_element(1, 2, 1.0_f32);
    Relu.add_activity_gradient(&output, &mut matrix)
        .unwrap_err();
    assert_eq!((short, rows), (vec![1.0], vec![vec![1.0], vec![]]));
    assert!(array.iter().chain(&matrix).all(|g| *g == 1.0));
}

#[test]
fn a_gradient_is_left_as_it_is_without_an_activity_regularizer_and_is_not_divided_without_an_axis()
{
    #[derive(Regularize)]
    struct Plain(#[regularize(l1)] Vec<f32>);

    let mut gradient = [-0.0_f32];
    Plain(vec![1.0])
        .add_activity_gradient(&[2.0], &mut gradient)
        .unwrap();
    assert_eq!(gradient[0].to_bits(), (-0.0_f32).to_bits());

    let mut gradient = ndarray::arr0(1.0_f32);
    Relu.add_activity_gradient(&ndarray::arr0(-2.0_f32), &mut gradient)
        .unwrap();
    assert_eq!(gradient.into_scalar(), 0.9);
}

#[test]
fn the_first_axis_is_the_batch() {
    assert_eq!([[1.0_f32; 3]; 2].batch(), Some(2));
    assert_eq!([[[1.0_f32; 3]; 2]; 5].batch(), Some(5));
    assert_eq!(ndarray::Array3::<f32>::zeros((4, 3, 2)).batch(), Some(4));
    assert_eq!(nalgebra::Matrix2x3::<f32>::zeros().batch(), Some(2));
    assert_eq!(ndarray::arr0(1.0_f32).batch(), None);
}

#[test]
fn an_output_without_an_axis_is_not_divided() {
    assert_eq!(Relu.activity_penalty(&ndarray::arr0(2.0_f32)), 0.2);
}

/// A method call on a reference finds the reference's own implementation first.
#[test]
fn a_layer_behind_a_reference_has_its_activity() {
    fn of(layer: &mut Relu, output: &[f32]) -> [f32; 3] {
        let by_reference = layer.activity_penalty(output);
        let boxed = Box::new(&*layer);
        let by_box = boxed.activity_penalty(output);
        [
            by_reference,
            by_box,
            std::rc::Rc::new(Relu).activity_penalty(output),
        ]
    }
    assert_eq!(of(&mut Relu, &[2.0]), [0.2; 3]);
}

#[test]
fn an_empty_batch_costs_nothing() {
    let none: [[f32; 3]; 0] = [];
    assert_eq!(Relu.activity_penalty(&none).to_bits(), 0);
    assert_eq!(
        Relu.activity_penalty(&ndarray::Array2::<f32>::zeros((0, 3))),
        0.0
    );
}

#[test]
fn a_layer_without_an_activity_regularizer_costs_nothing() {
    #[derive(Regularize)]
    struct Plain(#[regularize(l1)] Vec<f32>);

    let plain = Plain(vec![1.0]);
    assert_eq!(plain.activity(), None);
    assert_eq!(plain.activity_penalty(&[[1.0_f32, -3.0]]).to_bits(), 0);
    assert_eq!(Box::new(&plain).activity_penalty(&[f64::NAN]).to_bits(), 0);
}

#[test]
fn a_field_may_be_the_regularizer() {
    let layer = Dense {
        kernel: vec![],
        strength: l1_l2(0.0, 0.25),
    };
    let terms = layer.activity().unwrap();
    assert_eq!((terms.l1(), terms.l2()), (None, Some(0.25)));
}

/// Keras' `add_loss`: a forward pass fills the collector, and it sums with the losses of the weights.
#[test]
fn the_collector_sums_with_the_weights() {
    let layer = Dense {
        kernel: vec![1.0, 2.0],
        strength: l1_l2(0.5, 0.0),
    };
    let output = [[1.0, -1.0], [2.0, 0.0]];

    let mut activities = Losses::new();
    activities.add("fc1", &l2(0.5), &output);
    activities.push("fc2", layer.activity_penalty(&output));
    activities.add("nothing", &None::<regularize::L1>, &output);
    activities.add(
        "largest",
        &from_fn(|y: &[f64]| y.iter().copied().fold(0.0, f64::max)),
        &output,
    );
    assert!(
        activities
            .iter()
            .eq([("fc1", &1.5), ("fc2", &1.0), ("largest", &1.0)])
    );

    let mut losses = layer.losses();
    losses.extend(activities);
    assert_eq!((losses.total(), losses.add_to(1.0)), (2.5 + 3.5, 7.0));
    assert_eq!(
        losses.to_string(),
        "kernel   2.5\nfc1      1.5\nfc2      1\nlargest  1\ntotal    6"
    );
}

#[test]
fn an_empty_collector_is_zero() {
    assert_eq!(Losses::<f32>::new().total().to_bits(), 0);
    assert_eq!(Losses::<f32>::default().add_to(1.5), 1.5);
}

#[test]
fn a_list_of_rows_is_one_tensor() {
    use regularize::Count;
    use regularize::extend::{Sums, Tensor};

    let rows = [vec![1.0_f32, 0.0], vec![-3.0]];
    let mut sums = Sums::new();
    sums.extend(&[1.0_f32, 0.0, -3.0]);
    assert_eq!(rows[..].sums().unwrap(), sums);
    assert_eq!(rows[..].count().unwrap(), Count { zeros: 1, len: 3 });
    assert_eq!(rows[..].identity(), rows[..].identity());
    assert_ne!(rows[..].identity(), rows[..1].identity());
    assert!(rows[..].identity().is_some() && rows[..0].identity().is_none());
}

//! Penalty, losses and report of models as users write them.

use crate::{linear, number, numbers, param, tape, tensor};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{DType, Device, Tensor};
use regularize::{L2, Losses, Regularize, State, l1};

/// Everything that a field may be.
#[derive(Module, Debug, Regularize)]
#[regularize(scale = l1(0.5), shift = l1(0.5), missing = l1(0.5), activity = l1(0.25))]
struct Model {
    scale: Param<Tensor<1>>,
    shift: Option<Param<Tensor<1>>>,
    missing: Option<Param<Tensor<1>>>,
    #[regularize(kernel = l2(0.5), bias = l1(0.25))]
    fc: Linear,
    #[regularize(kernel = l2(0.5), bias = none)]
    stack: Vec<Linear>,
    #[regularize(nested)]
    head: Head,
    #[regularize(nested)]
    heads: Vec<Head>,
    units: usize,
}

#[derive(Module, Debug, Regularize)]
struct Head {
    #[regularize(kernel = self.strength)]
    fc: Linear,
    #[module(skip)]
    strength: L2, // changes while training
}

fn head(strength: f64, device: &Device) -> Head {
    Head {
        fc: linear(&[2.0], &[9.0], device),
        strength: L2::new(strength).unwrap(),
    }
}

fn model(device: &Device) -> Model {
    Model {
        scale: param(&[1.0, -3.0], device),
        shift: Some(param(&[0.0, 1.0], device)),
        missing: None,
        fc: linear(&[1.0, 2.0], &[-1.0, 0.0], device),
        stack: vec![
            linear(&[2.0], &[9.0], device),
            linear(&[4.0], &[9.0], device),
        ],
        head: head(0.25, device),
        heads: vec![head(0.5, device), head(1.0, device)],
        units: 2,
    }
}

/// By hand: the factor by the sum of the weights above.
const LOSSES: [(&str, f64); 9] = [
    ("scale", 2.0),
    ("shift", 0.5),
    ("fc.kernel", 2.5),
    ("fc.bias", 0.25),
    ("stack.0.kernel", 2.0),
    ("stack.1.kernel", 8.0),
    ("head.fc.kernel", 1.0),
    ("heads.0.fc.kernel", 2.0),
    ("heads.1.fc.kernel", 4.0),
];

const TOTAL: f64 = 22.25;

fn read(losses: Losses<Tensor<1>>) -> Vec<(String, f64)> {
    let read = |(name, loss)| (name, number(loss));
    losses.into_iter().map(read).collect()
}

fn named(losses: &[(&str, f64)]) -> Vec<(String, f64)> {
    let named = |&(name, loss): &(&str, f64)| (name.to_owned(), loss);
    losses.iter().map(named).collect()
}

#[test]
fn every_kind_of_field_has_its_losses() {
    for device in [Device::default(), tape()] {
        assert_eq!(read(model(&device).losses()), named(&LOSSES));
    }
}

#[test]
fn the_penalty_is_their_sum() {
    for device in [Device::default(), tape()] {
        assert_eq!(number(model(&device).penalty()), TOTAL);
        assert_eq!(number(model(&device).losses().total()), TOTAL);
    }
}

#[test]
fn the_report_has_the_losses_and_counts_zeros() {
    for device in [Device::default(), tape()] {
        let report = model(&device).report().unwrap();
        let counted = report.rows().iter();
        let counted = counted.filter(|row| row.state() == &State::Counted);
        let rows: Vec<_> = counted
            .map(|row| (row.path().to_owned(), row.penalty()))
            .collect();
        assert_eq!(rows, named(&LOSSES));
        assert_eq!(report.total(), TOTAL);
        assert_eq!((report.count().zeros, report.count().len), (2, 13));
    }
}

#[test]
fn a_strength_that_changes_is_the_next_penalty() {
    let mut head = head(0.25, &tape());
    assert_eq!(number(head.penalty()), 1.0);
    head.strength = L2::new(0.5).unwrap();
    assert_eq!(number(head.penalty()), 2.0);
}

/// burn visits modules to train, move and store them: a strength is no parameter and goes along.
#[test]
fn a_strength_is_kept_by_what_burn_does_to_a_module() {
    let head = head(0.25, &tape()).valid().train().no_grad();
    assert_eq!(head.strength, L2::new(0.25).unwrap());
    assert_eq!(head.num_params(), 2);
}

/// What ones cost as an output.
fn activity<const D: usize>(shape: [usize; D]) -> f64 {
    let device = tape();
    number(model(&device).activity_penalty(&Tensor::<D>::ones(shape, &device)))
}

#[test]
fn an_output_is_divided_by_its_first_axis() {
    assert_eq!(activity([2]), 0.25);
    assert_eq!(activity([2, 4]), 1.0);
    assert_eq!(activity([2, 4, 2]), 2.0);
    assert_eq!(activity([2, 4, 2, 2]), 4.0);
}

#[test]
fn an_output_of_no_sample_costs_nothing() {
    assert_eq!(activity([0, 4]), 0.0);
}

#[test]
fn the_penalty_of_an_output_is_differentiated() {
    let device = tape();
    let output = tensor(&[1.0, -2.0], DType::F32, &device).require_grad();
    let gradients = model(&device).activity_penalty(&output).backward();
    assert_eq!(numbers_of(output.grad(&gradients)), [0.125, -0.125]);
}

fn numbers_of(gradient: Option<Tensor<1>>) -> Vec<f64> {
    numbers(gradient.expect("a gradient"))
}

#[test]
fn outputs_and_weights_have_one_total() {
    let device = tape();
    let mut losses = Losses::new();
    losses.add("relu", &l1(0.5), &Tensor::<2>::ones([2, 4], &device));
    losses.extend(model(&device).losses());
    assert_eq!(number(losses.total()), TOTAL + 2.0);
    let loss = tensor(&[1.0], DType::F32, &device);
    assert_eq!(number(losses.add_to(loss)), TOTAL + 3.0);
}

#[derive(Module, Debug, Regularize)]
#[regularize(kernel = l1(0.5))]
struct Empty {
    kernel: Option<Param<Tensor<2>>>,
}

#[test]
fn a_model_without_a_weight_costs_nothing() {
    let model = Empty { kernel: None };
    assert_eq!(number(model.penalty()), 0.0);
    assert!(model.losses().is_empty());
    assert_eq!(model.report().unwrap().total(), 0.0);
}

#[test]
fn a_model_without_a_weight_leaves_the_loss() {
    let model = Empty { kernel: None };
    let device = tape();
    let x = tensor(&[3.0], DType::F64, &device).require_grad();
    let loss = model.add_penalty(x.clone() * 2.0);
    assert_eq!(loss.dtype(), DType::F64);
    assert_eq!(loss.device(), device);
    let gradients = loss.clone().backward();
    assert_eq!(number(loss), 6.0);
    assert_eq!(numbers_of(x.grad(&gradients)), [2.0]);
}

#[test]
fn a_weight_of_no_numbers_costs_nothing() {
    for device in [Device::default(), tape()] {
        let kernel = Some(Param::from_tensor(Tensor::zeros([0, 4], &device)));
        let model = Empty { kernel };
        assert_eq!(number(model.penalty()).to_bits(), 0.0_f64.to_bits());
        assert_eq!(model.report().unwrap().count().len, 0);
    }
}

#[derive(Module, Debug, Regularize)]
#[regularize(kernel = |w| w.clone().abs().max())]
struct Largest {
    kernel: Param<Tensor<2>>,
}

fn largest(device: &Device) -> Largest {
    let kernel = Tensor::from_data([[1.0, -4.0], [2.0, 0.0]], device);
    Largest {
        kernel: Param::from_tensor(kernel),
    }
}

#[test]
fn a_closure_is_a_regularizer() {
    for device in [Device::default(), tape()] {
        let model = largest(&device);
        assert_eq!(number(model.penalty()), 4.0);
        let report = model.report().unwrap();
        assert_eq!(report.rows()[0].regularizer(), "closure");
        assert_eq!(report.total(), 4.0);
    }
}

#[test]
fn a_closure_is_differentiated() {
    let model = largest(&tape());
    let gradients = model.penalty().backward();
    let gradient = model.kernel.grad(&gradients).expect("a gradient");
    assert_eq!(numbers(gradient), [0.0, -1.0, 0.0, 0.0]);
}

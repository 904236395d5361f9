//! What burn has frozen is frozen for a penalty too.

use crate::{linear, number, numbers, states, tape, tensor};
use burn::module::{Module, ParamGroup};
use burn::nn::Linear;
use burn::tensor::{DType, Device};
use regularize::{Regularize, State};

#[derive(Module, Debug, Regularize)]
struct Model {
    #[regularize(kernel = l2(0.5), bias = l1(0.5))]
    body: Linear,
    #[regularize(kernel = l1(0.5))]
    head: Linear,
}

#[derive(Module, Debug, Regularize)]
#[regularize(edition = TF_2_10)]
struct Older {
    #[regularize(kernel = l2(0.5))]
    body: Linear,
    #[regularize(kernel = l1(0.5))]
    head: Linear,
}

fn layer(device: &Device) -> Linear {
    linear(&[2.0, -4.0], &[1.0, 1.0], device)
}

/// The body is frozen.
fn model(device: &Device) -> Model {
    Model {
        body: layer(device).no_grad(),
        head: layer(device),
    }
}

fn older(device: &Device) -> Older {
    Older {
        body: layer(device).no_grad(),
        head: layer(device),
    }
}

#[test]
fn no_grad_has_no_loss_in_keras_3() {
    for device in [Device::default(), tape()] {
        let losses = model(&device).losses();
        let losses: Vec<_> = losses.iter().map(|(name, _)| name).collect();
        assert_eq!(losses, ["head.kernel"]);
        assert_eq!(number(model(&device).penalty()), 3.0);
    }
}

#[test]
fn no_grad_has_a_loss_in_keras_2() {
    for device in [Device::default(), tape()] {
        assert_eq!(number(older(&device).penalty()), 13.0);
    }
}

#[test]
fn no_grad_has_no_gradient_in_keras_2() {
    let model = older(&tape());
    let gradients = model.penalty().backward();
    assert!(!model.body.weight.is_require_grad());
    assert!(model.body.weight.grad(&gradients).is_none());
    let head = model.head.weight.grad(&gradients).expect("a gradient");
    assert_eq!(numbers(head), [0.5, -0.5]);
}

/// All of it is a constant then, and the loss alone is differentiated.
#[test]
fn a_tracked_loss_takes_the_penalty_of_a_frozen_model() {
    let device = tape();
    let x = tensor(&[3.0], DType::F32, &device).require_grad();
    let loss = older(&device).no_grad().add_penalty(x.clone().square());
    let gradients = loss.backward();
    assert_eq!(numbers(x.grad(&gradients).expect("a gradient")), [6.0]);
    assert_eq!(number(loss), 22.0);
}

#[test]
fn a_frozen_model_leaves_the_loss() {
    let device = tape();
    let model = model(&device).no_grad();
    assert_eq!(number(model.penalty()), 0.0);
    let loss = model.add_penalty(tensor(&[3.0], DType::F32, &device));
    assert_eq!(number(loss), 3.0);
}

#[test]
fn the_report_says_frozen() {
    for device in [Device::default(), tape()] {
        let report = model(&device).report().unwrap();
        let expected = [
            ("body.kernel", &State::Frozen),
            ("body.bias", &State::Frozen),
            ("head.kernel", &State::Counted),
        ];
        assert_eq!(states(&report), expected);
        assert_eq!(report.rows()[0].penalty(), 10.0);
        assert_eq!((report.total(), report.count().len), (3.0, 2));
        let report = older(&device).report().unwrap();
        let expected = [
            ("body.kernel", &State::Counted),
            ("head.kernel", &State::Counted),
        ];
        assert_eq!(states(&report), expected);
    }
}

#[test]
fn what_is_frozen_takes_no_step() {
    for device in [Device::default(), tape()] {
        let mut model = model(&device);
        model.proximal_step(1.0).unwrap();
        assert_eq!(numbers(model.body.weight.val()), [2.0, -4.0]);
        assert_eq!(numbers(model.head.weight.val()), [1.5, -3.5]);
        let mut older = older(&device);
        older.proximal_step(1.0).unwrap();
        assert_eq!(numbers(older.body.weight.val()), [2.0, -4.0]);
        assert_eq!(numbers(older.head.weight.val()), [1.5, -3.5]);
    }
}

#[test]
fn one_parameter_of_a_layer_can_be_frozen() {
    let mut model = Model {
        body: layer(&tape()).freeze_group(ParamGroup::from_path("weight")),
        head: layer(&tape()),
    };
    assert_eq!(number(model.penalty()), 1.0 + 3.0);
    model = model.unfreeze();
    assert_eq!(number(model.penalty()), 10.0 + 1.0 + 3.0);
}

/// Numbers whose sums are rounded.
fn rounded(device: &Device) -> Model {
    let weights: Vec<f64> = (1_u32..100).map(|n| f64::from(n).sqrt() / 7.0).collect();
    let layer = || linear(&weights, &weights, device);
    Model {
        body: layer(),
        head: layer(),
    }
}

#[test]
fn the_penalty_is_the_same_in_validation() {
    let bits = |model: &Model| model.penalty().into_scalar::<f32>().to_bits();
    let model = rounded(&tape());
    assert_eq!(bits(&model), bits(&model.valid()));
    assert_eq!(bits(&model), bits(&model.valid().train()));
    assert!(!model.valid().penalty().is_tracked());
}

#[test]
fn what_is_frozen_stays_out_in_validation() {
    let valid = model(&tape()).valid();
    assert_eq!(number(valid.penalty()), 3.0);
    assert_eq!(
        states(&valid.report().unwrap()),
        states(&model(&tape()).report().unwrap())
    );
    assert_eq!(number(older(&tape()).valid().penalty()), 13.0);
}

#[test]
fn what_is_frozen_stays_frozen_when_training_goes_on() {
    let mut model = model(&tape()).valid().train();
    assert_eq!(number(model.penalty()), 3.0);
    model.proximal_step(1.0).unwrap();
    assert_eq!(numbers(model.body.weight.val()), [2.0, -4.0]);
    assert!(!model.body.weight.is_require_grad());
    assert!(model.head.weight.is_require_grad());
}

#[test]
fn what_is_frozen_in_validation_is_frozen_in_training() {
    let mut model = rounded(&tape()).valid();
    model.body = model.body.no_grad();
    let model = model.train();
    let losses = model.losses();
    let losses: Vec<_> = losses.iter().map(|(name, _)| name).collect();
    assert_eq!(losses, ["head.kernel"]);
}

/// A step in validation, on a device without a tape, freezes nothing.
#[test]
fn a_step_in_validation_leaves_what_is_trained() {
    let mut valid = model(&tape()).valid();
    valid.proximal_step(1.0).unwrap();
    assert_eq!(numbers(valid.head.weight.val()), [1.5, -3.5]);
    let model = valid.train();
    assert!(model.head.weight.is_require_grad());
    assert!(!model.body.weight.is_require_grad());
}

#[derive(Module, Debug, Regularize)]
struct FineTuned {
    #[regularize(kernel = l2(0.5), trainable = false)]
    body: Linear,
    #[regularize(kernel = l1(0.5), trainable = !self.head_is_frozen)]
    head: Linear,
    #[module(skip)]
    head_is_frozen: bool,
}

/// Of weights that burn would train.
#[test]
fn the_attribute_freezes_as_burn_does() {
    let mut model = FineTuned {
        body: layer(&tape()),
        head: layer(&tape()),
        head_is_frozen: false,
    };
    assert_eq!(number(model.penalty()), 3.0);
    model.proximal_step(1.0).unwrap();
    assert_eq!(numbers(model.body.weight.val()), [2.0, -4.0]);
    assert_eq!(numbers(model.head.weight.val()), [1.5, -3.5]);
    model.head_is_frozen = true;
    assert_eq!(number(model.penalty()), 0.0);
    let report = model.report().unwrap();
    let expected = [
        ("body.kernel", &State::Frozen),
        ("head.kernel", &State::Frozen),
    ];
    assert_eq!(states(&report), expected);
}

#[derive(Module, Debug, Regularize)]
struct Moved {
    #[regularize(kernel = l1(0.5))]
    fc: Linear,
}

/// burn keeps it on the tape, so that its parameters are no leaves: it is trained through what it was.
#[test]
fn a_model_that_was_moved_is_trained() {
    let first = Moved {
        fc: linear(&[1.0, -3.0], &[0.0; 2], &tape()),
    };
    let mut moved = first.clone().to_device(&tape());
    let penalty = moved.penalty();
    let gradients = penalty.clone().backward();
    assert_eq!(number(penalty), 2.0);
    let gradient = first.fc.weight.val().grad(&gradients).expect("a gradient");
    assert_eq!(numbers(gradient), [0.5, -0.5]);
    moved.proximal_step(1.0).unwrap();
    assert_eq!(numbers(moved.fc.weight.val()), [0.5, -2.5]);
    assert!(moved.fc.weight.is_require_grad());
}

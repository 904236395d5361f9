//! Copies of a layer are one weight: burn gives them one number.

use crate::{linear, number, numbers, states, tape};
use burn::module::Module;
use burn::nn::Linear;
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{DType, Device};
use regularize::{ErrorKind, Regularize, State};

#[derive(Module, Debug, Regularize)]
struct Tied {
    #[regularize(kernel = l1(0.5))]
    encoder: Linear,
    #[regularize(kernel = l1(0.5))]
    decoder: Linear,
}

/// The second site names another regularizer.
#[derive(Module, Debug, Regularize)]
struct Torn {
    #[regularize(kernel = l1(0.5))]
    encoder: Linear,
    #[regularize(kernel = l2(0.5))]
    decoder: Linear,
}

fn layer(device: &Device) -> Linear {
    linear(&[1.0, -3.0, 0.25], &[0.0; 3], device)
}

fn tied(device: &Device) -> Tied {
    let encoder = layer(device);
    Tied {
        decoder: encoder.clone(),
        encoder,
    }
}

fn torn(device: &Device) -> Torn {
    let encoder = layer(device);
    Torn {
        decoder: encoder.clone(),
        encoder,
    }
}

const PENALTY: f64 = 2.125;

#[test]
fn copies_have_one_loss() {
    for device in [Device::default(), tape()] {
        let model = tied(&device);
        assert_eq!(number(model.penalty()), PENALTY);
        let losses = model.losses();
        let losses: Vec<_> = losses.iter().map(|(name, _)| name).collect();
        assert_eq!(losses, ["encoder.kernel"]);
        model.check().unwrap();
    }
}

#[test]
fn layers_of_equal_weights_are_two() {
    let device = tape();
    let model = Tied {
        encoder: layer(&device),
        decoder: layer(&device),
    };
    assert_eq!(number(model.penalty()), 2.0 * PENALTY);
}

#[test]
fn copies_are_one_in_validation() {
    assert_eq!(number(tied(&tape()).valid().penalty()), PENALTY);
}

#[test]
fn the_report_says_shared() {
    let report = tied(&tape()).report().unwrap();
    let shared = State::Shared {
        first: "encoder.kernel".into(),
        counted: "l1(0.5)".into(),
    };
    let expected = [
        ("encoder.kernel", &State::Counted),
        ("decoder.kernel", &shared),
    ];
    assert_eq!(states(&report), expected);
    assert_eq!((report.total(), report.count().len), (PENALTY, 3));
}

#[test]
fn another_regularizer_at_the_second_site_is_a_conflict() {
    let model = torn(&tape());
    assert_eq!(number(model.penalty()), PENALTY);
    let error = model.check().unwrap_err();
    assert_eq!(error.path(), "decoder.kernel");
    let conflict = ErrorKind::Conflict {
        first: "encoder.kernel".into(),
        counted: "l1(0.5)".into(),
        ignored: "l2(0.5)".into(),
    };
    assert_eq!(error.kind(), &conflict);
}

#[test]
fn copies_are_differentiated_once() {
    let model = tied(&tape());
    let gradients = model.penalty().backward();
    let gradient = model.encoder.weight.grad(&gradients).expect("a gradient");
    assert_eq!(numbers(gradient), [0.5, -0.5, 0.5]);
}

#[test]
fn copies_take_one_step_together() {
    for device in [Device::default(), tape()] {
        let mut model = tied(&device);
        let id = model.encoder.weight.id;
        model.proximal_step(1.0).unwrap();
        for layer in [&model.encoder, &model.decoder] {
            assert_eq!(numbers(layer.weight.val()), [0.5, -2.5, 0.0]);
            assert_eq!(layer.weight.id, id);
        }
    }
}

#[test]
fn the_first_site_is_the_one_that_acts() {
    for device in [Device::default(), tape()] {
        let mut model = torn(&device);
        model.proximal_step(1.0).unwrap();
        for layer in [&model.encoder, &model.decoder] {
            assert_eq!(numbers(layer.weight.val()), [0.5, -2.5, 0.0]);
        }
    }
}

/// burn's optimizers change the first copy and leave the second.
#[test]
fn a_step_ties_what_an_optimizer_tore() {
    let model = tied(&tape());
    let loss = model.encoder.weight.val().sum() + model.decoder.weight.val().sum();
    let gradients = GradientsParams::from_grads(loss.backward(), &model);
    let mut model = SgdConfig::new().init().step(0.25, model, gradients);
    assert_eq!(numbers(model.encoder.weight.val()), [0.5, -3.5, -0.25]);
    model.proximal_step(0.5).unwrap();
    for layer in [&model.encoder, &model.decoder] {
        assert_eq!(numbers(layer.weight.val()), [0.25, -3.25, 0.0]);
    }
}

/// Otherwise the gradient of one of them is lost: burn keeps one for each number.
#[test]
fn copies_are_one_leaf_after_a_step() {
    let mut model = tied(&tape());
    let gradient = |model: &Tied| {
        let loss = model.encoder.weight.val().sum() + model.decoder.weight.val().sum();
        let gradients = GradientsParams::from_grads(loss.backward(), model);
        let gradient = gradients.get::<2>(model.encoder.weight.id);
        numbers(gradient.expect("a gradient"))
    };
    assert_eq!(gradient(&model), [2.0; 3]);
    model.proximal_step(1.0).unwrap();
    assert_eq!(gradient(&model), [2.0; 3]);
}

/// The copy that is frozen has no loss, and so it is not the first.
#[test]
fn a_weight_counts_where_it_is_trained() {
    let layer = layer(&tape());
    let mut model = Tied {
        encoder: layer.clone().no_grad(),
        decoder: layer,
    };
    let report = model.report().unwrap();
    let expected = [
        ("encoder.kernel", &State::Frozen),
        ("decoder.kernel", &State::Counted),
    ];
    assert_eq!(states(&report), expected);
    assert_eq!(number(model.penalty()), PENALTY);
    model.proximal_step(1.0).unwrap();
    assert_eq!(numbers(model.encoder.weight.val()), [1.0, -3.0, 0.25]);
    assert_eq!(numbers(model.decoder.weight.val()), [0.5, -2.5, 0.0]);
}

#[test]
fn a_frozen_copy_of_a_frozen_layer_takes_no_step() {
    let encoder = layer(&tape()).no_grad();
    let mut model = Tied {
        decoder: encoder.clone(),
        encoder,
    };
    model.proximal_step(1.0).unwrap();
    for layer in [&model.encoder, &model.decoder] {
        assert_eq!(numbers(layer.weight.val()), [1.0, -3.0, 0.25]);
    }
}

/// What is decided by the first place, an optimizer's step and a type of its own do not undo.
#[test]
fn a_copy_of_another_type_keeps_it() {
    let mut model = tied(&tape());
    let kernel = model.decoder.weight.clone();
    model.decoder.weight = kernel.map(|kernel| kernel.cast(DType::F16).detach().require_grad());
    model.proximal_step(1.0).unwrap();
    let kernel = model.decoder.weight.val();
    assert_eq!(
        (kernel.dtype(), kernel.is_require_grad()),
        (DType::F16, true)
    );
    assert_eq!(numbers(kernel), [0.5, -2.5, 0.0]);
}

/// Of another shape it is no copy to take numbers from, and has the same ones after the same step.
#[test]
fn a_transposed_copy_takes_the_step_itself() {
    for device in [Device::default(), tape()] {
        let mut model = tied(&device);
        let kernel = model.decoder.weight.clone();
        model.decoder.weight = kernel.map(|kernel| kernel.transpose());
        assert_eq!(number(model.penalty()), PENALTY);
        model.proximal_step(1.0).unwrap();
        let kernel = model.decoder.weight.val();
        assert_eq!(kernel.dims(), [3, 1]);
        assert_eq!(numbers(kernel), [0.5, -2.5, 0.0]);
    }
}

/// Which has numbers that the other has not.
#[test]
fn a_copy_of_fewer_numbers_is_a_weight_of_its_own() {
    for device in [Device::default(), tape()] {
        let mut model = tied(&device);
        let kernel = model.decoder.weight.clone();
        model.decoder.weight = kernel.map(|kernel| kernel.slice([0..1, 0..2]));
        assert_eq!(number(model.penalty()), PENALTY + 2.0);
        let report = model.report().unwrap();
        assert_eq!((report.total(), report.count().len), (PENALTY + 2.0, 5));
        model.proximal_step(1.0).unwrap();
        assert_eq!(numbers(model.encoder.weight.val()), [0.5, -2.5, 0.0]);
        assert_eq!(numbers(model.decoder.weight.val()), [0.5, -2.5]);
    }
}

/// burn's optimizer changes the first copy alone: the report shows one number, and `check` says that there are two.
#[test]
fn copies_that_drift_apart_are_found() {
    let mut model = tied(&tape());
    model.check().unwrap();
    let mut optimizer = SgdConfig::new().init();
    let gradients = model.encoder.weight.val().sum() + model.decoder.weight.val().sum();
    let gradients = GradientsParams::from_grads(gradients.backward(), &model);
    model = optimizer.step(0.5, model, gradients);
    assert_ne!(
        numbers(model.encoder.weight.val()),
        numbers(model.decoder.weight.val())
    );
    let error = model.check().unwrap_err();
    assert_eq!(error.path(), "decoder.kernel");
    assert_eq!(
        error.kind(),
        &ErrorKind::Drifted {
            first: "encoder.kernel".into()
        }
    );
    // A step mends it.
    model.proximal_step(0.0).unwrap();
    model.check().unwrap();
}

//! Proximal steps: zeros that are 0, and parameters that go on training.

use crate::{linear, number, numbers, param, tape};
use burn::module::{Lora, Module, Param, ParamGroup, Reparameterization, Reparameterizer};
use burn::nn::Linear;
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{DType, Device, Shape, Tensor};
use regularize::{ErrorKind, Regularize};

#[derive(Module, Debug, Regularize)]
struct Model {
    #[regularize(l1(0.5))]
    scale: Param<Tensor<1>>,
    #[regularize(kernel = l1_l2(1.0, 0.5), bias = l2(0.5))]
    fc: Linear,
}

fn model(device: &Device) -> Model {
    Model {
        scale: param(&[2.0, -0.25, 0.5, 0.0], device),
        fc: linear(&[5.0, -1.0, -3.0], &[4.0, 0.0, -2.0], device),
    }
}

fn read(model: &Model) -> [Vec<f64>; 3] {
    let bias = model.fc.bias.as_ref().expect("a bias");
    [
        numbers(model.scale.val()),
        numbers(model.fc.weight.val()),
        numbers(bias.val()),
    ]
}

fn stepped() -> [Vec<f64>; 3] {
    [
        vec![1.5, 0.0, 0.0, 0.0],
        vec![2.0, 0.0, -1.0],
        vec![2.0, 0.0, -1.0],
    ]
}

#[test]
fn each_weight_is_its_proximal_point() {
    for device in [Device::default(), tape()] {
        let mut model = model(&device);
        model.proximal_step(1.0).unwrap();
        assert_eq!(read(&model), stepped());
        let zeros = model.report().unwrap().count().zeros;
        assert_eq!(zeros, 5);
    }
}

#[test]
fn a_zero_keeps_its_sign() {
    let mut model = model(&tape());
    model.proximal_step(1.0).unwrap();
    let signs: Vec<bool> = numbers(model.scale.val())
        .iter()
        .map(|x| x.is_sign_negative())
        .collect();
    assert_eq!(signs, [false, true, false, false]);
}

#[test]
fn a_parameter_keeps_its_number_device_and_type() {
    let before = model(&tape());
    let mut after = before.clone();
    after.proximal_step(1.0).unwrap();
    assert_eq!(after.scale.id, before.scale.id);
    assert_eq!(after.fc.weight.id, before.fc.weight.id);
    assert_eq!(after.fc.weight.dims(), [1, 3]);
    assert_eq!(after.fc.weight.device(), before.fc.weight.device());
    assert_eq!(after.fc.weight.dtype(), DType::F32);
}

/// A copy that was made before it is a checkpoint.
#[test]
fn a_copy_that_is_elsewhere_stays() {
    let before = model(&tape());
    let mut after = before.clone();
    after.proximal_step(1.0).unwrap();
    assert_eq!(read(&before), read(&model(&tape())));
}

#[test]
fn a_parameter_is_still_a_leaf_that_is_trained() {
    let mut model = model(&tape());
    for _ in 0..2 {
        model.proximal_step(1.0).unwrap();
        assert!(model.scale.is_require_grad());
        let loss = (model.scale.val() * 3.0).sum();
        let gradient = model.scale.grad(&loss.backward()).expect("a gradient");
        assert_eq!(numbers(gradient), [3.0; 4]);
    }
}

#[test]
fn an_optimizer_goes_on_with_it() {
    let mut model = model(&tape());
    let mut optimizer = SgdConfig::new().init();
    model.proximal_step(1.0).unwrap();
    let loss = model.scale.val().sum();
    let gradients = GradientsParams::from_grads(loss.backward(), &model);
    model = optimizer.step(0.25, model, gradients);
    assert_eq!(numbers(model.scale.val()), [1.25, -0.25, -0.25, -0.25]);
    model.proximal_step(0.5).unwrap();
    assert_eq!(numbers(model.scale.val()), [1.0, 0.0, 0.0, 0.0]);
    assert!(model.scale.is_require_grad());
}

#[test]
fn a_step_is_not_on_the_tape() {
    let mut model = model(&tape());
    let before = model.scale.val();
    model.proximal_step(1.0).unwrap();
    let gradients = model.scale.val().sum().backward();
    assert!(before.grad(&gradients).is_none());
}

#[test]
fn a_step_of_0_changes_nothing() {
    let mut stepped = model(&tape());
    stepped.proximal_step(0.0).unwrap();
    assert_eq!(read(&stepped), read(&model(&tape())));
}

#[test]
fn a_step_that_is_no_step_is_an_error() {
    for step in [-0.5, f64::NAN, f64::INFINITY] {
        let mut stepped = model(&tape());
        let error = stepped.proximal_step(step).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Step(_)), "{step}");
        assert_eq!(read(&stepped), read(&model(&tape())));
    }
}

fn assert_refused(mut adapted: Model) {
    let before = read(&adapted);
    let error = adapted.proximal_step(1.0).unwrap_err();
    assert_eq!(error.path(), "fc.kernel");
    assert!(error.to_string().contains("(lora)"), "{error}");
    assert_eq!(read(&adapted), before);
    assert!(adapted.fc.weight.adapter().is_some());
}

/// The weight is trained through its adapter, and a step of the base is none of it.
#[test]
fn an_adapted_weight_refuses_a_step() {
    for device in [Device::default(), tape()] {
        assert_refused(model(&device).apply_lora(Lora::new(1, 1.0)));
    }
}

/// The parameter before it is trained, and is not changed either.
#[test]
fn an_adapted_weight_among_trained_ones_refuses_a_step() {
    let bases = ParamGroup::from_path("fc.weight");
    let adapted = model(&tape())
        .apply_lora(Lora::new(1, 1.0))
        .unfreeze_group(ParamGroup::all().exclude(bases));
    assert!(adapted.scale.is_require_grad());
    assert_refused(adapted);
}

#[test]
fn an_adapted_weight_whose_base_is_trained_refuses_a_step() {
    assert_refused(model(&tape()).apply_lora(Lora::new(1, 1.0)).unfreeze());
}

#[test]
fn a_folded_adapter_takes_steps() {
    let adapted = model(&tape()).apply_lora(Lora::new(1, 1.0)).unfreeze();
    let mut folded = adapted.materialize();
    folded.proximal_step(1.0).unwrap();
    assert_eq!(read(&folded), stepped());
}

/// The penalty is that of the weight that the layer multiplies by.
#[test]
fn an_adapted_weight_costs_what_it_is() {
    let mut adapted = model(&tape()).apply_lora(Lora::new(1, 1.0)).unfreeze();
    let plain = model(&tape());
    assert_eq!(number(adapted.penalty()), number(plain.penalty()));
    adapted.fc = adapted.fc.materialize();
    assert_eq!(number(adapted.penalty()), number(plain.penalty()));
}

/// A weight that is its base by a number, which is trained: what a user of burn may write.
#[derive(Module, Debug)]
struct Scaled {
    by: Param<Tensor<1>>,
}

impl Reparameterization for Scaled {
    const NAME: &'static str = "scaled";

    fn apply<const D: usize>(&self, base: Tensor<D>) -> Tensor<D> {
        base * self.by.val().reshape(Shape::from(vec![1; D]))
    }
}

struct Scale(Device);

impl Reparameterizer for Scale {
    type Reparam = Scaled;

    fn reparameterize<const D: usize>(
        &mut self,
        path: &str,
        base: Param<Tensor<D>>,
    ) -> (Param<Tensor<D>>, Option<Scaled>) {
        let by = (path == "fc.weight").then(|| param(&[2.0], &self.0));
        (base, by.map(|by| Scaled { by }))
    }
}

/// A step of its base would be none of the weight, as with an adapter of LoRA.
#[test]
fn a_weight_that_is_computed_refuses_a_step() {
    for device in [Device::default(), tape()] {
        let mut scaled = model(&device).apply_reparameterization(Scale(device));
        let before = read(&scaled);
        assert_eq!(before[1], [10.0, -2.0, -6.0]);
        let error = scaled.proximal_step(1.0).unwrap_err();
        assert_eq!(error.path(), "fc.kernel");
        assert_eq!(read(&scaled), before);
        assert!(scaled.fc.weight.reparameterization::<Scaled>().is_some());
    }
}

#[test]
fn a_weight_that_is_computed_costs_what_it_is() {
    let scaled = model(&tape()).apply_reparameterization(Scale(tape()));
    let losses = scaled.losses();
    let loss = losses.get("fc.kernel").unwrap();
    assert_eq!(number(loss.clone()), 18.0 + 0.5 * 140.0);
    let by = &scaled.fc.weight.reparameterization::<Scaled>().unwrap().by;
    let gradient = by.grad(&loss.backward()).expect("a gradient");
    assert_eq!(numbers(gradient), [9.0 + 2.0 * 35.0]);
}

#[derive(Module, Debug, Regularize)]
struct Skipped {
    #[regularize(kernel = l1(1.0), trainable = false)]
    adapted: Linear,
    #[regularize(kernel = l1(1.0))]
    plain: Linear,
}

#[test]
fn an_adapted_weight_that_takes_no_step_stops_none() {
    let device = tape();
    let mut model = Skipped {
        adapted: linear(&[5.0], &[0.0], &device)
            .apply_lora(Lora::new(1, 1.0))
            .unfreeze(),
        plain: linear(&[5.0], &[0.0], &device),
    };
    model.proximal_step(1.0).unwrap();
    assert_eq!(numbers(model.adapted.weight.val()), [5.0]);
    assert_eq!(numbers(model.plain.weight.val()), [4.0]);
}

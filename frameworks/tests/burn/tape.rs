//! The penalty is on the tape of its weights.

use crate::{number, numbers, param, tape, tensor};
use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Tensor};
use regularize::Regularize;

#[derive(Module, Debug, Regularize)]
struct Dense {
    #[regularize(l1_l2(0.25, 0.5))]
    kernel: Param<Tensor<1>>,
}

fn dense(numbers: &[f64], dtype: DType, device: &Device) -> Dense {
    Dense {
        kernel: Param::from_tensor(tensor(numbers, dtype, device)),
    }
}

fn gradient(model: &Dense, loss: &Tensor<1>) -> Vec<f64> {
    let gradient = model.kernel.grad(&loss.backward());
    numbers(gradient.expect("a gradient"))
}

/// 0.25·Σ|w| + 0.5·Σw².
const WEIGHTS: [f64; 2] = [1.0, -2.0];
const PENALTY: f64 = 0.75 + 2.5;
const GRADIENT: [f64; 2] = [1.25, -2.25];

#[test]
fn the_penalty_is_one_number_on_the_device_of_the_weights() {
    for device in [Device::default(), tape()] {
        let model = dense(&WEIGHTS, DType::F32, &device);
        let penalty: Tensor<1> = model.penalty();
        assert_eq!(penalty.dims(), [1]);
        assert_eq!(penalty.device(), device);
        assert_eq!(number(penalty), PENALTY);
    }
}

#[test]
fn the_gradient_is_l1_sign_w_plus_2_l2_w_and_0_at_0() {
    let weights = [1.0, -2.0, 0.0, -0.0];
    let model = dense(&weights, DType::F32, &tape());
    assert_eq!(gradient(&model, &model.penalty()), [1.25, -2.25, 0.0, 0.0]);
}

#[derive(Module, Debug, Regularize)]
#[regularize(kernel = l1(0.25), bias = l2(0.5))]
struct Two {
    kernel: Param<Tensor<1>>,
    bias: Param<Tensor<1>>,
}

#[test]
fn l1_and_l2_alone_have_their_gradients() {
    let weights = [2.0, -4.0, 0.0, -0.0];
    let model = Two {
        kernel: param(&weights, &tape()),
        bias: param(&weights, &tape()),
    };
    let gradients = model.penalty().backward();
    let kernel = model.kernel.grad(&gradients).expect("a gradient");
    assert_eq!(numbers(kernel), [0.25, -0.25, 0.0, 0.0]);
    let bias = model.bias.grad(&gradients).expect("a gradient");
    assert_eq!(numbers(bias), [2.0, -4.0, 0.0, 0.0]);
}

#[test]
fn each_loss_is_on_the_tape() {
    let model = dense(&WEIGHTS, DType::F32, &tape());
    let losses = model.losses();
    assert_eq!(gradient(&model, losses.get("kernel").unwrap()), GRADIENT);
}

#[test]
fn a_penalty_on_a_device_without_a_tape_is_untracked() {
    let model = dense(&WEIGHTS, DType::F32, &Device::default());
    assert!(!model.penalty().is_tracked());
}

/// Whatever is read for it, a report puts nothing on the tape that a later penalty is on.
#[test]
fn a_report_leaves_the_tape() {
    let model = dense(&WEIGHTS, DType::F32, &tape());
    let penalty = model.penalty();
    assert_eq!(model.report().unwrap().total(), PENALTY);
    assert_eq!(gradient(&model, &penalty), GRADIENT);
}

/// 1 + 2⁻⁴⁰ is no f32.
const FINE: f64 = 1.0 + 1.0 / (1_u64 << 40) as f64;

#[test]
fn an_f64_loss_keeps_every_digit() {
    let model = dense(&WEIGHTS, DType::F64, &tape());
    let loss = model.add_penalty(tensor(&[FINE], DType::F64, &tape()));
    assert_eq!(loss.dtype(), DType::F64);
    assert_eq!(gradient(&model, &loss), GRADIENT);
    assert_eq!(number(loss), FINE + PENALTY);
}

#[test]
fn an_f64_penalty_keeps_every_digit() {
    let model = Two {
        kernel: Param::from_tensor(tensor(&[FINE], DType::F64, &tape())),
        bias: Param::from_tensor(tensor(&[0.0], DType::F64, &tape())),
    };
    assert_eq!(number(model.penalty()), 0.25 * FINE);
    assert_eq!(model.report().unwrap().total(), 0.25 * FINE);
}

#[test]
fn a_sum_has_the_type_of_the_loss() {
    for weights in [DType::F64, DType::F32, DType::F16, DType::BF16] {
        for own in [DType::F64, DType::F32, DType::F16, DType::BF16] {
            let model = dense(&WEIGHTS, weights, &tape());
            let loss = model.add_penalty(tensor(&[2.0], own, &tape()));
            assert_eq!(loss.dtype(), own);
            assert_eq!(gradient(&model, &loss), GRADIENT, "{weights:?} in {own:?}");
            assert_eq!(number(loss), 2.0 + PENALTY);
        }
    }
}

#[test]
fn the_gradient_of_a_sum_reaches_the_loss_and_the_weights() {
    let model = dense(&WEIGHTS, DType::F32, &tape());
    let x = tensor(&[3.0], DType::F32, &tape()).require_grad();
    let loss = model.add_penalty(x.clone().square());
    let gradients = loss.backward();
    assert_eq!(numbers(x.grad(&gradients).expect("a gradient")), [6.0]);
    let kernel = model.kernel.grad(&gradients).expect("a gradient");
    assert_eq!(numbers(kernel), GRADIENT);
}

/// The weights of `valid` have no tape.
#[test]
fn a_tracked_loss_takes_a_penalty_without_a_tape() {
    let model = dense(&WEIGHTS, DType::F32, &Device::default());
    let x = tensor(&[3.0], DType::F32, &tape()).require_grad();
    let loss = model.add_penalty(x.clone().square());
    let gradients = loss.backward();
    assert_eq!(numbers(x.grad(&gradients).expect("a gradient")), [6.0]);
    assert_eq!(number(loss), 9.0 + PENALTY);
}

#[test]
fn a_loss_without_a_tape_takes_a_tracked_penalty() {
    let model = dense(&WEIGHTS, DType::F32, &tape());
    let loss = model.add_penalty(tensor(&[3.0], DType::F32, &Device::default()));
    assert_eq!(gradient(&model, &loss), GRADIENT);
    assert_eq!(number(loss), 3.0 + PENALTY);
}

/// Of a weight on the tape and one that is not.
#[test]
fn losses_with_and_without_a_tape_are_added() {
    let [tracked, plain] = [tape(), Device::default()].map(|device| param(&[2.0], &device));
    for (kernel, bias) in [(tracked.clone(), plain.clone()), (plain, tracked)] {
        assert_eq!(number(Two { kernel, bias }.penalty()), 2.5);
    }
}

/// burn then computes the numbers of a tape again instead of keeping them.
#[test]
fn a_tape_may_be_checkpointed() {
    let device = tape().gradient_checkpointing();
    let mut model = dense(&WEIGHTS, DType::F32, &device);
    let strategy = model.kernel.gradient_checkpointing_strategy();
    for _ in 0..2 {
        let loss = model.add_penalty(tensor(&[1.0], DType::F32, &device));
        assert_eq!(gradient(&model, &loss), GRADIENT);
        model.proximal_step(0.0).unwrap();
    }
    assert_eq!(model.kernel.gradient_checkpointing_strategy(), strategy);
}

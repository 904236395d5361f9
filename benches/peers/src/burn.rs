//! burn on flex: operations on tensors, and its automatic differentiation.

use crate::check::Expected;
use crate::subject::{Operation, Subject};
use crate::{L1, L2, STEP};
use burn_tensor::{Device, Tensor, TensorData};

fn penalty(x: Tensor<1>) -> Tensor<1> {
    x.clone().abs().sum().mul_scalar(L1) + x.square().sum().mul_scalar(L2)
}

fn gradient(x: Tensor<1>, g: Tensor<1>) -> Tensor<1> {
    g + x.clone().sign().mul_scalar(L1) + x.mul_scalar(2.0 * L2)
}

/// Of the weights as they are without a tape, as burn's modules hold them.
fn differentiated(x: Tensor<1>) -> (f32, Tensor<1>) {
    let x = x.require_grad();
    let penalty = penalty(x.clone());
    let gradient = x.grad(&penalty.backward()).expect("a gradient");
    (penalty.into_scalar(), gradient)
}

fn proximal(x: Tensor<1>) -> Tensor<1> {
    let kept = x.clone().abs().sub_scalar(STEP * L1).clamp_min(0.0);
    x.sign().mul(kept).div_scalar(1.0 + 2.0 * STEP * L2)
}

fn numbers(x: Tensor<1>) -> Vec<f32> {
    x.into_data().try_to_vec().expect("f32")
}

pub(crate) fn subject<'a>(operation: Operation, expected: &Expected<'a>) -> Subject<'a> {
    let device = match operation {
        Operation::Fused => Device::default().autodiff(),
        _ => Device::default(),
    };
    let data = TensorData::new(expected.x.to_vec(), [expected.x.len()]);
    let x = Tensor::<1>::from_data(data, &device);
    match operation {
        Operation::Value => {
            let value = move || -> f32 { penalty(x.clone()).into_scalar() };
            Subject::new("burn", expected.value("burn", value()), value)
        }
        Operation::Gradient => {
            let g = x.zeros_like();
            let ulps = expected.gradient("burn", &numbers(gradient(x.clone(), g.clone())));
            Subject::new("burn", ulps, move || gradient(x.clone(), g.clone()))
        }
        Operation::Fused => {
            let name = "burn, autodiff";
            let (value, gradient) = differentiated(x.clone());
            expected.gradient(name, &numbers(gradient));
            let ulps = expected.value(name, value);
            Subject::new(name, ulps, move || differentiated(x.clone()))
        }
        Operation::Prox => {
            let ulps = expected.prox("burn", &numbers(proximal(x.clone())));
            Subject::new("burn", ulps, move || proximal(x.clone()))
        }
    }
}

//! regularize on burn: what its users lean on.

#![cfg(feature = "burn")]

mod frozen;
mod layers;
mod losses;
mod mixed;
mod orthogonal;
mod plain;
mod precision;
mod proximal;
mod rules;
mod sharded;
mod tape;
mod tied;
mod unnamed;

use burn::module::Param;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{DType, Device, Tensor, TensorData};
use regularize::{Report, State};
use regularize_conformance::Edition;
use regularize_frameworks::burn::Burn;
use regularize_frameworks::subject::Framework;

#[test]
fn conforms() {
    for edition in Edition::ALL {
        regularize_conformance::test(&mut Framework::new(Burn), edition).assert();
    }
}

/// Where models are trained.
fn tape() -> Device {
    Device::default().autodiff()
}

/// Numbers in one axis.
fn tensor(numbers: &[f64], dtype: DType, device: &Device) -> Tensor<1> {
    let data = TensorData::new(numbers.to_vec(), [numbers.len()]).convert_dtype(dtype);
    Tensor::from_data(data, (device, dtype))
}

fn param(numbers: &[f64], device: &Device) -> Param<Tensor<1>> {
    Param::from_tensor(tensor(numbers, DType::F32, device))
}

/// A layer of one input, whose kernel and bias are these numbers.
fn linear(kernel: &[f64], bias: &[f64], device: &Device) -> Linear {
    let mut layer = LinearConfig::new(1, kernel.len()).init(device);
    let kernel = tensor(kernel, DType::F32, device).unsqueeze_dim(0);
    layer.weight = Param::from_tensor(kernel);
    layer.bias = Some(param(bias, device));
    layer
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

fn number(tensor: Tensor<1>) -> f64 {
    tensor.into_scalar()
}

/// What the rows of a report are that are regularized.
fn states(report: &Report) -> Vec<(&str, &State)> {
    let rows = report.rows().iter();
    let rows = rows.filter(|row| row.state() != &State::Unregularized);
    rows.map(|row| (row.path(), row.state())).collect()
}

//! burn behind the wire.

use crate::subject::{Engine, Layer, buffer};
use burn::module::Param;
use burn::tensor::{DType, Device, Tensor, TensorData};
use regularize::extend::{Activity, Terms};
use regularize::{AnyRegularizer, Regularize};
use regularize_conformance::wire::{Dtype, Numbers};

/// A weight in one axis: the number of axes is part of burn's types, and sums are over all of them.
type Weight = Param<Tensor<1>>;

fn layer(made: &AnyRegularizer, x: &Numbers, device: &Device) -> Result<Layer<Weight>, String> {
    let weight = Param::from_tensor(tensor(x, device)?);
    Layer::new(made, weight).ok_or_else(|| format!("{made:?} is not claimed"))
}

/// burn on flex, the processor's backend.
#[derive(Debug)]
pub struct Burn;

impl Engine for Burn {
    const NAME: &'static str = "burn";
    type Error = String;

    fn penalty(&self, made: &AnyRegularizer, x: &Numbers) -> Result<Vec<u64>, String> {
        Ok(bits(layer(made, x, &Device::default())?.penalty()))
    }

    fn activity(&self, terms: &Terms, shape: &[usize], x: &Numbers) -> Result<Vec<u64>, String> {
        let output = tensor(x, &Device::default())?;
        Ok(bits(match *shape {
            [_] => Activity::penalty(&output, terms),
            [a, b] => Activity::penalty(&output.reshape([a, b]), terms),
            [a, b, c] => Activity::penalty(&output.reshape([a, b, c]), terms),
            [a, b, c, d] => Activity::penalty(&output.reshape([a, b, c, d]), terms),
            _ => return Err(format!("{shape:?} has another number of axes than 1 to 4")),
        }))
    }

    fn gradient(&self, made: &AnyRegularizer, x: &Numbers) -> Result<Vec<u64>, String> {
        let layer = layer(made, x, &Device::default().autodiff())?;
        let penalty = layer.penalty();
        // A penalty without a term is a constant, and burn differentiates none.
        let gradients = penalty.is_tracked().then(|| penalty.backward());
        let weight = layer.weight().val();
        let gradient = gradients.and_then(|gradients| weight.grad(&gradients));
        Ok(bits(gradient.unwrap_or_else(|| weight.zeros_like())))
    }

    fn proximal(&self, made: &AnyRegularizer, step: f64, x: &Numbers) -> Result<Vec<u64>, String> {
        let mut layer = layer(made, x, &Device::default())?;
        layer
            .proximal_step(step)
            .map_err(|error| error.to_string())?;
        Ok(bits(layer.weight().val()))
    }
}

fn tensor(x: &Numbers, device: &Device) -> Result<Tensor<1>, String> {
    let (dtype, bytes) = match x.dtype {
        Dtype::F32 => (DType::F32, 4),
        Dtype::F64 => (DType::F64, 8),
        Dtype::F16 => (DType::F16, 2),
        Dtype::BF16 => (DType::BF16, 2),
        other => return Err(format!("{other} is not claimed")),
    };
    let buffer = buffer(x, bytes);
    let data = TensorData::from_bytes_vec(buffer, [x.bits.len()], dtype);
    Ok(Tensor::from_data(data, (device, dtype)))
}

fn bits(y: Tensor<1>) -> Vec<u64> {
    let data = y.into_data();
    let append = |bits, &byte: &u8| bits << 8 | u64::from(byte);
    let words = data.as_bytes().chunks_exact(data.dtype().size());
    words.map(|word| word.iter().rfold(0, append)).collect()
}

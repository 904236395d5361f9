//! candle behind the wire.

use crate::subject::{Engine, Layer, buffer};
use candle_core::{DType, Device, Result, Tensor, Var, bail};
use regularize::extend::{Activity, Terms};
use regularize::{AnyRegularizer, Regularize};
use regularize_conformance::wire::{Dtype, Numbers};

fn layer(made: &AnyRegularizer, x: &Numbers) -> Result<Layer<Var>> {
    let weight = Var::from_tensor(&tensor(x, &[x.bits.len()])?)?;
    match Layer::new(made, weight) {
        Some(layer) => Ok(layer),
        None => bail!("{made:?} is not claimed"),
    }
}

/// candle on the processor.
#[derive(Debug)]
pub struct Candle;

impl Engine for Candle {
    const NAME: &'static str = "candle";
    type Error = candle_core::Error;

    fn penalty(&self, made: &AnyRegularizer, x: &Numbers) -> Result<Vec<u64>> {
        bits(&layer(made, x)?.penalty()?)
    }

    fn activity(&self, terms: &Terms, shape: &[usize], x: &Numbers) -> Result<Vec<u64>> {
        bits(&Activity::penalty(&tensor(x, shape)?, terms)?)
    }

    fn gradient(&self, made: &AnyRegularizer, x: &Numbers) -> Result<Vec<u64>> {
        let layer = layer(made, x)?;
        let gradients = layer.penalty()?.backward()?;
        match gradients.get(layer.weight()) {
            Some(gradient) => bits(gradient),
            None => bits(&layer.weight().zeros_like()?),
        }
    }

    fn proximal(&self, made: &AnyRegularizer, step: f64, x: &Numbers) -> Result<Vec<u64>> {
        let mut layer = layer(made, x)?;
        layer.proximal_step(step)?;
        bits(layer.weight())
    }
}

fn tensor(x: &Numbers, shape: &[usize]) -> Result<Tensor> {
    let (dtype, bytes) = match x.dtype {
        Dtype::F32 => (DType::F32, 4),
        Dtype::F64 => (DType::F64, 8),
        Dtype::F16 => (DType::F16, 2),
        Dtype::BF16 => (DType::BF16, 2),
        other => bail!("{other} is not claimed"),
    };
    let buffer = buffer(x, bytes);
    Tensor::from_raw_buffer(&buffer, dtype, shape, &Device::Cpu)
}

fn bits(y: &Tensor) -> Result<Vec<u64>> {
    let y = y.flatten_all()?;
    Ok(match y.dtype() {
        DType::F64 => y.to_vec1::<f64>()?.into_iter().map(f64::to_bits).collect(),
        DType::F16 => {
            let numbers = y.to_vec1::<half::f16>()?;
            numbers.into_iter().map(|x| x.to_bits().into()).collect()
        }
        DType::BF16 => {
            let numbers = y.to_vec1::<half::bf16>()?;
            numbers.into_iter().map(|x| x.to_bits().into()).collect()
        }
        _ => {
            let numbers = y.to_vec1::<f32>()?;
            numbers.into_iter().map(|x| x.to_bits().into()).collect()
        }
    })
}

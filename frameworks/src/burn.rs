//! burn behind the wire.

use crate::subject::{Engine, buffer};
use burn::module::Param;
use burn::tensor::{DType, Device, Tensor, TensorData};
use regularize::{AnyRegularizer, L1, L1L2, L2, Regularize, RegularizeActivity, Terms};
use regularize_conformance::wire::{Dtype, Numbers};

/// A weight in one axis: the number of axes is part of burn's types, and sums are over all of them.
type Weight = Param<Tensor<1>>;

#[derive(Regularize)]
enum Layer {
    L1 {
        #[regularize(regularizer)]
        weight: Weight,
        regularizer: L1,
    },
    L2 {
        #[regularize(regularizer)]
        weight: Weight,
        regularizer: L2,
    },
    L1L2 {
        #[regularize(regularizer)]
        weight: Weight,
        regularizer: L1L2,
    },
}

impl Layer {
    fn new(made: &AnyRegularizer, weight: Tensor<1>) -> Result<Self, String> {
        let weight = Param::from_tensor(weight);
        Ok(match *made {
            AnyRegularizer::L1(regularizer) => Self::L1 {
                weight,
                regularizer,
            },
            AnyRegularizer::L2(regularizer) => Self::L2 {
                weight,
                regularizer,
            },
            AnyRegularizer::L1L2(regularizer) => Self::L1L2 {
                weight,
                regularizer,
            },
            AnyRegularizer::Orthogonal(_) => return Err(format!("{made:?} is not claimed")),
        })
    }

    fn weight(&self) -> Tensor<1> {
        match self {
            Self::L1 { weight, .. } | Self::L2 { weight, .. } | Self::L1L2 { weight, .. } => {
                weight.val()
            }
        }
    }
}

/// A layer that has an output only.
struct Output(Terms);

impl Regularize for Output {
    type Penalty = Tensor<1>;

    fn visit_weights<V>(&self, _: &regularize::Path<'_>, _: &mut V) -> Result<(), regularize::Error>
    where
        V: regularize::Visitor<Self::Penalty>,
    {
        Ok(())
    }
}

impl RegularizeActivity for Output {
    fn activity(&self) -> Terms {
        self.0
    }
}

/// burn on flex, the processor's backend.
#[derive(Debug)]
pub struct Burn;

impl Engine for Burn {
    const NAME: &'static str = "burn";
    type Error = String;

    fn penalty(&self, made: &AnyRegularizer, x: &Numbers) -> Result<Vec<u64>, String> {
        Ok(bits(
            Layer::new(made, tensor(x, &Device::default())?)?.penalty(),
        ))
    }

    fn activity(
        &self,
        made: &AnyRegularizer,
        shape: &[usize],
        x: &Numbers,
    ) -> Result<Vec<u64>, String> {
        let terms = made
            .terms()
            .ok_or_else(|| format!("{made:?} has no terms"))?;
        let output = tensor(x, &Device::default())?;
        let layer = Output(terms);
        Ok(bits(match *shape {
            [_] => layer.activity_penalty(&output),
            [a, b] => layer.activity_penalty(&output.reshape([a, b])),
            [a, b, c] => layer.activity_penalty(&output.reshape([a, b, c])),
            [a, b, c, d] => layer.activity_penalty(&output.reshape([a, b, c, d])),
            _ => return Err(format!("{shape:?} has another number of axes than 1 to 4")),
        }))
    }

    fn gradient(&self, made: &AnyRegularizer, x: &Numbers) -> Result<Vec<u64>, String> {
        let layer = Layer::new(made, tensor(x, &Device::default().autodiff())?)?;
        let penalty = layer.penalty();
        // A penalty without a term is a constant, and burn differentiates none.
        let gradients = penalty.is_tracked().then(|| penalty.backward());
        let weight = layer.weight();
        let gradient = gradients.and_then(|gradients| weight.grad(&gradients));
        Ok(bits(gradient.unwrap_or_else(|| weight.zeros_like())))
    }

    fn proximal(&self, made: &AnyRegularizer, step: f64, x: &Numbers) -> Result<Vec<u64>, String> {
        let mut layer = Layer::new(made, tensor(x, &Device::default())?)?;
        layer
            .proximal_step(step)
            .map_err(|error| error.to_string())?;
        Ok(bits(layer.weight()))
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

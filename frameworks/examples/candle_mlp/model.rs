//! The model in candle: layers of candle-nn, regularized by Keras' roles.

use candle_core::{D, DType, Device, Result, Tensor, Var};
use candle_nn::loss::cross_entropy;
use candle_nn::{Linear, Module, Optimizer, SGD};
use regularize::{L1, Losses, Regularize, Report};
use regularize_frameworks::digits::{Batch, CLASSES, HIDDEN, PIXELS, RATE};
use regularize_frameworks::recording::{PENALTIES, Penalties, Precision, Weights};
use regularize_frameworks::training::{Method, Mlp};

#[derive(Regularize)]
#[regularize(activity = l1(1e-4))]
struct Hidden {
    #[regularize(kernel = self.strength, bias = l2(1.0 / 1024.0))]
    dense: Linear,
    strength: L1, // changes while training
}

#[derive(Regularize)]
struct Net {
    #[regularize(nested)]
    hidden: Hidden,
    #[regularize(kernel = l2(1.0 / 1024.0), bias = l1(1e-4))]
    output: Linear,
}

impl Net {
    /// The logits. What the outputs cost goes into `activities`, as Keras' layers call `add_loss`.
    fn forward(&self, pixels: &Tensor, activities: &mut Losses<Result<Tensor>>) -> Result<Tensor> {
        let hidden = self.hidden.dense.forward(pixels)?.relu()?;
        activities.push(PENALTIES[0], self.hidden.activity_penalty(&hidden));
        self.output.forward(&hidden)
    }
}

pub(crate) struct CandleMlp {
    net: Net,
    optimizer: SGD,
    dtype: DType,
}

impl CandleMlp {
    fn pixels(&self, batch: Batch<'_>) -> Result<Tensor> {
        let shape = (batch.classes.len(), PIXELS);
        Tensor::from_slice(batch.pixels, shape, &Device::Cpu)?.to_dtype(self.dtype)
    }
}

/// A variable of these numbers; a kernel of candle is that of Keras transposed.
fn variable(numbers: &[f64], shape: &[usize], dtype: DType) -> Result<Var> {
    let tensor = Tensor::from_slice(numbers, shape, &Device::Cpu)?.to_dtype(dtype)?;
    match shape.len() {
        2 => Var::from_tensor(&tensor.t()?.contiguous()?),
        _ => Var::from_tensor(&tensor),
    }
}

fn numbers(tensor: &Tensor) -> Result<Vec<f64>> {
    let tensor = match tensor.rank() {
        2 => tensor.t()?,
        _ => tensor.clone(),
    };
    tensor.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
}

fn number(tensor: &Tensor) -> Result<f64> {
    tensor.to_dtype(DType::F64)?.to_scalar()
}

impl Mlp for CandleMlp {
    type Error = candle_core::Error;

    fn new(weights: &Weights, precision: Precision) -> Result<Self> {
        let dtype = match precision {
            Precision::F32 => DType::F32,
            Precision::F64 => DType::F64,
        };
        let mut variables = Vec::new();
        let mut linear = |kernel, bias, shape: [usize; 2]| -> Result<Linear> {
            let kernel = variable(kernel, &shape, dtype)?;
            let bias = variable(bias, &shape[1..], dtype)?;
            variables.extend([kernel.clone(), bias.clone()]);
            Ok(Linear::new(kernel.into_inner(), Some(bias.into_inner())))
        };
        let net = Net {
            hidden: Hidden {
                dense: linear(
                    &weights.hidden_kernel,
                    &weights.hidden_bias,
                    [PIXELS, HIDDEN],
                )?,
                strength: L1::default(),
            },
            output: linear(
                &weights.output_kernel,
                &weights.output_bias,
                [HIDDEN, CLASSES],
            )?,
        };
        let optimizer = SGD::new(variables, RATE)?;
        Ok(Self {
            net,
            optimizer,
            dtype,
        })
    }

    fn schedule(&mut self, strength: L1) {
        self.net.hidden.strength = strength;
    }

    fn penalties(&self, batch: Batch<'_>) -> Result<Penalties> {
        let mut losses = Losses::new();
        self.net.forward(&self.pixels(batch)?, &mut losses)?;
        losses.extend(self.net.losses());
        let mut penalties = [0.0; 5];
        for (penalty, (_, loss)) in penalties.iter_mut().zip(losses) {
            *penalty = number(&loss?)?;
        }
        Ok(penalties)
    }

    fn hidden(&self, batch: Batch<'_>) -> Result<Vec<f64>> {
        let hidden = self
            .net
            .hidden
            .dense
            .forward(&self.pixels(batch)?)?
            .relu()?;
        hidden.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
    }

    fn step(&mut self, batch: Batch<'_>, method: Method) -> Result<f64> {
        let mut activities = Losses::new();
        let logits = self.net.forward(&self.pixels(batch)?, &mut activities)?;
        let classes: Vec<u32> = batch.classes.iter().map(|&class| class.into()).collect();
        let classes = Tensor::new(&classes[..], &Device::Cpu)?;
        let loss = activities.add_to(cross_entropy(&logits, &classes));
        let loss = match method {
            Method::Tape => self.net.add_penalty(loss)?,
            Method::Proximal => loss?,
        };
        self.optimizer.backward_step(&loss)?;
        if method == Method::Proximal {
            self.net.proximal_step(RATE)?;
        }
        number(&loss)
    }

    fn right(&self, batch: Batch<'_>) -> Result<usize> {
        let logits = self.net.forward(&self.pixels(batch)?, &mut Losses::new())?;
        let guesses: Vec<u32> = logits.argmax(D::Minus1)?.to_vec1()?;
        let pairs = guesses.into_iter().zip(batch.classes);
        Ok(pairs
            .filter(|(guess, class)| *guess == u32::from(**class))
            .count())
    }

    fn report(&self) -> Result<Report> {
        Ok(self.net.report()?)
    }

    fn weights(&self) -> Result<Weights> {
        let bias = |layer: &Linear| layer.bias().map_or(Ok(Vec::new()), numbers);
        let (hidden, output) = (&self.net.hidden.dense, &self.net.output);
        Ok(Weights {
            hidden_kernel: numbers(hidden.weight())?,
            hidden_bias: bias(hidden)?,
            output_kernel: numbers(output.weight())?,
            output_bias: bias(output)?,
        })
    }
}

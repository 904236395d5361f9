//! The model in burn: layers of burn's own, regularized by Keras' roles.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::optim::{GradientsParams, ModuleOptimizer, SgdConfig};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use regularize::{L1, Losses, Regularize, Report};
use regularize_frameworks::digits::{Batch, CLASSES, HIDDEN, PIXELS, RATE};
use regularize_frameworks::recording::{PENALTIES, Penalties, Precision, Weights};
use regularize_frameworks::training::{Method, Mlp};

#[derive(Module, Debug, Regularize)]
#[regularize(activity = l1(1e-4))]
struct Hidden {
    #[regularize(kernel = self.strength, bias = l2(1.0 / 1024.0))]
    dense: Linear,
    #[module(skip)]
    strength: L1, // changes while training
}

#[derive(Module, Debug, Regularize)]
struct Net {
    #[regularize(nested)]
    hidden: Hidden,
    #[regularize(kernel = l2(1.0 / 1024.0), bias = l1(1e-4))]
    output: Linear,
}

impl Net {
    /// The logits. What the outputs cost goes into `activities`, as Keras' layers call `add_loss`.
    fn forward(&self, pixels: Tensor<2>, activities: &mut Losses<Tensor<1>>) -> Tensor<2> {
        let hidden = relu(self.hidden.dense.forward(pixels));
        activities.push(PENALTIES[0], self.hidden.activity_penalty(&hidden));
        self.output.forward(hidden)
    }
}

pub(crate) struct BurnMlp {
    net: Net,
    optimizer: ModuleOptimizer,
    dtype: DType,
    device: Device,
}

impl BurnMlp {
    fn pixels(&self, batch: Batch<'_>) -> Tensor<2> {
        let data = TensorData::new(batch.pixels.to_vec(), [batch.classes.len(), PIXELS]);
        Tensor::from_data(data.convert_dtype(self.dtype), (&self.device, self.dtype))
    }

    fn classes(&self, batch: Batch<'_>) -> Tensor<1, Int> {
        let classes: Vec<i64> = batch.classes.iter().map(|&class| class.into()).collect();
        Tensor::from_data(&classes[..], &self.device)
    }
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

fn parameter<const D: usize>(
    numbers: &[f64],
    shape: [usize; D],
    dtype: DType,
    device: &Device,
) -> Param<Tensor<D>> {
    let data = TensorData::new(numbers.to_vec(), shape).convert_dtype(dtype);
    Param::from_tensor(Tensor::from_data(data, (device, dtype)))
}

fn cross_entropy(logits: Tensor<2>, classes: Tensor<1, Int>) -> Tensor<1> {
    let likelihoods = log_softmax(logits, 1).gather(1, classes.unsqueeze_dim(1));
    likelihoods.mean().neg()
}

impl Mlp for BurnMlp {
    type Error = regularize::Error;

    fn new(weights: &Weights, precision: Precision) -> Result<Self, Self::Error> {
        let dtype = match precision {
            Precision::F32 => DType::F32,
            Precision::F64 => DType::F64,
        };
        let device = Device::default().autodiff();
        // burn keeps a kernel as Keras does.
        let linear = |kernel: &[f64], bias: &[f64], shape: [usize; 2]| Linear {
            weight: parameter(kernel, shape, dtype, &device),
            bias: Some(parameter(bias, [shape[1]], dtype, &device)),
        };
        let net = Net {
            hidden: Hidden {
                dense: linear(
                    &weights.hidden_kernel,
                    &weights.hidden_bias,
                    [PIXELS, HIDDEN],
                ),
                strength: L1::default(),
            },
            output: linear(
                &weights.output_kernel,
                &weights.output_bias,
                [HIDDEN, CLASSES],
            ),
        };
        let optimizer = SgdConfig::new().init();
        Ok(Self {
            net,
            optimizer,
            dtype,
            device,
        })
    }

    fn schedule(&mut self, strength: L1) {
        self.net.hidden.strength = strength;
    }

    fn penalties(&self, batch: Batch<'_>) -> Result<Penalties, Self::Error> {
        let mut losses = Losses::new();
        self.net.forward(self.pixels(batch), &mut losses);
        losses.extend(self.net.losses());
        let mut penalties = [0.0; 5];
        for (penalty, (_, loss)) in penalties.iter_mut().zip(losses) {
            *penalty = loss.into_scalar();
        }
        Ok(penalties)
    }

    fn hidden(&self, batch: Batch<'_>) -> Result<Vec<f64>, Self::Error> {
        Ok(numbers(relu(
            self.net.hidden.dense.forward(self.pixels(batch)),
        )))
    }

    fn step(&mut self, batch: Batch<'_>, method: Method) -> Result<f64, Self::Error> {
        let mut activities = Losses::new();
        let logits = self.net.forward(self.pixels(batch), &mut activities);
        let loss = activities.add_to(cross_entropy(logits, self.classes(batch)));
        let loss = match method {
            Method::Tape => self.net.add_penalty(loss),
            Method::Proximal => loss,
        };
        let gradients = GradientsParams::from_grads(loss.backward(), &self.net);
        self.net = self.optimizer.step(RATE, self.net.clone(), gradients);
        if method == Method::Proximal {
            self.net.proximal_step(RATE)?;
        }
        Ok(loss.into_scalar())
    }

    fn right(&self, batch: Batch<'_>) -> Result<usize, Self::Error> {
        let logits = self
            .net
            .valid()
            .forward(self.pixels(batch).inner(), &mut Losses::new());
        let guesses: Vec<i64> = logits.argmax(1).into_data().iter::<i64>().collect();
        let pairs = guesses.into_iter().zip(batch.classes);
        Ok(pairs
            .filter(|(guess, class)| *guess == i64::from(**class))
            .count())
    }

    fn report(&self) -> Result<Report, Self::Error> {
        self.net.report()
    }

    fn weights(&self) -> Result<Weights, Self::Error> {
        let bias = |layer: &Linear| {
            layer
                .bias
                .as_ref()
                .map_or(Vec::new(), |bias| numbers(bias.val()))
        };
        let (hidden, output) = (&self.net.hidden.dense, &self.net.output);
        Ok(Weights {
            hidden_kernel: numbers(hidden.weight.val()),
            hidden_bias: bias(hidden),
            output_kernel: numbers(output.weight.val()),
            output_bias: bias(output),
        })
    }
}

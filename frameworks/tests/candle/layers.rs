//! Every layer of candle-nn that shows its tensors, by Keras' roles; and a user's own, which shows what it likes.

use super::*;
use candle_nn::{
    BatchNorm, BatchNormConfig, Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, Embedding,
    LayerNorm, Linear, Module, ModuleT, PReLU, RmsNorm, batch_norm, conv_transpose1d,
    conv_transpose2d, conv1d, conv2d, embedding, layer_norm, layer_norm_no_bias, linear,
    linear_no_bias, prelu, rms_norm,
};

#[derive(Regularize)]
struct Every {
    #[regularize(kernel = l1(0.5), bias = l1(0.5))]
    linear: Linear,
    #[regularize(kernel = l1(0.5), bias = l1(0.5))]
    conv1d: Conv1d,
    #[regularize(kernel = l1(0.5), bias = l1(0.5))]
    conv2d: Conv2d,
    #[regularize(kernel = l1(0.5), bias = l1(0.5))]
    conv_transpose1d: ConvTranspose1d,
    #[regularize(kernel = l1(0.5), bias = l1(0.5))]
    conv_transpose2d: ConvTranspose2d,
    #[regularize(embeddings = l1(0.5))]
    embedding: Embedding,
    #[regularize(gamma = l1(0.5), beta = l1(0.5))]
    layer_norm: LayerNorm,
    #[regularize(gamma = l1(0.5))]
    rms_norm: RmsNorm,
    #[regularize(gamma = l1(0.5), beta = l1(0.5))]
    batch_norm: BatchNorm,
    #[regularize(alpha = l1(0.5))]
    prelu: PReLU,
}

/// Paths, and how many numbers are there: no two layers have as many.
const COUNTS: [(&str, usize); 17] = [
    ("linear.kernel", 2 * 3),
    ("linear.bias", 3),
    ("conv1d.kernel", 2 * 4 * 5),
    ("conv1d.bias", 4),
    ("conv2d.kernel", 2 * 5 * 3 * 3),
    ("conv2d.bias", 5),
    ("conv_transpose1d.kernel", 2 * 6 * 5),
    ("conv_transpose1d.bias", 6),
    ("conv_transpose2d.kernel", 2 * 7 * 3 * 3),
    ("conv_transpose2d.bias", 7),
    ("embedding.embeddings", 8 * 9),
    ("layer_norm.gamma", 10),
    ("layer_norm.beta", 10),
    ("rms_norm.gamma", 11),
    ("batch_norm.gamma", 12),
    ("batch_norm.beta", 12),
    ("prelu.alpha", 13),
];

fn every() -> Result<(VarMap, Every)> {
    let (map, builder) = variables();
    let at = |name| builder.pp(name);
    let every = Every {
        linear: linear(2, 3, at("linear"))?,
        conv1d: conv1d(2, 4, 5, Default::default(), at("conv1d"))?,
        conv2d: conv2d(2, 5, 3, Default::default(), at("conv2d"))?,
        conv_transpose1d: conv_transpose1d(2, 6, 5, Default::default(), at("transpose1d"))?,
        conv_transpose2d: conv_transpose2d(2, 7, 3, Default::default(), at("transpose2d"))?,
        embedding: embedding(8, 9, at("embedding"))?,
        layer_norm: layer_norm(10, 1e-5, at("layer_norm"))?,
        rms_norm: rms_norm(11, 1e-5, at("rms_norm"))?,
        batch_norm: batch_norm(12, 1e-5, at("batch_norm"))?,
        prelu: prelu(Some(13), at("prelu"))?,
    };
    for variable in map.all_vars() {
        variable.set(&variable.ones_like()?)?;
    }
    Ok((map, every))
}

#[test]
fn every_role_of_every_layer_is_in_the_report() -> Result<()> {
    let (_map, every) = every()?;
    assert_eq!(counts(&every), named(&COUNTS));
    Ok(())
}

#[test]
fn every_role_of_every_layer_has_its_loss() -> Result<()> {
    let (_map, every) = every()?;
    let expected = COUNTS.map(|(path, ones)| (path, 0.5 * ones as f64));
    assert_eq!(losses(&every)?, named(&expected));
    Ok(())
}

/// The running statistics, which are 1 here as everything is, stay 1.
#[test]
fn a_step_reaches_every_role_and_no_running_statistic() -> Result<()> {
    let (map, mut every) = every()?;
    every.proximal_step(2.0)?;
    for (name, variable) in map.data().lock().unwrap().iter() {
        let expected = match name.contains("running") {
            true => 1.0,
            false => 0.0,
        };
        let numbers = numbers(variable)?;
        assert!(
            numbers.iter().all(|x| *x == expected),
            "{name}: {numbers:?}"
        );
    }
    Ok(())
}

#[test]
fn a_gradient_reaches_every_role_and_no_running_statistic() -> Result<()> {
    let (map, every) = every()?;
    let gradients = every.penalty()?.backward()?;
    for (name, variable) in map.data().lock().unwrap().iter() {
        match gradients.get(variable) {
            Some(gradient) => assert!(numbers(gradient)?.iter().all(|g| *g == 0.5), "{name}"),
            None => assert!(name.contains("running"), "{name}"),
        }
    }
    Ok(())
}

#[test]
fn a_layer_without_a_bias_has_no_loss_of_one() -> Result<()> {
    #[derive(Regularize)]
    struct Unbiased {
        #[regularize(kernel = l1(0.5), bias = l1(0.5))]
        linear: Linear,
        #[regularize(gamma = l1(0.5), beta = l1(0.5))]
        layer_norm: LayerNorm,
        #[regularize(gamma = l1(0.5), beta = l1(0.5))]
        batch_norm: BatchNorm,
        #[regularize(alpha = l1(0.5))]
        prelu: PReLU,
    }

    let (_map, builder) = variables();
    let without = BatchNormConfig {
        affine: false,
        ..BatchNormConfig::default()
    };
    let mut layer = Unbiased {
        linear: linear_no_bias(2, 3, builder.pp("linear"))?,
        layer_norm: layer_norm_no_bias(4, 1e-5, builder.pp("layer_norm"))?,
        batch_norm: batch_norm(5, without, builder.pp("batch_norm"))?,
        prelu: prelu(None, builder.pp("prelu"))?, // one slope for all channels
    };
    let expected = [
        ("linear.kernel", 6),
        ("layer_norm.gamma", 4),
        ("prelu.alpha", 1),
    ];
    assert_eq!(counts(&layer), named(&expected));
    layer.proximal_step(0.5)?;
    Ok(())
}

/// candle-nn sets a variable of a batch normalization in its forward pass: what was counted is another one.
#[test]
fn training_a_batch_normalization_leaves_its_penalty_as_it_is() -> Result<()> {
    #[derive(Regularize)]
    struct Normalized {
        #[regularize(gamma = l2(0.5), beta = l2(0.5))]
        norm: BatchNorm,
    }

    let (map, builder) = variables();
    let layer = Normalized {
        norm: batch_norm(2, 1e-5, builder.clone())?,
    };
    let x = Tensor::new(&[[1.0_f64, 8.0], [3.0, -8.0]], &Device::Cpu)?;
    layer.norm.forward_t(&x, true)?;
    assert_ne!(get(&map, "running_var")?, [1.0, 1.0]);
    assert_eq!(number(layer.penalty())?, 0.5 * 2.0);
    Ok(())
}

/// A recurrent layer. candle-nn's LSTM and GRU keep their tensors to themselves, as its `GroupNorm` does.
#[derive(Regularize)]
#[regularize(kernel = l2(0.5), recurrent = l1(0.5), bias = l1(0.25))]
struct Recurrent {
    kernel: Tensor,
    recurrent: Tensor,
    bias: Tensor,
}

impl Recurrent {
    fn new(inputs: usize, units: usize, builder: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            kernel: builder.get((inputs, units), "kernel")?,
            recurrent: builder.get((units, units), "recurrent")?,
            bias: builder.get(units, "bias")?,
        })
    }

    fn step(&self, input: &Tensor, state: &Tensor) -> Result<Tensor> {
        let sum = (input.matmul(&self.kernel)? + state.matmul(&self.recurrent)?)?;
        sum.broadcast_add(&self.bias)?.tanh()
    }
}

/// A group normalization.
#[derive(Regularize)]
#[regularize(gamma = l2(0.5), beta = l1(0.5))]
struct Grouped {
    gamma: Tensor,
    beta: Tensor,
    groups: usize,
}

impl Module for Grouped {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (samples, channels, length) = x.dims3()?;
        let size = channels / self.groups * length;
        let x = x.reshape((samples, self.groups, size))?;
        let x = x.broadcast_sub(&x.mean_keepdim(2)?)?;
        let x = x.reshape((samples, channels, length))?;
        let gamma = self.gamma.reshape((1, channels, 1))?;
        let beta = self.beta.reshape((1, channels, 1))?;
        x.broadcast_mul(&gamma)?.broadcast_add(&beta)
    }
}

#[derive(Regularize)]
struct Sequence {
    #[regularize(nested)]
    cell: Recurrent,
    #[regularize(nested)]
    norm: Grouped,
}

#[test]
fn a_layer_of_ones_own_is_a_struct_of_tensors_with_a_derive() -> Result<()> {
    let (map, builder) = variables();
    let mut model = Sequence {
        cell: Recurrent::new(1, 2, &builder.pp("cell"))?,
        norm: Grouped {
            gamma: builder.get(2, "gamma")?,
            beta: builder.get(2, "beta")?,
            groups: 1,
        },
    };
    set(&map, "cell.kernel", &[1.0, -2.0])?;
    set(&map, "cell.recurrent", &[1.0, 0.25, -3.0, 4.0])?;
    set(&map, "cell.bias", &[-8.0, 0.0])?;
    set(&map, "gamma", &[1.0, 1.0])?;
    set(&map, "beta", &[0.0, -2.0])?;
    let expected = [
        ("cell.kernel", 0.5 * 5.0),
        ("cell.recurrent", 0.5 * 8.25),
        ("cell.bias", 0.25 * 8.0),
        ("norm.gamma", 0.5 * 2.0),
        ("norm.beta", 0.5 * 2.0),
    ];
    assert_eq!(losses(&model)?, named(&expected));

    let (input, state) = (tensor(&[0.0])?, tensor(&[0.0, 0.0])?);
    let state = model
        .cell
        .step(&input.reshape((1, 1))?, &state.reshape((1, 2))?)?;
    let output = model.norm.forward(&state.reshape((1, 2, 1))?)?;
    let gradients = model.add_penalty(output.sum_all())?.backward()?;
    let gradient = |name: &str| numbers(gradients.get(&map.data().lock().unwrap()[name]).unwrap());
    // The state and the input are 0, so that the gradient is the penalty's.
    assert_eq!(gradient("cell.recurrent")?, [0.5, 0.5, -0.5, 0.5]);
    assert_eq!(gradient("cell.kernel")?, [1.0, -2.0]);

    model.proximal_step(1.0)?;
    assert_eq!(get(&map, "cell.recurrent")?, [0.5, 0.0, -2.5, 3.5]);
    Ok(())
}

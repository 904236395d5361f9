//! The lines of a well-known article about Keras' regularizers, in burn, with Keras' numbers beside them.
//!
//! ```text
//! cargo run --release -p regularize-frameworks --features burn --example burn_article
//! ```
//!
//! `tools/keras/train.py` asked real Keras. Weights and inputs are multiples of 1/64, few and small enough that every sum
//! is exact in f32: the numbers of a `Dense` are the same bits. Keras keeps the kernels of an LSTM's gates as one weight
//! with one loss, burn as four with four losses: their total is inside the bound of SPEC.md, `order.bound`.

#![forbid(unsafe_code)]

use burn::module::{Module, Param};
use burn::nn::{Linear, Lstm, LstmConfig};
use burn::tensor::{Device, Tensor, TensorData};
use regularize::{Losses, Regularize};
use regularize_oracle::{Factors, Format};
use serde_json::Value;
use std::error::Error;

#[derive(Module, Debug, Regularize)]
struct Dense1 {
    #[regularize(kernel = l1(0.01))] // Dense(256, kernel_regularizer=l1(0.01))
    dense: Linear,
}

#[derive(Module, Debug, Regularize)]
struct Dense2 {
    #[regularize(kernel = l2(0.01))] // Dense(256, kernel_regularizer=l2(0.01))
    dense: Linear,
}

#[derive(Module, Debug, Regularize)]
struct Recurrent {
    #[regularize(kernel = l1_l2(0.001, 0.01))] // LSTM(256, kernel_regularizer=l1_l2(0.001, 0.01))
    lstm: Lstm,
}

#[derive(Module, Debug, Regularize)]
#[regularize(activity = l1(0.01))] // Dense(256, …, activity_regularizer=l1(0.01))
struct Dense3 {
    #[regularize(kernel = l1(0.01), bias = l1(0.01))]
    dense: Linear,
}

const UNITS: usize = 256;

fn main() -> Result<(), Box<dyn Error>> {
    let keras: Value = serde_json::from_str(include_str!("../data/keras-article.json"))?;
    let version = keras["keras"].as_str().ok_or("no version")?;
    println!("Losses of burn and of Keras {version}:");

    let layer = Dense1 { dense: dense() };
    show(
        &keras,
        "Dense(256, kernel_regularizer=l1(0.01))",
        layer.losses(),
        Expect::Bits,
    )?;

    let layer = Dense2 { dense: dense() };
    show(
        &keras,
        "Dense(256, kernel_regularizer=l2(0.01))",
        layer.losses(),
        Expect::Bits,
    )?;

    let layer = Recurrent { lstm: lstm() };
    let line = "LSTM(256, kernel_regularizer=l1_l2(0.001, 0.01))";
    show(&keras, line, layer.losses(), Expect::Bound)?;

    let layer = Dense3 { dense: dense() };
    let signs = numbers(4 * 64, 3)
        .into_iter()
        .map(|x| if x == 0.0 { 0.0 } else { x.signum() });
    let inputs = tensor(signs.collect(), [4, 64]);
    let mut losses = Losses::new();
    losses.push(
        "activity",
        layer.activity_penalty(&layer.dense.forward(inputs)),
    );
    losses.extend(layer.losses());
    let line = "Dense(256, kernel_regularizer=l1(0.01), bias_regularizer=l1(0.01), activity_regularizer=l1(0.01))";
    show(&keras, line, losses, Expect::Bits)
}

/// The same numbers as `numbers` in `tools/keras/train.py`.
fn numbers(count: usize, by: usize) -> Vec<f32> {
    let number = |index| (index * 37 % by) as f32 - (by / 2) as f32;
    (0..count).map(|index| number(index) / 64.0).collect()
}

fn tensor<const D: usize>(numbers: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(numbers, shape), &Device::default())
}

fn dense() -> Linear {
    Linear {
        weight: Param::from_tensor(tensor(numbers(64 * UNITS, 31), [64, UNITS])),
        bias: Some(Param::from_tensor(tensor(numbers(UNITS, 31), [UNITS]))),
    }
}

/// Keras' kernel is that of the gates side by side: input, forget, cell, output.
fn lstm() -> Lstm {
    let mut lstm = LstmConfig::new(8, UNITS, true).init(&Device::default());
    let kernel = tensor(numbers(8 * 4 * UNITS, 31), [8, 4 * UNITS]);
    let gates = [
        Some(&mut lstm.input_gate),
        lstm.forget_gate.as_mut(),
        Some(&mut lstm.cell_gate),
        Some(&mut lstm.output_gate),
    ];
    for (index, gate) in gates.into_iter().flatten().enumerate() {
        let columns = kernel.clone().narrow(1, index * UNITS, UNITS);
        gate.input_transform.weight = Param::from_tensor(columns);
    }
    lstm
}

enum Expect {
    Bits,
    Bound,
}

fn show(
    keras: &Value,
    line: &str,
    losses: Losses<Tensor<1>>,
    expect: Expect,
) -> Result<(), Box<dyn Error>> {
    println!("\n{line}");
    let said = keras["losses"][line]
        .as_array()
        .ok_or("Keras was not asked this line")?;
    let said: Vec<f32> = said
        .iter()
        .filter_map(Value::as_f64)
        .map(|loss| loss as f32)
        .collect();
    let here: Vec<f32> = losses
        .iter()
        .map(|(_, loss)| loss.clone().into_scalar())
        .collect();
    for ((name, _), loss) in losses.iter().zip(&here) {
        println!("    {name:24} {loss}");
    }
    match expect {
        Expect::Bits => {
            println!(
                "    {:24} {}",
                "Keras",
                said.iter()
                    .map(f32::to_string)
                    .collect::<Vec<_>>()
                    .join(", ")
            );
            assert_eq!(here, said, "{line}");
        }
        Expect::Bound => {
            let total: f32 = losses.total().into_scalar();
            println!(
                "    {:24} {total}\n    {:24} {}",
                "together", "Keras", said[0]
            );
            let weights = numbers(8 * 4 * UNITS, 31)
                .into_iter()
                .map(|x| x.to_bits().into());
            let weights: Vec<u64> = weights.collect();
            let factors = Factors::new(Some(0.001), Some(0.01));
            for loss in [total, said[0]] {
                assert!(
                    factors.is_within(Format::F32, &weights, 1, loss.to_bits().into()),
                    "{line}: {loss}"
                );
            }
        }
    }
    Ok(())
}

//! regularize on candle: what its users lean on.
//!
//! | file | knows |
//! |---|---|
//! | `fields` | what a field may be |
//! | `layers` | the layers of candle-nn, and a user's own |
//! | `tape` | values and gradients on candle's tape |
//! | `shared` | one variable in two places |
//! | `orthogonal` | the orthogonal regularizer |
//! | `plain` | regularizers of tensors alone |
//! | `proximal` | the step that changes variables |
//! | `rules` | rules of a whole model |
//! | `precision` | f16 and bf16 |
//! | `sharded` | a weight over several machines |
//! | `shapes` | layouts, ranks and outputs |
//! | `losses` | losses by name, and where an error goes |
//! | `mixed` | layers of different types in one list or one field |

#![cfg(feature = "candle")]
#![allow(missing_docs)]

mod fields;
mod layers;
mod losses;
mod mixed;
mod orthogonal;
mod plain;
mod precision;
mod proximal;
mod rules;
mod shapes;
mod sharded;
mod shared;
mod tape;

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{VarBuilder, VarMap};
use regularize::Regularize;
use regularize_conformance::Edition;
use regularize_frameworks::candle::Candle;
use regularize_frameworks::subject::Framework;

#[test]
fn conforms() {
    for edition in Edition::ALL {
        regularize_conformance::test(&mut Framework::new(Candle), edition).assert();
    }
}

/// Variables in doubles, none of them made yet.
fn variables() -> (VarMap, VarBuilder<'static>) {
    let map = VarMap::new();
    let builder = VarBuilder::from_varmap(&map, DType::F64, &Device::Cpu);
    (map, builder)
}

/// Sets a variable of the map to these numbers, as an optimizer would.
fn set(map: &VarMap, name: &str, numbers: &[f64]) -> Result<()> {
    let variables = map.data().lock().unwrap();
    let variable = &variables[name];
    variable.set(&tensor(numbers)?.reshape(variable.shape())?)
}

/// The numbers of a variable of the map.
fn get(map: &VarMap, name: &str) -> Result<Vec<f64>> {
    numbers(&map.data().lock().unwrap()[name])
}

fn tensor(numbers: &[f64]) -> Result<Tensor> {
    Tensor::new(numbers, &Device::Cpu)
}

fn variable(numbers: &[f64]) -> Result<Var> {
    Var::new(numbers, &Device::Cpu)
}

fn numbers(tensor: &Tensor) -> Result<Vec<f64>> {
    tensor.flatten_all()?.to_dtype(DType::F64)?.to_vec1()
}

/// The number in a tensor of rank 0, which every penalty is.
fn number(penalty: Result<Tensor>) -> Result<f64> {
    penalty?.to_dtype(DType::F64)?.to_scalar()
}

/// Every row of the report: the path, and how many numbers there are.
fn counts(layer: &impl Regularize) -> Vec<(String, usize)> {
    let report = layer.report().unwrap();
    let rows = report.rows().iter();
    rows.map(|row| (row.path().to_string(), row.count().len))
        .collect()
}

/// Every loss by its path.
fn losses(layer: &impl Regularize<Penalty = Result<Tensor>>) -> Result<Vec<(String, f64)>> {
    let losses = layer.losses().into_iter();
    losses
        .map(|(path, loss)| Ok((path, number(loss)?)))
        .collect()
}

/// Pairs with names of their own, to compare with.
fn named<T: Copy>(pairs: &[(&str, T)]) -> Vec<(String, T)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).into(), *value))
        .collect()
}

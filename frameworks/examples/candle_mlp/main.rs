//! Handwritten digits in candle, trained as real Keras trained them, and then with L1 that reaches zero.
//!
//! ```text
//! cargo run --release -p regularize-frameworks --features candle --example candle_mlp
//! ```
//!
//! `model.rs` is the model: what a user of candle writes.

#![forbid(unsafe_code)]

mod model;

use regularize_frameworks::show;
use std::process::ExitCode;

fn main() -> ExitCode {
    show::example::<model::CandleMlp>("candle")
}

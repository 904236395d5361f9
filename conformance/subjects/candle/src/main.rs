//! candle as a subject: a penalty as its user writes one, in the type of the weights.
//!
//!     cargo build --release
//!     regularize-conformance test -- target/release/candle-subject
//!
//! Nothing here makes up for what candle does otherwise than Keras: to find that is the purpose.

#![forbid(unsafe_code)]

use candle_core::{DType, Device, Result, Tensor, Var};
use regularize_conformance::wire::{
    Answer, AtZero, Claims, Dtype, Hello, Kind, Numbers, Op, Reg, Request,
};
use regularize_conformance::{Edition, Subject, serve};
use std::io::{stdin, stdout};

struct Candle;

impl Subject for Candle {
    fn hello(&mut self, _: Edition) -> Hello {
        Hello {
            name: "candle".into(),
            version: version().into(),
            language: "rust".into(),
            claims: Claims {
                // Its |x| is differentiated to 1 where x >= 0, and -0 >= 0.
                at_zero: AtZero::Plus,
                editions: Some(vec!["keras-3.14.1".into()]),
                ..Claims::new(&[Op::Penalty, Op::Activity, Op::Gradient], Dtype::ALL)
            },
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        try_answer(request).unwrap_or_else(|error| Answer::Error(Kind::Internal, error.to_string()))
    }
}

fn try_answer(request: &Request) -> Result<Answer> {
    Ok(match request {
        Request::Penalty { reg, shape, x } => numbers(&penalty(reg, &tensor(x, shape)?)?)?,
        Request::Activity { reg, shape, x } => {
            // An empty batch costs nothing, and is not divided by 0.
            let batch = shape.first().map_or(1, |&batch| batch.max(1));
            numbers(&(penalty(reg, &tensor(x, shape)?)? / batch as f64)?)?
        }
        Request::Gradient { reg, x } => {
            let x = Var::from_tensor(&tensor(x, &[x.bits.len()])?)?;
            let gradients = penalty(reg, &x)?.backward()?;
            // candle's optimizers pass over a weight without a gradient: it is 0.
            match gradients.get(&x) {
                Some(gradient) => numbers(gradient)?,
                None => numbers(&x.zeros_like()?)?,
            }
        }
        _ => Answer::Unsupported("candle has no such operation".into()),
    })
}

/// The rules for the factors are those of Keras 3.14.1; candle casts them to the type of `x`.
fn penalty(reg: &Reg, x: &Tensor) -> Result<Tensor> {
    let l1 = |factor: f64| x.abs()?.sum_all()? * factor;
    let l2 = |factor: f64| x.sqr()?.sum_all()? * factor;
    match *reg {
        Reg::L1(factor) => l1(f64::from(factor as f32)),
        Reg::L2(factor) => l2(factor),
        Reg::L1L2(first, second) => {
            let mut sum = Tensor::zeros((), x.dtype(), x.device())?;
            if first != 0.0 {
                sum = (sum + l1(first)?)?;
            }
            if second != 0.0 {
                sum = (sum + l2(second)?)?;
            }
            Ok(sum)
        }
        Reg::Orthogonal(..) => candle_core::bail!("{reg} is not claimed"),
    }
}

fn tensor(x: &Numbers, shape: &[usize]) -> Result<Tensor> {
    let (dtype, bytes) = match x.dtype {
        Dtype::F32 => (DType::F32, 4),
        Dtype::F64 => (DType::F64, 8),
        Dtype::F16 => (DType::F16, 2),
        Dtype::BF16 => (DType::BF16, 2),
        other => candle_core::bail!("{other} is not claimed"),
    };
    let mut buffer = Vec::new();
    for bits in &x.bits {
        buffer.extend_from_slice(&bits.to_le_bytes()[..bytes]);
    }
    Tensor::from_raw_buffer(&buffer, dtype, shape, &Device::Cpu)
}

fn numbers(y: &Tensor) -> Result<Answer> {
    let mut buffer = Vec::new();
    y.write_bytes(&mut buffer)?;
    let append = |bits, &byte: &u8| bits << 8 | u64::from(byte);
    let words = buffer.chunks_exact(y.dtype().size_in_bytes());
    Ok(Answer::Numbers(
        words.map(|word| word.iter().rfold(0, append)).collect(),
    ))
}

/// The candle that was built, which only the lock file names.
fn version() -> &'static str {
    let mut entries = include_str!("../Cargo.lock").split("[[package]]\nname = \"candle-core\"\n");
    let version = entries.nth(1).and_then(|entry| entry.split('"').nth(1));
    version.unwrap_or("unknown")
}

fn main() -> std::io::Result<()> {
    serve(&mut Candle, None, stdin().lock(), stdout().lock())
}

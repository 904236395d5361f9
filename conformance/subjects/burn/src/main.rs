//! burn as a subject: a penalty as its user writes one, in the type of the weights, on flex.
//!
//!     cargo build --release
//!     regularize-conformance test -- target/release/burn-subject
//!
//! Nothing here makes up for what burn does otherwise than Keras: to find that is the purpose.

#![forbid(unsafe_code)]

use burn_tensor::{DType, Device, Tensor, TensorData};
use regularize_conformance::wire::{Answer, Claims, Dtype, Hello, Kind, Numbers, Op, Reg, Request};
use regularize_conformance::{Edition, Subject, serve};
use std::io::{stdin, stdout};
use std::panic::catch_unwind;

struct Burn;

impl Subject for Burn {
    fn hello(&mut self, _: Edition) -> Hello {
        Hello {
            name: "burn".into(),
            version: version().into(),
            language: "rust".into(),
            claims: Claims {
                editions: Some(vec!["keras-3.14.1".into()]),
                ..Claims::new(&[Op::Penalty, Op::Activity, Op::Gradient], Dtype::ALL)
            },
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        // burn's errors are panics; what they say is on stderr.
        let panicked = |_| Answer::Error(Kind::Internal, "burn panicked".into());
        catch_unwind(|| try_answer(request)).unwrap_or_else(panicked)
    }
}

fn try_answer(request: &Request) -> Answer {
    let device = Device::default();
    match request {
        Request::Penalty { reg, x, .. } => numbers(penalty(reg, tensor(x, &device))),
        Request::Activity { reg, shape, x } => {
            // An empty batch costs nothing, and is not divided by 0.
            let batch = shape.first().map_or(1, |&batch| batch.max(1));
            numbers(penalty(reg, tensor(x, &device)).div_scalar(batch as f64))
        }
        Request::Gradient { reg, x } => {
            let x = tensor(x, &device.autodiff()).require_grad();
            let penalty = penalty(reg, x.clone());
            // With both factors of 0 it is a constant, and burn differentiates none.
            let gradients = penalty.is_tracked().then(|| penalty.backward());
            let gradient = gradients.and_then(|gradients| x.grad(&gradients));
            numbers(gradient.unwrap_or_else(|| x.zeros_like()))
        }
        _ => Answer::Unsupported("burn has no such operation".into()),
    }
}

/// The rules for the factors are those of Keras 3.14.1; burn casts them to the type of `x`.
fn penalty(reg: &Reg, x: Tensor<1>) -> Tensor<1> {
    let l1 = |x: Tensor<1>, factor: f64| x.abs().sum().mul_scalar(factor);
    let l2 = |x: Tensor<1>, factor: f64| x.powi_scalar(2).sum().mul_scalar(factor);
    match *reg {
        Reg::L1(factor) => l1(x, f64::from(factor as f32)),
        Reg::L2(factor) => l2(x, factor),
        Reg::L1L2(first, second) => {
            let mut sum = Tensor::zeros([1], (&x.device(), x.dtype()));
            if first != 0.0 {
                sum = sum + l1(x.clone(), first);
            }
            if second != 0.0 {
                sum = sum + l2(x, second);
            }
            sum
        }
        Reg::Orthogonal(..) => panic!("{reg} is not claimed"),
    }
}

/// In one axis: the number of axes is part of the type, and sums are over all of them.
fn tensor(x: &Numbers, device: &Device) -> Tensor<1> {
    let (dtype, bytes) = match x.dtype {
        Dtype::F32 => (DType::F32, 4),
        Dtype::F64 => (DType::F64, 8),
        Dtype::F16 => (DType::F16, 2),
        Dtype::BF16 => (DType::BF16, 2),
        other => panic!("{other} is not claimed"),
    };
    let mut buffer = Vec::new();
    for bits in &x.bits {
        buffer.extend_from_slice(&bits.to_le_bytes()[..bytes]);
    }
    let data = TensorData::from_bytes_vec(buffer, [x.bits.len()], dtype);
    Tensor::from_data(data, (device, dtype))
}

fn numbers(y: Tensor<1>) -> Answer {
    let data = y.into_data();
    let append = |bits, &byte: &u8| bits << 8 | u64::from(byte);
    let words = data.as_bytes().chunks_exact(data.dtype().size());
    Answer::Numbers(words.map(|word| word.iter().rfold(0, append)).collect())
}

/// The burn that was built, which only the lock file names.
fn version() -> &'static str {
    let mut entries = include_str!("../Cargo.lock").split("[[package]]\nname = \"burn-tensor\"\n");
    let version = entries.nth(1).and_then(|entry| entry.split('"').nth(1));
    version.unwrap_or("unknown")
}

fn main() -> std::io::Result<()> {
    serve(&mut Burn, None, stdin().lock(), stdout().lock())
}

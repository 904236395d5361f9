//! A weight over several machines: the value of all of it, and the gradient of the part that is here.

use crate::{number, numbers, tape, tensor};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{DType, Device, Tensor};
use regularize::distributed::{Distributed, Partials, Replicas, Shard};
use regularize::{Regularize, l1_l2};
use std::num::NonZero;

#[derive(Module, Debug, Regularize)]
struct Dense {
    #[regularize(l1_l2(0.1, 0.3), sharded)]
    kernel: Param<Tensor<1>>,
}

#[derive(Module, Debug, Regularize)]
struct Net {
    #[regularize(kernel = l2(0.5), bias = l1(1.0), sharded(kernel))]
    rows: Linear,
    #[regularize(kernel = l2(0.5))]
    head: Linear,
}

fn dense(numbers: &[f64], dtype: DType, device: &Device) -> Dense {
    Dense {
        kernel: Param::from_tensor(tensor(numbers, dtype, device)),
    }
}

fn merged<L: Regularize>(shards: &[L]) -> Partials {
    let of = shards.len() as u32;
    let each = (0..).zip(shards);
    let each = each.map(|(index, model)| model.partials(Shard::new(index, of).unwrap()).unwrap());
    each.reduce(|mut left, right| {
        left.merge(&right).unwrap();
        left
    })
    .unwrap()
}

fn loss_of(shard: &Dense, whole: &Partials) -> Tensor<1> {
    shard.losses_of(whole).unwrap().total()
}

fn gradient(model: &Dense, loss: &Tensor<1>) -> Vec<f64> {
    let gradient = model.kernel.grad(&loss.backward());
    numbers(gradient.expect("a gradient"))
}

/// Numbers of every type here, so that the sums of all are exact; the empty part has no gradient.
const PARTS: [&[f64]; 3] = [&[1.0, -0.375, 0.0078125], &[], &[-200.0, 3.0]];

/// The value is the real number, rounded once: what burn sums itself is within a bound of it.
#[test]
fn the_value_is_cores_and_the_gradient_is_that_of_the_part() {
    for dtype in [DType::F64, DType::F32, DType::F16, DType::BF16] {
        let shards = PARTS.map(|part| dense(part, dtype, &tape()));
        let whole = merged(&shards);
        let terms = l1_l2(0.1, 0.3).terms();
        let all = PARTS.concat();
        let expected = match dtype {
            DType::F64 => terms.penalty(&all),
            DType::F32 => f64::from(terms.penalty_of::<f32>(whole.get("kernel").unwrap().sums())),
            DType::F16 => terms
                .penalty(
                    &all.iter()
                        .map(|x| half::f16::from_f64(*x))
                        .collect::<Vec<_>>(),
                )
                .to_f64(),
            _ => terms
                .penalty(
                    &all.iter()
                        .map(|x| half::bf16::from_f64(*x))
                        .collect::<Vec<_>>(),
                )
                .to_f64(),
        };
        for (shard, part) in shards.iter().zip(PARTS) {
            let loss = loss_of(shard, &whole);
            assert_eq!(
                (loss.dtype(), number(loss.clone())),
                (dtype, expected),
                "{dtype:?}"
            );
            if !part.is_empty() {
                assert_eq!(gradient(shard, &loss), gradient(shard, &shard.penalty()));
            }
        }
        let count = whole.get("kernel").unwrap().count();
        assert_eq!((count.zeros, count.len), (0, 5));
    }
}

/// The value of the whole is infinite, or NaN, or is not although the sum of a part is: the gradient is that of one machine.
#[test]
fn what_is_too_large_or_no_number_has_its_gradient() {
    type Is = fn(f64) -> bool;
    let cases: [(DType, &[f64], Is); 4] = [
        // 0.3·Σx² is beyond f16.
        (DType::F16, &[1000.0, -300.0], |value| {
            value == f64::INFINITY
        }),
        // Σx² is beyond f32 in the part, and 1e-30·Σx² is not.
        (DType::F32, &[1e20, -1.0], f64::is_finite),
        (DType::F32, &[f64::INFINITY, 1.0], |value| {
            value == f64::INFINITY
        }),
        (DType::F32, &[f64::NAN, 1.0], f64::is_nan),
    ];
    for (dtype, numbers_of_one, is) in cases {
        for device in [Device::default(), tape()] {
            let layer = |numbers: &[f64]| match dtype == DType::F32 {
                true => Layer::Small(Small {
                    kernel: dense(numbers, dtype, &device).kernel,
                }),
                false => Layer::Dense(dense(numbers, dtype, &device)),
            };
            let shards = [layer(numbers_of_one), layer(&[1.0])];
            let whole = merged(&shards);
            for shard in &shards {
                let loss = shard.losses_of(&whole).unwrap().total();
                assert!(is(number(loss.clone())), "{dtype:?} {numbers_of_one:?}");
                if device.is_autodiff() {
                    let gradient = |loss: &Tensor<1>| {
                        numbers(shard.kernel().grad(&loss.backward()).expect("a gradient"))
                    };
                    let bits = |numbers: Vec<f64>| {
                        numbers.into_iter().map(f64::to_bits).collect::<Vec<_>>()
                    };
                    assert_eq!(
                        bits(gradient(&loss)),
                        bits(gradient(&shard.penalty())),
                        "{dtype:?} {numbers_of_one:?}"
                    );
                }
            }
        }
    }
}

#[derive(Module, Debug, Regularize)]
struct Small {
    #[regularize(l1_l2(1e-20, 1e-30), sharded)]
    kernel: Param<Tensor<1>>,
}

#[derive(Regularize)]
enum Layer {
    Dense(#[regularize(nested)] Dense),
    Small(#[regularize(nested)] Small),
}

impl Layer {
    fn kernel(&self) -> &Param<Tensor<1>> {
        match self {
            Self::Dense(Dense { kernel }) | Self::Small(Small { kernel }) => kernel,
        }
    }
}

#[test]
fn a_layer_of_burn_is_sharded_by_its_roles() {
    let device = tape();
    let net = |x: f64| Net {
        rows: crate::linear(&[x], &[8.0], &device),
        head: crate::linear(&[2.0], &[0.0], &device),
    };
    let [left, right] = [net(1.0), net(3.0)];
    let mut whole = left.partials(Shard::new(0, 2).unwrap()).unwrap();
    whole
        .merge(&right.partials(Shard::new(1, 2).unwrap()).unwrap())
        .unwrap();
    let losses = right.losses_of(&whole).unwrap();
    let values: Vec<_> = losses
        .iter()
        .map(|(name, loss)| (name, number(loss.clone())))
        .collect();
    assert_eq!(
        values,
        [
            ("rows.kernel", 5.0),
            ("rows.bias", 8.0),
            ("head.kernel", 2.0)
        ]
    );
    let gradients = losses.add_to(Tensor::zeros([1], &device)).backward();
    assert_eq!(numbers(right.rows.weight.grad(&gradients).unwrap()), [3.0]);
    assert_eq!(numbers(right.head.weight.grad(&gradients).unwrap()), [2.0]);

    // With the sums of two for what is sharded, and of eight for what is whole.
    let [sharded, whole] = [2, 8].map(|number| NonZero::new(number).unwrap());
    let mesh = Replicas::Mesh { sharded, whole };
    let loss = right.add_penalty_on_replica(Tensor::zeros([1], &device), mesh);
    let loss = loss.unwrap();
    assert_eq!(number(loss.clone()), 4.5 / 2.0 + (8.0 + 2.0) / 8.0);
    let gradients = loss.backward();
    assert_eq!(numbers(right.rows.weight.grad(&gradients).unwrap()), [1.5]);
    assert_eq!(numbers(right.head.weight.grad(&gradients).unwrap()), [0.25]);
}

#[derive(Module, Debug, Regularize)]
struct Copied {
    #[regularize(l1_l2(0.1, 0.3))]
    kernel: Param<Tensor<1>>,
}

/// `ReduceOperation::Sum` adds the gradients of all replicas, and `Mean` divides their sum.
#[test]
fn the_gradients_of_replicas_are_one_penaltys() {
    let on_replica = |replicas| {
        let kernel = Param::from_tensor(tensor(&[4.0, -2.0], DType::F32, &tape()));
        let model = Copied { kernel };
        let loss = model.add_penalty_on_replica(Tensor::zeros([1], &tape()), replicas);
        let gradients = loss.unwrap().backward();
        numbers(model.kernel.grad(&gradients).unwrap())
    };
    let averaged = on_replica(Replicas::Averaged);
    let summed = on_replica(Replicas::Summed(NonZero::new(4).unwrap()));
    let sum: Vec<f64> = summed.iter().map(|share| 4.0 * share).collect();
    assert_eq!(sum, averaged);
}

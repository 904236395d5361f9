//! f16 and bf16: sums in f32, rounded once at the end.

use crate::{number, numbers, tape};
use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Tensor};
use regularize::Regularize;

const SHORT: [DType; 2] = [DType::F16, DType::BF16];

#[derive(Module, Debug, Regularize)]
#[regularize(activity = l1(0.25))]
struct Dense {
    #[regularize(l1(0.25))]
    kernel: Param<Tensor<1>>,
}

fn ones(count: usize, dtype: DType, device: &Device) -> Dense {
    Dense {
        kernel: Param::from_tensor(Tensor::ones([count], (device, dtype))),
    }
}

/// In bf16 256 + 1 is 256.
#[test]
fn many_ones_are_all_counted() {
    for dtype in SHORT {
        for device in [Device::default(), tape()] {
            let model = ones(4096, dtype, &device);
            assert_eq!(number(model.penalty()), 1024.0, "{dtype:?}");
            assert_eq!(model.report().unwrap().total(), 1024.0);
        }
    }
}

/// 513 ones are 128.25, which bf16 does not have, and 4100 are 1025 in f16, 1024 in bf16.
#[test]
fn a_sum_is_rounded_once() {
    assert_eq!(number(ones(513, DType::F16, &tape()).penalty()), 128.25);
    assert_eq!(number(ones(513, DType::BF16, &tape()).penalty()), 128.0);
    assert_eq!(number(ones(4100, DType::F16, &tape()).penalty()), 1025.0);
    assert_eq!(number(ones(4100, DType::BF16, &tape()).penalty()), 1024.0);
}

#[derive(Module, Debug, Regularize)]
struct Wide {
    #[regularize(l2(0.01))]
    kernel: Param<Tensor<2>>,
}

/// Σx² = 360000 is more than f16 has.
#[test]
fn a_sum_may_be_greater_than_the_greatest_number() {
    for device in [Device::default(), tape()] {
        let kernel = Tensor::full([300, 300], 2.0, (&device, DType::F16));
        let kernel = Param::from_tensor(kernel);
        assert_eq!(number(Wide { kernel }.penalty()), 3600.0);
    }
}

#[test]
fn the_penalty_has_the_type_of_the_weights() {
    for dtype in [DType::F16, DType::BF16, DType::F32, DType::F64] {
        let model = ones(4, dtype, &tape());
        assert_eq!(model.penalty().dtype(), dtype);
        let losses = model.losses();
        assert_eq!(losses.get("kernel").unwrap().dtype(), dtype);
    }
}

#[test]
fn an_output_has_the_type_of_its_numbers() {
    for dtype in SHORT {
        let output = Tensor::<2>::ones([4, 4096], (&tape(), dtype));
        let penalty = ones(1, dtype, &tape()).activity_penalty(&output);
        assert_eq!(penalty.dtype(), dtype);
        assert_eq!(number(penalty), 1024.0);
    }
}

#[test]
fn the_gradient_has_the_type_of_the_weights() {
    for dtype in SHORT {
        let model = ones(4096, dtype, &tape());
        let gradients = model.penalty().backward();
        let gradient = model.kernel.grad(&gradients).expect("a gradient");
        assert_eq!(gradient.dtype(), dtype);
        assert_eq!(numbers(gradient), [0.25; 4096]);
    }
}

#[test]
fn a_step_keeps_the_type() {
    for dtype in [DType::F16, DType::BF16, DType::F64] {
        let mut model = ones(2, dtype, &tape());
        model.proximal_step(1.0).unwrap();
        assert_eq!(model.kernel.dtype(), dtype);
        assert_eq!(numbers(model.kernel.val()), [0.75; 2]);
        assert!(model.kernel.is_require_grad());
        model.proximal_step(4.0).unwrap();
        assert_eq!(numbers(model.kernel.val()), [0.0; 2]);
    }
}

/// 257 is no number of bf16: rounded before it is multiplied, the penalty would be 768.
#[test]
fn a_sum_is_rounded_after_the_factor() {
    #[derive(Regularize)]
    struct Lasso(#[regularize(l1(3.0))] Param<Tensor<1>>);

    let ones = Tensor::<1>::ones([257], (&Device::default(), DType::BF16));
    assert_eq!(number(Lasso(Param::from_tensor(ones)).penalty()), 772.0);
}

//! Regularizers of tensors alone, and of the user's own, written for a `Tensor`.

use crate::{number, numbers, param, tape, tensor};
use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{DType, Device, Tensor};
use regularize::extend::Identity;
use regularize::{AnyRegularizer, ErrorKind, Regularize, Regularizer, Step, l1, l2};

#[test]
fn a_regularizer_is_called_with_a_tensor() {
    for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
        for device in [Device::default(), tape()] {
            let mut x = tensor(&[1.0, -2.0, 0.0, 3.0], dtype, &device);
            assert_eq!(number(l2(0.5).penalty(&x)), 7.0);
            let mut gradient = tensor(&[1.0; 4], dtype, &device);
            l2(0.5).add_subgradient(&x, &mut gradient).unwrap();
            assert_eq!(numbers(gradient.clone()), [2.0, -1.0, 1.0, 4.0]);
            assert_eq!(gradient.dtype(), dtype);
            let step = Step::new(0.5).unwrap();
            l1(4.0).proximal_step(&mut x, step).unwrap();
            assert_eq!(numbers(x), [0.0, 0.0, 0.0, 1.0]);
            let error = l2(0.5).add_subgradient(&tensor(&[1.0], dtype, &device), &mut gradient);
            assert!(matches!(error, Err(ErrorKind::Shape(_))));
        }
    }
}

/// Keeps the length of every row at 1 or below.
#[derive(Debug, Clone)]
struct MaxNorm;

impl Regularizer<Tensor<2>> for MaxNorm {
    fn penalty(&self, weight: &Tensor<2>) -> Tensor<1> {
        weight.clone().sum() * 0.0
    }

    fn has_proximal_step(&self) -> bool {
        true
    }

    fn proximal_step(&self, weight: &mut Tensor<2>, _: Step) -> Result<(), ErrorKind> {
        let lengths = weight.clone().square().sum_dim(1).sqrt();
        *weight = weight.clone() / lengths.clamp_min(1.0);
        Ok(())
    }
}

#[derive(Module, Debug, Regularize)]
struct Net {
    #[regularize(kernel = MaxNorm, bias = |bias: &Tensor<1>| bias.clone().abs().max())]
    fc: Linear,
    #[regularize(self.any)]
    scale: Param<Tensor<1>>,
    #[module(skip)]
    any: Option<AnyRegularizer>,
}

#[test]
fn a_regularizer_of_the_users_own_is_one_of_a_tensor() {
    let device = tape();
    let mut fc = LinearConfig::new(2, 2).init(&device);
    fc.weight = fc
        .weight
        .map(|_| Tensor::from_data([[3.0, 4.0], [0.5, 0.0]], &device).require_grad());
    fc.bias = Some(param(&[1.0, -2.0], &device));
    let mut net = Net {
        fc,
        scale: param(&[2.0], &device),
        any: Some(l1(0.5).into()),
    };
    assert_eq!(number(net.penalty()), 2.0 + 1.0);
    let error = net.proximal_step(0.5).unwrap_err();
    assert_eq!(error.path(), "fc.bias");

    // A parameter stays a leaf, of its number, after a step that the user wrote.
    let id = net.fc.weight.id;
    let kernel = &mut net.fc.weight;
    let at = regularize::extend::Path::root();
    regularize::extend::visit_mut(kernel, &MaxNorm, &at, &mut |at, weight| {
        assert_eq!(at.identity(), Some(&Identity::numbered(id.val(), 4)));
        let stepped = weight.proximal_step(Step::new(0.5).unwrap());
        stepped.map_err(|kind| regularize::Error::new(at, kind))
    })
    .unwrap();
    let expected = [3.0_f32 / 5.0, 4.0 / 5.0, 0.5, 0.0].map(f64::from);
    assert_eq!(numbers(net.fc.weight.val()), expected);
    assert_eq!(net.fc.weight.id, id);
    assert!(net.fc.weight.val().is_require_grad());
    let gradients = net.penalty().backward();
    assert!(net.fc.weight.grad(&gradients).is_some());
}

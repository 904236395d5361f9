//! Regularizers of tensors alone, and of the user's own, written for a `Tensor`.

use crate::{number, numbers, variable};
use candle_core::{DType, Device, Result, Tensor, Var};
use regularize::{AnyRegularizer, ErrorKind, Regularize, Regularizer, Step, l1, l2};

#[test]
fn a_regularizer_is_called_with_a_tensor() -> Result<()> {
    for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
        let tensor = |numbers: &[f64]| Tensor::new(numbers, &Device::Cpu)?.to_dtype(dtype);
        let x = Var::from_tensor(&tensor(&[1.0, -2.0, 0.0, 3.0])?)?;
        assert_eq!(number(l2(0.5).penalty(x.as_tensor()))?, 7.0);
        let mut gradient = tensor(&[1.0; 4])?;
        l2(0.5)
            .add_subgradient(x.as_tensor(), &mut gradient)
            .unwrap();
        assert_eq!(numbers(&gradient)?, [2.0, -1.0, 1.0, 4.0]);
        assert_eq!(gradient.dtype(), dtype);
        let mut weight = x.as_tensor().clone();
        l1(4.0)
            .proximal_step(&mut weight, Step::new(0.5).unwrap())
            .unwrap();
        assert_eq!(numbers(&x)?, [0.0, 0.0, 0.0, 1.0]);
        let error = l2(0.5).add_subgradient(&tensor(&[1.0])?, &mut gradient);
        assert!(matches!(error, Err(ErrorKind::Shape(_))));
    }
    Ok(())
}

/// Σ|w|·w².
struct Cubes;

impl Regularizer<Tensor> for Cubes {
    fn penalty(&self, weight: &Tensor) -> Result<Tensor> {
        weight.abs()?.mul(&weight.sqr()?)?.sum_all()
    }
}

#[derive(Regularize)]
struct Net {
    #[regularize(Cubes)]
    kernel: Var,
    #[regularize(|bias: &Tensor| bias.abs()?.max(0))]
    bias: Var,
    #[regularize(self.any)]
    scale: Var,
    any: Option<AnyRegularizer>,
}

#[test]
fn a_regularizer_of_the_users_own_is_one_of_a_tensor() -> Result<()> {
    let net = Net {
        kernel: variable(&[1.0, -2.0])?,
        bias: variable(&[1.0, -3.0])?,
        scale: variable(&[2.0])?,
        any: Some(l1(0.5).into()),
    };
    assert_eq!(number(net.penalty())?, 9.0 + 3.0 + 1.0);
    Ok(())
}

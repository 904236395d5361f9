//! The orthogonal regularizer on the tape.

use crate::{number, numbers};
use candle_core::{DType, Device, Result, Tensor, Var};
use regularize::extend::Tensor as _;
use regularize::{Mode, Orthogonal, Regularize, Regularizer, orthogonal};
use regularize_frameworks::cosines::{FORMATS, cases};

#[test]
fn the_penalty_is_inside_its_bound() -> Result<()> {
    let types = [DType::F64, DType::F32, DType::BF16, DType::F16];
    for (dtype, (digits, short, exponents)) in types.into_iter().zip(FORMATS) {
        for case in cases(exponents) {
            let x = Tensor::new(&*case.numbers, &Device::Cpu)?.to_dtype(dtype)?;
            let x = x.reshape((case.rows, case.columns))?;
            let penalty = case.regularizer.penalty(&x);
            assert_eq!(penalty.as_ref().unwrap().dtype(), dtype);
            case.assert(number(penalty)?, digits, short);
        }
    }
    Ok(())
}

#[derive(Regularize)]
#[regularize(kernel = orthogonal(0.5, rows))]
struct Dense {
    kernel: Var,
}

fn gradient<const C: usize>(rows: [[f32; C]; 2]) -> Result<(f64, Vec<f64>)> {
    let kernel = Var::new(&rows, &Device::Cpu)?;
    let model = Dense { kernel };
    let penalty = model.penalty()?;
    let gradients = penalty.backward()?;
    let gradient = gradients.get(&model.kernel).unwrap();
    Ok((number(Ok(penalty))?, numbers(gradient)?))
}

/// Of vectors whose lengths are powers of two every number is exact.
#[test]
fn the_gradient_is_on_the_tape() -> Result<()> {
    let (penalty, gradient) = gradient([[1.0, 1.0, 1.0, 1.0], [4.0, 0.0, 0.0, 0.0]])?;
    assert_eq!(penalty, 0.25);
    // factor·(n₂ − (n₁·n₂)n₁)/‖x₁‖ and the same of x₂.
    let first = [0.1875, -0.0625, -0.0625, -0.0625];
    let second = [0.0, 0.0625, 0.0625, 0.0625];
    assert_eq!(gradient, [first, second].concat());
    Ok(())
}

#[test]
fn the_gradient_is_finite_where_a_length_or_a_cosine_is_zero() -> Result<()> {
    assert_eq!(gradient([[0.0, 0.0], [3.0, 4.0]])?.1, [0.0; 4]);
    assert_eq!(gradient([[1.0, 0.0], [0.0, 1.0]])?.1, [0.0; 4]);
    let below = gradient([[2_f32.powi(-120), 0.0], [1.0, 0.0]])?.1;
    assert_eq!(below[0], f64::from(0.5 / 1e-7_f32));
    Ok(())
}

#[test]
fn what_is_not_a_matrix_has_none() -> Result<()> {
    let rows = orthogonal(0.5, Mode::Rows);
    let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu);
    assert!(number(rows.penalty(&zeros(&[1, 2])?))?.is_nan());
    assert_eq!(number(rows.penalty(&zeros(&[2, 0])?))?, 0.0);
    assert!(
        zeros(&[2, 2, 2])?
            .orthogonal(&Orthogonal::default())
            .is_none()
    );
    assert!(rows.check(&zeros(&[2])?).is_err());
    assert!(number(rows.penalty(&zeros(&[2])?))?.is_nan());
    Ok(())
}

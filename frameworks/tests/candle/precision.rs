//! f16 and bf16: sums are taken in f32, and the penalty is of the type of the weights.

use super::*;

#[derive(Regularize)]
struct Lasso(#[regularize(l1(0.5))] Var);

#[derive(Regularize)]
struct Ridge(#[regularize(l2(0.01))] Var);

const SHORT: [DType; 2] = [DType::F16, DType::BF16];

#[test]
fn thousands_of_ones_are_all_counted() -> Result<()> {
    for dtype in SHORT {
        let penalty = Lasso(Var::ones(4096, dtype, &Device::Cpu)?).penalty()?;
        assert_eq!(penalty.dtype(), dtype);
        assert_eq!(number(Ok(penalty))?, 0.5 * 4096.0);
    }
    Ok(())
}

/// Why the sums are not taken in bf16: 256 + 1 is 256 there.
#[test]
fn a_sum_of_candle_in_bf16_ends_at_256() -> Result<()> {
    let ones = Tensor::ones(4096, DType::BF16, &Device::Cpu)?;
    assert_eq!(number(ones.sum_all())?, 256.0);
    Ok(())
}

/// Σx² is 360 000, the largest f16 is 65 504, and a sum of candle in f16 ends at 8192, as 8192 + 4 is 8192 there.
#[test]
fn a_sum_that_f16_does_not_hold_still_has_its_penalty() -> Result<()> {
    let weights = Tensor::full(2.0_f32, (300, 300), &Device::Cpu)?.to_dtype(DType::F16)?;
    assert_eq!(number(weights.sqr()?.sum_all())?, 8192.0);
    let penalty = Ridge(Var::from_tensor(&weights)?).penalty()?;
    assert_eq!(penalty.dtype(), DType::F16);
    assert_eq!(number(Ok(penalty))?, 3600.0);
    Ok(())
}

#[test]
fn a_gradient_is_of_the_type_of_the_weights() -> Result<()> {
    for dtype in SHORT {
        let weights = tensor(&[2.0, -3.0, 0.0])?.to_dtype(dtype)?;
        let layer = Lasso(Var::from_tensor(&weights)?);
        let gradients = layer.penalty()?.backward()?;
        let gradient = gradients.get(&layer.0).unwrap();
        assert_eq!(gradient.dtype(), dtype);
        assert_eq!(numbers(gradient)?, [0.5, -0.5, 0.0]);
    }
    Ok(())
}

/// The penalties are added in f32 to a loss in f32: nothing of the loss is lost.
#[test]
fn a_loss_in_f32_keeps_its_digits() -> Result<()> {
    let layer = Lasso(Var::ones(4096, DType::BF16, &Device::Cpu)?);
    let loss = layer.add_penalty(Tensor::new(1.0_f32, &Device::Cpu))?;
    assert_eq!((loss.dtype(), number(Ok(loss))?), (DType::F32, 2049.0));
    Ok(())
}

#[test]
fn weights_of_two_types_have_a_penalty_of_the_first_and_gradients_of_their_own() -> Result<()> {
    #[derive(Regularize)]
    struct Mixed(#[regularize(l2(0.5))] Var, #[regularize(l2(0.5))] Var);

    let ones = |dtype| Var::ones(2, dtype, &Device::Cpu);
    let layer = Mixed(ones(DType::F64)?, ones(DType::BF16)?);
    let penalty = layer.penalty()?;
    assert_eq!(penalty.dtype(), DType::F64);
    assert_eq!(number(Ok(penalty.clone()))?, 2.0);
    let gradients = penalty.backward()?;
    for weight in [&layer.0, &layer.1] {
        let gradient = gradients.get(weight).unwrap();
        assert_eq!(gradient.dtype(), weight.dtype());
        assert_eq!(numbers(gradient)?, [1.0; 2]);
    }
    Ok(())
}

#[test]
fn an_activity_of_bf16_is_divided_after_its_sum() -> Result<()> {
    #[derive(Regularize)]
    #[regularize(penalty = Result<Tensor>, activity = l1(0.5))]
    struct Relu;

    let output = Tensor::ones((64, 64), DType::BF16, &Device::Cpu)?;
    let penalty = Relu.activity_penalty(&output)?;
    assert_eq!(penalty.dtype(), DType::BF16);
    assert_eq!(number(Ok(penalty))?, 0.5 * 64.0);
    Ok(())
}

/// Its penalty is read as f64, and not by way of f32.
#[test]
fn a_report_of_f64_has_all_digits() -> Result<()> {
    let weight = 1.0 + f64::EPSILON;
    let layer = Lasso(Var::new(&[2.0 * weight], &Device::Cpu)?);
    assert_eq!(layer.report()?.total(), weight);
    Ok(())
}

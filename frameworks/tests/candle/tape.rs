//! Values and gradients on candle's tape: a penalty is one more term of the loss.

use super::*;
use candle_nn::{Optimizer, SGD};

#[derive(Regularize)]
struct Weight(#[regularize(l1_l2(0.5, 0.25))] Var);

#[derive(Regularize)]
struct Lasso(#[regularize(l1(0.5))] Var);

#[derive(Regularize)]
struct Ridge(#[regularize(l2(0.5))] Var);

fn gradient(loss: Result<Tensor>, weight: &Var) -> Result<Vec<f64>> {
    numbers(loss?.backward()?.get(weight).unwrap())
}

#[test]
fn the_gradient_is_that_of_the_slice() -> Result<()> {
    let weights = [-2.0, 3.0, 0.5, 0.0, -0.0];
    let layer = Weight(variable(&weights)?);
    let terms = regularize::l1_l2(0.5, 0.25).terms();
    let mut expected = [0.0; 5];
    terms.add_subgradient(&weights, &mut expected).unwrap();
    assert_eq!(expected, [-0.5 - 1.0, 0.5 + 1.5, 0.5 + 0.25, 0.0, 0.0]);
    assert_eq!(gradient(layer.penalty(), &layer.0)?, expected);
    assert_eq!(number(layer.penalty())?, terms.penalty(&weights));
    Ok(())
}

/// The element of ∂|x| of least norm, as Keras' backends have it, and not what candle's own operation has.
#[test]
fn at_either_zero_l1_has_the_gradient_0_and_abs_of_candle_has_1() -> Result<()> {
    let layer = Lasso(variable(&[0.0, -0.0])?);
    assert_eq!(gradient(layer.penalty(), &layer.0)?, [0.0, 0.0]);
    let by_hand = (layer.0.abs()?.sum_all()? * 0.5)?;
    assert_eq!(gradient(Ok(by_hand), &layer.0)?, [0.5, 0.5]);
    Ok(())
}

#[test]
fn away_from_zero_the_gradient_is_that_of_candles_abs() -> Result<()> {
    let layer = Lasso(variable(&[-3.0, 5e-324, -5e-324, f64::INFINITY])?);
    let by_hand = (layer.0.abs()?.sum_all()? * 0.5)?;
    let expected = gradient(Ok(by_hand), &layer.0)?;
    assert_eq!(expected, [-0.5, 0.5, -0.5, 0.5]);
    assert_eq!(gradient(layer.penalty(), &layer.0)?, expected);
    Ok(())
}

#[test]
fn a_penalty_is_added_to_a_loss_and_both_are_differentiated() -> Result<()> {
    let layer = Ridge(variable(&[1.0, 2.0])?);
    let mse = || layer.0.sum_all()? * 8.0;
    let loss = layer.add_penalty(mse());
    assert_eq!(number(loss)?, 8.0 * 3.0 + 0.5 * 5.0);
    assert_eq!(
        gradient(layer.add_penalty(mse()), &layer.0)?,
        [8.0 + 1.0, 8.0 + 2.0]
    );
    Ok(())
}

#[test]
fn a_loss_keeps_its_type_whatever_the_type_of_the_weights() -> Result<()> {
    let types = [DType::F16, DType::BF16, DType::F32, DType::F64];
    for (loss, weights) in types.iter().flat_map(|a| types.map(|b| (*a, b))) {
        let layer = Ridge(Var::ones(4, weights, &Device::Cpu)?);
        let mse = Tensor::new(0.25_f32, &Device::Cpu)?.to_dtype(loss)?;
        let total = layer.add_penalty(Ok(mse))?;
        assert_eq!(total.dtype(), loss);
        assert_eq!(number(Ok(total.clone()))?, 0.25 + 0.5 * 4.0);
        let gradients = total.backward()?;
        let gradient = gradients.get(&layer.0).unwrap();
        assert_eq!(gradient.dtype(), weights);
        assert_eq!(numbers(gradient)?, [1.0; 4]);
    }
    Ok(())
}

#[test]
fn a_loss_that_is_an_error_stays_that_error() -> Result<()> {
    let layer = Ridge(variable(&[1.0])?);
    let loss = tensor(&[1.0, 2.0])?.matmul(&tensor(&[3.0])?);
    let said = loss.as_ref().unwrap_err().to_string();
    let error = layer.add_penalty(loss).unwrap_err();
    assert_eq!(error.to_string(), said);
    Ok(())
}

#[test]
fn a_weight_of_integers_is_an_error_that_names_their_type() -> Result<()> {
    #[derive(Regularize)]
    struct Count(#[regularize(l1)] Tensor);

    let layer = Count(Tensor::new(&[1_u32, 2], &Device::Cpu)?);
    let said = layer.penalty().unwrap_err().to_string();
    assert!(said.contains("a tensor of U32 has no penalty"), "{said}");
    let loss = Tensor::new(1.0_f32, &Device::Cpu);
    let said = layer.add_penalty(loss).unwrap_err().to_string();
    assert!(said.contains("a tensor of U32 has no penalty"), "{said}");
    Ok(())
}

#[test]
fn an_optimizer_of_candle_descends_the_penalty() -> Result<()> {
    let layer = Ridge(variable(&[4.0, -2.0])?);
    let mut optimizer = SGD::new(vec![layer.0.clone()], 0.25)?;
    for expected in [[3.0, -1.5], [2.25, -1.125]] {
        optimizer.backward_step(&layer.add_penalty(Tensor::new(1.0_f64, &Device::Cpu))?)?;
        assert_eq!(numbers(&layer.0)?, expected);
    }
    Ok(())
}

#[test]
fn what_is_frozen_is_not_on_the_tape() -> Result<()> {
    #[derive(Regularize)]
    struct Tuned {
        #[regularize(l2(0.5), trainable = false)]
        backbone: Var,
        #[regularize(l2(0.5))]
        head: Var,
    }

    let model = Tuned {
        backbone: variable(&[1.0])?,
        head: variable(&[2.0])?,
    };
    assert_eq!(number(model.penalty())?, 2.0);
    let gradients = model.penalty()?.backward()?;
    assert!(gradients.get(&model.backbone).is_none());
    assert_eq!(numbers(gradients.get(&model.head).unwrap())?, [2.0]);
    Ok(())
}

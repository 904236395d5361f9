//! What a field may be: layers of candle-nn by roles, variables, tensors, and options and lists of them.

use super::*;
use candle_nn::{Linear, linear};
use regularize::L2;

#[derive(Regularize)]
#[regularize(kernel = self.strength, bias = l1(0.25))]
struct Own {
    kernel: Var,
    bias: Tensor,
    strength: L2,
}

#[derive(Regularize)]
struct Model {
    #[regularize(kernel = l2(0.5), bias = l1(0.25))]
    fc: Linear,
    #[regularize(nested)]
    own: Own,
    #[regularize(l1(0.5))]
    gate: Option<Var>,
    #[regularize(l1(0.5))]
    absent: Option<Tensor>,
    #[regularize(l2(2.0))]
    scales: Vec<Var>,
    #[regularize(kernel = l1(1.0), bias = none)]
    blocks: Vec<Linear>,
    #[regularize(kernel = l1(1.0))]
    head: Option<Linear>,
}

fn model() -> Result<(VarMap, Model)> {
    let (map, builder) = variables();
    let model = Model {
        fc: linear(2, 1, builder.pp("fc"))?,
        own: Own {
            kernel: variable(&[3.0])?,
            bias: tensor(&[4.0, -4.0])?,
            strength: L2::new(0.25).unwrap(),
        },
        gate: Some(variable(&[-6.0])?),
        absent: None,
        scales: vec![variable(&[1.0])?, variable(&[2.0])?],
        blocks: vec![
            linear(1, 1, builder.pp("block0"))?,
            linear(1, 1, builder.pp("block1"))?,
        ],
        head: None,
    };
    set(&map, "fc.weight", &[1.0, -2.0])?;
    set(&map, "fc.bias", &[-8.0])?;
    set(&map, "block0.weight", &[-5.0])?;
    set(&map, "block1.weight", &[7.0])?;
    Ok((map, model))
}

#[test]
fn every_kind_of_field_has_its_losses_by_path() -> Result<()> {
    let expected = [
        ("fc.kernel", 0.5 * 5.0),
        ("fc.bias", 0.25 * 8.0),
        ("own.kernel", 0.25 * 9.0),
        ("own.bias", 0.25 * 8.0),
        ("gate", 0.5 * 6.0),
        ("scales.0", 2.0),
        ("scales.1", 2.0 * 4.0),
        ("blocks.0.kernel", 5.0),
        ("blocks.1.kernel", 7.0),
    ];
    let (_map, model) = model()?;
    assert_eq!(losses(&model)?, named(&expected));
    let sum: f64 = expected.iter().map(|(_, loss)| loss).sum();
    assert_eq!(number(model.penalty())?, sum);
    Ok(())
}

#[test]
fn a_penalty_is_of_rank_0_on_the_device_and_of_the_type_of_the_weights() -> Result<()> {
    #[derive(Regularize)]
    struct Weight(#[regularize(l1_l2(0.5, 0.25))] Var);

    for dtype in [DType::F16, DType::BF16, DType::F32, DType::F64] {
        let penalty = Weight(Var::ones((2, 3), dtype, &Device::Cpu)?).penalty()?;
        assert_eq!((penalty.rank(), penalty.dtype()), (0, dtype));
        assert!(penalty.device().same_device(&Device::Cpu));
        assert_eq!(number(Ok(penalty))?, 0.75 * 6.0);
    }
    Ok(())
}

#[test]
fn a_strength_may_change_while_training() -> Result<()> {
    let (_map, mut model) = model()?;
    model.own.strength = L2::new(2.0).unwrap();
    assert_eq!(losses(&model.own)?[0], ("kernel".into(), 2.0 * 9.0));
    Ok(())
}

#[test]
fn a_strength_of_none_is_no_loss_and_no_obstacle() -> Result<()> {
    #[derive(Regularize)]
    struct Scheduled {
        #[regularize(l1(0.5))]
        kernel: Var,
        #[regularize(self.strength)]
        fixed: Tensor,
        strength: Option<L2>,
    }

    let mut layer = Scheduled {
        kernel: variable(&[2.0])?,
        fixed: tensor(&[2.0])?, // no variable, and nothing to do
        strength: None,
    };
    assert_eq!(losses(&layer)?, named(&[("kernel", 1.0)]));
    layer.proximal_step(1.0)?;
    assert_eq!(numbers(&layer.kernel)?, [1.5]);
    Ok(())
}

#[test]
fn a_model_without_a_weight_costs_0_and_leaves_the_loss_as_it_is() -> Result<()> {
    #[derive(Regularize)]
    struct Empty(#[regularize(l1)] Option<Var>, #[regularize(l2)] Vec<Tensor>);

    let empty = Empty(None, Vec::new());
    assert_eq!(number(empty.penalty())?, 0.0);
    let loss = empty.add_penalty(Tensor::new(3.0_f64, &Device::Cpu))?;
    assert_eq!((loss.dtype(), loss.to_scalar::<f64>()?), (DType::F64, 3.0));
    Ok(())
}

#[test]
fn a_closure_is_a_penalty_in_candles_operations() -> Result<()> {
    #[derive(Regularize)]
    struct Largest(#[regularize(|w: &Tensor| w.abs()?.max(0)?.affine(0.5, 0.0))] Var);

    let layer = Largest(variable(&[1.0, -4.0])?);
    assert_eq!(number(layer.penalty())?, 2.0);
    let gradients = layer.penalty()?.backward()?;
    assert_eq!(numbers(gradients.get(&layer.0).unwrap())?, [0.0, -0.5]);
    Ok(())
}

#[test]
fn a_tensor_that_is_computed_of_variables_passes_its_gradient_on() -> Result<()> {
    #[derive(Regularize)]
    struct Scaled(#[regularize(l2(0.5))] Tensor);

    let (direction, scale) = (variable(&[1.0, -2.0])?, variable(&[4.0])?);
    let layer = Scaled(direction.broadcast_mul(&scale)?);
    let gradients = layer.penalty()?.backward()?;
    assert_eq!(numbers(gradients.get(&direction).unwrap())?, [16.0, -32.0]);
    assert_eq!(numbers(gradients.get(&scale).unwrap())?, [4.0 * 5.0]);
    Ok(())
}

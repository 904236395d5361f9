//! The proximal step: it changes variables in place, or none at all.

use super::*;
use candle_nn::{Linear, linear, linear_no_bias};
use regularize::{ErrorKind, Step};
use std::collections::HashMap;

#[derive(Regularize)]
struct Weight(#[regularize(l1_l2(0.5, 0.25))] Var);

#[derive(Regularize)]
struct Net {
    #[regularize(kernel = l1(1.0), bias = l2(0.5))]
    first: Linear,
    #[regularize(kernel = l1(1.0))]
    second: Linear,
}

/// The second layer as it is made of tensors that were loaded from a file.
fn net_with_plain_tensors() -> Result<(VarMap, Net)> {
    let (map, builder) = variables();
    let first = linear(2, 1, builder.pp("first"))?;
    let loaded = HashMap::from([("weight".into(), tensor(&[4.0])?.reshape((1, 1))?)]);
    let loaded = VarBuilder::from_tensors(loaded, DType::F64, &Device::Cpu);
    let second = linear_no_bias(1, 1, loaded)?;
    set(&map, "first.weight", &[2.0, -2.0])?;
    set(&map, "first.bias", &[2.0])?;
    Ok((map, Net { first, second }))
}

#[test]
fn a_step_is_that_of_the_slice_and_reaches_zero() -> Result<()> {
    let weights = [3.0, -2.0, 0.25, -0.25, 0.0, 1.0];
    let mut layer = Weight(variable(&weights)?);
    layer.proximal_step(2.0)?;
    let mut expected = weights;
    let terms = regularize::l1_l2(0.5, 0.25).terms();
    terms.proximal_step(Step::new(2.0).unwrap(), &mut expected);
    assert_eq!(expected, [1.0, -0.5, 0.0, -0.0, 0.0, 0.0]);
    let stepped = numbers(&layer.0)?;
    assert_eq!(stepped, expected);
    assert!(
        stepped
            .iter()
            .zip(expected)
            .all(|(x, y)| x.is_sign_negative() == y.is_sign_negative())
    );
    assert_eq!(layer.report()?.count().zeros, 4);
    Ok(())
}

#[test]
fn the_map_sees_the_step_and_the_variable_stays_one() -> Result<()> {
    let (map, builder) = variables();
    let mut net = Net {
        first: linear(2, 1, builder.pp("first"))?,
        second: linear(1, 1, builder.pp("second"))?,
    };
    set(&map, "first.weight", &[2.0, -0.5])?;
    set(&map, "first.bias", &[3.0])?;
    set(&map, "second.weight", &[-4.0])?;
    set(&map, "second.bias", &[5.0])?;
    net.proximal_step(0.5)?;
    assert_eq!(get(&map, "first.weight")?, [1.5, 0.0]);
    assert_eq!(get(&map, "first.bias")?, [2.0]);
    assert_eq!(get(&map, "second.weight")?, [-3.5]);
    assert_eq!(get(&map, "second.bias")?, [5.0]); // has no regularizer
    assert_eq!(numbers(net.first.weight())?, [1.5, 0.0]);
    let gradients = net.first.weight().sum_all()?.backward()?;
    let map = map.data().lock().unwrap();
    assert!(gradients.get(&map["first.weight"]).is_some());
    Ok(())
}

#[test]
fn a_layer_of_plain_tensors_is_named_and_nothing_is_changed() -> Result<()> {
    let (map, mut net) = net_with_plain_tensors()?;
    let error = net.proximal_step(0.5).unwrap_err();
    assert_eq!(error.path(), "second.kernel");
    assert_eq!(
        error.to_string(),
        "second.kernel: the weight is not a `Var`, so it cannot be changed: make its layer with a `VarBuilder` of a \
         `VarMap`, or write `trainable = false`"
    );
    assert_eq!(get(&map, "first.weight")?, [2.0, -2.0]);
    assert_eq!(get(&map, "first.bias")?, [2.0]);
    assert_eq!(numbers(net.second.weight())?, [4.0]);
    assert_eq!(number(net.penalty())?, 4.0 + 0.5 * 4.0 + 4.0); // which needs no variable
    Ok(())
}

#[test]
fn a_variable_of_integers_is_named_and_nothing_is_changed() -> Result<()> {
    #[derive(Regularize)]
    struct Mixed(#[regularize(l1(1.0))] Var, #[regularize(l1(1.0))] Var);

    let counts = Var::new(&[3_i64], &Device::Cpu)?;
    let mut layer = Mixed(variable(&[2.0])?, counts);
    let error = layer.proximal_step(0.5).unwrap_err();
    assert_eq!(error.path(), "1");
    assert!(error.to_string().contains("a tensor of I64"), "{error}");
    assert_eq!(numbers(&layer.0)?, [2.0]);
    Ok(())
}

#[test]
fn what_is_not_trained_is_left_alone_and_is_no_error() -> Result<()> {
    #[derive(Regularize)]
    struct Tuned {
        #[regularize(kernel = l1(1.0), trainable = false)]
        plain: Linear,
        #[regularize(l1(1.0), trainable = false)]
        frozen: Var,
        #[regularize(l1(1.0))]
        head: Var,
    }

    let mut model = Tuned {
        plain: Linear::new(tensor(&[4.0])?.reshape((1, 1))?, None),
        frozen: variable(&[4.0])?,
        head: variable(&[4.0])?,
    };
    model.proximal_step(1.0)?;
    assert_eq!(numbers(model.plain.weight())?, [4.0]);
    assert_eq!(numbers(&model.frozen)?, [4.0]);
    assert_eq!(numbers(&model.head)?, [3.0]);
    Ok(())
}

#[test]
fn an_error_becomes_candles_with_its_words() -> Result<()> {
    fn train(net: &mut Net) -> Result<()> {
        net.proximal_step(0.5)?;
        Ok(())
    }

    let (_map, mut net) = net_with_plain_tensors()?;
    let said = net.proximal_step(0.5).unwrap_err().to_string();
    let error = train(&mut net).unwrap_err().to_string();
    assert!(error.starts_with(&said), "{error}"); // a backtrace may follow
    Ok(())
}

#[test]
fn a_step_that_is_none_is_an_error_and_nothing_is_changed() -> Result<()> {
    let mut layer = Weight(variable(&[2.0])?);
    for step in [-0.5, f64::NAN, f64::INFINITY] {
        let error = layer.proximal_step(step).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Step(_)), "{error}");
    }
    assert_eq!(numbers(&layer.0)?, [2.0]);
    Ok(())
}

#[test]
fn a_step_of_0_changes_no_bit() -> Result<()> {
    let weights = [2.0, -0.0, 5e-324, f64::INFINITY, f64::NAN];
    let mut layer = Weight(variable(&weights)?);
    layer.proximal_step(0.0)?;
    let bits = |numbers: &[f64]| -> Vec<u64> { numbers.iter().map(|x| x.to_bits()).collect() };
    assert_eq!(bits(&numbers(&layer.0)?), bits(&weights));
    Ok(())
}

#[test]
fn variables_of_every_float_type_take_the_step() -> Result<()> {
    for dtype in [DType::F16, DType::BF16, DType::F32, DType::F64] {
        let weights = tensor(&[3.0, -2.0, 0.25])?.to_dtype(dtype)?;
        let mut layer = Weight(Var::from_tensor(&weights)?);
        layer.proximal_step(2.0)?;
        assert_eq!(layer.0.dtype(), dtype);
        assert_eq!(numbers(&layer.0)?, [1.0, -0.5, 0.0]);
    }
    Ok(())
}

#[test]
fn variables_of_every_rank_and_empty_ones_take_the_step() -> Result<()> {
    for shape in [&[][..], &[2], &[2, 3], &[0], &[2, 0, 3], &[1, 2, 1, 2]] {
        let mut layer = Weight(Var::ones(shape, DType::F64, &Device::Cpu)?);
        layer.proximal_step(0.5)?;
        assert_eq!(layer.0.dims(), shape);
        // (1 − ½·½)/(1 + 2·½·¼)
        assert!(numbers(&layer.0)?.iter().all(|x| *x == 0.75 / 1.25));
    }
    Ok(())
}

#[test]
fn training_goes_on_from_where_the_step_ended() -> Result<()> {
    let mut layer = Weight(variable(&[3.0])?);
    let before = layer.penalty()?; // of the values that the variable had then
    layer.proximal_step(2.0)?;
    assert_eq!(number(layer.penalty())?, 0.5 + 0.25);
    assert_eq!(number(Ok(before))?, 1.5 + 0.25 * 9.0);
    let gradients = layer.penalty()?.backward()?;
    assert_eq!(numbers(gradients.get(&layer.0).unwrap())?, [0.5 + 0.5]);
    Ok(())
}

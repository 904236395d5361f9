//! Rules for the variables of a `VarMap`, by names, and for layers by roles.

use super::*;
use candle_nn::{BatchNormConfig, Linear, batch_norm, embedding, linear};
use regularize::{ErrorKind, Mode, Rules, State, l1, l2, orthogonal};

/// What a model with attributes regularizes.
#[derive(Regularize)]
struct Annotated {
    #[regularize(kernel = l2(0.1), bias = l1(0.3))]
    fc: Linear,
}

fn decay() -> Rules {
    Rules::new()
        .with("weight", l2(0.1))
        .with("fc.bias", l1(0.3))
        .without("bn")
        .without("table")
}

const KERNEL: [f64; 6] = [0.1, -0.7, 3.3, 1.0, -0.001, 2.0];

/// The variables of a model, of which one layer is regularized.
fn model() -> Result<(VarMap, Annotated)> {
    let (map, builder) = variables();
    embedding(4, 3, builder.pp("table"))?;
    batch_norm(2, BatchNormConfig::default(), builder.pp("bn"))?;
    let fc = linear(3, 2, builder.pp("fc"))?;
    set(&map, "fc.weight", &KERNEL)?;
    set(&map, "fc.bias", &[0.2, -5.1])?;
    Ok((map, Annotated { fc }))
}

/// What a report says of each weight but where it is.
fn rows(model: &impl Regularize) -> Vec<(String, u64, usize, State)> {
    let report = model.report().unwrap();
    let rows = report.rows().iter().map(|row| {
        let penalty = row.penalty().to_bits();
        let (regularizer, state) = (row.regularizer().into(), row.state().clone());
        (regularizer, penalty, row.count().len, state)
    });
    rows.collect()
}

#[test]
fn variables_have_the_losses_of_attributes() -> Result<()> {
    let (map, twin) = model()?;
    let decay = decay().variables(&map)?;
    let paths: Vec<_> = losses(&decay)?.into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["fc.bias", "fc.weight"]); // by their names
    let mut expected = rows(&twin);
    expected.reverse();
    assert_eq!(rows(&decay), expected);

    let gradients = decay.penalty()?.backward()?;
    let expected = twin.penalty()?.backward()?;
    let kernel = twin.fc.weight();
    let of = |gradients: &candle_core::backprop::GradStore| numbers(gradients.get(kernel).unwrap());
    assert_eq!(of(&gradients)?, of(&expected)?);
    Ok(())
}

#[test]
fn the_order_is_that_of_the_names() -> Result<()> {
    let (map, builder) = variables();
    for name in ["b.10", "b.2", "a", "c.w", "b"] {
        builder.get(1, name)?;
    }
    let all = Rules::new().with("*", l1(1.0)).variables(&map)?;
    let paths: Vec<_> = losses(&all)?.into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["a", "b", "b.10", "b.2", "c.w"]);
    Ok(())
}

#[test]
fn a_step_is_that_of_attributes_and_sets_the_variables() -> Result<()> {
    let (map, model) = model()?;
    let (other, mut twin) = self::model()?;
    decay().variables(&map)?.proximal_step(0.5)?;
    twin.proximal_step(0.5)?;
    for name in ["fc.weight", "fc.bias", "bn.weight", "bn.running_var"] {
        assert_eq!(get(&map, name)?, get(&other, name)?, "{name}");
    }
    assert_ne!(get(&map, "fc.weight")?, KERNEL);
    assert_eq!(numbers(model.fc.weight())?, get(&map, "fc.weight")?);
    Ok(())
}

/// Variables are shared, so that rules are applied to them once, before training.
#[test]
fn variables_under_rules_are_those_of_the_model() -> Result<()> {
    let (map, builder) = variables();
    builder.get(2, "fc.weight")?;
    let mut decay = Rules::new().with("weight", l1(0.5)).variables(&map)?;
    builder.get(2, "late.weight")?;
    for x in [3.0, -5.0] {
        set(&map, "fc.weight", &[x, 1.0])?;
        assert_eq!(number(decay.penalty())?, 0.5 * (x.abs() + 1.0));
    }
    decay.proximal_step(2.0)?;
    assert_eq!(get(&map, "fc.weight")?, [-4.0, 0.0]);
    assert_eq!(losses(&decay)?, named(&[("fc.weight", 2.0)]));
    Ok(())
}

#[test]
fn running_statistics_are_variables_that_a_rule_leaves_out() -> Result<()> {
    let (map, _) = model()?;
    let all = Rules::new().with("bn", l2(0.5));
    let has: Vec<_> = counts(&all.variables(&map)?);
    let expected = [
        ("bn.bias", 2),
        ("bn.running_mean", 2),
        ("bn.running_var", 2),
        ("bn.weight", 2),
        ("fc.bias", 2),
        ("fc.weight", 6),
        ("table.weight", 12),
    ];
    assert_eq!(has, named(&expected));
    // No rule is at the last three.
    let report = all.variables(&map)?.report().unwrap();
    let rows = report.rows().iter();
    let listed = rows.map(|row| row.state() == &State::Unregularized);
    assert!(listed.eq([false, false, false, false, true, true, true]));
    let trained = all
        .without("running_mean")
        .without("running_var")
        .without("fc")
        .without("table");
    let has: Vec<_> = counts(&trained.variables(&map)?);
    assert_eq!(has, named(&[("bn.bias", 2), ("bn.weight", 2)]));
    Ok(())
}

#[test]
fn a_pattern_that_no_variable_is_at_is_an_error() -> Result<()> {
    let (map, builder) = variables();
    builder.get(1, "fc.weight")?;
    let integers = Var::new(&[3_i64], &Device::Cpu)?;
    map.data().lock().unwrap().insert("steps".into(), integers);
    let all = Rules::new().with("*", l2(0.5));
    assert_eq!(counts(&all.variables(&map)?), named(&[("fc.weight", 1)]));
    for pattern in ["kernel", "steps"] {
        let error = all.clone().without(pattern).variables(&map).unwrap_err();
        let expected = format!("no weight is at `{pattern}`: the weights are `fc.weight`");
        assert_eq!(error.to_string(), expected);
    }
    let error = Rules::new().without("fc.").variables(&map).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Pattern { .. }));
    Ok(())
}

#[test]
fn an_orthogonal_rule_is_one_of_matrices() -> Result<()> {
    let (map, _) = model()?;
    let rules = Rules::new().with("fc", orthogonal(0.5, Mode::Rows));
    let error = rules.variables(&map).unwrap_err();
    assert_eq!(error.path(), "fc.bias");
    assert!(matches!(error.kind(), ErrorKind::NoMatrix { .. }));
    let rules = rules.without("bias").with("table", l1(1.0));
    let error = rules.variables(&map)?.proximal_step(1.0).unwrap_err();
    assert_eq!(error.path(), "fc.weight");
    assert!(matches!(error.kind(), ErrorKind::NoStep { .. }));
    assert_eq!(get(&map, "fc.weight")?, KERNEL);
    Ok(())
}

#[test]
fn one_variable_at_two_names_is_one_weight() -> Result<()> {
    let (map, builder) = variables();
    builder.get(2, "a.weight")?;
    set(&map, "a.weight", &[3.0, -5.0])?;
    let variable = map.data().lock().unwrap()["a.weight"].clone();
    map.data()
        .lock()
        .unwrap()
        .insert("b.weight".into(), variable);
    let mut tied = Rules::new().with("*", l1(0.5)).variables(&map)?;
    assert_eq!(losses(&tied)?, named(&[("a.weight", 4.0)]));
    tied.proximal_step(1.0)?;
    assert_eq!(get(&map, "b.weight")?, [2.5, -4.5]);
    Ok(())
}

/// A model by attributes has its own paths, and rules for them.
#[test]
fn rules_for_layers_by_roles_are_those_of_attributes() -> Result<()> {
    let (map, mut model) = model()?;
    let rules = Rules::new().with("kernel", l1(0.5)).without("bias");
    let expected: f64 = KERNEL.iter().map(|x| x.abs()).sum();
    let ruled = rules.of(&model)?;
    assert_eq!(losses(&ruled)?[0].0, "fc.kernel");
    assert_eq!(counts(&ruled), named(&[("fc.kernel", 6)]));
    assert_eq!(number(ruled.penalty())?, expected * 0.5);
    rules.of_mut(&mut model)?.proximal_step(0.5)?;
    assert_eq!(get(&map, "fc.weight")?[3], 0.75);
    assert_eq!(get(&map, "fc.bias")?, [0.2, -5.1]);
    Ok(())
}

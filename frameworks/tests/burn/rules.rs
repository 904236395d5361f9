//! Rules for modules that someone else wrote: what a visitor of burn finds is what roles are.

use crate::{linear, number, numbers, param, states, tape, tensor};
use burn::module::{Lora, Module, Param, ParamId};
use burn::nn::activation::{Activation, ActivationConfig};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::norm::{Normalization, NormalizationConfig};
use burn::nn::{
    BatchNorm, BatchNormConfig, Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear,
    LinearConfig, Lstm, LstmConfig, PReluConfig,
};
use burn::tensor::{DType, Device, Int, Tensor};
use regularize::{
    Edition, Error, ErrorKind, Losses, Mode, Regularize, Report, Row, Rules, State, l1, l2,
    orthogonal,
};

/// Someone else's part.
#[derive(Module, Debug)]
struct Block {
    fc: Linear,
    norm: LayerNorm,
}

/// Someone else's model.
#[derive(Module, Debug)]
struct Foreign {
    embedding: Embedding,
    convolution: Conv2d,
    batch_norm: BatchNorm,
    blocks: Vec<Block>,
    pair: (Linear, Linear),
    lstm: Lstm,
    norm: Normalization,
    activation: Activation,
    gate: Option<Linear>,
    missing: Option<Linear>,
    scale: Param<Tensor<1>>,
    steps: Param<Tensor<1, Int>>,
}

#[derive(Module, Debug, Regularize)]
struct AnnotatedBlock {
    #[regularize(kernel = l2(0.5), bias = l1(0.25))]
    fc: Linear,
    #[regularize(gamma = l1(0.25), beta = l1(0.25))]
    norm: LayerNorm,
}

/// The same by attributes.
#[derive(Module, Debug, Regularize)]
struct Annotated {
    #[regularize(embeddings = none)]
    embedding: Embedding,
    #[regularize(kernel = l2(0.5), bias = l1(0.25))]
    convolution: Conv2d,
    #[regularize(gamma = l1(0.25), beta = l1(0.25))]
    batch_norm: BatchNorm,
    #[regularize(nested)]
    blocks: Vec<AnnotatedBlock>,
    #[regularize(kernel = l2(0.5), bias = l1(0.25))]
    pair: (Linear, Linear),
    #[regularize(kernel = l2(0.5), recurrent = l1(0.125), bias = l1(0.25))]
    lstm: Lstm,
    #[regularize(gamma = l1(0.25), beta = l1(0.25))]
    norm: Normalization,
    #[regularize(alpha = l1(0.25))]
    activation: Activation,
    #[regularize(kernel = l2(0.5), bias = l1(0.25))]
    gate: Option<Linear>,
    #[regularize(kernel = l2(0.5), bias = l1(0.25))]
    missing: Option<Linear>,
    #[regularize(l1(0.25))]
    scale: Param<Tensor<1>>,
    steps: Param<Tensor<1, Int>>,
}

fn decay() -> Rules {
    Rules::new()
        .with("*", l1(0.25))
        .with("kernel", l2(0.5))
        .with("recurrent", l1(0.125))
        .without("embedding")
}

fn foreign(device: &Device) -> Foreign {
    let fc = || LinearConfig::new(3, 2).init(device);
    let block = || Block {
        fc: fc(),
        norm: LayerNormConfig::new(4).init(device),
    };
    let norm = NormalizationConfig::Batch(BatchNormConfig::new(2));
    Foreign {
        embedding: EmbeddingConfig::new(7, 3).init(device),
        convolution: Conv2dConfig::new([2, 3], [3, 3]).init(device),
        batch_norm: BatchNormConfig::new(4).init(device),
        blocks: vec![block(), block()],
        pair: (fc(), fc()),
        lstm: LstmConfig::new(2, 3, true).init(device),
        norm: norm.init(device),
        activation: ActivationConfig::PRelu(PReluConfig::new()).init(device),
        gate: Some(fc()),
        missing: None,
        scale: param(&[0.1, -0.7], device),
        steps: Param::initialized(ParamId::new(), Tensor::from_data([3, -4], device)),
    }
}

fn annotated(model: &Foreign) -> Annotated {
    let model = model.clone();
    let block = |Block { fc, norm }| AnnotatedBlock { fc, norm };
    Annotated {
        embedding: model.embedding,
        convolution: model.convolution,
        batch_norm: model.batch_norm,
        blocks: model.blocks.into_iter().map(block).collect(),
        pair: model.pair,
        lstm: model.lstm,
        norm: model.norm,
        activation: model.activation,
        gate: model.gate,
        missing: model.missing,
        scale: model.scale,
        steps: model.steps,
    }
}

/// What a report says of each weight, whatever their order.
fn rows(report: &Report) -> Vec<(&str, &str, u64, usize, &State)> {
    let rows = report.rows().iter().map(|row| {
        let penalty = row.penalty().to_bits();
        let len = row.count().len;
        (row.path(), row.regularizer(), penalty, len, row.state())
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|row| row.0);
    rows
}

#[test]
fn a_module_has_the_rows_of_attributes() -> Result<(), Error> {
    for device in [Device::default(), tape()] {
        let model = foreign(&device);
        let report = decay().module(&model)?.report()?;
        let expected = annotated(&model).report()?;
        assert_eq!(rows(&report), rows(&expected));
        let paths: Vec<_> = report.rows().iter().map(|row| row.path()).collect();
        let of_lstm = "lstm.input_gate.recurrent_bias";
        for path in ["blocks.1.fc.kernel", "pair.0.bias", of_lstm, "norm.gamma"] {
            assert!(paths.contains(&path), "{path} in {paths:?}");
        }
        assert!(!report.to_string().contains("running"), "{report}");
        assert!(!report.to_string().contains("steps"), "{report}");
    }
    Ok(())
}

/// Where burn's order of the fields is that of the roles.
#[derive(Module, Debug)]
struct Small {
    first: Linear,
    second: Linear,
}

#[derive(Module, Debug, Regularize)]
struct AnnotatedSmall {
    #[regularize(kernel = l2(0.1), bias = l1(0.3))]
    first: Linear,
    #[regularize(kernel = l2(0.1))]
    second: Linear,
}

fn small(device: &Device) -> Small {
    Small {
        first: linear(&[0.1, -0.7, 3.3], &[0.2, 5.1, -0.3], device),
        second: linear(&[4.1, -0.001, 0.25], &[1.0; 3], device),
    }
}

fn small_decay() -> Rules {
    Rules::new()
        .with("kernel", l2(0.1))
        .with("first.bias", l1(0.3))
}

fn annotated_small(model: &Small) -> AnnotatedSmall {
    let Small { first, second } = model.clone();
    AnnotatedSmall { first, second }
}

fn read(model: &Small) -> Vec<Vec<f64>> {
    let layers = [&model.first, &model.second].into_iter();
    let parameters = layers.flat_map(|layer| {
        let bias = layer.bias.as_ref().expect("a bias");
        [numbers(layer.weight.val()), numbers(bias.val())]
    });
    parameters.collect()
}

#[test]
fn values_and_gradients_are_those_of_attributes() -> Result<(), Error> {
    let bits = |tensor: Tensor<1>| tensor.into_scalar::<f32>().to_bits();
    let device = tape();
    let (model, decay) = (small(&device), small_decay());
    let twin = annotated_small(&model);
    let ruled = decay.module(&model)?;
    assert_eq!(bits(ruled.penalty()), bits(twin.penalty()));
    let loss = || tensor(&[0.37], DType::F32, &device);
    let total = ruled.add_penalty(loss());
    assert_eq!(bits(total.clone()), bits(twin.add_penalty(loss())));
    let gradients = total.backward();
    let expected = twin.penalty().backward();
    let of = |param: &Param<Tensor<2>>, gradients| numbers(param.grad(gradients).expect("one"));
    for layer in [&model.first, &model.second] {
        assert_eq!(of(&layer.weight, &gradients), of(&layer.weight, &expected));
    }
    let bias = |layer: &Linear| layer.bias.as_ref().expect("a bias").grad(&gradients);
    let slope = f64::from(0.3_f32);
    assert_eq!(
        numbers(bias(&model.first).expect("one")),
        [slope, slope, -slope]
    );
    assert!(bias(&model.second).is_none());
    Ok(())
}

#[test]
fn a_step_is_that_of_attributes() -> Result<(), Error> {
    for device in [Device::default(), tape()] {
        let mut model = small(&device);
        let before = read(&model);
        let is_trained = model.first.weight.is_require_grad();
        let mut twin = annotated_small(&model);
        small_decay().module_mut(&mut model)?.proximal_step(0.5)?;
        twin.proximal_step(0.5)?;
        let AnnotatedSmall { first, second } = twin;
        assert_eq!(read(&model), read(&Small { first, second }));
        let changed: Vec<bool> = read(&model)
            .iter()
            .zip(&before)
            .map(|(a, b)| a != b)
            .collect();
        assert_eq!(changed, [true, true, true, false]);
        assert_eq!(model.first.weight.is_require_grad(), is_trained);
    }
    Ok(())
}

/// Running statistics and integers are among what burn maps.
#[test]
fn a_step_leaves_what_no_rule_is_at() -> Result<(), Error> {
    let device = tape();
    let mut model = foreign(&device);
    let before = model.clone();
    Rules::new()
        .with("*", l2(0.5))
        .without("embedding")
        .module_mut(&mut model)?
        .proximal_step(1.0)?;
    let same = |a: Tensor<1>, b: Tensor<1>| assert_eq!(numbers(a), numbers(b));
    same(
        model.batch_norm.running_var.value(),
        before.batch_norm.running_var.value(),
    );
    same(
        model.embedding.weight.val().flatten(0, 1),
        before.embedding.weight.val().flatten(0, 1),
    );
    same(model.scale.val() * 2.0, before.scale.val());
    let steps: Vec<i64> = model.steps.val().into_data().iter().collect();
    assert_eq!(steps, [3, -4]);
    Ok(())
}

#[test]
fn a_step_that_one_weight_cannot_take_changes_none() -> Result<(), Error> {
    let mut model = small(&tape());
    let before = read(&model);
    let rules = small_decay().with("second.kernel", orthogonal(0.5, Mode::Rows));
    let error = rules
        .module_mut(&mut model)?
        .proximal_step(1.0)
        .unwrap_err();
    assert_eq!(error.path(), "second.kernel");
    assert!(matches!(error.kind(), ErrorKind::NoStep { .. }));
    assert_eq!(read(&model), before);
    let error = small_decay()
        .module(&model)?
        .proximal_step(1.0)
        .unwrap_err();
    assert_eq!(error.path(), "first.kernel");
    assert_eq!(error.kind(), &ErrorKind::ReadModel);
    Ok(())
}

#[test]
fn an_orthogonal_rule_is_one_of_matrices() -> Result<(), Error> {
    let model = small(&tape());
    let turned = Rules::new().with("*", orthogonal(0.5, Mode::Rows));
    let error = turned.module(&model).unwrap_err();
    assert_eq!(error.path(), "first.bias");
    assert!(matches!(error.kind(), ErrorKind::NoMatrix { .. }));
    turned.without("bias").module(&model)?.check()
}

#[test]
fn a_pattern_that_no_weight_is_at_is_an_error() {
    let mut model = small(&tape());
    let expected = "no weight is at `weight`: the weights are `first.kernel`, `first.bias`, `second.kernel`, `second.bias`";
    for rules in [
        Rules::new().with("weight", l2(0.5)),
        Rules::new().without("weight"),
    ] {
        assert_eq!(rules.module(&model).unwrap_err().to_string(), expected);
        assert_eq!(
            rules.module_mut(&mut model).unwrap_err().to_string(),
            expected
        );
    }
    let running = Rules::new().with("running_mean", l2(0.5));
    let error = running.module(&foreign(&tape())).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoWeight { .. }));
}

#[test]
fn what_burn_froze_is_frozen_under_rules() -> Result<(), Error> {
    for device in [Device::default(), tape()] {
        let mut model = small(&device);
        model.first = model.first.no_grad();
        let rules = Rules::new().with("kernel", l2(0.5));
        let before = read(&model);
        let report = rules.module(&model)?.report()?;
        let expected = [
            ("first.kernel", &State::Frozen),
            ("second.kernel", &State::Counted),
        ];
        assert_eq!(states(&report), expected);
        rules.module_mut(&mut model)?.proximal_step(1.0)?;
        let changed: Vec<bool> = read(&model)
            .iter()
            .zip(&before)
            .map(|(a, b)| a != b)
            .collect();
        assert_eq!(changed, [false, false, true, false]);
        let older = Rules::new().with("kernel", Edition::TF_2_10.l2(0.5));
        let report = older.module(&model)?.report()?;
        let counted = states(&report);
        assert!(counted.iter().all(|(_, state)| *state == &State::Counted));
        // No rule is at the biases, of which only the second is trained.
        let rows = report.rows().iter();
        let listed = rows.filter(|row| row.state() == &State::Unregularized);
        assert!(listed.map(|row| row.path()).eq(["second.bias"]));
        let report = older.clone().without("bias");
        let report = report.module(&model)?.report()?;
        assert_eq!(report.rows().len(), 2);
    }
    Ok(())
}

#[test]
fn copies_are_one_weight_under_rules() -> Result<(), Error> {
    for device in [Device::default(), tape()] {
        let mut model = small(&device);
        model.second = model.first.clone();
        let rules = Rules::new().with("kernel", l1(0.5));
        let shared = State::Shared {
            first: "first.kernel".into(),
            counted: "l1(0.5)".into(),
        };
        let report = rules.module(&model)?.report()?;
        assert_eq!(
            states(&report),
            [
                ("first.kernel", &State::Counted),
                ("second.kernel", &shared)
            ]
        );
        let id = model.first.weight.id;
        rules.module_mut(&mut model)?.proximal_step(0.5)?;
        assert_eq!(read(&model)[0], read(&model)[2]);
        assert_ne!(read(&model)[0], read(&small(&device))[0]);
        assert_eq!((model.first.weight.id, model.second.weight.id), (id, id));
        let torn = rules.with("second", l2(0.5));
        let error = torn.module(&model)?.check().unwrap_err();
        assert_eq!(error.path(), "second.kernel");
        assert!(matches!(error.kind(), ErrorKind::Conflict { .. }));
    }
    Ok(())
}

/// As in Keras, where both factors of an adapter have the kernel's regularizer.
#[test]
fn a_rule_is_at_the_parameters_of_an_adapter() -> Result<(), Error> {
    let mut model = small(&tape()).apply_lora(Lora::new(1, 1.0));
    let rules = Rules::new().with("first.kernel", l2(0.5));
    let report = rules.module(&model)?.report()?;
    let expected = [
        ("first.kernel", &State::Frozen),
        ("first.kernel.lora.a", &State::Counted),
        ("first.kernel.lora.b", &State::Counted),
    ];
    assert_eq!(states(&report), expected);
    let factor = |model: &Small| numbers(model.first.weight.adapter().expect("one").a.val());
    let halves: Vec<f64> = factor(&model).iter().map(|x| x / 2.0).collect();
    rules.module_mut(&mut model)?.proximal_step(1.0)?;
    assert_eq!(factor(&model), halves);
    Ok(())
}

/// A module that derives `Regularize` as well has both doors.
#[test]
fn a_module_with_attributes_has_both_kinds_of_rules() -> Result<(), Error> {
    let mut model = annotated_small(&small(&tape()));
    let rules = Rules::new().with("*", l1(0.5));
    let paths = |losses: Losses<Tensor<1>>| -> Vec<_> {
        losses.into_iter().map(|(path, _)| path).collect()
    };
    let of_fields = ["first.kernel", "first.bias", "second.kernel"];
    assert_eq!(paths(rules.of(&model)?.losses()), of_fields);
    let of_all = paths(rules.module(&model)?.losses());
    assert_eq!(
        (&of_all[..3], of_all.len()),
        (&of_fields.map(String::from)[..], 4)
    );
    // What nobody regularizes is listed as it is without rules.
    let report = rules.of(&model)?.report()?;
    let bias = report.get("second.bias").map(Row::state);
    assert_eq!(bias, Some(&State::Unregularized));
    rules.of_mut(&mut model)?.proximal_step(1.0)?;
    assert_eq!(numbers(model.second.bias.expect("a bias").val()), [1.0; 3]);
    assert_eq!(
        number(model.second.weight.val().abs().sum()),
        f64::from(4.1_f32 - 0.5)
    );
    Ok(())
}

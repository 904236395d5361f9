//! Rules of a whole model are what attributes on its fields are.

use ndarray::{Array1, Array2, ArrayView1, array};
use regularize::distributed::{Distributed, Replicas, Shard};
use regularize::extend::{Path, RegularizeWith, Regularizer, Visit, visit};
use regularize::{
    Error, ErrorKind, Mode, Orthogonal, Regularize, Rules, State, l1, l1_l2, l2, orthogonal,
};
use std::cell::RefCell;
use std::num::NonZero;
use std::rc::Rc;

/// Every weight has a regularizer that no rule here gives.
#[derive(Clone, Debug, PartialEq, Regularize)]
#[regularize(kernel = l1(7.0), bias = l1(7.0))]
struct Dense {
    kernel: Array2<f32>,
    bias: Vec<f32>,
}

#[derive(Clone, Debug, PartialEq, Regularize)]
struct Net {
    #[regularize(nested)]
    blocks: Vec<Dense>,
    #[regularize(nested)]
    head: Dense,
    #[regularize(l2(7.0))]
    scale: Vec<f32>,
}

/// The same weights with the regularizers of [`decay`].
#[derive(Regularize)]
#[regularize(kernel = l2(0.1), bias = none)]
struct Decayed {
    kernel: Array2<f32>,
    bias: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(kernel = l1_l2(0.3, 0.1), bias = none)]
struct Head {
    kernel: Array2<f32>,
    bias: Vec<f32>,
}

#[derive(Regularize)]
struct Annotated {
    #[regularize(nested)]
    blocks: Vec<Decayed>,
    #[regularize(nested)]
    head: Head,
    #[regularize(l1(0.7))]
    scale: Vec<f32>,
}

fn decay() -> Rules {
    Rules::new()
        .with("*", l1(0.7))
        .with("kernel", l2(0.1))
        .with("head.kernel", l1_l2(0.3, 0.1))
        .without("bias")
}

/// Weights whose squares are rounded.
fn dense(x: f32) -> Dense {
    Dense {
        kernel: array![[x / 3.0, -x / 7.0], [0.01, -2.0 * x]],
        bias: vec![x, 0.1],
    }
}

fn net() -> Net {
    Net {
        blocks: vec![dense(1.0), dense(-0.3)],
        head: dense(2.0),
        scale: vec![1.1, -0.001],
    }
}

fn annotated(net: Net) -> Annotated {
    let decayed = |Dense { kernel, bias }| Decayed { kernel, bias };
    Annotated {
        blocks: net.blocks.into_iter().map(decayed).collect(),
        head: Head {
            kernel: net.head.kernel,
            bias: net.head.bias,
        },
        scale: net.scale,
    }
}

/// The numbers of all weights.
fn numbers(kernels: &[&Array2<f32>], others: &[&Vec<f32>]) -> Vec<u32> {
    let kernels = kernels.iter().flat_map(|kernel| kernel.iter());
    let others = others.iter().flat_map(|other| other.iter());
    kernels.chain(others).map(|x| x.to_bits()).collect()
}

fn of_net(net: &Net) -> Vec<u32> {
    let [first, second] = &net.blocks[..] else {
        panic!("two blocks")
    };
    numbers(
        &[&first.kernel, &second.kernel, &net.head.kernel],
        &[&first.bias, &second.bias, &net.head.bias, &net.scale],
    )
}

fn of_annotated(net: &Annotated) -> Vec<u32> {
    let [first, second] = &net.blocks[..] else {
        panic!("two blocks")
    };
    numbers(
        &[&first.kernel, &second.kernel, &net.head.kernel],
        &[&first.bias, &second.bias, &net.head.bias, &net.scale],
    )
}

#[test]
fn values_are_those_of_attributes() -> Result<(), Error> {
    let (net, twin, decay) = (net(), annotated(net()), decay());
    let ruled = decay.of(&net)?;
    assert_eq!(ruled.penalty().to_bits(), twin.penalty().to_bits());
    let loss = 0.37;
    assert_eq!(
        ruled.add_penalty(loss).to_bits(),
        twin.add_penalty(loss).to_bits()
    );
    assert_eq!(ruled.losses(), twin.losses());
    assert_eq!(ruled.losses().len(), 4);
    assert_eq!(ruled.report()?, twin.report()?);
    ruled.check()
}

#[test]
fn a_gradient_is_that_of_attributes() -> Result<(), Error> {
    let mut gradients = net();
    let mut expected = annotated(net());
    decay().of(&net())?.add_penalty_gradient(&mut gradients)?;
    annotated(net()).add_penalty_gradient(&mut expected)?;
    assert_eq!(of_net(&gradients), of_annotated(&expected));
    assert_ne!(of_net(&gradients), of_net(&net()));

    let two = Replicas::Summed(NonZero::new(2).unwrap());
    let (net, decay) = (net(), decay());
    let ruled = decay.of(&net)?;
    ruled
        .add_penalty_gradient_on_replica(&mut gradients, two)
        .unwrap();
    annotated(net.clone())
        .add_penalty_gradient_on_replica(&mut expected, two)
        .unwrap();
    assert_eq!(of_net(&gradients), of_annotated(&expected));
    Ok(())
}

#[test]
fn a_step_is_that_of_attributes() -> Result<(), Error> {
    let (mut net, mut twin) = (net(), annotated(net()));
    let before = net.clone();
    decay().of_mut(&mut net)?.proximal_step(0.25)?;
    twin.proximal_step(0.25)?;
    assert_eq!(of_net(&net), of_annotated(&twin));
    assert_ne!(net.blocks[0].kernel, before.blocks[0].kernel);
    assert_ne!(net.scale, before.scale);
    assert_eq!(net.head.bias, before.head.bias);
    Ok(())
}

#[test]
fn many_machines_have_the_regularizers_of_the_rules() -> Result<(), Box<dyn std::error::Error>> {
    let (net, twin, decay) = (net(), annotated(net()), decay());
    let ruled = decay.of(&net)?;
    let partials = ruled.partials(Shard::new(0, 1)?)?;
    assert_eq!(ruled.losses_of(&partials)?, twin.losses());
    assert_eq!(ruled.report_of(&partials)?, twin.report()?);
    Ok(())
}

/// What a report says of each weight.
fn regularizers(rules: &Rules, model: &impl Regularize) -> Vec<(String, String)> {
    let report = rules.of(model).unwrap().report().unwrap();
    let rows = report.rows().iter();
    rows.map(|row| (row.path().into(), row.regularizer().into()))
        .collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs.map(|&(a, b)| (a.into(), b.into())).collect()
}

#[test]
fn the_last_rule_decides() {
    let head = dense(1.0);
    let general = Rules::new().with("*", l2(0.5)).with("kernel", l1(0.25));
    let expected = [("kernel", "l1(0.25)"), ("bias", "l2(0.5)")];
    assert_eq!(regularizers(&general, &head), named(&expected));
    let special = Rules::new().with("kernel", l1(0.25)).with("*", l2(0.5));
    let expected = [("kernel", "l2(0.5)"), ("bias", "l2(0.5)")];
    assert_eq!(regularizers(&special, &head), named(&expected));
    let again = Rules::new().without("*").with("bias", l2(0.5));
    assert_eq!(regularizers(&again, &head), named(&[("bias", "l2(0.5)")]));
    let nothing = Rules::new().with("bias", l2(0.5)).without("*");
    assert_eq!(regularizers(&nothing, &head), []);
}

#[test]
fn what_no_rule_is_at_keeps_its_own() {
    let own = [("kernel", "l1(7.0)"), ("bias", "l1(7.0)")];
    assert_eq!(regularizers(&Rules::new(), &dense(1.0)), named(&own));
    let rules = Rules::new().with("kernel", l2(0.5));
    let expected = [("kernel", "l2(0.5)"), ("bias", "l1(7.0)")];
    assert_eq!(regularizers(&rules, &dense(1.0)), named(&expected));
}

/// One weight at any path.
#[derive(Debug)]
struct At(&'static str);

impl Regularize for At {
    type Penalty = f64;

    fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, f64>) -> Result<(), Error> {
        match self.0 {
            "" => visit(&[1.0], &l1(1.0), at, f),
            path => visit(&[1.0], &l1(1.0), &at.field(path), f),
        }
    }
}

#[test]
fn a_pattern_is_a_run_of_names() {
    let is_at = |pattern: &str, path| Rules::new().with(pattern, l1(2.0)).of(&At(path)).is_ok();
    for (pattern, path) in [
        ("kernel", "kernel"),
        ("kernel", "fc1.kernel"),
        ("kernel", "kernel.0"),
        ("kernel", "fc1.kernel.0.inner"),
        ("head.kernel", "head.kernel"),
        ("head.kernel", "net.head.kernel"),
        ("head.kernel", "head.head.kernel"),
        ("blocks.3", "blocks.3.norm.gamma"),
        ("blocks.*.kernel", "net.blocks.3.kernel.0"),
        ("blocks.*", "blocks.3"),
        ("*.kernel", "fc1.kernel"),
        ("*.*", "fc1.kernel"),
        ("*", "kernel"),
        ("*", "fc1.kernel"),
        ("*", ""),
        ("λ", "λ.kernel"),
    ] {
        assert!(is_at(pattern, path), "{pattern} is at {path}");
    }
    for (pattern, path) in [
        ("kernel", "fc1.kernel_2"),
        ("kernel", "my_kernel"),
        ("kernel", "kerne"),
        ("kernel", "Kernel"),
        ("kernel", ""),
        ("head.kernel", "head.fc1.kernel"),
        ("head.kernel", "kernel.head"),
        ("head.kernel", "head"),
        ("blocks.3", "blocks.30.kernel"),
        ("blocks.*.kernel", "blocks.kernel"),
        ("blocks.*.kernel", "blocks.3.fc1.kernel"),
        ("*.kernel", "kernel"),
        ("kernel.*", "kernel"),
        ("*.*", "kernel"),
        ("ker*", "kernel"),
    ] {
        assert!(!is_at(pattern, path), "{pattern} is not at {path}");
    }
}

#[test]
fn a_pattern_that_no_weight_is_at_is_an_error() {
    let kernle = Rules::new().with("*", l2(0.5)).with("kernle", l2(0.5));
    let error = kernle.of(&dense(1.0)).unwrap_err();
    assert_eq!(error.path(), "");
    let expected = ErrorKind::NoWeight {
        pattern: "kernle".into(),
        weights: vec!["kernel".into(), "bias".into()],
        unregularized: None,
    };
    assert_eq!(error.kind(), &expected);
    assert_eq!(
        error.to_string(),
        "no weight is at `kernle`: the weights are `kernel`, `bias`"
    );
    let error = kernle.of_mut(&mut dense(1.0)).unwrap_err();
    assert_eq!(error.kind(), &expected);
    let without = Rules::new().without("kernle").with("*", l2(0.5));
    let error = without.of(&dense(1.0)).unwrap_err();
    assert_eq!(error.kind(), &expected);
}

#[test]
fn many_weights_are_counted_and_none_is_said() {
    let wrong = Rules::new().without("x\u{1b}[2K");
    let layers = vec![dense(1.0); 5];
    assert_eq!(
        wrong.of(&layers[..4]).unwrap_err().to_string(),
        "no weight is at `x\\u{1b}[2K`: the weights are `0.kernel`, `0.bias`, `1.kernel`, `1.bias`, `2.kernel`, \
         `2.bias`, `3.kernel`, `3.bias`"
    );
    assert_eq!(
        wrong.of(&layers).unwrap_err().to_string(),
        "no weight is at `x\\u{1b}[2K`: the weights are `0.kernel`, `0.bias`, `1.kernel`, `1.bias`, `2.kernel`, \
         `2.bias`, `3.kernel`, `3.bias` and 2 more"
    );
    assert_eq!(
        wrong.of(&layers[..0]).unwrap_err().to_string(),
        "no weight is at `x\\u{1b}[2K`: the model has no weights"
    );
    assert!(Rules::new().of(&layers[..0]).is_ok());
}

#[test]
fn a_rule_that_a_later_one_overrides_is_no_error() {
    let rules = Rules::new().with("kernel", l2(0.5)).without("*");
    assert_eq!(rules.of(&dense(1.0)).unwrap().penalty(), 0.0);
}

#[test]
fn a_pattern_without_a_name_is_an_error() {
    for pattern in ["", ".", "kernel.", ".kernel", "fc1..kernel"] {
        let rules = Rules::new().with("*", l2(0.5)).without(pattern);
        for error in [
            rules.of(&dense(1.0)).unwrap_err(),
            rules.of(&At("")).unwrap_err(),
        ] {
            let expected = ErrorKind::Pattern {
                pattern: pattern.into(),
            };
            assert_eq!(error.kind(), &expected);
            assert!(error.to_string().starts_with(&format!(
                "`{pattern}` is not a pattern: write names of a path with a dot"
            )));
        }
    }
}

#[test]
fn an_orthogonal_rule_is_one_of_matrices() -> Result<(), Error> {
    #[derive(Regularize)]
    #[regularize(kernel = orthogonal(0.5, rows))]
    struct Turned {
        kernel: Array2<f32>,
    }

    let rules = Rules::new()
        .with("kernel", orthogonal(0.5, Mode::Rows))
        .without("bias");
    let Dense { kernel, .. } = dense(1.0);
    let turned = Turned { kernel };
    let layer = dense(1.0);
    assert_eq!(
        rules.of(&layer)?.penalty().to_bits(),
        turned.penalty().to_bits()
    );
    assert_ne!(turned.penalty(), 0.0);

    let regularizer: Orthogonal = orthogonal(0.5, Mode::Rows);
    let rules = Rules::new().with("*", regularizer);
    let error = rules.of(&layer).unwrap_err();
    assert_eq!(error.path(), "bias");
    assert!(matches!(error.kind(), ErrorKind::NoMatrix { .. }));
    let rules = rules.with("bias", l2(0.5));
    assert!(rules.of(&layer).is_ok());
    let mut layer = layer;
    let error = rules.of_mut(&mut layer)?.proximal_step(0.5).unwrap_err();
    assert_eq!(error.path(), "kernel");
    assert!(matches!(error.kind(), ErrorKind::NoStep { .. }));
    Ok(())
}

#[derive(Regularize)]
#[regularize(kernel = l1(7.0), bias = l1(7.0), activity = l1(0.5))]
struct Relu {
    #[regularize(trainable = false)]
    kernel: Vec<f64>,
    #[regularize(value_only)]
    bias: Vec<f64>,
}

#[test]
fn what_else_a_layer_says_holds_under_rules() -> Result<(), Error> {
    let mut layer = Relu {
        kernel: vec![3.0],
        bias: vec![-2.0],
    };
    let rules = Rules::new().with("*", l2(0.5));
    let ruled = rules.of(&layer)?;
    assert_eq!(ruled.penalty(), 2.0); // of the bias
    assert_eq!(ruled.activity_penalty(&[[4.0], [0.0]]), 1.0);
    let report = ruled.report()?;
    let rows: Vec<_> = report.rows().iter().map(|row| row.state()).collect();
    let expected = [&State::Frozen, &State::Counted, &State::Activity];
    assert_eq!(rows, expected);
    let mut gradients = Relu {
        kernel: vec![0.0],
        bias: vec![0.0],
    };
    ruled.add_penalty_gradient(&mut gradients)?;
    rules.of_mut(&mut layer)?.proximal_step(0.5)?;
    assert_eq!((gradients.kernel[0], gradients.bias[0]), (0.0, 0.0));
    assert_eq!((layer.kernel[0], layer.bias[0]), (3.0, -2.0));
    Ok(())
}

/// A field with a closure has a value only, and the rule says which.
#[test]
fn a_rule_in_place_of_a_closure_has_a_value() -> Result<(), Error> {
    #[derive(Regularize)]
    struct Largest(#[regularize(|x: &[f64]| x[0])] Vec<f64>);

    let (mut layer, mut gradients) = (Largest(vec![3.0]), Largest(vec![0.0]));
    let rules = Rules::new().with("0", l2(0.5));
    assert_eq!(rules.of(&layer)?.penalty(), 4.5);
    let added = rules.of(&layer)?.add_penalty_gradient(&mut gradients);
    assert!(matches!(
        added.unwrap_err().kind(),
        ErrorKind::NoGradient { .. }
    ));
    let stepped = rules.of_mut(&mut layer)?.proximal_step(1.0);
    assert!(matches!(
        stepped.unwrap_err().kind(),
        ErrorKind::NoStep { .. }
    ));
    Ok(())
}

/// A regularizer of one's own that has a value only is not in the way of a rule.
#[test]
fn a_rule_in_place_of_a_regularizer_without_a_step_has_one() -> Result<(), Error> {
    struct Largest;

    impl Regularizer<[f64]> for Largest {
        fn penalty(&self, weight: &[f64]) -> f64 {
            weight[0]
        }
    }

    #[derive(Regularize)]
    struct Layer(#[regularize(Largest)] Vec<f64>);

    let (mut layer, mut gradients) = (Layer(vec![3.0]), Layer(vec![0.0]));
    assert!(layer.proximal_step(1.0).is_err());
    let rules = Rules::new().with("0", l2(0.5));
    rules.of(&layer)?.add_penalty_gradient(&mut gradients)?;
    rules.of_mut(&mut layer)?.proximal_step(1.0)?;
    assert_eq!((layer.0[0], gradients.0[0]), (1.5, 3.0));
    Ok(())
}

#[derive(Regularize)]
struct Tied {
    #[regularize(l1(7.0))]
    encoder: Rc<RefCell<Vec<f64>>>,
    #[regularize(l1(7.0))]
    decoder: Rc<RefCell<Vec<f64>>>,
}

fn tied() -> Tied {
    let encoder = Rc::new(RefCell::new(vec![1.0, -3.0]));
    Tied {
        decoder: Rc::clone(&encoder),
        encoder,
    }
}

#[test]
fn a_shared_weight_counts_once_at_its_first_place() -> Result<(), Error> {
    let mut model = tied();
    let both = Rules::new().with("*", l2(0.5));
    assert!(both.of(&model)?.losses().iter().eq([("encoder", &5.0)]));
    let mut gradients = (vec![0.0; 2], vec![0.0; 2]);
    both.of(&Pair(&model))?
        .add_penalty_gradient(&mut gradients)?;
    assert_eq!(gradients, (vec![1.0, -3.0], vec![0.0; 2]));
    let torn = both.clone().with("decoder", l1(0.5));
    let error = torn.of(&model)?.check().unwrap_err();
    assert_eq!(error.path(), "decoder");
    assert!(matches!(error.kind(), ErrorKind::Conflict { .. }));
    let second = torn.without("encoder");
    assert!(second.of(&model)?.losses().iter().eq([("decoder", &2.0)]));
    both.of_mut(&mut model)?.proximal_step(0.5)?;
    assert_eq!(*model.encoder.borrow(), [1.0 / 1.5, -3.0 / 1.5]);
    Ok(())
}

/// A layer whose gradients are not behind pointers.
struct Pair<'a>(&'a Tied);

impl Regularize for Pair<'_> {
    type Penalty = f64;

    fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, f64>) -> Result<(), Error> {
        self.0.visit_weights(at, f)
    }
}

impl RegularizeWith<(Vec<f64>, Vec<f64>)> for Pair<'_> {
    fn visit_weights_with(
        &self,
        gradients: &mut (Vec<f64>, Vec<f64>),
        at: &Path<'_>,
        f: &mut regularize::extend::VisitWith<'_>,
    ) -> Result<(), Error> {
        use regularize::extend::visit_with;
        let at = &at.through(self, self.0);
        let Tied { encoder, decoder } = self.0;
        let at_encoder = at.field("encoder");
        visit_with(encoder, &mut gradients.0, &l1(7.0), &at_encoder, f)?;
        visit_with(decoder, &mut gradients.1, &l1(7.0), &at.field("decoder"), f)
    }
}

/// The rules are no pointer that the model shares: two views that count twice by themselves do so under rules.
#[test]
fn rules_do_not_make_weights_shared() -> Result<(), Error> {
    #[derive(Regularize)]
    struct Views<'a>(
        #[regularize(l1(1.0))] ArrayView1<'a, f64>,
        #[regularize(l1(1.0))] ArrayView1<'a, f64>,
    );

    let numbers: Array1<f64> = array![1.0, -2.0];
    let mut views = Views(numbers.view(), numbers.view());
    assert_eq!(views.penalty(), 6.0);
    let rules = Rules::new();
    assert_eq!(rules.of(&views)?.penalty(), 6.0);
    assert_eq!(rules.of_mut(&mut views)?.penalty(), 6.0);
    Ok(())
}

#[test]
fn a_model_that_is_read_steps_what_is_in_cells() -> Result<(), Error> {
    let rules = Rules::new().with("*", l2(0.5));
    let layer = Rc::new(RefCell::new(dense(1.0)));
    let model = vec![Rc::clone(&layer), layer];
    rules.of(&model)?.proximal_step(1.0)?;
    assert_eq!(model[1].borrow().bias, [0.5, 0.05]); // once

    let net = net();
    let before = net.clone();
    let error = rules.of(&net)?.proximal_step(1.0).unwrap_err();
    assert_eq!(error.path(), "blocks.0.kernel");
    assert_eq!(
        error.to_string(),
        "blocks.0.kernel: the model is only read here: for a step write `rules.of_mut(&mut model)`, or \
         `rules.module_mut(&mut model)` of a module of burn"
    );
    assert_eq!(net, before);
    Ok(())
}

#[test]
fn a_step_that_one_weight_cannot_take_changes_none() -> Result<(), Error> {
    #[derive(Regularize)]
    struct Half<'a> {
        #[regularize(l1(1.0))]
        own: Vec<f64>,
        #[regularize(l1(1.0))]
        view: &'a [f64],
    }

    let numbers = [4.0];
    let mut model = Half {
        own: vec![4.0],
        view: &numbers,
    };
    let rules = Rules::new().with("own", l2(0.5));
    let error = rules.of_mut(&mut model)?.proximal_step(1.0).unwrap_err();
    assert_eq!(error.path(), "view");
    assert_eq!(error.kind(), &ErrorKind::Unchangeable);
    assert_eq!(model.own, [4.0]);
    Ok(())
}

#[test]
fn a_borrowed_weight_is_an_error_of_the_rules() {
    let model = tied();
    let rules = Rules::new().with("*", l2(0.5));
    let borrowed = model.encoder.borrow_mut();
    let error = rules.of(&model).unwrap_err();
    assert_eq!(error.path(), "encoder");
    assert_eq!(error.kind(), &ErrorKind::Borrowed);
    drop(borrowed);
}

#[test]
fn layers_of_different_types_have_one_rule() -> Result<(), Error> {
    let (relu, scale) = (
        Relu {
            kernel: vec![3.0],
            bias: vec![-2.0],
        },
        At("kernel"),
    );
    let model: Vec<Box<dyn Regularize<Penalty = f64>>> = vec![Box::new(relu), Box::new(scale)];
    let rules = Rules::new().with("*", l2(0.5)).without("0");
    assert!(rules.of(&model)?.losses().iter().eq([("1.kernel", &0.5)]));
    let rules = Rules::new().with("kernel", l2(0.5));
    let layer: &dyn Regularize<Penalty = f64> = &*model[1];
    assert_eq!(rules.of(layer)?.penalty(), 0.5);
    Ok(())
}

/// A model under rules is a model: a part of another, and under other rules.
#[test]
fn a_model_under_rules_is_a_model() -> Result<(), Error> {
    #[derive(Regularize)]
    struct Outer<M: Regularize<Penalty = f32>> {
        #[regularize(nested)]
        net: M,
        #[regularize(l1(0.5))]
        scale: f32,
    }

    let (net, decay) = (
        dense(1.0),
        Rules::new().with("kernel", l2(0.5)).without("bias"),
    );
    let outer = Outer {
        net: decay.of(&net)?,
        scale: 3.0,
    };
    let paths = [("net.kernel", "l2(0.5)"), ("scale", "l1(0.5)")];
    assert_eq!(regularizers(&Rules::new(), &outer), named(&paths));
    let paths = [("net.kernel", "l1(0.25)"), ("scale", "l1(0.5)")];
    let rules = Rules::new().with("net", l1(0.25));
    assert_eq!(regularizers(&rules, &outer), named(&paths));
    assert!(format!("{:?}", decay.of(&net)?).starts_with("Ruled { rules: Rules(["));
    Ok(())
}

/// The rules were given the model, and are at its own paths where it is a part: the name of the part is not theirs.
#[test]
fn a_part_under_rules_has_its_own_paths() -> Result<(), Error> {
    #[derive(Regularize)]
    struct Outer<M: Regularize<Penalty = f32>> {
        #[regularize(nested)]
        kernel: M,
    }

    let mut net = dense(1.0);
    let rules = Rules::new().with("kernel", l2(0.5)).without("bias");
    let part = Rules::new().with("kernel", l2(0.5));
    let paths = [("kernel.kernel", "l2(0.5)"), ("kernel.bias", "l1(7.0)")];
    let outer = Outer {
        kernel: part.of(&net)?,
    };
    assert_eq!(regularizers(&Rules::new(), &outer), named(&paths));

    let stepped = {
        let mut twin = net.clone();
        rules.of_mut(&mut twin)?.proximal_step(0.5)?;
        twin
    };
    let mut outer = Outer {
        kernel: rules.of_mut(&mut net)?,
    };
    outer.proximal_step(0.5)?;
    assert_eq!(net, stepped);
    Ok(())
}

/// A rule has nothing to replace where no attribute gives a regularizer, and the error says so instead of "no weight".
#[test]
fn a_weight_that_no_attribute_regularizes_is_not_called_missing() {
    #[derive(Regularize)]
    struct Half {
        #[regularize(l2)]
        kernel: Vec<f32>,
        bias: Vec<f32>,
        #[regularize(None::<regularize::L2>)]
        scale: Vec<f32>,
    }

    let half = Half {
        kernel: vec![1.0],
        bias: vec![1.0],
        scale: vec![1.0],
    };
    for name in ["bias", "scale"] {
        let rules = Rules::new().without(name);
        let error = rules.of(&half).unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "no regularized weight is at `{name}`: a rule replaces a regularizer, and `{name}` has none in the attributes of its \
                 layer: write one there, as in `l2`"
            ),
        );
    }
    assert_eq!(half.bias, half.scale);
    // Nothing of the attributes is left after the first rule.
    let only = Rules::new().without("*").with("kernel", l2(0.5));
    assert_eq!(only.of(&half).unwrap().penalty(), 0.5);
}

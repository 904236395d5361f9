//! An error names the path, and nothing was changed.

use regularize::{ErrorKind, Path, Regularize, ShapeError, Shard, Step, Sums};
use std::cell::RefCell;

#[derive(Clone, Debug, PartialEq, Regularize)]
#[regularize(kernel = l1(0.5), bias = l2(0.5))]
struct Dense {
    kernel: Vec<f32>,
    bias: Option<Vec<f32>>,
    #[regularize(l1)]
    blocks: Vec<Vec<f32>>,
}

fn dense() -> Dense {
    Dense {
        kernel: vec![1.0, 2.0],
        bias: Some(vec![1.0]),
        blocks: vec![vec![1.0], vec![2.0, 3.0]],
    }
}

/// What is wrong with gradients, and that they are as before.
fn rejected(mut gradients: Dense, message: &str) -> ErrorKind {
    let before = gradients.clone();
    let error = dense().add_penalty_gradient(&mut gradients).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(gradients, before);
    assert!(message.starts_with(&format!("{}: ", error.path())));
    error.kind().clone()
}

#[test]
fn a_gradient_of_another_shape() {
    let mut gradients = dense();
    gradients.blocks[1].push(0.0);
    let kind = rejected(
        gradients,
        "blocks.1: the weight has the shape [2] and its gradient the shape [3]",
    );
    assert!(
        matches!(kind, ErrorKind::Shape(shape) if shape.weight() == [2] && shape.gradient() == [3])
    );
}

#[test]
fn a_list_of_another_length() {
    let mut gradients = dense();
    gradients.blocks.pop();
    let kind = rejected(gradients, "blocks: there are 2 weights and 1 gradients");
    let expected = ErrorKind::Length {
        weights: 2,
        gradients: 1,
    };
    assert_eq!(kind, expected);
}

#[test]
fn a_missing_gradient() {
    let mut gradients = dense();
    gradients.bias = None;
    let kind = rejected(
        gradients,
        "bias: the weight is there and its gradient is `None`",
    );
    assert_eq!(kind, ErrorKind::Missing { gradient: true });
}

#[test]
fn a_gradient_of_a_missing_weight() {
    let mut weights = dense();
    weights.bias = None;
    let mut gradients = dense();
    let error = weights.add_penalty_gradient(&mut gradients).unwrap_err();
    assert_eq!(
        error.to_string(),
        "bias: the weight is `None` and its gradient is there"
    );
    assert_eq!(error.kind(), &ErrorKind::Missing { gradient: false });
    assert_eq!(gradients, dense());
}

#[derive(Debug, PartialEq, Regularize)]
enum Head {
    Linear(#[regularize(l1)] Vec<f32>),
    Scale(#[regularize(l1)] f32),
}

#[derive(Debug, PartialEq, Regularize)]
struct Net {
    #[regularize(l1)]
    kernel: Vec<f32>,
    #[regularize(nested)]
    head: Head,
}

#[test]
fn gradients_of_another_variant() {
    let net = |head| Net {
        kernel: vec![1.0],
        head,
    };
    let mut gradients = net(Head::Scale(0.0));
    let error = net(Head::Linear(vec![])).add_penalty_gradient(&mut gradients);
    let error = error.unwrap_err();
    assert_eq!(
        error.to_string(),
        "head: the layer and its gradients are of different variants"
    );
    assert_eq!(error.kind(), &ErrorKind::Variant);
    assert_eq!(gradients, net(Head::Scale(0.0)));
}

#[test]
fn a_step_that_is_none() {
    for step in [-0.5, f64::NAN, f64::INFINITY] {
        let mut layer = dense();
        let error = layer.proximal_step(step).unwrap_err();
        assert_eq!(error.path(), "");
        assert_eq!(
            error.to_string(),
            format!("the step is {step:?}: a proximal step must be finite and not negative")
        );
        assert!(std::error::Error::source(&error).is_some());
        assert_eq!(layer, dense());
    }
    dense().proximal_step(0.1_f32).unwrap();
}

#[derive(Regularize)]
#[regularize(gradients = Gradients)]
struct Cells {
    #[regularize(l1(1.0))]
    plain: Vec<f32>,
    #[regularize(l1(1.0))]
    cell: RefCell<Vec<f32>>,
}

struct Gradients {
    plain: Vec<f32>,
    cell: Vec<f32>,
}

fn cells() -> Cells {
    Cells {
        plain: vec![2.0],
        cell: vec![2.0].into(),
    }
}

#[test]
fn a_borrowed_cell() {
    const MESSAGE: &str =
        "cell: the weight's `RefCell` is borrowed: end that borrow before this call";
    let mut layer = cells();
    // A borrow that is never given back.
    std::mem::forget(layer.cell.borrow_mut());
    let error = layer.proximal_step(0.5).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.kind()),
        (MESSAGE, &ErrorKind::Borrowed)
    );
    assert_eq!(layer.plain, [2.0]);

    let mut gradients = Gradients {
        plain: vec![0.0],
        cell: vec![0.0],
    };
    let error = layer.add_penalty_gradient(&mut gradients).unwrap_err();
    assert_eq!(error.to_string(), MESSAGE);
    assert_eq!((gradients.plain, gradients.cell), (vec![0.0], vec![0.0]));

    assert_eq!(layer.report().unwrap_err().to_string(), MESSAGE);
    assert_eq!(layer.check().unwrap_err().to_string(), MESSAGE);
}

#[test]
fn a_cell_that_is_only_read_elsewhere_has_a_penalty() {
    let layer = cells();
    let _reader = layer.cell.borrow();
    assert_eq!(layer.penalty(), 4.0);
}

#[test]
#[should_panic(expected = "cell: the weight's `RefCell` is borrowed")]
fn the_penalty_of_a_borrowed_cell_panics_as_the_cell_does() {
    let layer = cells();
    let _writer = layer.cell.borrow_mut();
    layer.penalty();
}

#[test]
fn an_error_has_the_source_that_says_more() {
    let source = |error: regularize::Error| {
        let source = std::error::Error::source(&error);
        source.map(ToString::to_string)
    };
    let of = |kind| source(regularize::Error::new(&Path::root(), kind));
    let shape = ShapeError::new(&[2], &[3]);
    assert_eq!(of(ErrorKind::Shape(shape.clone())), Some(shape.to_string()));
    let step = Step::new(-1.0).unwrap_err();
    assert_eq!(of(ErrorKind::Step(step)), Some(step.to_string()));
    let bytes = Sums::from_bytes(&[]).unwrap_err();
    assert_eq!(of(ErrorKind::Bytes(bytes)), Some(bytes.to_string()));
    let part = dense().partials(Shard::new(0, 2).unwrap()).unwrap();
    let shards = dense().losses_of(&part).unwrap_err();
    let said = source(shards).unwrap();
    assert_eq!(
        said,
        "shard 1 of 2 is missing: merge the partials of every shard, each once"
    );
    assert_eq!(of(ErrorKind::Borrowed), None);
}

//! An error names the path, and nothing was changed.

use regularize::distributed::{self, Distributed, Partials, Shard};
use regularize::extend::{Path, Regularizer, ShapeError, Tensor, Visit, Weight, visit};
use regularize::{ErrorKind, Regularize, Step};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

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
        "blocks.1: the gradient has the shape [3] and not [2]",
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
    let _ = layer.penalty();
}

#[test]
fn an_error_has_the_source_that_says_more() {
    fn source(error: &dyn std::error::Error) -> Option<String> {
        error.source().map(ToString::to_string)
    }
    let of = |kind| source(&regularize::Error::new(&Path::root(), kind));
    let shape = ShapeError::new(&[2], &[3]);
    assert_eq!(of(ErrorKind::Shape(shape.clone())), Some(shape.to_string()));
    let step = Step::new(-1.0).unwrap_err();
    assert_eq!(of(ErrorKind::Step(step)), Some(step.to_string()));
    assert_eq!(of(ErrorKind::Borrowed), None);

    let error = Partials::from_bytes(&[]).unwrap_err();
    let distributed::ErrorKind::Bytes(bytes) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(source(&error), Some(bytes.to_string()));
    let part = dense().partials(Shard::new(0, 2).unwrap()).unwrap();
    let shards = dense().losses_of(&part).unwrap_err();
    let said = source(&shards).unwrap();
    assert_eq!(
        said,
        "shard 1 of 2 is missing: merge the partials of every shard, each once"
    );
    // What a model on one machine has as well.
    let borrowed = cells();
    let _writer = borrowed.cell.borrow_mut();
    let error = borrowed.partials(Shard::WHOLE).unwrap_err();
    assert_eq!(
        error.kind(),
        &distributed::ErrorKind::Model(ErrorKind::Borrowed)
    );
    assert_eq!(source(&error), Some(ErrorKind::Borrowed.to_string()));
    assert_eq!(
        error.to_string(),
        borrowed.report().unwrap_err().to_string()
    );
}

/// What to write where a weight cannot take a step, of any reason.
const UNCHANGEABLE: &str = "this weight is only read here: keep the weight itself, or `Rc<RefCell<…>>`, `Arc<Mutex<…>>` or \
     `Arc<RwLock<…>>` of it, not a view or a shared pointer alone; or write `value_only` on the field, as in \
     `#[regularize(value_only, …)]`, and the step leaves this weight as it is";

fn no_step(regularizer: &str) -> String {
    format!(
        "its regularizer `{regularizer}` has no proximal operator: write `value_only` on the field, as in \
         `#[regularize(value_only, …)]`, and the step leaves this weight as it is{}",
        own(regularizer, "proximal_step")
    )
}

fn own(regularizer: &str, method: &str) -> String {
    match regularizer {
        "closure" => String::new(),
        _ => format!(
            "; one of your own has one if it implements `{method}` and returns `true` from `has_{}`",
            method.trim_start_matches("add_")
        ),
    }
}

fn no_gradient(regularizer: &str) -> String {
    format!(
        "its regularizer `{regularizer}` has no subgradient for a gradient of this type: write `value_only` on the field, \
         as in `#[regularize(value_only, …)]`, and its gradient is left as it is{}",
        own(regularizer, "add_subgradient")
    )
}

/// A layer with a weight that takes steps before one that does not.
#[derive(Clone, Debug, PartialEq, Regularize)]
struct With<W: Weight> {
    #[regularize(l1(1.0))]
    first: Vec<f32>,
    #[regularize(l1(1.0))]
    second: W,
}

/// The kind of the error of a step, and that nothing was changed.
fn no_step_of<W>(second: W) -> ErrorKind
where
    W: Weight<Tensor: Tensor<Penalty = f32>> + Clone + std::fmt::Debug + PartialEq,
{
    let first = vec![2.0];
    let mut layer = With { first, second };
    let before = layer.clone();
    let error = layer.proximal_step(1.0).unwrap_err();
    assert_eq!(layer, before);
    assert_eq!(error.path(), "second");
    assert_eq!(error.to_string(), format!("second: {}", error.kind()));
    error.kind().clone()
}

/// A view, and a pointer that others may hold.
#[test]
fn a_weight_that_is_only_read_takes_no_step() {
    const NONE: ErrorKind = ErrorKind::Unchangeable;
    assert_eq!(NONE.to_string(), UNCHANGEABLE);
    assert_eq!(no_step_of(&[1.0_f32][..]), NONE);
    assert_eq!(no_step_of(Rc::new(vec![1.0_f32])), NONE);
    assert_eq!(no_step_of(Arc::<[f32]>::from([1.0])), NONE);
    assert_eq!(no_step_of(Some(Box::new(Rc::new(1.0_f32)))), NONE);
    assert_eq!(no_step_of(ndarray::aview1(&[1.0_f32])), NONE);
    assert_eq!(
        no_step_of(nalgebra::DMatrixView::from_slice(&[1.0_f32], 1, 1)),
        NONE
    );
}

/// A layer too.
#[test]
fn a_layer_that_is_only_read_takes_no_step() {
    let mut net = (dense(), Rc::new(dense()));
    let error = net.proximal_step(1.0).unwrap_err();
    assert_eq!(error.to_string(), format!("1.kernel: {UNCHANGEABLE}"));
    assert_eq!((net.0, &*net.1), (dense(), &dense()));
}

/// One that is written by hand says where its weights are changed, or that they are not.
#[test]
fn a_layer_by_hand_takes_no_step_unless_it_says_so() {
    struct ByHand(Vec<f32>);

    impl Regularize for ByHand {
        type Penalty = f32;

        fn visit_weights(
            &self,
            at: &Path<'_>,
            f: &mut Visit<'_, f32>,
        ) -> Result<(), regularize::Error> {
            visit(&self.0, &regularize::l1(1.0), &at.field("kernel"), f)
        }
    }

    let mut layers = (dense(), ByHand(vec![1.0]));
    let error = layers.proximal_step(1.0).unwrap_err();
    assert_eq!(
        (error.path(), error.kind()),
        ("1.kernel", &ErrorKind::Unchangeable)
    );
    assert_eq!((layers.0, layers.1.0), (dense(), vec![1.0]));
}

#[derive(Clone, Debug, PartialEq, Regularize)]
struct OfClosure {
    #[regularize(l1(1.0))]
    first: Vec<f32>,
    #[regularize(|w| w[0])]
    second: Vec<f32>,
}

#[test]
fn a_closure_has_no_step_and_no_gradient() {
    let of = |x| OfClosure {
        first: vec![x],
        second: vec![x],
    };
    let (mut layer, mut gradients) = (of(2.0), of(0.0));
    let error = layer.proximal_step(1.0).unwrap_err();
    assert_eq!(error.to_string(), format!("second: {}", no_step("closure")));
    let error = layer.add_penalty_gradient(&mut gradients).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("second: {}", no_gradient("closure"))
    );
    assert_eq!((layer, gradients), (of(2.0), of(0.0)));
}

/// A user's own regularizer without any of the two.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sum;

impl Regularizer<[f32]> for Sum {
    fn penalty(&self, weight: &[f32]) -> f32 {
        weight.iter().sum()
    }
}

#[test]
fn a_regularizer_of_a_value_has_no_step_and_no_gradient() {
    #[derive(Clone, Debug, PartialEq, Regularize)]
    struct OfSum {
        #[regularize(l1(1.0))]
        first: Vec<f32>,
        #[regularize(self.optional)]
        second: Vec<Vec<f32>>,
        optional: Option<Sum>,
    }

    let of = |x, optional| OfSum {
        first: vec![x],
        second: vec![vec![x]],
        optional,
    };
    let (mut layer, mut gradients) = (of(2.0, Some(Sum)), of(0.0, None));
    let error = layer.proximal_step(1.0).unwrap_err();
    assert_eq!(error.to_string(), format!("second.0: {}", no_step("Sum")));
    let error = layer.add_penalty_gradient(&mut gradients).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("second.0: {}", no_gradient("Sum"))
    );
    assert_eq!((&layer, &gradients), (&of(2.0, Some(Sum)), &of(0.0, None)));
    // Where there is no regularizer nothing is missing.
    layer.optional = None;
    layer.add_penalty_gradient(&mut gradients).unwrap();
    layer.proximal_step(1.0).unwrap();
    assert_eq!((layer.first[0], gradients.first[0]), (1.0, 1.0));
}

/// The penalty is all that it has, and the rest is not changed either.
#[test]
fn a_layer_of_a_value_only_is_left_alone() {
    #[derive(Clone, Debug, PartialEq, Regularize)]
    #[regularize(value_only, kernel = l1, largest = |w| w[0], sum = Sum)]
    struct Value {
        kernel: Vec<f32>,
        largest: Vec<f32>,
        sum: Vec<f32>,
    }

    let of = |x| Value {
        kernel: vec![x],
        largest: vec![x],
        sum: vec![x],
    };
    let (mut layer, mut gradients) = (of(2.0), of(0.0));
    layer.add_penalty_gradient(&mut gradients).unwrap();
    layer.proximal_step(1.0).unwrap();
    assert_eq!((&layer, &gradients), (&of(2.0), &of(0.0)));
    assert_eq!(layer.losses().len(), 3);
}

/// A frozen layer takes no step and no gradient, so that none is missing.
#[test]
fn a_frozen_weight_needs_no_step_and_no_gradient() {
    #[derive(Regularize)]
    #[regularize(gradients = Grads)]
    struct Frozen<'a> {
        #[regularize(l1(1.0))]
        kernel: Vec<f32>,
        #[regularize(|w| w[0], trainable = false)]
        closure: Vec<f32>,
        #[regularize(Sum, trainable = false)]
        sum: Vec<f32>,
        #[regularize(l1(1.0), trainable = false)]
        view: &'a [f32],
    }

    struct Grads {
        kernel: Vec<f32>,
        sum: Vec<f32>,
        view: Vec<f32>,
    }

    let mut layer = Frozen {
        kernel: vec![2.0],
        closure: vec![2.0],
        sum: vec![2.0],
        view: &[2.0],
    };
    let mut gradients = Grads {
        kernel: vec![0.0],
        sum: vec![0.0],
        view: vec![0.0],
    };
    layer.add_penalty_gradient(&mut gradients).unwrap();
    layer.proximal_step(1.0).unwrap();
    let gradients = [gradients.kernel, gradients.sum, gradients.view];
    assert_eq!(gradients, [[1.0], [0.0], [0.0]]);
    assert_eq!(
        (layer.kernel, layer.closure, layer.sum),
        (vec![1.0], vec![2.0], vec![2.0])
    );
}

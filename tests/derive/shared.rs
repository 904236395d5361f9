//! A weight that layers share counts once, at its first place.

use regularize::{ErrorKind, Regularize, State};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

#[derive(Regularize)]
#[regularize(gradients = Gradients, encoder = l1(0.5), own = l2(0.5), decoder = l1(0.5))]
struct Tied {
    encoder: Rc<RefCell<Vec<f32>>>,
    own: Vec<f32>,
    decoder: Rc<RefCell<Vec<f32>>>,
}

#[derive(Debug, PartialEq)]
struct Gradients {
    encoder: Vec<f32>,
    own: Vec<f32>,
    decoder: Vec<f32>,
}

fn tied() -> Tied {
    let embeddings = Rc::new(RefCell::new(vec![1.0, -3.0]));
    Tied {
        encoder: Rc::clone(&embeddings),
        own: vec![2.0],
        decoder: embeddings,
    }
}

#[test]
fn it_has_one_loss() {
    let model = tied();
    assert!(model.losses().iter().eq([("encoder", &2.0), ("own", &2.0)]));
    assert_eq!(model.penalty(), 4.0);
    assert_eq!(model.add_penalty(1.0), 5.0);
    model.check().unwrap();
}

#[test]
fn it_takes_one_step() {
    let mut model = tied();
    model.proximal_step(1.0).unwrap();
    assert_eq!(*model.decoder.borrow(), [0.5, -2.5]);
}

#[test]
fn it_is_differentiated_at_its_first_place() {
    let mut gradients = Gradients {
        encoder: vec![0.0; 2],
        own: vec![0.0],
        decoder: vec![0.0; 2],
    };
    tied().add_penalty_gradient(&mut gradients).unwrap();
    let expected = Gradients {
        encoder: vec![0.5, -0.5],
        own: vec![2.0],
        decoder: vec![0.0; 2],
    };
    assert_eq!(gradients, expected);
}

#[test]
fn the_report_says_where_it_counts() {
    let report = tied().report().unwrap();
    assert_eq!((report.total(), report.count().len), (4.0, 3));
    let shared = State::Shared {
        first: "encoder".into(),
        counted: "l1(0.5)".into(),
    };
    assert_eq!(report.rows()[2].state(), &shared);
    let table = report.to_string();
    assert!(
        table.contains("shared with encoder: counted there"),
        "{table}"
    );
}

#[test]
fn weights_of_equal_numbers_are_not_shared() {
    let own = || Rc::new(RefCell::new(vec![1.0]));
    let model = Tied {
        encoder: own(),
        own: vec![1.0],
        decoder: own(),
    };
    assert_eq!(model.losses().len(), 3);
}

#[test]
fn two_empty_weights_are_two() {
    let empty: Rc<RefCell<Vec<f32>>> = Rc::default();
    let model = Tied {
        encoder: Rc::clone(&empty),
        own: vec![],
        decoder: empty,
    };
    assert_eq!(model.losses().len(), 3);
}

#[derive(Regularize)]
struct Dense {
    #[regularize(l2(0.5))]
    kernel: Vec<f64>,
}

#[derive(Regularize)]
struct Siamese<'a> {
    #[regularize(nested)]
    left: &'a Dense,
    #[regularize(nested)]
    right: &'a Dense,
    #[regularize(nested)]
    arcs: Vec<Arc<Mutex<Dense>>>,
}

#[test]
fn a_shared_layer_counts_once() {
    let (dense, other) = (
        Dense { kernel: vec![2.0] },
        Arc::new(Mutex::new(Dense { kernel: vec![4.0] })),
    );
    let model = Siamese {
        left: &dense,
        right: &dense,
        arcs: vec![Arc::clone(&other), other],
    };
    assert!(
        model
            .losses()
            .iter()
            .eq([("left.kernel", &2.0), ("arcs.0.kernel", &8.0)])
    );
}

#[test]
fn a_shared_layer_in_a_lock_steps_once() {
    let lock = Arc::new(Mutex::new(Dense { kernel: vec![4.0] }));
    let mut layers = [Arc::clone(&lock), Arc::clone(&lock)];
    layers.proximal_step(0.5).unwrap();
    assert_eq!(lock.lock().unwrap().kernel, [4.0 / 1.5]);
}

#[derive(Regularize)]
#[regularize(encoder = l1(0.5), decoder = l2(0.25))]
struct Conflict<'a> {
    encoder: &'a [f32],
    decoder: &'a [f32],
}

/// The first place counts; the second is an error of `check` and a word in the report.
#[test]
fn another_regularizer_at_a_later_place_is_a_conflict() {
    let embeddings = [1.0, 1.0];
    let model = Conflict {
        encoder: &embeddings,
        decoder: &embeddings,
    };
    assert_eq!(model.penalty(), 1.0);
    let error = model.check().unwrap_err();
    assert_eq!(error.path(), "decoder");
    let conflict = ErrorKind::Conflict {
        first: "encoder".into(),
        counted: "l1(0.5)".into(),
        ignored: "l2(0.25)".into(),
    };
    assert_eq!(error.kind(), &conflict);
    assert_eq!(
        error.to_string(),
        "decoder: this weight is shared with `encoder`, where its regularizer is `l1(0.5)`; `l2(0.25)` does not \
         count: write the same one at both places"
    );
    let table = model.report().unwrap().to_string();
    assert!(
        table.contains("shared with encoder: counted there, as l1(0.5)"),
        "{table}"
    );
}

#[derive(Regularize)]
#[regularize(gradients = Gradients, encoder = self.strength, own = l2(0.5), decoder = l1(1.0))]
struct TiedToNone {
    encoder: Rc<RefCell<Vec<f32>>>,
    own: Vec<f32>,
    decoder: Rc<RefCell<Vec<f32>>>,
    strength: Option<regularize::L1>,
}

/// A place without a regularizer is none: the next one is the first.
#[test]
fn a_place_of_none_leaves_loss_gradient_and_step_to_the_next() {
    let embeddings = Rc::new(RefCell::new(vec![3.0]));
    let mut model = TiedToNone {
        encoder: Rc::clone(&embeddings),
        own: vec![2.0],
        decoder: embeddings,
        strength: None,
    };
    let losses = model.losses();
    assert!(losses.iter().eq([("own", &2.0), ("decoder", &3.0)]));
    let mut gradients = Gradients {
        encoder: vec![0.0],
        own: vec![0.0],
        decoder: vec![0.0],
    };
    model.add_penalty_gradient(&mut gradients).unwrap();
    assert_eq!(
        (gradients.encoder, gradients.decoder),
        (vec![0.0], vec![1.0])
    );
    model.proximal_step(1.0).unwrap();
    assert_eq!(*model.encoder.borrow(), [2.0]);
}

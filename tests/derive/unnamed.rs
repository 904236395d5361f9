//! What no attribute names: a report lists it, and `exhaustive` asks for it.

use ndarray::{Array1, Array2};
use regularize::extend::{Each, Path, Weight};
use regularize::{Error, Regularize, State, role};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Mutex, RwLock};

/// The paths of the rows that are not regularized, and how many numbers each has.
fn unregularized(model: &impl Regularize) -> Vec<(String, usize)> {
    let report = model.report().unwrap();
    let rows = report.rows().iter();
    let rows = rows.filter(|row| row.state() == &State::Unregularized);
    rows.map(|row| {
        assert_eq!((row.regularizer(), row.penalty()), ("none", 0.0));
        (row.path().to_owned(), row.count().len)
    })
    .collect()
}

fn paths(model: &impl Regularize) -> Vec<String> {
    let paths = unregularized(model).into_iter().map(|(path, _)| path);
    paths.collect()
}

#[derive(Regularize)]
#[regularize(kernel = l2(0.5))]
struct Dense {
    kernel: Array2<f32>,
    bias: Array1<f32>,
    units: usize,
}

fn dense() -> Dense {
    Dense {
        kernel: Array2::ones((2, 3)),
        bias: Array1::zeros(3),
        units: 3,
    }
}

/// A layer of another crate.
struct Linear {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

macro_rules! role {
    ($($role:ident = $field:ident),+) => {$(
        impl Weight<role::$role> for Linear {
            type Tensor = [f32];

            fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
                self.$field.each_tensor(&at.field(stringify!($role)), f)
            }
        }
    )+};
}
role!(kernel = weight, bias = bias);

fn linear() -> Linear {
    Linear {
        weight: vec![1.0; 4],
        bias: vec![1.0; 2],
    }
}

#[test]
fn a_weight_that_is_not_named_is_a_row() {
    let report = dense().report().unwrap();
    assert_eq!(
        report.to_string(),
        "\
weight  regularizer  penalty    share  zeros
kernel  l2(0.5)            3  100.0 %  0 of 6
bias    none                           3 of 3, not regularized
total                      3           0 of 6",
    );
    assert_eq!(dense().losses().len(), 1);
    assert_eq!(report.count().len, 6);
    assert!(dense().units == 3);
}

#[test]
fn a_layer_that_is_not_named_has_the_rows_of_its_weights() {
    #[derive(Regularize)]
    struct Net {
        #[regularize(nested)]
        first: Dense,
        second: Vec<Dense>,
        #[regularize(kernel = l2(0.5))]
        head: Linear,
        tail: Option<Box<Linear>>,
        map: BTreeMap<&'static str, Linear>,
        own: Rc<RefCell<Vec<f64>>>,
    }

    let net = Net {
        first: dense(),
        second: vec![dense()],
        head: linear(),
        tail: Some(Box::new(linear())),
        map: [("left", linear())].into(),
        own: Rc::new(RefCell::new(vec![1.0])),
    };
    assert_eq!(
        unregularized(&net),
        [
            ("first.bias".into(), 3),
            ("second.0.kernel".into(), 6),
            ("second.0.bias".into(), 3),
            ("head.bias".into(), 2),
            ("tail.kernel".into(), 4),
            ("tail.bias".into(), 2),
            ("map.left.kernel".into(), 4),
            ("map.left.bias".into(), 2),
            ("own".into(), 1),
        ],
    );
}

#[test]
fn what_is_said_to_be_none_is_no_row() {
    #[derive(Regularize)]
    #[regularize(kernel = l2(0.5), bias = none)]
    struct Named {
        kernel: Vec<f32>,
        bias: Vec<f32>,
        #[regularize(none)]
        running_mean: Vec<f32>,
        #[regularize(kernel = none, bias = none)]
        head: Linear,
    }

    let named = Named {
        kernel: vec![1.0],
        bias: vec![1.0],
        running_mean: vec![1.0],
        head: linear(),
    };
    assert!(paths(&named).is_empty());
    assert_eq!(named.bias.len() + named.running_mean.len(), 2);
    assert_eq!(named.head.weight.len(), 4);
}

/// What is not trained is not missed.
#[test]
fn what_is_frozen_or_no_weight_is_no_row() {
    #[derive(Regularize)]
    #[regularize(trainable = self.trained, kernel = l2(0.5))]
    struct Layer<'a, T> {
        kernel: Vec<f32>,
        bias: Vec<f32>,
        rate: f32,
        name: String,
        shape: [usize; 2],
        seeds: Option<Vec<u64>>,
        text: &'a str,
        any: T,
        function: fn(f32) -> f32,
        layer: Option<Frozen>,
        trained: bool,
    }

    #[derive(Regularize)]
    #[regularize(trainable = false)]
    struct Frozen(#[regularize(l2(0.5))] Vec<f32>);

    let mut layer = Layer {
        kernel: vec![1.0],
        bias: vec![1.0],
        rate: 0.5,
        name: "a".into(),
        shape: [1, 1],
        seeds: None,
        text: "b",
        any: std::cell::Cell::new(1.0_f32),
        function: |x| x,
        layer: Some(Frozen(vec![1.0])),
        trained: true,
    };
    assert_eq!(paths(&layer), ["bias"]);
    layer.trained = false;
    assert!(paths(&layer).is_empty());
    let (rate, used) = ((layer.function)(layer.rate), layer.any.get());
    assert_eq!(
        (rate, used, layer.shape, &*layer.name, layer.text),
        (0.5, 1.0, [1, 1], "a", "b")
    );
    assert!(layer.seeds.is_none() && layer.layer.is_some());
}

#[test]
fn a_variant_lists_its_own_fields() {
    #[derive(Regularize)]
    enum Head {
        #[regularize(kernel = l2(0.5))]
        Linear {
            kernel: Vec<f32>,
            bias: Vec<f32>,
        },
        Scale(#[regularize(l1(0.5))] f32, Vec<f32>),
    }

    let linear = Head::Linear {
        kernel: vec![1.0],
        bias: vec![1.0],
    };
    assert_eq!(paths(&linear), ["bias"]);
    assert_eq!(paths(&Head::Scale(1.0, vec![2.0])), ["1"]);
}

/// A weight that two fields share is regularized if one of them is, whichever comes first.
#[test]
fn a_shared_weight_is_listed_once_and_only_if_nobody_regularizes_it() {
    #[derive(Regularize)]
    struct Tied {
        #[regularize(nested)]
        inner: Inner,
        before: Rc<Vec<f32>>,
        #[regularize(nested)]
        last: Last,
        twice: Rc<Vec<f32>>,
        again: Rc<Vec<f32>>,
    }

    #[derive(Regularize)]
    #[regularize(own = l2(0.5))]
    struct Inner {
        own: [f32; 1],
        early: Rc<Vec<f32>>,
    }

    #[derive(Regularize)]
    struct Last(#[regularize(l1(0.5))] Rc<Vec<f32>>);

    let (shared, free) = (Rc::new(vec![1.0, 2.0]), Rc::new(vec![3.0]));
    let tied = Tied {
        inner: Inner {
            own: [1.0],
            early: Rc::clone(&shared),
        },
        before: Rc::clone(&shared),
        last: Last(Rc::clone(&shared)),
        twice: Rc::clone(&free),
        again: free,
    };
    assert_eq!(unregularized(&tied), [("twice".into(), 1)]);
    let report = tied.report().unwrap();
    assert_eq!(report.get("last.0").unwrap().state(), &State::Counted);
    assert_eq!(report.rows().len(), 3);
    assert!(tied.check().is_ok());
}

/// A cell that is borrowed, or a lock that is held, is nobody's obstacle if nobody regularizes what is in it.
#[test]
fn what_is_in_use_and_not_named_is_not_waited_for() {
    #[derive(Regularize)]
    struct Cached {
        #[regularize(l1(0.5))]
        kernel: Vec<f32>,
        cell: RefCell<Vec<f32>>,
        lock: Mutex<Vec<f32>>,
        layer: RwLock<Dense>,
    }

    let cached = Cached {
        kernel: vec![1.0],
        cell: RefCell::new(vec![1.0]),
        lock: Mutex::new(vec![1.0]),
        layer: RwLock::new(dense()),
    };
    assert_eq!(
        paths(&cached),
        ["cell", "lock", "layer.kernel", "layer.bias"]
    );
    let (_cell, _lock) = (cached.cell.borrow_mut(), cached.lock.lock().unwrap());
    let _layer = cached.layer.write().unwrap();
    assert!(paths(&cached).is_empty());
    assert_eq!(cached.penalty(), 0.5 * cached.kernel[0]);
}

/// A pointer to the parent, which nobody names, is followed once.
#[test]
fn a_pointer_back_is_not_followed_forever() {
    #[derive(Regularize)]
    struct Node {
        #[regularize(l1(0.5))]
        kernel: Vec<f32>,
        #[regularize(nested)]
        child: Option<Rc<RefCell<Leaf>>>,
    }

    #[derive(Regularize)]
    struct Leaf {
        #[regularize(l1(0.5))]
        kernel: Vec<f32>,
        bias: Vec<f32>,
        parent: Option<Rc<Node>>,
    }

    let leaf = Rc::new(RefCell::new(Leaf {
        kernel: vec![1.0],
        bias: vec![1.0],
        parent: None,
    }));
    let node = Rc::new(Node {
        kernel: vec![2.0],
        child: Some(Rc::clone(&leaf)),
    });
    leaf.borrow_mut().parent = Some(Rc::clone(&node));
    assert_eq!(node.penalty(), 1.5);
    assert_eq!(paths(&node), ["child.bias"]);
    assert_eq!(
        (&node.kernel[..], &leaf.borrow().bias[..]),
        (&[2.0][..], &[1.0][..])
    );
    leaf.borrow_mut().parent = None;
}

#[test]
fn exhaustive_takes_a_type_whose_fields_are_all_named() {
    #[derive(Regularize)]
    #[regularize(exhaustive, kernel = l2(0.5), units = none)]
    struct All {
        kernel: Vec<f32>,
        units: usize,
        #[regularize(nested)]
        inner: Option<Box<Self>>,
        #[regularize(bias = none)]
        head: Linear,
    }

    #[derive(Regularize)]
    #[regularize(exhaustive)]
    enum Either {
        Left(#[regularize(l1(0.5))] f32, #[regularize(none)] f32),
        Right,
    }

    let all = All {
        kernel: vec![2.0],
        units: 1,
        inner: None,
        head: linear(),
    };
    assert_eq!(all.penalty(), 2.0 * all.units as f32);
    assert_eq!(paths(&all), ["head.kernel"]);
    assert_eq!(Either::Left(2.0, 1.0).penalty(), 1.0);
    assert_eq!(Either::Right.penalty(), 0.0);
}

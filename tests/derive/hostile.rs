//! Code that is legal and easily taken for a mistake.

use ndarray::{Array1, Array2, array};
use regularize::extend::{Each, Path, Weight, from_fn};
use regularize::{Error, ErrorKind, L2, Regularize, Regularizer, Rules, State, l1, l2};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Mutex, RwLock};

/// A user's trait of another trait's name, which says the penalty.
mod net {
    pub(super) trait Regularize: regularize::Regularize<Penalty = f32> {}
    impl<T: regularize::Regularize<Penalty = f32>> Regularize for T {}
}

/// A user's trait with a method that every type has.
trait Named {
    fn list(&self) -> &'static str {
        "named"
    }
}
impl<T: ?Sized> Named for T {}

trait Scalar: regularize::extend::Float + regularize::extend::Penalty {}
impl Scalar for f32 {}

#[derive(Regularize)]
#[regularize(kernel = l1(1.0))]
struct Dense<T: Scalar> {
    kernel: Array1<T>,
    bias: Vec<f32>,
}

fn dense(weight: f32) -> Dense<f32> {
    Dense {
        kernel: array![weight],
        bias: vec![1.0],
    }
}

#[test]
fn layers_behind_a_trait_of_the_same_name_count() {
    #[derive(Regularize)]
    struct Net {
        #[regularize(nested)]
        layers: Vec<Box<dyn net::Regularize>>,
        #[regularize(nested)]
        head: Dense<f32>,
    }

    let net = Net {
        layers: vec![Box::new(dense(5.0))],
        head: dense(1.0),
    };
    assert_eq!(net.penalty(), 6.0);
    assert_eq!((net.list(), net.head.bias[0]), ("named", 1.0));
}

/// 2·L2, made by a function and by a literal.
struct Twice {
    of: L2,
}

impl Regularizer<[f64]> for Twice {
    fn penalty(&self, weight: &[f64]) -> f64 {
        2.0 * self.of.penalty(weight)
    }
}

const fn twice(of: L2) -> Twice {
    Twice { of }
}

#[test]
fn a_factory_is_found_wherever_it_stands() {
    #[derive(Regularize)]
    #[regularize(edition = KERAS_2_2, a = Twice { of: l2(0.1) }, b = twice(l2(0.1)))]
    struct Both {
        a: Vec<f64>,
        b: Vec<f64>,
    }

    let both = Both {
        a: vec![1.0],
        b: vec![1.0],
    };
    let expected = 2.0 * f64::from(0.1_f32);
    let losses = both.losses();
    assert!(losses.iter().eq([("a", &expected), ("b", &expected)]));
}

#[test]
fn names_of_the_factories_are_names_of_variables_too() {
    #[derive(Regularize)]
    enum Named {
        #[regularize(kernel = match l2 { Some(l2) => *l2, None => L2::default() })]
        Optional { kernel: Vec<f64>, l2: Option<L2> },
        #[regularize(kernel = l2[0])]
        Listed { kernel: Vec<f64>, l2: [L2; 2] },
        #[regularize(kernel = l2.unwrap())]
        Unwrapped { kernel: Vec<f64>, l2: Option<L2> },
    }

    #[derive(Regularize)]
    #[regularize(kernel = { let l1 = self.epoch > 3; if l1 { self.a } else { self.b } }, bias = none)]
    struct Scheduled {
        kernel: Vec<f64>,
        bias: u32,
        none: u32,
        a: L2,
        b: L2,
        epoch: u32,
    }

    let (kernel, half) = (|| vec![1.0], l2(0.5));
    let variants = [
        Named::Optional {
            kernel: kernel(),
            l2: Some(half),
        },
        Named::Listed {
            kernel: kernel(),
            l2: [half, l2(1.0)],
        },
        Named::Unwrapped {
            kernel: kernel(),
            l2: Some(half),
        },
    ];
    for layer in variants {
        assert_eq!(layer.penalty(), 0.5);
    }
    let layer = Scheduled {
        kernel: kernel(),
        bias: 0,
        none: 0,
        a: l2(1.0),
        b: half,
        epoch: 4,
    };
    assert_eq!(layer.penalty(), 1.0 + f64::from(layer.bias + layer.none));
}

/// A closure whose parameter is named like a field is a closure, and a factory beside one is a factory.
#[test]
fn an_expression_that_names_a_binding_is_read_as_any_other() {
    #[derive(Regularize)]
    #[regularize(edition = KERAS_2_2)]
    enum Named {
        #[regularize(kernel = |kernel| kernel.iter().sum())]
        Closure { kernel: Vec<f64> },
        #[regularize(kernel = strong.then(|| l2(0.1)))]
        Factory { kernel: Vec<f64>, strong: bool },
    }

    let kernel = vec![1.0, 2.0];
    let closure = Named::Closure {
        kernel: kernel.clone(),
    };
    assert_eq!(closure.penalty(), 3.0);
    let factory = Named::Factory {
        kernel: kernel[..1].into(),
        strong: true,
    };
    assert_eq!(factory.penalty(), f64::from(0.1_f32));
}

/// A layer of a name that ndarray has, and a constant that is no word for `none` here.
#[test]
fn names_of_other_things_are_not_taken_for_them() {
    #[derive(Regularize)]
    #[regularize(kernel = NONE)]
    struct Array {
        kernel: Vec<f32>,
    }
    const NONE: Option<L2> = Some(l2(0.5));

    #[derive(Regularize)]
    struct Net(#[regularize(nested)] Array);

    assert_eq!(Net(Array { kernel: vec![2.0] }).penalty(), 2.0);
}

#[test]
fn an_unsized_regularizer_follows_an_edition() {
    #[derive(Regularize)]
    #[regularize(edition = KERAS_2_2, kernel = *self.own)]
    struct Layer {
        kernel: Vec<f64>,
        own: Box<dyn Regularizer<[f64]>>,
    }

    let layer = |own| Layer {
        kernel: vec![1.0],
        own,
    };
    assert_eq!(layer(Box::new(l2(0.1))).penalty(), f64::from(0.1_f32));
    let sum = from_fn(|w: &[f64]| w.iter().sum());
    assert_eq!(layer(Box::new(sum)).penalty(), 1.0);
}

#[test]
fn a_packed_type_derives() {
    #[derive(Regularize)]
    #[repr(C, packed(4))]
    struct Packed {
        #[regularize(l1(0.5))]
        kernel: [f32; 2],
        meta: (u64, u64),
    }

    let packed = Packed {
        kernel: [1.0, -1.0],
        meta: (0, 1),
    };
    assert_eq!(packed.penalty(), 1.0);
    assert!({ packed.meta }.1 == 1 && packed.report().is_ok());
}

/// Its numbers in every role.
struct Any(Vec<f32>);

impl<R> Weight<R> for Any {
    type Tensor = [f32];

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
        Weight::<regularize::role::weight>::each_tensor(&self.0, at, f)
    }
}

#[test]
fn a_weight_of_every_role_is_listed_once() {
    #[derive(Regularize)]
    struct Layer {
        #[regularize(l1(0.5))]
        kernel: Vec<f32>,
        bias: Any,
    }

    let layer = Layer {
        kernel: vec![1.0],
        bias: Any(vec![1.0]),
    };
    let report = layer.report().unwrap();
    let paths: Vec<_> = report.rows().iter().map(|row| row.path()).collect();
    assert_eq!(paths, ["kernel", "bias"]);
    assert_eq!(layer.bias.0.len(), 1);
}

#[test]
fn a_poisoned_lock_is_read_all_the_same() {
    #[derive(Regularize)]
    struct Layer {
        #[regularize(l1(0.5))]
        kernel: Vec<f32>,
        bias: Mutex<Vec<f32>>,
        scale: RwLock<Vec<f32>>,
    }

    let layer = Layer {
        kernel: vec![1.0],
        bias: Mutex::new(vec![1.0]),
        scale: RwLock::new(vec![1.0]),
    };
    let poison = std::panic::AssertUnwindSafe(|| {
        let _held = (layer.bias.lock(), layer.scale.write());
        panic!("poisons both");
    });
    assert!(std::panic::catch_unwind(poison).is_err());
    assert!(layer.bias.is_poisoned() && layer.scale.is_poisoned());
    let report = layer.report().unwrap();
    let rows = report.rows().iter();
    let listed = rows.filter(|row| row.state() == &State::Unregularized);
    assert_eq!(listed.count(), 2);
    assert_eq!(layer.kernel[0], 1.0);
}

#[test]
fn a_rule_is_at_a_weight_behind_an_empty_key() {
    let model: BTreeMap<String, Dense<f32>> = [(String::new(), dense(3.0))].into();
    let rules = Rules::new().with("*.kernel", l2(1.0));
    assert_eq!(rules.of(&model).unwrap().penalty(), 9.0);
    assert_eq!(
        Rules::new()
            .with("*.kernel", l1(2.0))
            .of(&model)
            .unwrap()
            .penalty(),
        6.0
    );
}

/// Does something wrong with a gradient, and says so, or does not.
struct Wrong {
    says: bool,
}

impl Regularizer<Array2<f32>> for Wrong {
    fn penalty(&self, _: &Array2<f32>) -> f32 {
        0.0
    }

    fn has_subgradient(&self) -> bool {
        true
    }

    fn add_subgradient(
        &self,
        _: &Array2<f32>,
        gradient: &mut Array2<f32>,
    ) -> Result<(), ErrorKind> {
        gradient.fill(7.0);
        match self.says {
            true => Err(ErrorKind::Variant),
            false => {
                *gradient = Array2::zeros((3, 3));
                Ok(())
            }
        }
    }
}

#[test]
fn a_gradient_is_unchanged_where_a_regularizer_does_wrong() {
    #[derive(Regularize)]
    struct Layer {
        #[regularize(self.wrong)]
        kernel: Array2<f32>,
        wrong: Wrong,
    }

    for says in [true, false] {
        let layer = || Layer {
            kernel: array![[1.0]],
            wrong: Wrong { says },
        };
        let mut gradients = layer();
        let error = layer().add_penalty_gradient(&mut gradients).unwrap_err();
        assert_eq!(matches!(error.kind(), ErrorKind::Shape(_)), !says);
        assert_eq!(gradients.kernel, array![[1.0]]);
    }
    let shared = Rc::new(vec![1.0_f32]);
    assert_eq!(l1(0.5).penalty(&*shared), 0.5);
}

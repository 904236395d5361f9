//! Every form of the attribute.

use regularize::extend::{Float, Penalty, Regularizer, from_fn};
use regularize::{ErrorKind, L1, L1L2, L2, Regularize, Step};
use std::marker::PhantomData;

const RATE: f64 = 0.25;

#[derive(Regularize)]
struct Factories {
    #[regularize(l1)]
    a: f64,
    #[regularize(l2)]
    b: f64,
    #[regularize(l1())]
    c: f64,
    #[regularize(l1_l2(l2 = 0.5, l1 = 0.25))]
    d: f64,
    #[regularize(l1(l1 = 0.5))]
    e: f64,
    #[regularize(l2(l2 = 0.5))]
    f: f64,
    #[regularize(l2(RATE / 2.0))]
    g: f64,
    #[regularize(L2::default())]
    h: f64,
    #[regularize(regularize::l1(0.5))]
    i: f64,
    #[regularize(none)]
    #[allow(dead_code)]
    j: f64,
    #[regularize((l1(0.5)))]
    k: f64,
}

fn notations(layer: &impl Regularize) -> Vec<String> {
    let report = layer.report().unwrap();
    let rows = report.rows().iter();
    rows.map(|row| format!("{} = {}", row.path(), row.regularizer()))
        .collect()
}

#[test]
fn factories() {
    let layer = Factories {
        a: 1.0,
        b: 1.0,
        c: 1.0,
        d: 1.0,
        e: 1.0,
        f: 1.0,
        g: 1.0,
        h: 1.0,
        i: 1.0,
        j: 1.0,
        k: 1.0,
    };
    let expected = [
        "a = l1(0.01)",
        "b = l2(0.01)",
        "c = l1(0.01)",
        "d = l1_l2(0.25, 0.5)",
        "e = l1(0.5)",
        "f = l2(0.5)",
        "g = l2(0.125)",
        "h = l2(0.01)",
        "i = l1(0.5)",
        "k = l1(0.5)",
    ];
    assert_eq!(notations(&layer), expected);
}

/// Attributes in any number and place are one.
#[derive(Regularize)]
#[regularize(kernel = l1(0.5))]
#[regularize(bias = l2(0.5), penalty = f64)]
struct Several {
    kernel: Vec<f64>,
    bias: Vec<f64>,
    #[regularize(l1(0.25))]
    gamma: Vec<f64>,
}

#[test]
fn attributes_may_be_several() {
    let layer = Several {
        kernel: vec![],
        bias: vec![],
        gamma: vec![],
    };
    let expected = ["kernel = l1(0.5)", "bias = l2(0.5)", "gamma = l1(0.25)"];
    assert_eq!(notations(&layer), expected);
}

#[derive(Regularize)]
#[regularize(r#type = l1(0.5))]
struct Keywords {
    r#type: f32,
    #[regularize(l2(0.5))]
    activity: f32,
}

/// A name's `r#` is not part of a path, and a field named like an option takes an attribute of its own.
#[test]
fn names_that_are_words() {
    let layer = Keywords {
        r#type: 2.0,
        activity: 2.0,
    };
    assert!(
        layer
            .losses()
            .iter()
            .eq([("type", &1.0), ("activity", &2.0)])
    );
}

#[derive(Regularize)]
struct Closures {
    #[regularize(|w| w.iter().map(|x| x.abs()).fold(0.0, f32::max))]
    largest: Vec<f32>,
    #[regularize(|w: &[f32]| self.scale * w[0])]
    first: [f32; 2],
    scale: f32,
}

#[test]
fn closures_infer_the_tensor_and_may_name_fields() {
    let layer = Closures {
        largest: vec![1.0, -3.0],
        first: [2.0, 9.0],
        scale: 0.5,
    };
    assert!(
        layer
            .losses()
            .iter()
            .eq([("largest", &3.0), ("first", &1.0)])
    );
    assert_eq!(notations(&layer), ["largest = closure", "first = closure"]);
}

#[derive(Regularize)]
enum Scheduled {
    Dense {
        #[regularize(rate)]
        kernel: Vec<f32>,
        rate: L2,
    },
    Boxed {
        #[regularize(&**regularizer)]
        kernel: Vec<f32>,
        regularizer: Box<L1L2>,
    },
}

#[test]
fn the_fields_of_a_variant_are_expressions() {
    let mut layer = Scheduled::Dense {
        kernel: vec![2.0],
        rate: L2::new(0.5).unwrap(),
    };
    assert_eq!(layer.penalty(), 2.0);
    layer.proximal_step(1.0).unwrap();
    assert_eq!(layer.penalty(), 0.5);
    let layer = Scheduled::Boxed {
        kernel: vec![2.0],
        regularizer: Box::new(L1L2::new(0.5, 0.0).unwrap()),
    };
    assert_eq!(layer.penalty(), 1.0);
}

#[derive(Regularize)]
#[regularize(kernel = orthogonal(0.5, columns), bias = orthogonal)]
struct Matrices {
    kernel: ndarray::Array2<f64>,
    bias: nalgebra::Matrix2<f64>,
    #[regularize(orthogonal(factor = 0.5, mode = rows))]
    gamma: ndarray::Array2<f64>,
    #[regularize(orthogonal(0.25))]
    beta: ndarray::Array2<f64>,
}

#[test]
fn orthogonal_is_a_factory() {
    let skew = ndarray::array![[1.0, 1.0], [0.0, 0.0]];
    let layer = Matrices {
        kernel: skew.clone(),
        bias: nalgebra::Matrix2::identity(),
        gamma: skew.clone(),
        beta: skew.reversed_axes(),
    };
    let expected = [
        "kernel = orthogonal(0.5, columns)",
        "bias = orthogonal(0.01, rows)",
        "gamma = orthogonal(0.5, rows)",
        "beta = orthogonal(0.25, rows)",
    ];
    assert_eq!(notations(&layer), expected);
    let losses = layer.losses();
    assert!(losses.iter().map(|loss| *loss.1).eq([0.5, 0.0, 0.0, 0.25]));
}

/// A user's own regularizer, with all that there is to have.
#[derive(Clone)]
struct Scaled(f32);

impl Regularizer<[f32]> for Scaled {
    fn penalty(&self, weight: &[f32]) -> f32 {
        self.0 * weight.iter().sum::<f32>()
    }

    fn has_proximal_step(&self) -> bool {
        true
    }

    fn proximal_step(&self, weight: &mut [f32], step: Step) -> Result<(), ErrorKind> {
        weight
            .iter_mut()
            .for_each(|x| *x -= step.get() as f32 * self.0);
        Ok(())
    }

    fn has_subgradient(&self) -> bool {
        true
    }

    fn add_subgradient(&self, _: &[f32], gradient: &mut [f32]) -> Result<(), ErrorKind> {
        gradient.iter_mut().for_each(|g| *g += self.0);
        Ok(())
    }
}

#[derive(Regularize)]
struct Own {
    #[regularize(Scaled(0.5))]
    made: Vec<f32>,
    #[regularize(self.kept)]
    field: Vec<f32>,
    kept: Scaled,
    #[regularize(self.either)]
    boxed: Vec<f32>,
    either: Option<Box<Scaled>>,
}

#[test]
fn a_users_own_regularizer() {
    let own = |x: f32| Own {
        made: vec![x],
        field: vec![x],
        kept: Scaled(0.25),
        boxed: vec![x],
        either: Some(Box::new(Scaled(1.0))),
    };
    let (mut layer, mut gradients) = (own(4.0), own(0.0));
    assert_eq!(layer.penalty(), 2.0 + 1.0 + 4.0);
    layer.add_penalty_gradient(&mut gradients).unwrap();
    assert_eq!(
        (gradients.made[0], gradients.field[0], gradients.boxed[0]),
        (0.5, 0.25, 1.0)
    );
    layer.proximal_step(1.0).unwrap();
    assert_eq!(
        (layer.made[0], layer.field[0], layer.boxed[0]),
        (3.5, 3.75, 3.0)
    );
    assert_eq!(
        notations(&layer),
        ["made = Scaled", "field = Scaled", "boxed = Scaled"]
    );
}

#[derive(Regularize)]
struct Dynamic {
    #[regularize(self.regularizer)]
    kernel: Vec<f32>,
    regularizer: Box<dyn Regularizer<[f32]>>,
}

/// Which of step and gradient it has is known at run time.
#[test]
fn a_regularizer_behind_a_trait_object() {
    fn both(regularizer: impl Regularizer<[f32]> + Clone + 'static) -> Result<[f32; 2], ErrorKind> {
        let layer = |x| Dynamic {
            kernel: vec![x],
            regularizer: Box::new(regularizer.clone()),
        };
        let (mut weights, mut gradients) = (layer(2.0), layer(0.0));
        let added = weights.add_penalty_gradient(&mut gradients);
        added.map_err(|error| error.kind().clone())?;
        let stepped = weights.proximal_step(1.0);
        stepped.map_err(|error| error.kind().clone())?;
        Ok([gradients.kernel[0], weights.kernel[0]])
    }

    let layer = |regularizer| Dynamic {
        kernel: vec![2.0],
        regularizer,
    };
    assert_eq!(layer(Box::new(L1::new(0.5).unwrap())).penalty(), 1.0);
    assert_eq!(
        notations(&layer(Box::new(Scaled(1.0)))),
        ["kernel = Scaled"]
    );
    assert_eq!(both(L1::new(0.5).unwrap()), Ok([0.5, 1.5]));
    assert_eq!(both(Scaled(0.25)), Ok([0.25, 1.75]));
    let closure = from_fn(|weight: &[f32]| weight[0]);
    let regularizer = "closure".into();
    assert_eq!(both(closure), Err(ErrorKind::NoGradient { regularizer }));
}

mod renamed {
    pub(crate) mod library {
        pub(crate) use regularize::*;
    }
}

#[derive(Regularize)]
#[regularize(crate = renamed::library, kernel = l1(0.5), activity = l2)]
struct Elsewhere {
    kernel: Vec<f32>,
}

#[test]
fn the_library_may_be_elsewhere() {
    assert_eq!(Elsewhere { kernel: vec![2.0] }.penalty(), 1.0);
}

/// Two derives read one struct, and leave each other alone.
#[derive(serde::Serialize, Regularize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[regularize(kernel = l1(0.5))]
struct Both {
    #[serde(default)]
    kernel: Vec<f32>,
    #[regularize(l2(0.5))]
    #[serde(skip)]
    bias: Vec<f32>,
}

#[test]
fn derives_side_by_side() {
    fn is_both<T: serde::Serialize + serde::de::DeserializeOwned + Regularize>(_: &T) {}
    let both = Both {
        kernel: vec![2.0],
        bias: vec![2.0],
    };
    is_both(&both);
    assert_eq!(both.penalty(), 3.0);
}

/// A struct that a macro writes, with a factor and a field that the macro was given.
macro_rules! layer {
    ($name:ident, $field:ident, $factor:expr, $ty:ty) => {
        #[derive(Regularize)]
        #[regularize($field = l1($factor))]
        struct $name {
            $field: $ty,
        }
    };
}
layer!(Made, kernel, 0.25 + 0.25, Vec<f32>);

#[test]
fn a_struct_that_a_macro_writes() {
    assert_eq!(Made { kernel: vec![2.0] }.penalty(), 1.0);
}

/// In a function, with names of the library taken by others.
#[test]
fn a_struct_in_a_function_that_shadows_names() {
    #[allow(dead_code)]
    fn l1(_: f64) {}
    #[allow(dead_code)]
    struct Result;
    #[derive(Regularize)]
    #[regularize(kernel = l1(0.5))]
    struct Local {
        kernel: Vec<f32>,
    }
    assert_eq!(Local { kernel: vec![2.0] }.penalty(), 1.0);
}

/// Generic over what a parameter is, with bounds of its own and a regularizer as a parameter.
#[derive(Regularize)]
struct Parametric<W, R>
where
    R: Regularizer<[f32]>,
{
    #[regularize(self.regularizer)]
    kernel: Vec<f32>,
    regularizer: R,
    #[regularize(nested)]
    head: W,
    #[regularize(nested)]
    tail: Option<W>,
}

#[test]
fn a_regularizer_and_a_layer_may_be_parameters() {
    let head = |x| Both {
        kernel: vec![x],
        bias: vec![],
    };
    let mut model = Parametric {
        kernel: vec![2.0],
        regularizer: L2::new(0.5).unwrap(),
        head: head(2.0),
        tail: Some(head(4.0)),
    };
    assert_eq!(model.penalty(), 2.0 + 1.0 + 2.0);
    model.proximal_step(1.0).unwrap();
    assert_eq!(model.kernel, [1.0]);
}

/// A generic weight in two containers is of one penalty.
#[derive(Regularize)]
struct TwoContainers<T> {
    #[regularize(l1)]
    kernel: Vec<T>,
    #[regularize(l2)]
    bias: Box<[T]>,
}

#[test]
fn generic_weights_of_two_types_have_one_penalty() {
    let layer = TwoContainers {
        kernel: vec![1.0_f64],
        bias: vec![2.0].into(),
    };
    assert_eq!(layer.losses().len(), 2);
}

#[derive(Regularize)]
#[regularize(gradients = Grads<T>, 0 = l1(0.5))]
struct WithGradients<T>(Vec<T>);

struct Grads<T>(Vec<T>);

#[derive(Regularize)]
#[regularize(gradients = HeadGrads<f32>)]
enum Head {
    Linear {
        #[regularize(l1(0.5))]
        kernel: Vec<f32>,
    },
}

enum HeadGrads<T> {
    Linear { kernel: Vec<T>, extra: T },
}

#[test]
fn gradients_may_be_another_type() {
    let mut gradients = Grads(vec![0.0_f32]);
    WithGradients(vec![2.0_f32])
        .add_penalty_gradient(&mut gradients)
        .unwrap();
    assert_eq!(gradients.0, [0.5]);

    let mut gradients = HeadGrads::Linear {
        kernel: vec![0.0],
        extra: 9.0,
    };
    let head = Head::Linear { kernel: vec![-2.0] };
    head.add_penalty_gradient(&mut gradients).unwrap();
    let HeadGrads::Linear { kernel, extra } = gradients;
    assert_eq!((kernel, extra), (vec![-0.5], 9.0));
}

#[test]
fn terms_are_what_an_activity_has() {
    let terms = Elsewhere { kernel: vec![] }.activity();
    assert_eq!(terms, Some(L2::default().terms()));
    assert_eq!(
        Keywords {
            r#type: 0.0,
            activity: 0.0
        }
        .activity(),
        None
    );
}

macro_rules! dense {
    ($name:ident, $inner:ident, $kernel:ident) => {
        #[derive(Regularize)]
        struct $name {
            #[regularize(nested)]
            inner: $inner,
            #[regularize(l2(0.5))]
            kernel: $kernel,
        }
    };
}
type Kernel = Vec<f32>;
dense!(FromMacro, Own, Kernel);

/// The names of types come from where the macro is called, and `self` does not.
#[test]
fn a_layer_that_a_macro_writes() {
    fn is_layer<L: regularize::Regularize + regularize::extend::RegularizeWith>() {}
    is_layer::<FromMacro>();
}

trait Strength {
    const L2: f64;
}

struct Weak;

impl Strength for Weak {
    const L2: f64 = 0.25;
}

/// Factors that are computed from the parameters of the type.
#[derive(Regularize)]
#[regularize(kernel = l1(N as f64), bias = l2(S::L2))]
struct Computed<S: Strength, const N: usize> {
    kernel: [f32; N],
    bias: Vec<f32>,
    strength: PhantomData<S>,
}

#[test]
fn a_factor_may_name_a_parameter_of_the_type() {
    let layer = Computed::<Weak, 2> {
        kernel: [1.0, -2.0],
        bias: vec![2.0],
        strength: PhantomData,
    };
    let losses = layer.losses();
    assert!(losses.iter().eq([("kernel", &6.0), ("bias", &1.0)]));
}

#[allow(unused_parens)]
mod bounds {
    use super::{Float, Penalty, Regularize};

    macro_rules! of_type {
        ($ty:ty) => {
            /// The bounds of the numbers are the user's, and those of whatever holds them follow.
            #[derive(Regularize)]
            #[regularize(value_only)]
            struct Held<'a, T: Float + Penalty> {
                #[regularize(l1(0.5))]
                array: [T; 2],
                #[regularize(l1(0.5))]
                slice: &'a [T],
                #[regularize(l1(0.5))]
                parentheses: Box<(Vec<T>)>,
                #[regularize(l1(0.5))]
                fragment: Vec<$ty>,
            }
        };
    }
    of_type!(T);

    #[test]
    fn numbers_with_bounds_may_be_in_any_container() {
        let held = Held {
            array: [1.0_f64, 2.0],
            slice: &[3.0],
            parentheses: vec![4.0].into(),
            fragment: vec![5.0],
        };
        assert_eq!(held.penalty(), 7.5);
    }
}

/// A type without a value has an output all the same, as far as the compiler knows.
#[derive(Regularize)]
#[regularize(penalty = f32, activity = l1(0.5))]
enum Never {}

#[test]
fn an_enum_without_variants() {
    fn is_layer<L: Regularize<Penalty = f32>>() {}
    is_layer::<Never>();
}

struct Presets;

impl Presets {
    #[allow(non_upper_case_globals)]
    const l1: L2 = regularize::l2(0.5);
}

/// The constant of a type, which is not the factory of its name.
#[derive(Regularize)]
struct Preset(#[regularize(<Presets>::l1)] f32);

#[test]
fn a_constant_of_a_type_is_an_expression() {
    assert_eq!(Preset(2.0).penalty(), 2.0);
}

/// Variants of the names of what the traits have.
#[derive(Regularize)]
enum Names {
    Penalty(#[regularize(l1(0.5))] f32),
    Tensor(#[regularize(nested)] Preset),
}

#[test]
fn a_variant_may_have_any_name() {
    assert_eq!(Names::Penalty(2.0).penalty(), 1.0);
    assert_eq!(Names::Tensor(Preset(2.0)).penalty(), 2.0);
}

/// Factories within an expression, which are those of the layer's edition.
#[derive(Regularize)]
#[regularize(edition = Edition::KERAS_2_2)]
struct Within {
    #[regularize(if self.strong { Some(l2(0.1)) } else { None })]
    a: f64,
    #[regularize(self.strong.then(|| l1_l2(0.5, 0.25)))]
    b: f64,
    #[regularize(match self.strong { _ => l1(2.0 * RATE) })]
    c: f64,
    #[regularize(Box::new(&l2(0.25)))]
    d: f64,
    strong: bool,
}

#[test]
fn factories_are_found_within_an_expression() {
    let layer = |strong| Within {
        a: 1.0,
        b: 1.0,
        c: 1.0,
        d: 1.0,
        strong,
    };
    let tenth = f64::from(0.1_f32); // as Keras 2.2 has it
    let strong = [("a", &tenth), ("b", &0.75), ("c", &0.5), ("d", &0.25)];
    assert!(layer(true).losses().iter().eq(strong));
    assert!(layer(false).losses().iter().eq([("c", &0.5), ("d", &0.25)]));
}

/// A path that begins with `self`, a reference to a factory, and a keyword's name.
#[derive(Regularize)]
#[regularize(type = l2(0.5))]
struct Spelled {
    r#type: f64,
    #[regularize(l1(self::RATE))]
    path: f64,
    #[regularize(&l1(0.5))]
    reference: f64,
}

#[test]
fn a_factor_may_be_behind_self() {
    let layer = Spelled {
        r#type: 1.0,
        path: 1.0,
        reference: 1.0,
    };
    let losses = [("type", &0.5), ("path", &0.25), ("reference", &0.5)];
    assert!(layer.losses().iter().eq(losses));
}

/// Fields of a variant, whose names are words of other libraries.
#[derive(Regularize)]
enum Words {
    #[regularize(kernel = skip)]
    Skip { kernel: f32, skip: L2 },
    Rate {
        #[regularize(rate)]
        kernel: f32,
        rate: L1,
    },
}

#[test]
fn a_field_of_a_variant_may_have_any_name() {
    let (skip, rate) = (regularize::l2(0.5), regularize::l1(0.25));
    assert_eq!(Words::Skip { kernel: 1.0, skip }.penalty(), 0.5);
    assert_eq!(Words::Rate { kernel: 1.0, rate }.penalty(), 0.25);
}

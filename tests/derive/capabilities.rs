//! What a weight or a regularizer can do is known at run time, wherever it is in a model.

use regularize::extend::{
    Each, EachMut, EachWith, Path, RegularizeWith, Regularizer, Tensor, Weight, WeightGrad,
};
use regularize::{Error, ErrorKind, L2, Regularize};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, RwLock};

#[derive(Clone, Debug, PartialEq, Regularize)]
#[regularize(kernel = l1(1.0), activity = l2(1.0))]
struct Dense {
    kernel: Vec<f32>,
}

fn dense() -> Dense {
    Dense { kernel: vec![2.0] }
}

#[test]
fn an_activity_regularizer_is_found_behind_every_pointer_and_cell() {
    let output = [[2.0_f32]];
    assert_eq!(dense().activity_penalty(&output), 4.0);
    assert_eq!(Box::new(dense()).activity_penalty(&output), 4.0);
    assert_eq!(Some(dense()).activity_penalty(&output), 4.0);
    assert_eq!(
        Rc::new(RefCell::new(dense())).activity_penalty(&output),
        4.0
    );
    assert_eq!(Arc::new(Mutex::new(dense())).activity_penalty(&output), 4.0);
    assert_eq!(RwLock::new(dense()).activity_penalty(&output), 4.0);
    assert_eq!(None::<Dense>.activity_penalty(&output), 0.0);
}

/// A layer of weights that are only read.
#[test]
fn a_layer_that_takes_no_step_may_be_shared() {
    #[derive(Regularize)]
    struct Model {
        #[regularize(nested, trainable = false)]
        backbone: Rc<Dense>,
        #[regularize(nested, value_only)]
        left_alone: Rc<Dense>,
        #[regularize(nested)]
        none: Rc<Vec<Dense>>,
        #[regularize(l1(1.0))]
        head: Vec<f32>,
    }

    #[derive(Regularize)]
    #[regularize(value_only)]
    struct Values(#[regularize(l1(1.0))] Vec<f32>);

    let mut model = Model {
        backbone: Rc::new(dense()),
        left_alone: Rc::new(dense()),
        none: Rc::new(Vec::new()),
        head: vec![2.0],
    };
    model.proximal_step(0.5).unwrap();
    assert_eq!(model.head, [1.5]);
    assert_eq!((&*model.backbone, &*model.left_alone), (&dense(), &dense()));
    model.none = Rc::new(vec![dense()]);
    let error = model.proximal_step(0.5).unwrap_err();
    assert_eq!(
        (error.path(), error.kind()),
        ("none.0.kernel", &ErrorKind::Unchangeable)
    );
    assert_eq!(model.head, [1.5]);
    Rc::new(Values(vec![2.0])).proximal_step(0.5).unwrap();
}

/// A cell is found behind any pointer, list or option that is shared.
#[test]
fn a_cell_changes_wherever_it_is() {
    fn stepped<W: regularize::extend::Weight>(weight: W) -> Result<f64, regularize::Error>
    where
        W::Tensor: Tensor<Penalty = f32>,
    {
        #[derive(Regularize)]
        struct Layer<W>(#[regularize(l1(1.0))] W);

        let mut layer = Layer(weight);
        layer.proximal_step(0.5)?;
        Ok(layer.report()?.total())
    }

    let cell = || RefCell::new(vec![2.0_f32]);
    assert_eq!(stepped(Rc::new(Box::new(cell()))), Ok(1.5));
    assert_eq!(stepped(Rc::new(Rc::new(cell()))), Ok(1.5));
    assert_eq!(stepped(&Rc::new(cell())), Ok(1.5));
    assert_eq!(stepped(Rc::new(vec![cell(), cell()])), Ok(3.0));
    assert_eq!(stepped(Rc::new([cell()])), Ok(1.5));
    assert_eq!(stepped(Rc::new(Some(cell()))), Ok(1.5));
    assert_eq!(
        stepped(Arc::<[Mutex<f32>]>::from([Mutex::new(2.0)])),
        Ok(1.5)
    );
    let error = stepped(Rc::new(vec![Box::new(vec![2.0_f32])])).unwrap_err();
    assert_eq!(
        (error.path(), error.kind()),
        ("0.0", &ErrorKind::Unchangeable)
    );

    let mut layers = Rc::new(vec![Some(RefCell::new(dense()))]);
    layers.proximal_step(0.5).unwrap();
    assert_eq!(layers.penalty(), 1.5);
}

/// A regularizer of every tensor, with a subgradient of its own.
struct Own;

impl<T: Tensor<Penalty = f32> + ?Sized> Regularizer<T> for Own {
    fn penalty(&self, _: &T) -> f32 {
        0.0
    }

    fn has_subgradient(&self) -> bool {
        true
    }

    fn add_subgradient(&self, _: &T, _: &mut T) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// A view of nalgebra has no gradient of its own type.
#[test]
fn no_gradient_is_changed_where_one_cannot_be_of_the_type_of_its_weight() {
    use nalgebra::{DMatrix, DMatrixView, DVector};

    #[derive(Regularize)]
    #[regularize(gradients = Gradients)]
    struct Model<'a> {
        #[regularize(l1(1.0))]
        first: DVector<f32>,
        #[regularize(Own)]
        second: DMatrixView<'a, f32>,
    }

    struct Gradients {
        first: DVector<f32>,
        second: DMatrix<f32>,
    }

    let numbers = DMatrix::from_element(1, 1, 2.0);
    let model = Model {
        first: DVector::from_element(1, 2.0),
        second: numbers.as_view(),
    };
    let mut gradients = Gradients {
        first: DVector::zeros(1),
        second: DMatrix::zeros(1, 1),
    };
    let error = model.add_penalty_gradient(&mut gradients).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoGradient { regularizer } if regularizer == "Own"));
    assert_eq!(
        (error.path(), gradients.first[0], gradients.second[0]),
        ("second", 0.0, 0.0)
    );
}

#[test]
fn a_regularizer_of_ones_own_is_of_views_and_pointers() {
    #[derive(Regularize)]
    struct Model<'a> {
        #[regularize(Own)]
        view: &'a [f32],
        #[regularize(Own)]
        shared: Rc<RefCell<Vec<f32>>>,
    }

    struct Slices;

    impl Regularizer<[f32]> for Slices {
        fn penalty(&self, weight: &[f32]) -> f32 {
            weight[0]
        }
    }

    #[derive(Regularize)]
    struct OfSlices<'a>(#[regularize(Slices)] &'a [f32]);

    let shared = Rc::new(RefCell::new(vec![1.0]));
    assert_eq!(
        Model {
            view: &[1.0],
            shared
        }
        .losses()
        .len(),
        2
    );
    assert_eq!(OfSlices(&[3.0]).penalty(), 3.0);
}

/// A closure is not called for a step, which borrows the layer.
#[test]
fn a_closure_may_call_a_method_of_the_layer() {
    #[derive(Regularize)]
    struct Layer {
        #[regularize(|weight| self.cost(weight))]
        kernel: Vec<f32>,
        rate: f32,
    }

    impl Layer {
        fn cost(&self, weight: &[f32]) -> f32 {
            self.rate * weight[0]
        }
    }

    let mut layer = Layer {
        kernel: vec![2.0],
        rate: 3.0,
    };
    assert_eq!(layer.penalty(), 6.0);
    assert_eq!(layer.proximal_step(0.5).unwrap_err().path(), "kernel");
}

#[test]
fn a_closure_is_refused_at_each_of_its_tensors() {
    #[derive(Regularize)]
    struct Layer {
        #[regularize(|weight| weight[0])]
        blocks: Option<Vec<Vec<f32>>>,
    }

    let [mut layer, mut gradients] = [(); 2].map(|()| Layer {
        blocks: Some(vec![vec![1.0]]),
    });
    assert_eq!(layer.proximal_step(0.5).unwrap_err().path(), "blocks.0");
    let error = layer.add_penalty_gradient(&mut gradients).unwrap_err();
    assert_eq!(error.path(), "blocks.0");
    for empty in [None, Some(Vec::new())] {
        layer.blocks = empty;
        layer.proximal_step(0.5).unwrap();
        layer.add_penalty_gradient(&mut gradients).unwrap();
    }
}

/// One that has factors has all that they have.
#[test]
fn a_regularizer_of_factors_has_a_step_and_a_gradient() {
    struct Half(L2);

    impl<T: Tensor + ?Sized> Regularizer<T> for Half {
        fn penalty(&self, weight: &T) -> T::Penalty {
            weight.penalty(&self.0.terms())
        }

        fn terms(&self) -> Option<regularize::extend::Terms> {
            Some(self.0.terms())
        }
    }

    #[derive(Regularize)]
    struct Layer(#[regularize(Half(regularize::l2(0.5)))] Vec<f32>);

    let (mut layer, mut gradients) = (Layer(vec![2.0]), Layer(vec![0.0]));
    layer.add_penalty_gradient(&mut gradients).unwrap();
    layer.proximal_step(1.0).unwrap();
    assert_eq!((gradients.0[0], layer.0[0]), (2.0, 1.0));
}

#[test]
fn a_generic_map_and_a_tuple_from_a_macro_are_understood() {
    #[derive(Regularize)]
    struct Heads<W: Clone>(#[regularize(l1(1.0))] HashMap<String, W>);

    macro_rules! layer {
        ($ty:ty) => {
            #[derive(Regularize)]
            struct Pair(#[regularize(l1(1.0))] $ty);
        };
    }
    layer!((Vec<f32>, [f32; 1]));

    let heads = Heads(HashMap::from([("left".into(), vec![2.0_f32])]));
    assert_eq!(heads.losses().get("0.left"), Some(&2.0));
    assert_eq!(Pair((vec![1.0], [2.0])).losses().get("0.1"), Some(&2.0));
}

/// It is not touched, so that it does not matter who reads it.
#[test]
fn a_frozen_weight_that_is_borrowed_takes_no_step() {
    #[derive(Regularize)]
    struct Layer(#[regularize(l1(1.0), trainable = false)] Rc<RefCell<Vec<f32>>>);

    let weight = Rc::new(RefCell::new(vec![2.0]));
    let reader = weight.borrow();
    Layer(Rc::clone(&weight)).proximal_step(0.5).unwrap();
    assert_eq!(*reader, [2.0]);
}

/// As a parameter of burn does, whose own flag says whether it is trained.
struct Frozen(Vec<f32>);

impl Weight for Frozen {
    type Tensor = [f32];

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
        self.0.each_tensor(&at.trainable(false), f)
    }

    fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, [f32]>) -> Result<(), Error> {
        self.0.each_tensor_mut(&at.trainable(false), f)
    }
}

impl WeightGrad for Frozen {
    type Tensor = [f32];
    type Gradient = [f32];

    fn each_tensor_with(
        &self,
        gradient: &mut Self,
        at: &Path<'_>,
        f: &mut EachWith<'_, [f32]>,
    ) -> Result<(), Error> {
        self.0
            .each_tensor_with(&mut gradient.0, &at.trainable(false), f)
    }
}

#[test]
fn a_weight_that_says_itself_that_it_is_frozen_is_not_presented_to_a_change() {
    #[derive(Regularize)]
    struct Model(#[regularize(l1(1.0))] Frozen, #[regularize(l1(1.0))] f32);

    let (mut model, mut gradients) = (
        Model(Frozen(vec![2.0]), 2.0),
        Model(Frozen(vec![0.0; 3]), 0.0),
    );
    let mut changed = Vec::new();
    let root = Path::root();
    let of_change = model.visit_weights_mut(&root, &mut |at, _| {
        changed.push(at.to_string());
        Ok(())
    });
    let of_gradient = model.visit_weights_with(&mut gradients, &root, &mut |at, _| {
        changed.push(at.to_string());
        Ok(())
    });
    assert_eq!(of_change.and(of_gradient), Ok(()));
    assert_eq!(changed, ["1", "1"]);
    model.proximal_step(0.5).unwrap();
    model.add_penalty_gradient(&mut gradients).unwrap();
    assert_eq!((model.0.0[0], model.1), (2.0, 1.5));
    assert_eq!((gradients.0.0, gradients.1), (vec![0.0; 3], 1.0));
}

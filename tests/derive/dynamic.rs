//! Layers of different types in one model, and layers in maps, tuples, arrays and cells.

use regularize::extend::{Each, EachMut, EachWith, Path, RegularizeWith, Weight, WeightGrad};
use regularize::{Error, ErrorKind, Regularize, role};
use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

#[derive(Clone, Debug, PartialEq, Regularize)]
#[regularize(gradients = dyn Any, kernel = l2(0.5), bias = l1(0.25), activity = l1(0.5))]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
}

fn dense(kernel: f32, bias: f32) -> Dense {
    Dense {
        kernel: vec![kernel],
        bias: vec![bias],
    }
}

#[derive(Clone, Debug, PartialEq, Regularize)]
#[regularize(gradients = dyn Any)]
struct Scale(#[regularize(l1(1.0))] f32);

fn names<L: Regularize<Penalty = f32>>(layer: &L) -> Vec<(String, f32)> {
    layer.losses().into_iter().collect()
}

/// Returns losses as a list has them.
fn list<const N: usize>(losses: [(&str, f32); N]) -> Vec<(String, f32)> {
    losses.map(|(name, loss)| (name.into(), loss)).into()
}

mod boxes {
    use super::*;

    #[derive(Regularize)]
    struct Sequential {
        #[regularize(nested)]
        layers: Vec<Box<dyn Regularize<Penalty = f32>>>,
        #[regularize(l2(1.0))]
        gain: f32,
    }

    fn sequential() -> Sequential {
        Sequential {
            layers: vec![Box::new(dense(2.0, -4.0)), Box::new(Scale(3.0))],
            gain: 3.0,
        }
    }

    #[test]
    fn layers_of_different_types_are_a_list_of_boxes() {
        let model = sequential();
        let losses = list([
            ("layers.0.kernel", 2.0),
            ("layers.0.bias", 1.0),
            ("layers.1.0", 3.0),
            ("gain", 9.0),
        ]);
        assert_eq!(names(&model), losses);
        assert_eq!((model.penalty(), model.add_penalty(0.5)), (15.0, 15.5));
        model.check().unwrap();
    }

    #[test]
    fn a_list_of_boxes_takes_a_step() {
        let mut model = sequential();
        model.proximal_step(1.0).unwrap();
        let losses = list([
            ("layers.0.kernel", 0.5),
            ("layers.0.bias", 0.25 * 3.75),
            ("layers.1.0", 2.0),
            ("gain", 1.0),
        ]);
        assert_eq!(names(&model), losses);
    }

    #[test]
    fn a_list_of_boxes_has_a_report() {
        let report = sequential().report().unwrap();
        let rows = report
            .rows()
            .iter()
            .map(|row| (row.path(), row.regularizer()));
        let expected = [
            ("layers.0.kernel", "l2(0.5)"),
            ("layers.0.bias", "l1(0.25)"),
            ("layers.0.activity", "l1(0.5)"),
            ("layers.1.0", "l1(1.0)"),
            ("gain", "l2(1.0)"),
        ];
        assert!(rows.eq(expected), "{report}");
        assert_eq!(report.total(), 15.0);
    }

    #[test]
    fn each_box_has_the_activity_of_its_layer() {
        let output = [[1.0_f32, -3.0], [0.0, 2.0]];
        let costs = sequential().layers;
        let costs = costs.iter().map(|layer| layer.activity_penalty(&output));
        assert!(costs.eq([0.5 * 6.0 / 2.0, 0.0]));
    }

    /// A list of boxes is a model itself, and so is one box, and a reference to what is in it.
    #[test]
    fn a_model_may_be_a_list_of_boxes() {
        let mut layers = sequential().layers;
        assert_eq!(layers.losses().get("1.0"), Some(&3.0));
        layers[0].proximal_step(1.0).unwrap();
        assert_eq!(layers[0].losses().get("kernel"), Some(&0.5));
        let mut layer: &mut dyn Regularize<Penalty = f32> = &mut *layers[1];
        Regularize::proximal_step(&mut layer, 1.0).unwrap();
        assert_eq!((layer.penalty(), layer.activity()), (2.0, None));
    }

    /// The closure is in a box, and what is before it is as it was.
    #[test]
    fn a_closure_in_a_box_is_named() {
        #[derive(Regularize)]
        struct Largest(#[regularize(|w| w[0])] [f32; 1]);

        let mut model = sequential();
        model.layers.push(Box::new(Largest([1.0])));
        let before = names(&model);
        let error = model.proximal_step(1.0).unwrap_err();
        assert_eq!(error.path(), "layers.2.0");
        assert_eq!(names(&model), before);
    }
}

mod gradients {
    use super::*;

    /// A trait of the user, whose layers have a method of their own beside the penalty.
    trait Layer: Regularize<Penalty = f32> + RegularizeWith<dyn Any> {
        fn units(&self) -> usize;
    }

    impl Layer for Dense {
        fn units(&self) -> usize {
            self.bias.len()
        }
    }

    impl Layer for Scale {
        fn units(&self) -> usize {
            1
        }
    }

    #[derive(Regularize)]
    #[regularize(gradients = Gradients, gain = l1(0.5))]
    struct Model {
        gain: f32,
        #[regularize(nested)]
        layers: Vec<Box<dyn Layer>>,
    }

    struct Gradients {
        gain: f32,
        layers: Vec<Box<dyn Any>>,
    }

    fn model() -> Model {
        Model {
            gain: 2.0,
            layers: vec![Box::new(dense(2.0, -4.0)), Box::new(Scale(3.0))],
        }
    }

    /// What the gradients of a box are.
    fn held<G: Any + Clone>(gradients: &dyn Any) -> G {
        gradients.downcast_ref::<G>().unwrap().clone()
    }

    #[test]
    fn the_gradients_of_boxes_are_in_boxes() {
        let mut model = model();
        assert_eq!(
            model
                .layers
                .iter()
                .map(|layer| layer.units())
                .sum::<usize>(),
            2
        );
        let mut gradients = Gradients {
            gain: 0.0,
            layers: vec![Box::new(dense(1.0, 1.0)), Box::new(Scale(1.0))],
        };
        model.add_penalty_gradient(&mut gradients).unwrap();
        assert_eq!(gradients.gain, 0.5);
        assert_eq!(held::<Dense>(&*gradients.layers[0]), dense(3.0, 0.75));
        assert_eq!(held::<Scale>(&*gradients.layers[1]), Scale(2.0));
        model.proximal_step(1.0).unwrap();
        assert_eq!(model.losses().get("layers.1.0"), Some(&2.0));
    }

    /// All types are compared before one gradient is changed.
    #[test]
    fn gradients_of_another_type_are_named() {
        let mut gradients = Gradients {
            gain: 0.0,
            layers: vec![Box::new(dense(1.0, 1.0)), Box::new(dense(1.0, 1.0))],
        };
        let error = model().add_penalty_gradient(&mut gradients).unwrap_err();
        let expected = std::any::type_name::<Scale>().into();
        assert_eq!(
            (error.path(), error.kind()),
            ("layers.1", &ErrorKind::Gradients { expected })
        );
        assert_eq!(
            error.to_string(),
            "layers.1: the gradients of this layer are a `derive::dynamic::Scale`, and these are of another type: keep one \
             of that type in the box"
        );
        assert_eq!(gradients.gain, 0.0);
        for gradients in &gradients.layers {
            assert_eq!(held::<Dense>(&**gradients), dense(1.0, 1.0));
        }

        gradients.layers.pop();
        let error = model().add_penalty_gradient(&mut gradients).unwrap_err();
        assert_eq!(
            error.to_string(),
            "layers: there are 2 weights and 1 gradients"
        );
    }

    /// The gradients of a layer that names another type for them are of that type.
    #[test]
    fn a_layer_in_a_box_names_the_type_of_its_gradients() {
        struct Slopes {
            kernel: Vec<f32>,
        }

        #[derive(Regularize)]
        #[regularize(gradients = Slopes, gradients = dyn Any, kernel = l1(0.5))]
        struct Tied {
            kernel: Rc<Vec<f32>>,
        }

        let layer: Box<dyn RegularizeWith<dyn Any, Penalty = f32>> = Box::new(Tied {
            kernel: Rc::new(vec![2.0]),
        });
        let mut gradients: Box<dyn Any> = Box::new(Slopes { kernel: vec![1.0] });
        layer.add_penalty_gradient(&mut gradients).unwrap();
        assert_eq!(gradients.downcast_ref::<Slopes>().unwrap().kernel, [1.5]);
        let mut other: Box<dyn Any> = Box::new(vec![1.0_f32]);
        let error = layer.add_penalty_gradient(&mut other).unwrap_err();
        assert!(error.path().is_empty() && matches!(error.kind(), ErrorKind::Gradients { .. }));
    }
}

mod tuples {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Regularize)]
    struct Model {
        #[regularize(nested)]
        layers: (Dense, Vec<Scale>),
        #[regularize(l1(1.0))]
        pair: (Vec<f32>, f32),
    }

    fn model(x: f32) -> Model {
        Model {
            layers: (dense(x, x), vec![Scale(x)]),
            pair: (vec![x, -x], x),
        }
    }

    #[test]
    fn a_tuple_of_layers_and_one_of_weights_have_indices() {
        let losses = list([
            ("layers.0.kernel", 8.0),
            ("layers.0.bias", 1.0),
            ("layers.1.0.0", 4.0),
            ("pair.0", 8.0),
            ("pair.1", 4.0),
        ]);
        assert_eq!(names(&model(4.0)), losses);
    }

    #[test]
    fn a_tuple_has_gradients_and_steps() {
        let mut gradients = model(0.0);
        model(4.0).add_penalty_gradient(&mut gradients).unwrap();
        let expected = Model {
            layers: (dense(4.0, 0.25), vec![Scale(1.0)]),
            pair: (vec![1.0, -1.0], 1.0),
        };
        assert_eq!(gradients, expected);

        let mut stepped = model(4.0);
        stepped.proximal_step(1.0).unwrap();
        let expected = Model {
            layers: (dense(2.0, 3.75), vec![Scale(3.0)]),
            pair: (vec![3.0, -3.0], 3.0),
        };
        assert_eq!(stepped, expected);
    }

    #[test]
    fn a_gradient_in_a_tuple_is_named() {
        let mut gradients = model(0.0);
        gradients.pair.0.pop();
        let before = gradients.clone();
        let error = model(4.0).add_penalty_gradient(&mut gradients).unwrap_err();
        assert_eq!((error.path(), gradients == before), ("pair.0", true));
    }

    #[test]
    fn a_model_may_be_a_tuple_of_up_to_eight() {
        let one = || Scale(2.0);
        assert_eq!(names(&(one(),)), list([("0.0", 2.0)]));
        let mut eight = (
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            one(),
            dense(2.0, 0.0),
        );
        eight.proximal_step(1.0).unwrap();
        assert_eq!(eight.7, dense(1.0, 0.0));
        let names = eight.losses();
        let names: Vec<&str> = names.iter().map(|(name, _)| name).collect();
        assert_eq!(
            names.join(" "),
            "0.0 1.0 2.0 3.0 4.0 5.0 6.0 7.kernel 7.bias"
        );
        assert_eq!(eight.penalty(), 7.5);
    }

    /// Regularized one by one, also in an enum.
    #[test]
    fn a_tuple_of_weights_may_be_in_a_variant() {
        #[derive(Debug, PartialEq, Regularize)]
        enum Head {
            Pair {
                #[regularize(l1(0.5))]
                weights: (Vec<f32>, [f32; 1]),
            },
            Closure(#[regularize(value_only, |w| w[0])] (Vec<f32>, [f32; 1])),
        }

        let pair = |x| Head::Pair {
            weights: (vec![x], [x]),
        };
        let (mut head, mut gradients) = (pair(2.0), pair(0.0));
        assert_eq!(names(&head), list([("weights.0", 1.0), ("weights.1", 1.0)]));
        head.add_penalty_gradient(&mut gradients).unwrap();
        head.proximal_step(1.0).unwrap();
        assert_eq!((head, gradients), (pair(1.5), pair(0.5)));
        let closure = Head::Closure((vec![2.0], [3.0]));
        assert_eq!(names(&closure), list([("0.0", 2.0), ("0.1", 3.0)]));
    }
}

mod maps {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Regularize)]
    struct Model {
        #[regularize(nested)]
        heads: HashMap<String, Dense>,
        #[regularize(nested)]
        levels: BTreeMap<u32, Scale>,
        #[regularize(l1(1.0))]
        rows: HashMap<&'static str, Vec<f32>>,
        #[regularize(l2(1.0))]
        gains: BTreeMap<char, f32>,
    }

    fn model(x: f32) -> Model {
        let heads = ["right", "left", "middle"];
        Model {
            heads: heads.map(|key| (key.into(), dense(x, x))).into(),
            levels: [10, 9, 2].map(|key| (key, Scale(x))).into(),
            rows: ["b", "a"].map(|key| (key, vec![x])).into(),
            gains: ['β', 'α'].map(|key| (key, x)).into(),
        }
    }

    /// Numbers are in the order of numbers, not of their digits.
    #[test]
    fn a_map_is_in_the_order_of_its_keys() {
        let losses = list([
            ("heads.left.kernel", 8.0),
            ("heads.left.bias", 1.0),
            ("heads.middle.kernel", 8.0),
            ("heads.middle.bias", 1.0),
            ("heads.right.kernel", 8.0),
            ("heads.right.bias", 1.0),
            ("levels.2.0", 4.0),
            ("levels.9.0", 4.0),
            ("levels.10.0", 4.0),
            ("rows.a", 4.0),
            ("rows.b", 4.0),
            ("gains.α", 16.0),
            ("gains.β", 16.0),
        ]);
        // The order of a `HashMap` itself is another one each time.
        for _ in 0..8 {
            assert_eq!(names(&model(4.0)), losses);
        }
    }

    #[test]
    fn a_map_has_gradients_and_steps() {
        let mut gradients = model(0.0);
        model(4.0).add_penalty_gradient(&mut gradients).unwrap();
        assert!(
            gradients
                .heads
                .values()
                .all(|head| *head == dense(4.0, 0.25))
        );
        assert!(gradients.levels.values().all(|level| *level == Scale(1.0)));
        assert!(gradients.rows.values().all(|row| *row == [1.0]));
        assert!(gradients.gains.values().all(|gain| *gain == 8.0));

        let mut stepped = model(4.0);
        stepped.proximal_step(0.5).unwrap();
        assert!(
            stepped
                .heads
                .values()
                .all(|head| *head == dense(4.0 / 1.5, 3.875))
        );
        assert!(stepped.levels.values().all(|level| *level == Scale(3.5)));
        assert!(stepped.rows.values().all(|row| *row == [3.5]));
        assert!(stepped.gains.values().all(|gain| *gain == 2.0));
    }

    fn rejected(change: impl FnOnce(&mut Model)) -> String {
        let mut gradients = model(0.0);
        change(&mut gradients);
        let before = gradients.clone();
        let error = model(4.0).add_penalty_gradient(&mut gradients).unwrap_err();
        assert_eq!(gradients, before);
        error.to_string()
    }

    #[test]
    fn gradients_of_other_keys_are_named() {
        let missing = ": the weight is there and its gradient is `None`";
        let said = rejected(|gradients| {
            let head = gradients.heads.remove("left").unwrap();
            gradients.heads.insert("lefft".into(), head);
        });
        assert_eq!(said, format!("heads.left{missing}"));
        let said = rejected(|gradients| {
            let level = gradients.levels.remove(&9).unwrap();
            gradients.levels.insert(99, level);
        });
        assert_eq!(said, format!("levels.9{missing}"));
        let said = rejected(|gradients| {
            let row = gradients.rows.remove("b").unwrap();
            gradients.rows.insert("c", row);
        });
        assert_eq!(said, format!("rows.b{missing}"));
        let said = rejected(|gradients| {
            gradients.gains.remove(&'α').unwrap();
        });
        assert_eq!(said, "gains: there are 2 weights and 1 gradients");
        let said = rejected(|gradients| {
            gradients.heads.insert("more".into(), dense(0.0, 0.0));
        });
        assert_eq!(said, "heads: there are 3 weights and 4 gradients");
    }

    /// At its first key.
    #[test]
    fn a_weight_of_two_keys_counts_and_steps_once() {
        #[derive(Regularize)]
        struct Tied(
            #[regularize(l1(1.0))] BTreeMap<u8, Rc<RefCell<Vec<f32>>>>,
            #[regularize(nested)] HashMap<u8, Rc<RefCell<Scale>>>,
        );

        let (row, scale) = (
            Rc::new(RefCell::new(vec![2.0])),
            Rc::new(RefCell::new(Scale(3.0))),
        );
        let mut tied = Tied(
            [1, 2].map(|key| (key, Rc::clone(&row))).into(),
            [1, 2].map(|key| (key, Rc::clone(&scale))).into(),
        );
        assert_eq!(names(&tied), list([("0.1", 2.0), ("1.1.0", 3.0)]));
        tied.proximal_step(0.5).unwrap();
        assert_eq!((row.borrow()[0], scale.borrow().0), (1.5, 2.5));
    }
}

mod roles {
    use super::*;

    /// A foreign layer.
    #[derive(Clone, Debug, PartialEq)]
    struct Linear {
        weight: Vec<f32>,
    }

    /// Another one, of other numbers in memory.
    #[derive(Clone, Debug, PartialEq)]
    struct Conv {
        filters: [[f32; 2]; 1],
    }

    macro_rules! kernel {
        ($layer:ty, $field:ident) => {
            impl Weight<role::kernel> for $layer {
                type Tensor = [f32];

                fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
                    self.$field.each_tensor(&at.field("kernel"), f)
                }

                fn each_tensor_mut(
                    &mut self,
                    at: &Path<'_>,
                    f: &mut EachMut<'_, [f32]>,
                ) -> Result<(), Error> {
                    self.$field.each_tensor_mut(&at.field("kernel"), f)
                }
            }

            impl WeightGrad<Self, role::kernel> for $layer {
                type Tensor = [f32];
                type Gradient = [f32];

                fn each_tensor_with(
                    &self,
                    gradient: &mut Self,
                    at: &Path<'_>,
                    f: &mut EachWith<'_, [f32]>,
                ) -> Result<(), Error> {
                    let (weight, gradient) = (&self.$field, &mut gradient.$field);
                    weight.each_tensor_with(gradient, &at.field("kernel"), f)
                }
            }
        };
    }
    kernel!(Linear, weight);
    kernel!(Conv, filters);

    #[derive(Clone, Debug, PartialEq, Regularize)]
    struct Model {
        #[regularize(kernel = l1(1.0))]
        two: [Linear; 2],
        #[regularize(kernel = l2(0.5))]
        pair: (Linear, Conv),
        #[regularize(kernel = l1(0.5))]
        map: BTreeMap<&'static str, Linear>,
        #[regularize(kernel = l1(0.5), trainable = false)]
        frozen: (Linear, Vec<Linear>),
    }

    fn model(x: f32) -> Model {
        let linear = || Linear { weight: vec![x] };
        Model {
            two: [linear(), linear()],
            pair: (linear(), Conv { filters: [[x, -x]] }),
            map: [("q", linear()), ("k", linear())].into(),
            frozen: (linear(), vec![linear()]),
        }
    }

    #[test]
    fn arrays_tuples_and_maps_of_foreign_layers_have_their_roles() {
        let losses = list([
            ("two.0.kernel", 2.0),
            ("two.1.kernel", 2.0),
            ("pair.0.kernel", 2.0),
            ("pair.1.kernel", 4.0),
            ("map.k.kernel", 1.0),
            ("map.q.kernel", 1.0),
        ]);
        assert_eq!(names(&model(2.0)), losses);
    }

    #[test]
    fn arrays_tuples_and_maps_of_foreign_layers_have_gradients_and_steps() {
        let mut gradients = model(0.0);
        model(2.0).add_penalty_gradient(&mut gradients).unwrap();
        let linear = |x| Linear { weight: vec![x] };
        let expected = Model {
            two: [linear(1.0), linear(1.0)],
            pair: (
                linear(2.0),
                Conv {
                    filters: [[2.0, -2.0]],
                },
            ),
            map: [("q", linear(0.5)), ("k", linear(0.5))].into(),
            frozen: model(0.0).frozen,
        };
        assert_eq!(gradients, expected);

        let mut stepped = model(2.0);
        stepped.proximal_step(1.0).unwrap();
        let expected = Model {
            two: [linear(1.0), linear(1.0)],
            pair: (
                linear(1.0),
                Conv {
                    filters: [[1.0, -1.0]],
                },
            ),
            map: [("q", linear(1.5)), ("k", linear(1.5))].into(),
            frozen: model(2.0).frozen,
        };
        assert_eq!(stepped, expected);
    }

    #[test]
    fn a_gradient_of_a_role_in_a_tuple_is_named() {
        let mut gradients = model(0.0);
        gradients.pair.0.weight.push(0.0);
        let error = model(2.0).add_penalty_gradient(&mut gradients).unwrap_err();
        assert_eq!(error.path(), "pair.0.kernel");
        assert_eq!(gradients.two, model(0.0).two);
    }
}

mod cells {
    use super::*;

    #[derive(Regularize)]
    #[regularize(gradients = Gradients)]
    struct Model {
        #[regularize(nested)]
        own: Dense,
        #[regularize(nested)]
        first: Rc<RefCell<Dense>>,
        #[regularize(nested)]
        second: Rc<RefCell<Dense>>,
    }

    #[derive(Debug, PartialEq)]
    struct Gradients {
        own: Dense,
        first: Dense,
        second: Dense,
    }

    fn model() -> Model {
        let shared = Rc::new(RefCell::new(dense(2.0, 4.0)));
        Model {
            own: dense(2.0, 4.0),
            first: Rc::clone(&shared),
            second: shared,
        }
    }

    fn gradients(own: Dense, first: Dense) -> Gradients {
        let second = dense(0.0, 0.0);
        Gradients { own, first, second }
    }

    #[test]
    fn a_layer_in_a_shared_cell_counts_once() {
        let mut model = model();
        let losses = list([
            ("own.kernel", 2.0),
            ("own.bias", 1.0),
            ("first.kernel", 2.0),
            ("first.bias", 1.0),
        ]);
        assert_eq!(names(&model), losses);
        let mut added = gradients(dense(0.0, 0.0), dense(0.0, 0.0));
        model.add_penalty_gradient(&mut added).unwrap();
        assert_eq!(added, gradients(dense(2.0, 0.25), dense(2.0, 0.25)));
        model.proximal_step(1.0).unwrap();
        assert_eq!(model.own, dense(1.0, 3.75));
        assert_eq!(*model.second.borrow(), dense(1.0, 3.75));
    }

    #[test]
    fn a_layer_in_a_borrowed_cell_is_named_and_nothing_is_changed() {
        let mut model = model();
        let shared = Rc::clone(&model.first);
        let reader = shared.borrow();
        let error = model.proximal_step(1.0).unwrap_err();
        assert_eq!(
            (error.path(), error.kind()),
            ("first", &ErrorKind::Borrowed)
        );
        assert_eq!((&model.own, &*reader), (&dense(2.0, 4.0), &dense(2.0, 4.0)));
    }

    /// A cell alone, and one behind a box, are changed through themselves.
    #[test]
    fn a_cell_that_a_layer_owns_takes_a_step() {
        let mut layers = (RefCell::new(Scale(2.0)), Box::new(RefCell::new(Scale(3.0))));
        layers.proximal_step(1.0).unwrap();
        assert_eq!((layers.0.take_inner(), layers.1.take_inner()), (1.0, 2.0));
    }

    trait TakeInner {
        fn take_inner(&self) -> f32;
    }

    impl TakeInner for RefCell<Scale> {
        fn take_inner(&self) -> f32 {
            self.borrow().0
        }
    }
}

mod value_only {
    use super::*;

    fn no_step() -> ErrorKind {
        let regularizer = "closure".into();
        ErrorKind::NoStep { regularizer }
    }

    fn no_gradient() -> ErrorKind {
        let regularizer = "closure".into();
        ErrorKind::NoGradient { regularizer }
    }

    #[derive(Clone, Debug, PartialEq, Regularize)]
    struct Marked {
        #[regularize(l1(1.0))]
        kernel: Vec<f32>,
        #[regularize(value_only, |w: &[f32]| w[0])]
        closure: Vec<f32>,
        #[regularize(l2(0.5), value_only)]
        slope: Vec<f32>,
    }

    fn marked(x: f32) -> Marked {
        Marked {
            kernel: vec![x],
            closure: vec![x],
            slope: vec![x],
        }
    }

    /// Whatever its regularizer is; its loss is there.
    #[test]
    fn a_field_of_a_value_only_is_left_alone() {
        let (mut layer, mut gradients) = (marked(2.0), marked(0.0));
        let losses = list([("kernel", 2.0), ("closure", 2.0), ("slope", 2.0)]);
        assert_eq!(names(&layer), losses);
        layer.add_penalty_gradient(&mut gradients).unwrap();
        layer.proximal_step(1.0).unwrap();
        let expected = |kernel, rest| Marked {
            kernel: vec![kernel],
            ..marked(rest)
        };
        assert_eq!(gradients, expected(1.0, 0.0));
        assert_eq!(layer, expected(1.0, 2.0));
    }

    /// Its gradient may be of another shape, or be nowhere.
    #[test]
    fn a_field_of_a_value_only_needs_no_gradient() {
        struct Slopes {
            kernel: Vec<f32>,
        }

        #[derive(Regularize)]
        #[regularize(gradients = Slopes)]
        struct Layer<'a> {
            #[regularize(l1(1.0))]
            kernel: Vec<f32>,
            #[regularize(value_only, l1(1.0))]
            view: &'a [f32],
        }

        let mut layer = Layer {
            kernel: vec![2.0],
            view: &[3.0],
        };
        let mut gradients = Slopes { kernel: vec![0.0] };
        layer.add_penalty_gradient(&mut gradients).unwrap();
        layer.proximal_step(1.0).unwrap();
        assert_eq!((gradients.kernel[0], layer.kernel[0]), (1.0, 1.0));
        assert_eq!(names(&layer), list([("kernel", 1.0), ("view", 3.0)]));
    }

    #[derive(Clone, Debug, PartialEq, Regularize)]
    struct Unmarked {
        #[regularize(l1(1.0))]
        kernel: Vec<f32>,
        #[regularize(|w: &[f32]| w[0])]
        closure: Vec<f32>,
    }

    fn unmarked(x: f32) -> Unmarked {
        Unmarked {
            kernel: vec![x],
            closure: vec![x],
        }
    }

    #[test]
    fn a_closure_that_is_not_marked_is_an_error() {
        let (mut layer, mut gradients) = (unmarked(2.0), unmarked(0.0));
        let error = layer.proximal_step(1.0).unwrap_err();
        assert_eq!((error.path(), error.kind()), ("closure", &no_step()));
        let error = layer.add_penalty_gradient(&mut gradients).unwrap_err();
        assert_eq!((error.path(), error.kind()), ("closure", &no_gradient()));
        assert_eq!((layer, gradients), (unmarked(2.0), unmarked(0.0)));
    }

    #[derive(Clone, Debug, PartialEq, Regularize)]
    struct Model {
        #[regularize(l1(1.0))]
        kernel: Vec<f32>,
        #[regularize(nested)]
        head: Unmarked,
    }

    #[derive(Clone, Debug, PartialEq, Regularize)]
    struct Spared {
        #[regularize(l1(1.0))]
        kernel: Vec<f32>,
        #[regularize(nested, value_only)]
        head: Unmarked,
    }

    #[test]
    fn a_nested_closure_that_is_not_marked_is_an_error_of_the_whole() {
        let model = |x| Model {
            kernel: vec![x],
            head: unmarked(x),
        };
        let (mut layer, mut gradients) = (model(2.0), model(0.0));
        let error = layer.proximal_step(1.0).unwrap_err();
        assert_eq!((error.path(), error.kind()), ("head.closure", &no_step()));
        let error = layer.add_penalty_gradient(&mut gradients).unwrap_err();
        assert_eq!(
            (error.path(), error.kind()),
            ("head.closure", &no_gradient())
        );
        assert_eq!((layer, gradients), (model(2.0), model(0.0)));
    }

    #[test]
    fn a_nested_layer_of_a_value_only_is_left_alone() {
        let spared = |kernel, x| Spared {
            kernel: vec![kernel],
            head: unmarked(x),
        };
        let (mut layer, mut gradients) = (spared(2.0, 2.0), spared(0.0, 0.0));
        layer.add_penalty_gradient(&mut gradients).unwrap();
        layer.proximal_step(1.0).unwrap();
        assert_eq!(gradients, spared(1.0, 0.0));
        assert_eq!(layer, spared(1.0, 2.0));
        assert_eq!(layer.losses().len(), 3);
    }
}

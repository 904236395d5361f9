//! The derive equals what is written by hand, for every shape of layer.

use crate::by_hand::*;
use proptest::prelude::*;
use regularize::{L1, L1L2, L2, Regularize, l1, l1_l2, l2};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, RwLock};

/// Steps that keep, shrink and zero.
fn step() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(0.25), Just(1.0), Just(1e30), 0.0..2.0]
}

/// The same tests for both types of weights.
macro_rules! for_both {
    ($($body:item)*) => {
        mod single {
            use super::*;
            type T = f32;
            $($body)*
        }

        mod double {
            use super::*;
            type T = f64;
            $($body)*
        }
    };
}

for_both! {
    #[derive(Debug, Regularize)]
    #[regularize(kernel = l2(0.01), bias = l1(0.01))]
    struct Named {
        kernel: Vec<T>,
        #[allow(dead_code)]
        units: usize,
        bias: Vec<T>,
    }

    #[derive(Regularize)]
    #[regularize(2 = l1_l2(0.001, 0.01))]
    struct Tuple(#[regularize(l1)] Vec<T>, #[allow(dead_code)] &'static str, [T; 3]);

    #[derive(Regularize)]
    struct Generic<W, const N: usize>
    where
        W: Clone,
    {
        #[regularize(l2)]
        kernel: Vec<W>,
        #[regularize(l1(0.5))]
        bias: [W; N],
    }

    #[derive(Regularize)]
    enum Either {
        #[regularize(kernel = l2(0.5), bias = none)]
        Dense {
            kernel: Vec<T>,
            #[allow(dead_code)]
            bias: Vec<T>,
        },
        Scaled(#[regularize(l1(0.25))] T, #[regularize(l2(0.125))] Vec<T>),
        #[allow(dead_code)]
        Identity,
    }

    #[derive(Regularize)]
    struct Containers {
        #[regularize(l1(0.5))]
        option: Option<Vec<T>>,
        #[regularize(l2(0.5))]
        blocks: Vec<Vec<T>>,
        #[regularize(l1(0.25))]
        boxed: Box<[T]>,
        #[regularize(l2(0.25))]
        grid: [[T; 2]; 2],
        #[regularize(l1_l2(l2 = 0.25, l1 = 0.5))]
        rows: Vec<[T; 2]>,
        #[regularize(l1(2.0))]
        pair: [Vec<T>; 2],
        #[regularize(l2(2.0))]
        number: T,
    }

    #[derive(Regularize)]
    struct Model {
        #[regularize(nested)]
        first: Named,
        #[regularize(nested)]
        blocks: Vec<Tuple>,
        #[regularize(nested)]
        last: Option<Box<Model>>,
    }

    #[derive(Regularize)]
    struct Expressions {
        #[regularize(self.strength)]
        field: Vec<T>,
        strength: L2,
        #[regularize(&*self.boxed)]
        through_a_box: Vec<T>,
        boxed: Box<L1>,
        #[regularize(self.scheduled())]
        method: Vec<T>,
        #[regularize(self.optional)]
        optional_regularizer: Vec<T>,
        optional: Option<L1L2>,
        #[regularize(l1(Self::RATE))]
        associated: Vec<T>,
        #[regularize(crate::shapes::own(0.25))]
        foreign: Vec<T>,
    }

    impl Expressions {
        const RATE: f64 = 0.75;

        fn scheduled(&self) -> L2 {
            L2::new(2.0 * self.strength.l2()).unwrap()
        }
    }

    fn dense() -> impl Strategy<Value = Named> {
        (weight(), weight()).prop_map(|(kernel, bias)| Named { kernel, bias, units: 3 })
    }

    fn named_parts(layer: &Named) -> Vec<Part<T>> {
        vec![
            part("kernel", l2(0.01).terms(), &layer.kernel),
            part("bias", l1(0.01).terms(), &layer.bias),
        ]
    }

    /// Gradients of any numbers in the shape of the weights.
    fn like(xs: &[T], pool: &[T]) -> Vec<T> {
        xs.iter().zip(pool.iter().cycle()).map(|(_, &g)| g).collect()
    }

    fn pool() -> impl Strategy<Value = Vec<T>> {
        prop::collection::vec(number(), 5)
    }

    proptest! {
        #[test]
        fn a_named_struct(layer in dense(), pool in pool(), step in step()) {
            let gradients = Named {
                kernel: like(&layer.kernel, &pool),
                bias: like(&layer.bias, &pool),
                units: 0,
            };
            agrees(layer, gradients, step, named_parts);
        }

        #[test]
        fn a_tuple_struct(a in weight(), b in array(), g in array(), pool in pool(), step in step()) {
            let gradients = Tuple(like(&a, &pool), "", g);
            agrees(Tuple(a, "units", b), gradients, step, |Tuple(a, _, b)| vec![
                part("0", L1::default().terms(), a),
                part("2", l1_l2(0.001, 0.01).terms(), b),
            ]);
        }

        #[test]
        fn a_generic_struct(kernel in weight(), bias in array(), g in array(), pool in pool(), step in step()) {
            let gradients = Generic::<T, 2> { kernel: like(&kernel, &pool), bias: g };
            agrees(Generic { kernel, bias }, gradients, step, |layer| vec![
                part("kernel", L2::default().terms(), &layer.kernel),
                part("bias", l1(0.5).terms(), &layer.bias),
            ]);
        }

        #[test]
        fn an_enum(kernel in weight(), x in number::<T>(), pool in pool(), step in step()) {
            let parts = |layer: &Either| match layer {
                Either::Dense { kernel, .. } => vec![part("kernel", l2(0.5).terms(), kernel)],
                Either::Scaled(x, kernel) => vec![
                    part("0", l1(0.25).terms(), &[*x]),
                    part("1", l2(0.125).terms(), kernel),
                ],
                Either::Identity => vec![],
            };
            let g = like(&kernel, &pool);
            agrees(
                Either::Dense { kernel: kernel.clone(), bias: vec![x] },
                Either::Dense { kernel: g.clone(), bias: vec![] },
                step,
                parts,
            );
            agrees(Either::Scaled(x, kernel), Either::Scaled(pool[0], g), step, parts);
            agrees(Either::Identity, Either::Identity, step, parts);
        }

        #[test]
        fn containers(
            option in prop::option::of(weight()),
            blocks in prop::collection::vec(weight(), 0..3),
            boxed in weight(),
            grid in (array(), array()),
            rows in prop::collection::vec(array(), 0..3),
            pair in (weight(), weight()),
            number in number(),
            pool in pool(),
            step in step(),
        ) {
            let layer = Containers {
                option,
                blocks,
                boxed: boxed.into(),
                grid: [grid.0, grid.1],
                rows,
                pair: [pair.0, pair.1],
                number,
            };
            let row: [T; 2] = [pool[0], pool[1]];
            let gradients = Containers {
                option: layer.option.as_ref().map(|xs| like(xs, &pool)),
                blocks: layer.blocks.iter().map(|xs| like(xs, &pool)).collect(),
                boxed: like(&layer.boxed, &pool).into(),
                grid: [row; 2],
                rows: layer.rows.iter().map(|_| row).collect(),
                pair: layer.pair.each_ref().map(|xs| like(xs, &pool)),
                number: pool[2],
            };
            agrees(layer, gradients, step, |layer| {
                let mut parts = Vec::new();
                if let Some(xs) = &layer.option {
                    parts.push(part("option", l1(0.5).terms(), xs));
                }
                for (xs, path) in layer.blocks.iter().zip(["blocks.0", "blocks.1"]) {
                    parts.push(part(path, l2(0.5).terms(), xs));
                }
                parts.extend([
                    part("boxed", l1(0.25).terms(), &layer.boxed),
                    part("grid", l2(0.25).terms(), layer.grid.as_flattened()),
                    part("rows", l1_l2(0.5, 0.25).terms(), layer.rows.as_flattened()),
                    part("pair.0", l1(2.0).terms(), &layer.pair[0]),
                    part("pair.1", l1(2.0).terms(), &layer.pair[1]),
                    part("number", l2(2.0).terms(), &[layer.number]),
                ]);
                parts
            });
        }

        #[test]
        fn nested_layers(
            first in dense(), last in dense(), a in weight(), b in array(), pool in pool(), step in step(),
        ) {
            let gradient_of = |layer: &Named| Named {
                kernel: like(&layer.kernel, &pool),
                bias: like(&layer.bias, &pool),
                units: 0,
            };
            let gradients = Model {
                first: gradient_of(&first),
                blocks: vec![Tuple(like(&a, &pool), "", [pool[0]; 3])],
                last: Some(Box::new(Model { first: gradient_of(&last), blocks: vec![], last: None })),
            };
            let model = Model {
                first,
                blocks: vec![Tuple(a, "", b)],
                last: Some(Box::new(Model { first: last, blocks: vec![], last: None })),
            };
            agrees(model, gradients, step, |model| {
                let last = &model.last.as_ref().unwrap().first;
                vec![
                    part("first.kernel", l2(0.01).terms(), &model.first.kernel),
                    part("first.bias", l1(0.01).terms(), &model.first.bias),
                    part("blocks.0.0", L1::default().terms(), &model.blocks[0].0),
                    part("blocks.0.2", l1_l2(0.001, 0.01).terms(), &model.blocks[0].2),
                    part("last.first.kernel", l2(0.01).terms(), &last.kernel),
                    part("last.first.bias", l1(0.01).terms(), &last.bias),
                ]
            });
        }

        #[test]
        fn regularizers_are_expressions(
            x in weight(), some in any::<bool>(), pool in pool(), step in step(),
        ) {
            let layer = |x: Vec<T>| Expressions {
                field: x.clone(),
                strength: l2(0.25),
                through_a_box: x.clone(),
                boxed: Box::new(l1(0.5)),
                method: x.clone(),
                optional_regularizer: x.clone(),
                optional: some.then(|| l1_l2(0.5, 0.5)),
                associated: x.clone(),
                foreign: x,
            };
            let gradients = layer(like(&x, &pool));
            agrees(layer(x), gradients, step, |layer| {
                let mut parts = vec![
                    part("field", l2(0.25).terms(), &layer.field),
                    part("through_a_box", l1(0.5).terms(), &layer.through_a_box),
                    part("method", l2(0.5).terms(), &layer.method),
                ];
                if let Some(regularizer) = layer.optional {
                    parts.push(part("optional_regularizer", regularizer.terms(), &layer.optional_regularizer));
                }
                parts.push(part("associated", l1(0.75).terms(), &layer.associated));
                parts.push(part("foreign", l2(0.25).terms(), &layer.foreign));
                parts
            });
        }

        /// Slices, vectors, boxes and arrays of layers are layers.
        #[test]
        fn lists_of_layers(a in dense(), b in dense(), pool in pool(), step in step()) {
            let gradient_of = |layer: &Named| Named {
                kernel: like(&layer.kernel, &pool),
                bias: like(&layer.bias, &pool),
                units: 0,
            };
            let gradients = vec![gradient_of(&a), gradient_of(&b)];
            let parts = |layers: &[Named]| vec![
                part("0.kernel", l2(0.01).terms(), &layers[0].kernel),
                part("0.bias", l1(0.01).terms(), &layers[0].bias),
                part("1.kernel", l2(0.01).terms(), &layers[1].kernel),
                part("1.bias", l1(0.01).terms(), &layers[1].bias),
            ];
            let layers = [a, b];
            value_agrees(&layers[..], &parts(&layers));
            value_agrees(&layers, &parts(&layers));
            agrees(Vec::from(layers), gradients, step, |layers| parts(layers));
        }

        /// The gradient of what is behind a pointer, a cell or a lock is itself behind none.
        #[test]
        fn pointers_cells_and_locks(x in weight(), pool in pool(), step in step()) {
            let mut layer = Pointers {
                counted: Rc::new(RefCell::new(x.clone())),
                locked: Arc::new(Mutex::new(x.clone())),
                read: Arc::new(RwLock::new(x.clone())),
                own: RefCell::new(x.clone()),
            };
            let parts = [
                part("counted", l1(0.5).terms(), &x),
                part("locked", l2(0.5).terms(), &x),
                part("read", l1(0.25).terms(), &x),
                part("own", l2(0.25).terms(), &x),
            ];
            value_agrees(&layer, &parts);

            let g = like(&x, &pool);
            let mut gradients =
                Gradients { counted: g.clone(), locked: g.clone(), read: g.clone(), own: g.clone() };
            layer.add_penalty_gradient(&mut gradients).unwrap();
            let after = [gradients.counted, gradients.locked, gradients.read, gradients.own];
            for (after, part) in after.iter().zip(&parts) {
                let mut by_hand = g.clone();
                part.terms.add_subgradient(&x, &mut by_hand).unwrap();
                prop_assert_eq!(format!("{after:?}"), format!("{by_hand:?}"));
            }

            layer.proximal_step(step).unwrap();
            let after = [
                layer.counted.take(),
                std::mem::take(&mut *layer.locked.lock().unwrap()),
                std::mem::take(&mut *layer.read.write().unwrap()),
                layer.own.take(),
            ];
            for (after, part) in after.iter().zip(&parts) {
                let mut by_hand = x.clone();
                part.terms.proximal_step(regularize::Step::new(step).unwrap(), &mut by_hand);
                prop_assert_eq!(format!("{after:?}"), format!("{by_hand:?}"));
            }
        }
    }

    #[derive(Regularize)]
    #[regularize(gradients = Gradients)]
    struct Pointers {
        #[regularize(l1(0.5))]
        counted: Rc<RefCell<Vec<T>>>,
        #[regularize(l2(0.5))]
        locked: Arc<Mutex<Vec<T>>>,
        #[regularize(l1(0.25))]
        read: Arc<RwLock<Vec<T>>>,
        #[regularize(l2(0.25))]
        own: RefCell<Vec<T>>,
    }

    struct Gradients {
        counted: Vec<T>,
        locked: Vec<T>,
        read: Vec<T>,
        own: Vec<T>,
    }
}

/// A user's own function, not a factory of ours.
fn own(factor: f64) -> L2 {
    l2(factor)
}

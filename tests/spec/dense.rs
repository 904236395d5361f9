//! The layer and the model of SPEC.md's chapter on layers, derived in each edition.

use crate::answer::make;
use regularize::extend::{Regularizer, Tensor, Terms};
use regularize::{Edition, Losses, Regularize};
use regularize_conformance::{Argument, Call};

/// Terms that are known at run time.
pub(crate) struct Given(Terms);

impl<T: Tensor + ?Sized> Regularizer<T> for Given {
    fn penalty(&self, weight: &T) -> T::Penalty {
        weight.penalty(&self.0)
    }

    fn penalty_per_sample(&self, output: &T, batch: usize) -> T::Penalty {
        output.penalty_per_sample(&self.0, batch)
    }
}

/// What a case says of a layer.
struct Said {
    roles: [Option<Given>; 3],
    trainable: bool,
}

impl Said {
    fn new(edition: Edition, layer: &Call) -> Self {
        let roles = ["kernel", "bias", "activity"].map(|role| match layer.named(role)? {
            Argument::Call(call) => Some(Given(make(edition, call).unwrap().terms().unwrap())),
            other => panic!("{other:?} is no regularizer"),
        });
        let trainable = layer.named("trainable") != Some(&Argument::Word("false".into()));
        Self { roles, trainable }
    }
}

macro_rules! editions {
    ($($module:ident = $edition:ident),*) => {
        /// The losses of a layer or a model, in the order of the edition.
        pub(crate) fn losses(edition: Edition, call: &Call) -> Vec<f32> {
            let batch = match call.named("batch") {
                Some(Argument::Number(batch)) => *batch as usize,
                other => panic!("{other:?} is no batch"),
            };
            let inner = call.arguments.iter().filter_map(|argument| match argument {
                (None, Argument::Call(layer)) => Some(layer),
                _ => None,
            });
            let is_model = call.name == "model";
            let layers: Vec<&Call> = if is_model { inner.collect() } else { vec![call] };
            let units = if is_model { 2 } else { 3 };
            $(if edition == Edition::$edition {
                return $module::losses(edition, &layers, units, batch);
            })*
            panic!("no layer of {edition}");
        }

        $(mod $module {
            use super::*;

            #[derive(Regularize)]
            #[regularize(
                edition = $edition, value_only, trainable = self.said.trainable,
                kernel = self.said.roles[0], bias = self.said.roles[1],
            )]
            struct Dense {
                kernel: Vec<f32>,
                bias: Vec<f32>,
                said: Said,
            }

            #[derive(Regularize)]
            #[regularize(value_only)]
            struct Model {
                #[regularize(nested)]
                layers: Vec<Dense>,
            }

            pub(super) fn losses(
                edition: Edition,
                layers: &[&Call],
                units: usize,
                batch: usize,
            ) -> Vec<f32> {
                let mut model = Model { layers: Vec::new() };
                let mut outputs = Losses::new();
                let mut x = 1.0;
                for (index, layer) in layers.iter().enumerate() {
                    let single = layers.len() == 1 && units == 3;
                    let (weight, bias) = (2.0 + index as f32, if single { 3.0 } else { 1.0 });
                    let layer = Dense {
                        kernel: vec![weight; 2 * units],
                        bias: vec![bias; units],
                        said: Said::new(edition, layer),
                    };
                    x = 2.0 * weight * x + bias;
                    let output = vec![vec![x; units]; batch];
                    outputs.add(format!("layers.{index}"), &layer.said.roles[2], &output);
                    model.layers.push(layer);
                }
                let losses = Losses::in_order(edition, model.losses(), outputs);
                losses.into_iter().map(|(_, loss)| loss).collect()
            }
        })*
    };
}
editions!(
    keras_2_2 = KERAS_2_2,
    tf_2_0 = TF_2_0,
    tf_2_3 = TF_2_3,
    tf_2_4 = TF_2_4,
    tf_2_10 = TF_2_10,
    keras_3_0 = KERAS_3_0,
    keras_3_14_0 = KERAS_3_14_0,
    keras_3_14_1 = KERAS_3_14_1
);

//! `edition = …`: a layer as a generation of Keras has it.

use regularize::edition::Floatx;
use regularize::{AnyRegularizer, Edition, L1, L2, Losses, Orthogonal, Regularize, State, l1, l2};

/// The layer of Keras' own documentation, `Dense(64, kernel_regularizer=l2(0.01), activity_regularizer=l1(0.01))`.
#[derive(Regularize)]
#[regularize(edition = KERAS_2_2, kernel = l2(0.01), activity = l1(0.01))]
struct Article {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(kernel = l2(0.01), activity = l1(0.01))]
struct Newest {
    kernel: Vec<f32>,
}

#[test]
fn the_article_is_not_divided_by_the_batch() {
    let output = [[1.0_f32, -2.0], [0.0, 5.0]];
    let kernel = vec![1.0, 2.0];
    let article = Article {
        kernel: kernel.clone(),
    };
    let newest = Newest { kernel };
    assert_eq!(article.activity_penalty(&output), 0.01 * 8.0);
    assert_eq!(newest.activity_penalty(&output), 0.01 * 4.0);
    assert_eq!(article.penalty(), 0.01 * 5.0);
}

/// Keras 2 rounds every factor to floatx, f32: of f64 weights the two differ in the eighth digit.
#[test]
fn the_factors_of_keras_2_are_f32() {
    #[derive(Regularize)]
    #[regularize(edition = KERAS_2_2)]
    struct Old(#[regularize(l2(0.1))] [f64; 1]);

    #[derive(Regularize)]
    struct New(#[regularize(l2(0.1))] [f64; 1]);

    #[derive(Regularize)]
    #[regularize(edition = Edition::KERAS_2_2.with_floatx(Floatx::Float64))]
    struct Double(#[regularize(l2(0.1))] [f64; 1]);

    assert_eq!(Old([1.0]).penalty(), f64::from(0.1_f32));
    assert_eq!(New([1.0]).penalty(), 0.1);
    assert_eq!(Double([1.0]).penalty(), 0.1);
}

#[test]
fn a_negative_factor_is_one_of_keras_2() {
    #[derive(Regularize)]
    #[regularize(edition = TF_2_10)]
    struct Reward(#[regularize(l1(-0.5))] [f32; 2]);

    assert_eq!(Reward([1.0, -3.0]).penalty(), -2.0);
    let mut gradient = Reward([0.0; 2]);
    Reward([1.0, -3.0])
        .add_penalty_gradient(&mut gradient)
        .unwrap();
    assert_eq!(gradient.0, [-0.5, 0.5]);
}

/// Keras 2 keeps the loss of what is frozen, and trains it no more.
#[test]
fn a_frozen_layer_of_keras_2_has_its_loss() {
    #[derive(Regularize)]
    #[regularize(edition = TF_2_10, trainable = false)]
    struct Frozen(#[regularize(l1(0.5))] [f32; 2]);

    let mut layer = Frozen([1.0, -3.0]);
    assert_eq!(layer.penalty(), 2.0);
    assert_eq!(layer.report().unwrap().rows()[0].state(), &State::Counted);
    let mut gradient = Frozen([0.0; 2]);
    layer.add_penalty_gradient(&mut gradient).unwrap();
    layer.proximal_step(1.0).unwrap();
    assert_eq!((gradient.0, layer.0), ([0.0; 2], [1.0, -3.0]));
}

/// The edition of a layer is its own, in whatever it is nested.
#[test]
fn a_layer_in_a_layer_has_its_own_edition() {
    #[derive(Regularize)]
    #[regularize(edition = KERAS_2_2)]
    struct Old(#[regularize(l1(0.5))] [f32; 1]);

    #[derive(Regularize)]
    struct New(#[regularize(l1(0.5))] [f32; 1]);

    #[derive(Regularize)]
    #[regularize(trainable = false)]
    struct Model {
        #[regularize(nested)]
        old: Old,
        #[regularize(nested)]
        new: New,
    }

    let model = Model {
        old: Old([2.0]),
        new: New([4.0]),
    };
    assert!(model.losses().iter().eq([("old.0", &1.0)]));
}

#[test]
fn an_edition_at_run_time_is_the_regularizers() {
    #[derive(Regularize)]
    struct Dense {
        #[regularize(self.strength)]
        kernel: Vec<f64>,
        strength: L2,
    }

    for edition in Edition::ALL {
        let strength = L2::in_edition(edition, 0.1).unwrap();
        let rounded = !edition.name().starts_with("keras-3") || edition.name() == "keras-3.14.0";
        let expected = if rounded { f64::from(0.1_f32) } else { 0.1 };
        assert_eq!(
            Dense {
                kernel: vec![1.0],
                strength
            }
            .penalty(),
            expected
        );
    }
}

fn order(edition: Edition) -> String {
    let weights: Losses<f32> = ["a.kernel", "a.bias", "b.kernel"]
        .map(|name| (name.into(), 1.0))
        .into_iter()
        .collect();
    let activities: Losses<f32> = ["a", "b"]
        .map(|name| (name.into(), 1.0))
        .into_iter()
        .collect();
    let losses = Losses::in_order(edition, weights, activities);
    losses
        .iter()
        .map(|(name, _)| name)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn the_losses_of_a_model_have_the_editions_order() {
    assert_eq!(order(Edition::KERAS_2_2), "a.kernel a.bias b.kernel a b");
    for edition in [
        Edition::TF_2_0,
        Edition::TF_2_3,
        Edition::TF_2_4,
        Edition::TF_2_10,
    ] {
        assert_eq!(order(edition), "a a.kernel a.bias b b.kernel");
    }
    for edition in [
        Edition::KERAS_3_0,
        Edition::KERAS_3_14_0,
        Edition::KERAS_3_14_1,
    ] {
        assert_eq!(order(edition), "a b a.kernel a.bias b.kernel");
    }
}

/// An activity whose name is no layer's comes before all, and one of a model's own output is named ``.
#[test]
fn an_activity_of_no_layer_is_not_lost() {
    let weights: Losses<f32> = [("kernel".into(), 1.0)].into_iter().collect();
    let activities: Losses<f32> = [("relu".into(), 2.0), (String::new(), 3.0)]
        .into_iter()
        .collect();
    let losses = Losses::in_order(Edition::TF_2_10, weights, activities);
    assert!(
        losses
            .iter()
            .eq([("relu", &2.0), ("", &3.0), ("kernel", &1.0)])
    );
}

/// A factor that a layer holds is one of the layer's edition, whatever edition it was made in.
#[test]
fn a_regularizer_in_a_field_follows_the_edition_of_its_layer() {
    #[derive(Regularize)]
    #[regularize(edition = KERAS_2_2, kernel = self.strength, bias = self.scheduled(), activity = self.sparsity)]
    struct Old {
        kernel: [f64; 1],
        bias: [f64; 1],
        strength: L2,
        sparsity: Option<L1>,
    }

    impl Old {
        fn scheduled(&self) -> Option<Box<AnyRegularizer>> {
            Some(Box::new(self.strength.into()))
        }
    }

    let old = |strength| Old {
        kernel: [1.0],
        bias: [1.0],
        strength,
        sparsity: Some(l1(0.5)),
    };
    let rounded = f64::from(0.1_f32);
    let mut layer = old(l2(0.1));
    assert_eq!(layer.penalty(), rounded + rounded);
    // Keras 2.2 does not divide by the batch, and the newest does.
    assert_eq!(layer.activity_penalty(&[1.0_f64, 2.0]), 1.5);
    let mut gradients = old(l2(0.1));
    layer.add_penalty_gradient(&mut gradients).unwrap();
    assert_eq!(gradients.kernel, [1.0 + 2.0 * rounded]);
    layer.proximal_step(0.5).unwrap();
    assert_eq!(layer.kernel, [1.0 / (1.0 + rounded)]);
    assert_eq!(layer.report().unwrap().rows()[0].regularizer(), "l2(0.1)");
}

/// Where the edition has no such regularizer, nothing is mixed: there is no number, and the reason is told.
#[test]
fn a_regularizer_that_an_edition_does_not_have_is_refused() {
    #[derive(Regularize)]
    #[regularize(edition = KERAS_2_2, kernel = self.strength)]
    struct Old {
        kernel: ndarray::Array2<f32>,
        strength: Orthogonal,
    }

    #[derive(Regularize)]
    #[regularize(edition = LATEST, kernel = self.strength, activity = self.strength)]
    struct New {
        kernel: Vec<f32>,
        strength: L2,
    }

    let mut old = Old {
        kernel: ndarray::array![[1.0, 2.0], [3.0, 4.0]],
        strength: Orthogonal::default(),
    };
    assert!(old.penalty().is_nan());
    assert_eq!(
        old.report().unwrap_err().to_string(),
        "kernel: its layer follows keras-2.2, which has no `orthogonal(0.01, rows)`: write one that it has, or leave `edition` out, \
         and the regularizer keeps its own",
    );
    assert!(old.proximal_step(0.1).is_err());

    let reward = L2::in_edition(Edition::TF_2_10, -1.0).unwrap();
    let mut new = New {
        kernel: vec![1.0],
        strength: reward,
    };
    assert!(new.penalty().is_nan());
    assert!(new.activity_penalty(&[1.0_f32]).is_nan());
    assert!(new.check().is_err());
    let mut gradients = New {
        kernel: vec![0.0],
        strength: reward,
    };
    assert!(new.add_penalty_gradient(&mut gradients).is_err());
    assert!(new.proximal_step(0.1).is_err());
    assert_eq!((new.kernel[0], gradients.kernel[0]), (1.0, 0.0));
}

/// A regularizer of the user's own, and a closure, are of no edition.
#[test]
fn what_is_not_of_keras_is_as_it_is_in_every_edition() {
    #[derive(Regularize)]
    #[regularize(edition = KERAS_2_2, kernel = self.own, bias = |b| b.iter().sum())]
    struct Old {
        kernel: [f64; 1],
        bias: [f64; 2],
        own: regularize::extend::FromFn<fn(&[f64]) -> f64>,
    }

    let old = Old {
        kernel: [0.1],
        bias: [1.0, 2.0],
        own: regularize::extend::from_fn(|w: &[f64]| w[0]),
    };
    assert_eq!(old.penalty(), 0.1 + 3.0);
}

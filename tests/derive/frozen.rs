//! What is not trained has no loss, no gradient and no step; the report lists it.

use regularize::{Regularize, State};

#[derive(Regularize)]
#[regularize(trainable = self.trainable, kernel = l1(0.5), activity = l2(1.0))]
struct Dense {
    kernel: Vec<f64>,
    trainable: bool,
}

#[derive(Regularize)]
struct Model {
    #[regularize(nested)]
    head: Dense,
    #[regularize(nested, trainable = !self.fine_tuning)]
    body: Dense,
    #[regularize(l1(1.0), trainable = !self.fine_tuning)]
    bias: Vec<f64>,
    fine_tuning: bool,
}

fn dense(trainable: bool) -> Dense {
    Dense {
        kernel: vec![2.0],
        trainable,
    }
}

fn model(fine_tuning: bool) -> Model {
    Model {
        head: dense(true),
        body: dense(true),
        bias: vec![4.0],
        fine_tuning,
    }
}

#[test]
fn a_frozen_layer_has_no_loss() {
    assert_eq!(dense(true).penalty(), 1.0);
    assert_eq!(dense(false).penalty(), 0.0);
    assert!(dense(false).losses().is_empty());
    assert_eq!(model(false).losses().len(), 3);
    assert!(model(true).losses().iter().eq([("head.kernel", &1.0)]));
}

/// A frozen layer's output is still trained through.
#[test]
fn a_frozen_layer_keeps_its_activity() {
    assert_eq!(dense(false).activity_penalty(&[2.0_f64]), 4.0);
}

#[test]
fn a_frozen_layer_takes_no_step() {
    let mut model = model(true);
    model.proximal_step(1.0).unwrap();
    assert_eq!(model.head.kernel, [1.5]);
    assert_eq!((model.body.kernel, model.bias), (vec![2.0], vec![4.0]));
}

#[test]
fn a_frozen_layer_has_no_gradient() {
    let mut gradients = model(false);
    model(true).add_penalty_gradient(&mut gradients).unwrap();
    assert_eq!(gradients.head.kernel, [2.5]);
    assert_eq!(gradients.body.kernel, [2.0]);
    assert_eq!(gradients.bias, [4.0]);
}

#[test]
fn a_frozen_layer_is_in_the_report() {
    let report = model(true).report().unwrap();
    let states: Vec<_> = report
        .rows()
        .iter()
        .map(|row| (row.path(), row.state()))
        .collect();
    let expected = [
        ("head.kernel", &State::Counted),
        ("head.activity", &State::Activity),
        ("body.kernel", &State::Frozen),
        ("body.activity", &State::Activity),
        ("bias", &State::Frozen),
    ];
    assert_eq!(states, expected);
    assert_eq!(report.total(), 1.0);
    assert!(report.to_string().contains("frozen: does not count"));
}

#[derive(Regularize)]
#[regularize(trainable = false)]
enum Head {
    Dense(#[regularize(l1(1.0))] Vec<f64>),
}

#[test]
fn a_frozen_enum_has_no_loss() {
    let head = Head::Dense(vec![1.0]);
    assert_eq!(head.penalty(), 0.0);
    let Head::Dense(kernel) = head;
    assert_eq!(kernel, [1.0]);
}

//! Layers of others, by roles.

use regularize::extend::{Each, EachMut, EachWith, Path, Weight, WeightGrad};
use regularize::role;
use regularize::{Error, ErrorKind, Regularize};

/// A foreign layer with an optional bias.
struct Linear {
    weight: [[f32; 2]; 1],
    bias: Option<Vec<f32>>,
}

/// A foreign layer whose one role is two tensors.
struct Gru {
    update: Vec<f32>,
    reset: Vec<f32>,
}

macro_rules! role {
    ($layer:ty, $role:ident, $($field:ident),+) => {
        impl Weight<role::$role> for $layer {
            type Tensor = [f32];

            fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
                $(self.$field.each_tensor(&at.field(stringify!($field)), f)?;)+
                Ok(())
            }

            fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, [f32]>) -> Result<(), Error> {
                $(self.$field.each_tensor_mut(&at.field(stringify!($field)), f)?;)+
                Ok(())
            }
        }

        impl WeightGrad<$layer, role::$role> for $layer {
            type Tensor = [f32];
            type Gradient = [f32];

            fn each_tensor_with(&self, gradients: &mut Self, at: &Path<'_>, f: &mut EachWith<'_, [f32]>) -> Result<(), Error> {
                $(self.$field.each_tensor_with(&mut gradients.$field, &at.field(stringify!($field)), f)?;)+
                Ok(())
            }
        }
    };
}
role!(Linear, kernel, weight);
role!(Linear, bias, bias);
role!(Gru, recurrent, update, reset);

#[derive(Regularize)]
struct Net {
    #[regularize(kernel = l1(0.5), bias = l2(0.5))]
    fc1: Linear,
    #[regularize(kernel = self.strength, bias = none, trainable = true)]
    fc2: Vec<Linear>,
    #[regularize(recurrent = l1(1.0))]
    gru: Option<Box<Gru>>,
    strength: regularize::L2,
}

fn net(x: f32) -> Net {
    let linear = |bias| Linear {
        weight: [[x, -x]],
        bias,
    };
    Net {
        fc1: linear(Some(vec![x])),
        fc2: vec![linear(None), linear(Some(vec![9.0]))],
        gru: Some(Box::new(Gru {
            update: vec![x],
            reset: vec![-x, x],
        })),
        strength: regularize::l2(0.25),
    }
}

#[test]
fn a_role_is_a_loss_for_each_tensor() {
    let losses = net(2.0).losses();
    let expected = [
        ("fc1.weight", &2.0),
        ("fc1.bias", &2.0),
        ("fc2.0.weight", &2.0),
        ("fc2.1.weight", &2.0),
        ("gru.update", &2.0),
        ("gru.reset", &4.0),
    ];
    assert!(losses.iter().eq(expected), "{losses}");
}

#[test]
fn a_role_takes_steps() {
    let mut net = net(2.0);
    net.proximal_step(1.0).unwrap();
    assert_eq!(net.fc1.weight, [[1.5, -1.5]]);
    assert_eq!(net.fc1.bias, Some(vec![1.0]));
    assert_eq!(net.fc2[1].weight, [[2.0 / 1.5, -2.0 / 1.5]]);
    assert_eq!(net.fc2[1].bias, Some(vec![9.0]));
    assert_eq!(net.gru.unwrap().reset, [-1.0, 1.0]);
}

#[test]
fn a_role_has_gradients() {
    let mut gradients = net(0.0);
    net(2.0).add_penalty_gradient(&mut gradients).unwrap();
    assert_eq!(gradients.fc1.weight, [[0.5, -0.5]]);
    assert_eq!(gradients.fc1.bias, Some(vec![2.0]));
    assert_eq!(gradients.fc2[0].weight, [[1.0, -1.0]]);
    assert_eq!(gradients.gru.unwrap().reset, [-1.0, 1.0]);
}

#[test]
fn a_missing_gradient_of_a_role_is_named() {
    let mut gradients = net(0.0);
    gradients.gru = None;
    let error = net(2.0).add_penalty_gradient(&mut gradients).unwrap_err();
    assert_eq!(
        error.to_string(),
        "gru: the weight is there and its gradient is `None`"
    );
    assert_eq!(gradients.fc1.weight, [[0.0, -0.0]]);
    let mut gradients = net(0.0);
    gradients.fc2.pop();
    let error = net(2.0).add_penalty_gradient(&mut gradients).unwrap_err();
    assert_eq!(
        error.to_string(),
        "fc2: there are 2 weights and 1 gradients"
    );
}

/// A role over a view has its penalty, and no step.
struct View {
    weight: &'static [f32],
}

impl Weight<role::embeddings> for View {
    type Tensor = [f32];

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
        self.weight.each_tensor(&at.field("embeddings"), f)
    }
}

#[derive(Regularize)]
struct OfView(#[regularize(embeddings = l1)] View);

#[test]
fn a_role_needs_no_more_than_a_view_for_its_penalty() {
    let mut layer = OfView(View { weight: &[2.0] });
    assert!(layer.losses().iter().eq([("0.embeddings", &(0.01 * 2.0))]));
    let error = layer.proximal_step(1.0).unwrap_err();
    assert_eq!(
        (error.path(), error.kind()),
        ("0.embeddings", &ErrorKind::Unchangeable)
    );
}

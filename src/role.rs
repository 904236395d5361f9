//! The weights of a layer by Keras' names, for layers that cannot derive `Regularize`.
//!
//! A field of such a layer is regularized by roles: `#[regularize(kernel = l2(1e-4), bias = none)]`. The layer says which of
//! its weights has a role by [`Weight`](crate::extend::Weight) of that role. A role may be several tensors, as a GRU's
//! gates are. Lists, maps, options, pointers and cells of a layer have its roles.
//!
//! ```
//! use regularize::extend::{Each, EachMut, EachWith, Path, Weight, WeightGrad};
//! use regularize::{Error, Regularize, role};
//!
//! mod elsewhere {
//!     pub struct Linear {
//!         pub weight: Vec<f32>,
//!     }
//! }
//! struct Linear(elsewhere::Linear); // a foreign trait needs a local type
//!
//! impl Weight<role::kernel> for Linear {
//!     type Tensor = [f32];
//!
//!     fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
//!         self.0.weight.each_tensor(&at.field("kernel"), f)
//!     }
//!
//!     // For `proximal_step`.
//!     fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, [f32]>) -> Result<(), Error> {
//!         self.0.weight.each_tensor_mut(&at.field("kernel"), f)
//!     }
//! }
//!
//! // For `add_penalty_gradient`.
//! impl WeightGrad<Linear, role::kernel> for Linear {
//!     type Tensor = [f32];
//!     type Gradient = [f32];
//!
//!     fn each_tensor_with(&self, gradient: &mut Self, at: &Path<'_>, f: &mut EachWith<'_, [f32]>) -> Result<(), Error> {
//!         self.0.weight.each_tensor_with(&mut gradient.0.weight, &at.field("kernel"), f)
//!     }
//! }
//!
//! #[derive(Regularize)]
//! struct Net {
//!     #[regularize(kernel = l1(1.0))]
//!     fc1: Linear,
//! }
//!
//! let net = |weight| Net { fc1: Linear(elsewhere::Linear { weight }) };
//! let (mut model, mut gradients) = (net(vec![0.25, 1.5]), net(vec![0.0, 0.0]));
//! assert_eq!(model.losses().get("fc1.kernel"), Some(&1.75));
//! model.add_penalty_gradient(&mut gradients)?;
//! assert_eq!(gradients.fc1.0.weight, [1.0, 1.0]);
//! model.proximal_step(0.5)?;
//! assert_eq!(model.fc1.0.weight, [0.0, 1.0]);
//! # Ok::<(), Error>(())
//! ```

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident),+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[allow(non_camel_case_types)] // Keras' name, as an attribute writes it
        pub enum $name {}
    )+};
}
roles! {
    /// The whole field, which is a weight itself: `#[regularize(l2(0.01))]`.
    weight,
    /// The weights that the input is multiplied by: `kernel_regularizer`.
    kernel,
    /// The weights that are added: `bias_regularizer`.
    bias,
    /// The weights that a recurrent layer's state is multiplied by: `recurrent_regularizer`.
    recurrent,
    /// The weights of each channel of a separable convolution: `depthwise_regularizer`.
    depthwise,
    /// The weights across the channels of a separable convolution: `pointwise_regularizer`.
    pointwise,
    /// The table of an embedding: `embeddings_regularizer`.
    embeddings,
    /// The scale of a normalization: `gamma_regularizer`.
    gamma,
    /// The shift of a normalization: `beta_regularizer`.
    beta,
    /// The slopes of a PReLU: `alpha_regularizer`.
    alpha
}

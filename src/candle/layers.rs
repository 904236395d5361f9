//! The layers of candle-nn by Keras' roles: those that show their tensors, weights only.

use crate::error::Error;
use crate::path::Path;
use crate::role::{self, Role, RoleMut};
use crate::weight::{Weight, WeightMut};
use candle_core::Tensor;
use candle_nn::{
    BatchNorm, Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, Embedding, LayerNorm, Linear,
    PReLU, RmsNorm,
};

macro_rules! roles {
    ($($layer:ty: $($role:ident = |$this:ident| $weight:expr),+;)+) => {$($(
        impl Role<role::$role> for $layer {
            type Tensor = Tensor;

            fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &Tensor) -> Result<(), Error>,
            {
                let $this = self;
                $weight.each_tensor(&at.field(stringify!($role)), f)
            }
        }

        // A clone is the same variable.
        impl RoleMut<role::$role> for $layer {
            type Tensor = Tensor;

            fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &mut Tensor) -> Result<(), Error>,
            {
                let $this = self;
                $weight.cloned().each_tensor_mut(&at.field(stringify!($role)), f)
            }
        }
    )+)+};
}
roles! {
    Linear: kernel = |layer| Some(layer.weight()), bias = |layer| layer.bias();
    Conv1d: kernel = |layer| Some(layer.weight()), bias = |layer| layer.bias();
    Conv2d: kernel = |layer| Some(layer.weight()), bias = |layer| layer.bias();
    ConvTranspose1d: kernel = |layer| Some(layer.weight()), bias = |layer| layer.bias();
    ConvTranspose2d: kernel = |layer| Some(layer.weight()), bias = |layer| layer.bias();
    Embedding: embeddings = |layer| Some(layer.embeddings());
    LayerNorm: gamma = |layer| Some(layer.weight()), beta = |layer| layer.bias();
    RmsNorm: gamma = |layer| Some(layer.weight());
    BatchNorm:
        gamma = |layer| layer.weight_and_bias().map(|both| both.0),
        beta = |layer| layer.weight_and_bias().map(|both| both.1);
    PReLU: alpha = |layer| Some(layer.weight());
}

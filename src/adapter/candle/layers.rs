//! The layers of candle-nn by Keras' roles: those that show their tensors, weights only.

use crate::adapter::implement;
use candle_core::Tensor;
use candle_nn::{
    BatchNorm, Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, Embedding, LayerNorm, Linear,
    PReLU, RmsNorm,
};

macro_rules! roles {
    ($($layer:ty: $($role:ident = |$this:ident| $weight:expr),+;)+) => {$($(
        implement!(
            $layer,
            $role: Tensor,
            |self, at, f| {
                let $this = self;
                $weight.each_tensor(&at.field(stringify!($role)), f)
            },
            {
                // A clone is the same variable.
                let $this = self;
                $weight.cloned().each_tensor_mut(&at.field(stringify!($role)), f)
            }
        );
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

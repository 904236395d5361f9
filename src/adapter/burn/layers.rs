//! The layers of burn-nn by Keras' roles: weights only, never running statistics.

use crate::adapter::implement;
use crate::error::{Error, ErrorKind};
use crate::path::Path;
use crate::role;
use crate::weight::Weight;
use burn::nn::activation::Activation;
use burn::nn::attention::MultiHeadAttention;
use burn::nn::conv::{
    Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, DeformConv2d,
};
use burn::nn::modules::norm::Normalization;
use burn::nn::transformer::{
    PositionWiseFeedForward, TransformerDecoder, TransformerDecoderLayer, TransformerEncoder,
    TransformerEncoderLayer,
};
use burn::nn::{
    BatchNorm, BiGru, BiLstm, BiRnn, Embedding, GateController, GroupNorm, Gru, InstanceNorm,
    LayerNorm, Linear, Lstm, PRelu, RmsNorm, Rnn, SwiGlu,
};
use burn::tensor::Tensor;

/// A role that is fields of the layer: parameters, or parameters that may be missing.
macro_rules! fields {
    ($layer:ty: $($role:ident of rank $rank:literal = $($field:ident).+ $(, $name:literal = $($more:ident).+)*;)+) => {$(
        implement!(
            $layer,
            $role: Tensor<$rank>,
            |self, at, f| {
                self.$($field).+.each_tensor(&at.field(stringify!($role)), f)?;
                $(self.$($more).+.each_tensor(&at.field($name), f)?;)*
                Ok(())
            },
            {
                self.$($field).+.each_tensor_mut(&at.field(stringify!($role)), f)?;
                $(self.$($more).+.each_tensor_mut(&at.field($name), f)?;)*
                Ok(())
            }
        );
    )+};
}
fields!(Linear: kernel of rank 2 = weight; bias of rank 1 = bias;);
fields!(Conv1d: kernel of rank 3 = weight; bias of rank 1 = bias;);
fields!(Conv2d: kernel of rank 4 = weight; bias of rank 1 = bias;);
fields!(Conv3d: kernel of rank 5 = weight; bias of rank 1 = bias;);
fields!(ConvTranspose1d: kernel of rank 3 = weight; bias of rank 1 = bias;);
fields!(ConvTranspose2d: kernel of rank 4 = weight; bias of rank 1 = bias;);
fields!(ConvTranspose3d: kernel of rank 5 = weight; bias of rank 1 = bias;);
fields!(DeformConv2d: kernel of rank 4 = weight; bias of rank 1 = bias;);
fields!(Embedding: embeddings of rank 2 = weight;);
fields!(BatchNorm: gamma of rank 1 = gamma; beta of rank 1 = beta;);
fields!(LayerNorm: gamma of rank 1 = gamma; beta of rank 1 = beta;);
fields!(GroupNorm: gamma of rank 1 = gamma; beta of rank 1 = beta;);
fields!(InstanceNorm: gamma of rank 1 = gamma; beta of rank 1 = beta;);
fields!(RmsNorm: gamma of rank 1 = gamma;);
fields!(PRelu: alpha of rank 1 = alpha;);
// Each gate has a bias for the input and one for the state.
fields!(GateController:
    kernel of rank 2 = input_transform.weight;
    recurrent of rank 2 = hidden_transform.weight;
    bias of rank 1 = input_transform.bias, "recurrent_bias" = hidden_transform.bias;
);

/// Roles that are those of the layers within, at the names of their fields.
macro_rules! within {
    ($layer:ty: $($role:ident of rank $rank:literal),+ = $fields:tt) => {
        $(within!(@ $layer, $role, $rank, $fields);)+
    };
    (@ $layer:ty, $role:ident, $rank:literal, [$($field:ident),+]) => {
        implement!(
            $layer,
            $role: Tensor<$rank>,
            |self, at, f| {
                $(Weight::<role::$role>::each_tensor(&self.$field, &at.field(stringify!($field)), f)?;)+
                Ok(())
            },
            {
                $(Weight::<role::$role>::each_tensor_mut(&mut self.$field, &at.field(stringify!($field)), f)?;)+
                Ok(())
            }
        );
    };
}
within!(Lstm: kernel of rank 2, recurrent of rank 2, bias of rank 1 = [input_gate, forget_gate, output_gate, cell_gate]);
within!(Gru: kernel of rank 2, recurrent of rank 2, bias of rank 1 = [update_gate, reset_gate, new_gate]);
within!(Rnn: kernel of rank 2, recurrent of rank 2, bias of rank 1 = [gate]);
within!(BiLstm: kernel of rank 2, recurrent of rank 2, bias of rank 1 = [forward, reverse]);
within!(BiGru: kernel of rank 2, recurrent of rank 2, bias of rank 1 = [forward, reverse]);
within!(BiRnn: kernel of rank 2, recurrent of rank 2, bias of rank 1 = [forward, reverse]);
within!(SwiGlu: kernel of rank 2, bias of rank 1 = [linear_inner, linear_outer]);
within!(MultiHeadAttention: kernel of rank 2, bias of rank 1 = [query, key, value, output]);
// burn itself skips the weights of its activation: they are neither trained nor saved.
within!(PositionWiseFeedForward: kernel of rank 2, bias of rank 1 = [linear_inner, linear_outer]);
within!(TransformerEncoderLayer: kernel of rank 2, bias of rank 1 = [mha, pwff]);
within!(TransformerEncoderLayer: gamma of rank 1, beta of rank 1 = [norm_1, norm_2]);
within!(TransformerDecoderLayer: kernel of rank 2, bias of rank 1 = [self_attn, cross_attn, pwff]);
within!(TransformerDecoderLayer: gamma of rank 1, beta of rank 1 = [norm_1, norm_2, norm_3]);
within!(TransformerEncoder: kernel of rank 2, bias of rank 1, gamma of rank 1, beta of rank 1 = [layers]);
within!(TransformerDecoder: kernel of rank 2, bias of rank 1, gamma of rank 1, beta of rank 1 = [layers]);

/// A role of an enum of layers: that of the variants that have it, nothing in the others.
macro_rules! variants {
    ($layer:ident: $role:ident of rank $rank:literal = [$($variant:ident),+] none = [$($none:ident),*]) => {
        implement!(
            $layer,
            $role: Tensor<$rank>,
            |self, at, f| match self {
                $(Self::$variant(layer) => Weight::<role::$role>::each_tensor(layer, at, f),)+
                $(Self::$none(_) => Ok(()),)*
                #[allow(unreachable_patterns)]
                _ => Err(unknown(at)),
            },
            match self {
                $(Self::$variant(layer) => Weight::<role::$role>::each_tensor_mut(layer, at, f),)+
                $(Self::$none(_) => Ok(()),)*
                #[allow(unreachable_patterns)]
                _ => Err(unknown(at)),
            }
        );
    };
}
variants!(Activation: kernel of rank 2 = [SwiGlu] none = [
    Identity, Gelu, PRelu, Relu, LeakyRelu, Selu, Sigmoid, Tanh, HardSigmoid, HardSwish, Softplus, Softsign, Elu, Celu,
    ThresholdedRelu, HardShrink, SoftShrink, Shrink
]);
variants!(Activation: bias of rank 1 = [SwiGlu] none = [
    Identity, Gelu, PRelu, Relu, LeakyRelu, Selu, Sigmoid, Tanh, HardSigmoid, HardSwish, Softplus, Softsign, Elu, Celu,
    ThresholdedRelu, HardShrink, SoftShrink, Shrink
]);
variants!(Activation: alpha of rank 1 = [PRelu] none = [
    Identity, Gelu, SwiGlu, Relu, LeakyRelu, Selu, Sigmoid, Tanh, HardSigmoid, HardSwish, Softplus, Softsign, Elu, Celu,
    ThresholdedRelu, HardShrink, SoftShrink, Shrink
]);
variants!(Normalization: gamma of rank 1 = [Batch, Group, Instance, Layer, Rms] none = [Identity]);
variants!(Normalization: beta of rank 1 = [Batch, Group, Instance, Layer] none = [Identity, Rms]);

/// burn may add a variant in any release.
fn unknown(at: &Path<'_>) -> Error {
    let message = "burn: a layer of a kind that came after burn 0.22, whose weights are not known";
    Error::new(at, ErrorKind::Framework(message.into()))
}

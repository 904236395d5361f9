//! Penalties that are derived, beside the same by hand: `tests/assembly.rs` compares what the compiler makes of each pair.

use regularize::{L1, L2, Regularize, Regularizer, l1, l2};

/// A layer.
#[derive(Regularize)]
#[regularize(kernel = l2(0.01), bias = l1(0.01))]
pub struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
}

const KERNEL: L2 = l2(0.01);
const BIAS: L1 = l1(0.01);

/// The layer's penalty, derived.
#[unsafe(no_mangle)]
pub fn dense_derived(dense: &Dense) -> f32 {
    dense.penalty()
}

/// The layer's penalty, by hand.
#[unsafe(no_mangle)]
pub fn dense_by_hand(dense: &Dense) -> f32 {
    KERNEL.penalty(&dense.kernel[..]) + BIAS.penalty(&dense.bias[..])
}

/// A layer around a layer, with a weight that may be missing and a regularizer of its own.
#[derive(Regularize)]
#[regularize(scale = l2(0.5), gate = self.strength)]
pub struct Model {
    #[regularize(nested)]
    dense: Dense,
    scale: Option<[f32; 3]>,
    strength: L2,
    gate: Box<[f32]>,
}

const SCALE: L2 = l2(0.5);

/// The model's penalty, derived.
#[unsafe(no_mangle)]
pub fn model_derived(model: &Model) -> f32 {
    model.penalty()
}

/// The model's penalty, by hand.
#[unsafe(no_mangle)]
pub fn model_by_hand(model: &Model) -> f32 {
    let mut penalty = KERNEL.penalty(&model.dense.kernel[..]) + BIAS.penalty(&model.dense.bias[..]);
    if let Some(scale) = &model.scale {
        penalty += SCALE.penalty(&scale[..]);
    }
    penalty + model.strength.penalty(&model.gate[..])
}

/// What no comparison may take for `dense_by_hand`: it adds once more.
#[unsafe(no_mangle)]
pub fn dense_and_more(dense: &Dense) -> f32 {
    dense.add_penalty(1.0)
}

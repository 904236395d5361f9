//! The gradient of a framework's weight is on its tape.

use candle_core::Var;
use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2(0.01))]
struct Dense {
    kernel: Var,
}

fn backwards(dense: &Dense, gradients: &mut Dense) {
    dense.add_penalty_gradient(gradients).unwrap();
}

fn main() {}

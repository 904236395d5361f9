//! The orthogonal regularizer of a matrix, on the tape.

use super::{narrowed, total, widened};
use crate::adapter::format::Cosines;
use crate::tensor::Matrix;
use burn::tensor::Tensor;
use regularize_core::{Mode, Orthogonal};

impl Matrix for Tensor<2> {}

/// factor·Σ_{i<j} |nᵢ·nⱼ| / (n(n − 1)/2) of a matrix; `None` of a tensor of another rank.
pub(super) fn penalty<const D: usize>(
    x: &Tensor<D>,
    regularizer: &Orthogonal,
) -> Option<Tensor<1>> {
    let [rows, columns] = x.dims()[..] else {
        return None;
    };
    let dtype = x.dtype();
    let (format, x) = widened(x.clone().reshape([rows, columns]));
    let x: Tensor<2> = match regularizer.mode() {
        Mode::Rows => x,
        Mode::Columns => x.transpose(),
    };
    let [vectors, length] = x.dims();
    let constant = |number: f64| Tensor::<1>::full([1], number, (&x.device(), x.dtype()));
    let penalty = match Cosines::new(format, regularizer, vectors, length) {
        Cosines::Undefined => constant(f64::NAN),
        Cosines::Zero => constant(0.0),
        Cosines::Mean {
            floor,
            factor,
            pairs,
        } => {
            // Divided by its largest weight no vector overflows.
            let scale = x.clone().detach().abs().max_dim(1).clamp_min(floor);
            let x = x / scale.clone();
            let floor = scale.full_like(floor) / scale;
            // No root is one of 0, which has no derivative: a length is at least 1, or the floor is.
            let squares = x.clone().square().sum_dim(1).max_pair(floor.square());
            let unit = x / squares.sqrt();
            let cosines = unit.clone().matmul(unit.transpose()).abs().triu(1);
            total(cosines).div_scalar(pairs).mul_scalar(factor)
        }
    };
    Some(narrowed(format, penalty, dtype))
}

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
            // Divided by its largest weight no vector overflows. Of a vector of zeros that is 1.
            let largest = x.clone().detach().abs().max_dim(1);
            let is_zero = largest.clone().equal_elem(0.0);
            let largest = largest.mask_fill(is_zero.clone(), 1.0);
            let x = x / largest.clone();
            // Nor is the root of 0 taken, which has no derivative.
            let squares = x.clone().square().sum_dim(1).mask_fill(is_zero, 1.0);
            let floor = largest.full_like(floor) / largest;
            let unit = x / squares.sqrt().max_pair(floor);
            let cosines = unit.clone().matmul(unit.transpose()).abs().triu(1);
            total(cosines).div_scalar(pairs).mul_scalar(factor)
        }
    };
    Some(narrowed(format, penalty, dtype))
}

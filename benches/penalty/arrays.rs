//! The operations of ndarray and nalgebra, as their users write them.

use crate::weight::Weight;
use nalgebra::{DVectorView, DVectorViewMut, RealField};
use ndarray::{ArrayView1, ArrayViewMut1, Zip};

pub(crate) fn ndarray_penalty<T: Weight>(x: &[T]) -> T {
    let x = ArrayView1::from(x);
    T::FACTOR * x.mapv(|x| x.abs()).sum() + T::FACTOR * x.mapv(|x| x * x).sum()
}

pub(crate) fn ndarray_add_subgradient<T: Weight>(x: &[T], g: &mut [T]) -> T {
    let twice = T::FACTOR + T::FACTOR;
    Zip::from(ArrayViewMut1::from(g))
        .and(ArrayView1::from(x))
        .for_each(|g, &x| {
            let sign = if x == T::ZERO { T::ZERO } else { x.signum() };
            *g = *g + (T::FACTOR * sign + twice * x);
        });
    T::ZERO
}

pub(crate) fn ndarray_proximal_step<T: Weight>(x: &mut [T]) {
    let threshold = T::STEP * T::FACTOR;
    let divisor = T::one() + (threshold + threshold);
    ArrayViewMut1::from(x)
        .mapv_inplace(|x| x.signum() * (x.abs() - threshold).max(T::ZERO) / divisor);
}

pub(crate) fn nalgebra_penalty<T: Weight + RealField>(x: &[T]) -> T {
    let x = DVectorView::from_slice(x, x.len());
    T::FACTOR * x.lp_norm(1) + T::FACTOR * x.norm_squared()
}

pub(crate) fn nalgebra_add_subgradient<T: Weight + RealField>(x: &[T], g: &mut [T]) -> T {
    let twice = T::FACTOR + T::FACTOR;
    let n = x.len();
    DVectorViewMut::from_slice(g, n).zip_apply(&DVectorView::from_slice(x, n), |g, x| {
        let sign = if x == T::ZERO {
            T::ZERO
        } else {
            num_traits::Float::signum(x)
        };
        *g += T::FACTOR * sign + twice * x;
    });
    T::ZERO
}

pub(crate) fn nalgebra_proximal_step<T: Weight + RealField>(x: &mut [T]) {
    let threshold = T::STEP * T::FACTOR;
    let divisor = T::one() + (threshold + threshold);
    let n = x.len();
    DVectorViewMut::from_slice(x, n).apply(|x| {
        let kept = num_traits::Float::max(num_traits::Float::abs(*x) - threshold, T::ZERO);
        *x = num_traits::Float::signum(*x) * kept / divisor;
    });
}

//! The methods of `Terms` and `Sums`.

use crate::weight::{FACTOR, STEP, Weight};
use regularize::extend::{Sums, Terms};
use regularize::{Step, l1_l2};
use std::hint::black_box;

pub(crate) const fn terms() -> Terms {
    l1_l2(FACTOR, FACTOR).terms()
}

/// With the factors as the type has them: of these the value is the real number, rounded once.
pub(crate) fn terms_in<T: Weight>() -> Terms {
    let factor = T::FACTOR.double();
    l1_l2(factor, factor).terms()
}

pub(crate) fn step() -> Step {
    Step::new(STEP).expect("0.5 is a step")
}

pub(crate) fn penalty<T: Weight>(x: &[T]) -> T {
    terms().penalty(x)
}

pub(crate) fn partial<T: Weight>(x: &[T]) -> T {
    let mut sums = Sums::new();
    sums.extend(x);
    black_box(&sums);
    T::ZERO
}

pub(crate) fn add_subgradient<T: Weight>(x: &[T], g: &mut [T]) -> T {
    terms().add_subgradient(x, g).expect("of one length");
    T::ZERO
}

pub(crate) fn penalty_and_add_subgradient<T: Weight>(x: &[T], g: &mut [T]) -> T {
    let penalty = terms().penalty_and_add_subgradient(x, g);
    penalty.expect("of one length")
}

pub(crate) fn sums_and_add_subgradient<T: Weight>(x: &[T], g: &mut [T]) -> T {
    let sums = terms().sums_and_add_subgradient(x, g);
    black_box(&sums.expect("of one length"));
    T::ZERO
}

/// What the fused method is instead of.
pub(crate) fn one_after_the_other<T: Weight>(x: &[T], g: &mut [T]) -> T {
    terms().add_subgradient(x, g).expect("of one length");
    terms().penalty(x)
}

pub(crate) fn proximal_step<T: Weight>(x: &mut [T]) {
    terms().proximal_step(step(), x);
}

//! Every weight of the types that have 65 536 of them.

use crate::common::*;
use half::{bf16, f16};

/// Factors on both sides of what the types resolve.
fn cases() -> [Case; 4] {
    [l1(0.01), l2(0.3), l1_l2(0.001, 1e-4), l1_l2(2.0, 0.5)]
}

fn subgradients<T: Real>() {
    for case in cases() {
        for bits in 0..=u64::from(u16::MAX) {
            same(
                case.terms.subgradient(T::of(bits)),
                case.factors.subgradient(T::FORMAT, bits),
            )
            .unwrap();
        }
    }
}

fn proximal_points<T: Real>() {
    for (case, step) in cases().into_iter().zip([0.3, 0.1, 1.0, 0.25]) {
        for bits in 0..=u64::from(u16::MAX) {
            let point = case.terms.proximal(step_of(step), T::of(bits));
            same(point, case.factors.proximal(T::FORMAT, step, bits)).unwrap();
        }
    }
}

fn values<T: Real>() {
    for case in cases() {
        for bits in 0..=u64::from(u16::MAX) {
            let value = case.terms.penalty(&[T::of(bits)]);
            same(value, case.factors.penalty(T::FORMAT, &[bits])).unwrap();
        }
    }
}

/// Doubles round to the type as the oracle rounds them: at every number, at every tie and around it.
fn conversions<T: Real>() {
    for bits in 0..T::FORMAT.infinity(false) {
        let (x, next) = (T::of(bits).to_f64(), T::of(bits + 1).to_f64());
        assert_eq!(dyadic(x), exact(T::of(bits)));
        // Above the largest number is the tie with what would be the next.
        let tie = match next.is_finite() {
            true => (x + next) / 2.0,
            false => x + (x - T::of(bits - 1).to_f64()) / 2.0,
        };
        for double in [x, tie.next_down(), tie, tie.next_up()] {
            for double in [double, -double] {
                let oracle = dyadic(double).round(T::FORMAT, double.is_sign_negative());
                same(T::from_f64(double), oracle).unwrap();
            }
        }
    }
}

#[test]
fn every_subgradient_of_f16() {
    subgradients::<f16>();
}

#[test]
fn every_subgradient_of_bf16() {
    subgradients::<bf16>();
}

#[test]
fn every_proximal_point_of_f16() {
    proximal_points::<f16>();
}

#[test]
fn every_proximal_point_of_bf16() {
    proximal_points::<bf16>();
}

#[test]
fn every_value_of_one_f16() {
    values::<f16>();
}

#[test]
fn every_value_of_one_bf16() {
    values::<bf16>();
}

#[test]
fn every_tie_of_f16_and_what_is_around_it() {
    conversions::<f16>();
}

#[test]
fn every_tie_of_bf16_and_what_is_around_it() {
    conversions::<bf16>();
}

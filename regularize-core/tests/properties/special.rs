//! Zeros, infinities and NaN, in weights and in factors.

use crate::common::*;
use proptest::prelude::*;
use regularize_core::{Step, Sums};

properties! {
    fn special_weights_have_the_oracles_value<T>(case in case(), xs in wild_weights::<T>()) {
        let bits = patterns(&xs);
        same(case.terms.penalty(&xs), case.factors.penalty(T::FORMAT, &bits))?;
        let mut sums = Sums::new();
        sums.extend(&xs);
        same(
            case.terms.penalty_per_sample::<T>(&sums, 3),
            case.factors.penalty_per_sample(T::FORMAT, &bits, 3),
        )?;
    }

    fn special_weights_have_the_oracles_subgradient<T>(case in case(), x in anything::<T>()) {
        same(case.terms.subgradient(x), case.factors.subgradient(T::FORMAT, x.pattern()))?;
    }

    fn special_weights_have_the_oracles_proximal_point<T>(
        case in case(), step in nonnegative(), v in anything::<T>(),
    ) {
        let oracle = case.factors.proximal(T::FORMAT, step, v.pattern());
        same(case.terms.proximal(step_of(step), v), oracle)?;
    }

    fn nan_among_the_weights_is_nan_if_a_term_is_present<T>(
        case in case(), mut xs in wild_weights::<T>(), at in any::<prop::sample::Index>(),
    ) {
        xs.insert(at.index(xs.len() + 1), T::of(T::FORMAT.nan()));
        let none = case.terms.l1().is_none() && case.terms.l2().is_none();
        same(case.terms.penalty(&xs), if none { 0 } else { T::FORMAT.nan() })?;
    }

    fn without_a_term_everything_is_free_and_stays<T>(x in anything::<T>(), step in nonnegative()) {
        let none = l1_l2(0.0, 0.0).terms;
        same(none.penalty(&[x]), 0)?;
        same(none.subgradient(x), 0)?;
        same(none.proximal(step_of(step), x), x.pattern())?;
    }

    fn no_weights_cost_nothing<T>(case in finite_case::<T>()) {
        prop_assert!(case.terms.penalty::<T>(&[]) == T::ZERO);
    }

    fn an_infinite_factor_over_nothing_is_nan<T>(
        zeros in prop::collection::vec(any::<bool>(), 0..4),
    ) {
        let xs: Vec<T> =
            zeros.iter().map(|&minus| if minus { negated(T::ZERO) } else { T::ZERO }).collect();
        // Of the four types only f64 holds the largest double, so the factor goes through f32.
        same(l1(f64::MAX).terms.penalty(&xs), T::FORMAT.nan())?;
        let some = [T::of(1)];
        same(l1(f64::MAX).terms.penalty(&some), T::FORMAT.infinity(false))?;
    }

    fn a_value_of_minus_zero_needs_one_term_and_its_minus_zero<T>(
        case in case(), xs in wild_weights::<T>(),
    ) {
        let minus_zero = negated(T::ZERO).pattern();
        let factors = [case.terms.l1(), case.terms.l2()];
        let present: Vec<f64> = factors.into_iter().flatten().collect();
        let expected = present.len() == 1
            && present[0].to_bits() == (-0.0_f64).to_bits()
            && xs.iter().all(|&x| is_finite(x));
        prop_assert_eq!(case.terms.penalty(&xs).pattern() == minus_zero, expected);
    }

    fn at_both_zeros_the_subgradient_is_plus_zero<T>(case in case()) {
        same(case.terms.subgradient(T::ZERO), 0)?;
        same(case.terms.subgradient(negated(T::ZERO)), 0)?;
    }

    fn a_proximal_step_of_zero_moves_nothing<T>(case in case(), v in anything::<T>()) {
        for zero in [0.0, -0.0] {
            same(case.terms.proximal(step_of(zero), v), v.pattern())?;
        }
    }
}

#[test]
fn zero_times_infinity_is_nan_where_the_term_is_present() {
    assert!(l1(0.0).terms.penalty(&[f32::INFINITY]).is_nan());
    assert!(l2(0.0).terms.penalty(&[f32::NEG_INFINITY]).is_nan());
    assert_eq!(
        l1_l2(0.0, 1.0).terms.penalty(&[f32::INFINITY]),
        f32::INFINITY
    );
    assert_eq!(l1_l2(0.0, 0.0).terms.penalty(&[f32::INFINITY]).to_bits(), 0);
    // 1e-46 is not 0 as a double, so the term is present, and it is 0 as an f32.
    assert!(l1_l2(1e-46, 1.0).terms.penalty(&[f32::INFINITY]).is_nan());
    assert_eq!(
        l1_l2(1e-46, 1.0).terms.penalty(&[f64::INFINITY]),
        f64::INFINITY
    );
}

#[test]
fn a_factor_is_infinite_only_in_the_types_that_cannot_hold_it() {
    assert_eq!(l2(1e39).terms.penalty(&[1.0_f32]), f32::INFINITY);
    assert_eq!(l2(1e39).terms.penalty(&[1.0_f64]), 1e39);
    assert_eq!(l1(1e39).terms.penalty(&[1.0_f64]), f64::INFINITY);
    assert!(l2(1e39).terms.penalty(&[0.0_f32]).is_nan());
    assert_eq!(l2(1e39).terms.penalty(&[0.0_f64]), 0.0);
}

#[test]
fn a_step_is_finite_and_not_negative() {
    for good in [0.0, -0.0, 5e-324, 1.0, f64::MAX] {
        assert_eq!(Step::new(good).unwrap().get().to_bits(), good.to_bits());
    }
    for bad in [-5e-324, -1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let error = Step::new(bad).unwrap_err();
        assert_eq!(error.value().to_bits(), bad.to_bits());
        let text = error.to_string();
        assert!(
            text.contains("step") && text.contains(&format!("{bad:?}")),
            "{text}"
        );
    }
}

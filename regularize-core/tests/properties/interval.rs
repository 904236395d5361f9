//! The subdifferential as an interval of doubles, rounded outward.

use crate::common::*;
use proptest::prelude::*;
use regularize_core::Interval;
use regularize_oracle::{Direction, Format};

properties! {
    /// The lower end is the greatest double not above 2·l2·x + l1·sign x and the upper the least not below.
    fn the_ends_are_the_nearest_doubles_outside<T>(case in finite_case::<T>(), x in finite::<T>()) {
        let [lower, upper] = case.factors.subdifferential(T::FORMAT, x.pattern()).unwrap();
        let interval = case.terms.subdifferential(x);
        let down = f64::from_bits(lower.directed(Format::F64, Direction::Down, false));
        let up = f64::from_bits(upper.directed(Format::F64, Direction::Up, false));
        // By value: the sign of a zero end means nothing.
        prop_assert!(interval.lower() == down, "{} and {:?}", interval, down);
        prop_assert!(interval.upper() == up, "{} and {:?}", interval, up);
    }

    fn at_zero_the_interval_is_from_minus_l1_to_l1<T>(
        case in finite_case::<T>(), minus in any::<bool>(),
    ) {
        let zero = if minus { negated(T::ZERO) } else { T::ZERO };
        let interval = case.terms.subdifferential(zero);
        let l1 = T::from_f64(case.terms.l1().unwrap_or(0.0)).to_f64();
        prop_assert_eq!((interval.lower(), interval.upper()), (-l1, l1));
        for inside in [-l1, -l1 / 2.0, 0.0, l1 / 3.0, l1] {
            prop_assert!(interval.contains(inside));
        }
        prop_assert!(!interval.contains(l1.next_up()) && !interval.contains((-l1).next_down()));
    }

    /// Core's subgradient is in the interval: always for doubles and at zero, where the real number is a
    /// number of the type otherwise. A rounded f32 lies next to an interval of doubles, not in it.
    fn the_subgradient_is_a_member<T>(case in finite_case::<T>(), x in finite::<T>()) {
        let interval = case.terms.subdifferential(x);
        let s = case.terms.subgradient(x);
        let real = case.factors.subdifferential(T::FORMAT, x.pattern()).unwrap();
        let representable = T::FORMAT.decode(s.pattern()).finite().as_ref() == Some(&real[0]);
        if T::FORMAT == Format::F64 || x == T::ZERO || representable {
            prop_assert!(interval.contains(s.to_f64()), "{:?} in {}", s, interval);
        }
    }

    fn a_rounded_subgradient_is_a_member_rounded<T>(
        case in finite_case::<T>(), x in finite::<T>(),
    ) {
        let interval = case.terms.subdifferential(x);
        let s = case.terms.subgradient(x);
        let round = |end: f64| T::from_f64(end);
        prop_assert!(round(interval.lower()) <= s && s <= round(interval.upper()));
    }

    /// −∇L(0) ∈ ∂Ω(0) ⇔ |∇L(0)| ≤ l1.
    fn zero_is_the_minimum_exactly_when_minus_the_gradient_is_a_member<T>(
        case in finite_case::<T>(), g in near::<T>(),
    ) {
        let g = g.to(case.terms.l1().unwrap_or(0.0));
        let member = case.terms.subdifferential(T::ZERO).contains(-g.to_f64());
        prop_assert_eq!(case.terms.zero_is_minimum(g), member);
    }

    fn the_interval_at_nan_contains_nothing<T>(case in case(), y in any::<f64>()) {
        let nan = case.terms.subdifferential(T::of(T::FORMAT.nan()));
        prop_assert!(!nan.contains(y) && !nan.contains(f64::NAN));
        prop_assert!(!nan.intersects(&Interval::new(f64::NEG_INFINITY, f64::INFINITY)));
    }

    fn the_interval_at_infinity_is_the_limit<T>(case in finite_case::<T>()) {
        let infinity = T::of(T::FORMAT.infinity(false));
        let l1 = T::from_f64(case.terms.l1().unwrap_or(0.0)).to_f64();
        let l2 = T::from_f64(case.terms.l2().unwrap_or(0.0)).to_f64();
        let end = if l2 > 0.0 { f64::INFINITY } else { l1 };
        let at = |x| case.terms.subdifferential::<T>(x);
        prop_assert_eq!(at(infinity), Interval::new(end, end));
        prop_assert_eq!(at(negated(infinity)), Interval::new(-end, -end));
    }

    fn subdifferentials_are_ordered_as_the_weights_are<T>(
        case in finite_case::<T>(), x in finite::<T>(), y in finite::<T>(),
    ) {
        let (low, high) = if x < y { (x, y) } else { (y, x) };
        let (low, high) = (case.terms.subdifferential(low), case.terms.subdifferential(high));
        prop_assert!(low.lower() <= high.lower() && low.upper() <= high.upper());
    }
}

#[test]
fn contains_is_between_the_ends() {
    check((any::<f64>(), any::<f64>(), any::<f64>()), |(a, b, x)| {
        let interval = Interval::new(a, b);
        prop_assert_eq!(interval.contains(x), a <= x && x <= b);
        prop_assert_eq!(interval.lower().to_bits(), a.to_bits());
        prop_assert_eq!(interval.upper().to_bits(), b.to_bits());
        Ok(())
    });
}

#[test]
fn intersects_is_having_a_common_element() {
    check(prop::array::uniform4(-3_i8..=3), |ends| {
        let [a, b, c, d] = ends.map(f64::from);
        let (one, two) = (Interval::new(a, b), Interval::new(c, d));
        // All ends are integers: if there is a common element, an integer is one.
        let common = (-3..=3)
            .map(f64::from)
            .any(|x| one.contains(x) && two.contains(x));
        prop_assert_eq!(one.intersects(&two), common);
        prop_assert_eq!(two.intersects(&one), common);
        Ok(())
    });
}

#[test]
fn nan_is_in_no_interval_and_an_interval_of_nan_holds_nothing() {
    let all = Interval::new(f64::NEG_INFINITY, f64::INFINITY);
    assert!(!all.contains(f64::NAN));
    for nan in [Interval::new(f64::NAN, 1.0), Interval::new(-1.0, f64::NAN)] {
        assert!(!nan.contains(0.0) && !nan.intersects(&all) && !all.intersects(&nan));
    }
}

#[test]
fn an_interval_is_shown_by_its_ends() {
    assert_eq!(Interval::new(-0.01, 0.01).to_string(), "[-0.01, 0.01]");
    assert_eq!(
        l1_l2(0.5, 0.25).terms.subdifferential(0.0_f64).to_string(),
        "[-0.5, 0.5]"
    );
}

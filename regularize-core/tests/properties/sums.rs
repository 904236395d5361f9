//! Partial sums are exact: however the weights are cut and put together, the sums are the same value.

use crate::common::*;
use proptest::prelude::*;
use regularize_core::Sums;

fn sums<T: Real>(xs: &[T]) -> Sums {
    let mut sums = Sums::new();
    sums.extend(xs);
    sums
}

fn merged(a: &Sums, b: &Sums) -> Sums {
    let mut sum = a.clone();
    sum.merge(b);
    sum
}

properties! {
    fn a_split_anywhere_merges_to_the_whole<T>(
        xs in wild_weights::<T>(), at in any::<prop::sample::Index>(),
    ) {
        let (left, right) = xs.split_at(at.index(xs.len() + 1));
        prop_assert_eq!(merged(&sums(left), &sums(right)), sums(&xs));
    }

    fn a_long_split_anywhere_merges_to_the_whole<T>(
        xs in weights::<T>(), at in any::<prop::sample::Index>(),
    ) {
        let (left, right) = xs.split_at(at.index(xs.len() + 1));
        prop_assert_eq!(merged(&sums(left), &sums(right)), sums(&xs));
    }

    fn a_split_in_pieces_has_the_value_of_the_whole<T>(
        case in case(), xs in weights::<T>(), piece in 1..9_usize,
    ) {
        let mut parts: Vec<Sums> = xs.chunks(piece).map(sums).collect();
        let mut whole = Sums::default();
        while let Some(part) = parts.pop() {
            whole.merge(&part);
        }
        same(case.terms.penalty_of::<T>(&whole), case.terms.penalty(&xs).pattern())?;
    }

    fn merge_commutes<T>(xs in wild_weights::<T>(), ys in weights::<T>()) {
        let (a, b) = (sums(&xs), sums(&ys));
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
    }

    fn merge_associates<T>(
        xs in wild_weights::<T>(), ys in weights::<T>(), zs in wild_weights::<T>(),
    ) {
        let (a, b, c) = (sums(&xs), sums(&ys), sums(&zs));
        prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
    }

    fn the_empty_sum_is_neutral<T>(xs in wild_weights::<T>()) {
        let a = sums(&xs);
        prop_assert_eq!(merged(&a, &Sums::new()), a.clone());
        prop_assert_eq!(merged(&Sums::default(), &a), a);
    }

    fn the_sums_of_a_multiset_are_equal_in_any_order<T>(
        (xs, shuffled) in weights::<T>()
            .prop_flat_map(|xs| (Just(xs.clone()), Just(xs).prop_shuffle())),
    ) {
        prop_assert_eq!(sums(&xs), sums(&shuffled));
    }

    fn one_by_one_is_all_at_once<T>(xs in wild_weights::<T>()) {
        let mut one_by_one = Sums::new();
        for &x in &xs {
            one_by_one.add(x);
        }
        prop_assert_eq!(one_by_one, sums(&xs));
    }

    /// Sums know numbers and not types.
    fn the_sums_of_doubles_of_the_same_numbers_are_equal<T>(xs in wild_weights::<T>()) {
        let doubles: Vec<f64> = xs.iter().map(|x| x.to_f64()).collect();
        prop_assert_eq!(sums(&xs), sums(&doubles));
    }

    /// One more least subnormal is seen, whatever else was summed: nothing is ever rounded away.
    fn no_weight_is_too_small_to_be_seen<T>(xs in weights::<T>()) {
        let mut more = sums(&xs);
        more.add(T::of(1));
        prop_assert_ne!(more, sums(&xs));
    }
}

/// 2ᵏ equal weights by doubling: the headroom is for 2⁶⁴ of the largest.
#[test]
fn the_largest_weights_fill_the_headroom_exactly() {
    let mut many = sums(&[f64::MAX]);
    for k in 1..64 {
        many.merge(&many.clone());
        // f64::MAX = (2⁵³ − 1)·2⁹⁷¹, so a factor of 2⁻ᵏ undoes 2ᵏ exactly.
        assert_eq!(l1(two_to(-k)).terms.penalty_of::<f64>(&many), f64::MAX);
        assert_eq!(l1(1.0).terms.penalty_of::<f64>(&many), f64::INFINITY);
        if k == 40 {
            // MAX²·2⁴⁰⁻¹⁰⁷⁴ = (2¹⁰⁶ − 2⁵⁴ + 1)·2⁹⁰⁸ rounds to (2⁵³ − 2)·2⁹⁶¹.
            let square = l2(f64::from_bits(1)).terms.penalty_of::<f64>(&many);
            assert_eq!(square, (two_to(53) - 2.0) * two_to(961));
        }
    }
}

/// Beyond the headroom a sum stays at its top: it never starts again from below.
#[test]
fn a_sum_beyond_the_headroom_does_not_wrap() {
    let mut many = sums(&[f64::MAX]);
    let mut last = 0.0;
    for _ in 0..400 {
        many.merge(&many.clone());
        let value = l2(f64::from_bits(1)).terms.penalty_of::<f64>(&many);
        assert!(value >= last, "{value} after {last}");
        last = value;
        assert_eq!(l1(1.0).terms.penalty_of::<f64>(&many), f64::INFINITY);
    }
    let top = many.clone();
    many.add(f64::MAX);
    assert_eq!(many, top);
}

#[test]
fn a_nan_and_an_infinity_are_remembered_apart() {
    let nan = sums(&[f64::NAN]);
    let infinite = sums(&[f64::INFINITY]);
    assert_ne!(nan, infinite);
    assert_ne!(nan, sums(&[0.0_f64]));
    assert_ne!(infinite, sums(&[0.0_f64]));
    let both = merged(&nan, &infinite);
    assert!(l1(1.0).terms.penalty_of::<f64>(&both).is_nan());
    assert!(l1(1.0).terms.penalty_of::<f64>(&nan).is_nan());
    assert_eq!(l1(1.0).terms.penalty_of::<f64>(&infinite), f64::INFINITY);
    assert_eq!(sums(&[f64::NEG_INFINITY]), infinite);
}

//! The value is the real number Ω(x) = l1·Σ|xᵢ| + l2·Σxᵢ², rounded once.

use crate::common::*;
use proptest::prelude::*;
use regularize_core::Sums;

properties! {
    fn the_value_is_the_real_number_rounded_once<T>(case in case(), xs in weights::<T>()) {
        same(case.terms.penalty(&xs), case.factors.penalty(T::FORMAT, &patterns(&xs)))?;
    }

    /// Half a place of the first weight, and one that no double of that size can see.
    fn a_hair_beside_a_tie_decides_the_value<T>(
        low in 0_u64..1 << (T::FORMAT.precision() - 1), hair in 0_i32..140, e in -30_i32..=0,
    ) {
        let precision = T::FORMAT.precision() as i32;
        let hair = (-hair).max(T::FORMAT.quantum() as i32);
        let first = T::of(T::from_f64(1.0).pattern() + low);
        let xs = [first, T::from_f64(two_to(-precision)), T::from_f64(two_to(hair))];
        let bits = patterns(&xs);
        for case in [l1(1.0), l1(two_to(e)), l1_l2(1.0, two_to(-140))] {
            same(case.terms.penalty(&xs), case.factors.penalty(T::FORMAT, &bits))?;
            same(case.terms.penalty(&xs[..2]), case.factors.penalty(T::FORMAT, &bits[..2]))?;
        }
    }

    fn the_value_of_partial_sums_is_the_value<T>(case in case(), xs in weights::<T>()) {
        let mut sums = Sums::new();
        sums.extend(&xs);
        same(case.terms.penalty_of::<T>(&sums), case.terms.penalty(&xs).pattern())?;
    }

    fn the_value_of_one_weight_is_the_real_number_rounded_once<T>(
        case in case(), x in finite::<T>(),
    ) {
        same(case.terms.penalty(&[x]), case.factors.penalty(T::FORMAT, &[x.pattern()]))?;
    }

    fn the_value_per_sample_is_divided_before_the_rounding<T>(
        case in case(), xs in weights::<T>(),
        batch in prop_oneof![1_usize..100, any::<usize>(), (0..usize::BITS).prop_map(|k| 1 << k)],
    ) {
        let mut sums = Sums::new();
        sums.extend(&xs);
        let oracle = case.factors.penalty_per_sample(T::FORMAT, &patterns(&xs), batch as u64);
        same(case.terms.penalty_per_sample::<T>(&sums, batch), oracle)?;
    }

    fn a_batch_of_one_is_the_value_and_an_empty_one_costs_nothing<T>(
        case in case(), xs in wild_weights::<T>(),
    ) {
        let mut sums = Sums::new();
        sums.extend(&xs);
        same(case.terms.penalty_per_sample::<T>(&sums, 1), case.terms.penalty(&xs).pattern())?;
        same(case.terms.penalty_per_sample::<T>(&sums, 0), 0)?;
    }

    fn the_value_of_minus_x_is_the_value_of_x<T>(case in case(), xs in wild_weights::<T>()) {
        let mirrored: Vec<T> = xs.iter().map(|&x| negated(x)).collect();
        same(case.terms.penalty(&mirrored), case.terms.penalty(&xs).pattern())?;
    }

    fn the_value_does_not_depend_on_the_order<T>(
        case in case(),
        (xs, shuffled) in wild_weights::<T>()
            .prop_flat_map(|xs| (Just(xs.clone()), Just(xs).prop_shuffle())),
    ) {
        same(case.terms.penalty(&shuffled), case.terms.penalty(&xs).pattern())?;
    }

    fn zeros_of_either_sign_add_nothing<T>(
        case in finite_case::<T>(), xs in weights::<T>(), n in 0..5_usize,
    ) {
        let mut more = [T::ZERO, negated(T::ZERO)].repeat(n);
        more.extend(&xs);
        same(case.terms.penalty(&more), case.terms.penalty(&xs).pattern())?;
    }

    /// L1 is homogeneous of degree one: Ω(2ᵏx) = 2ᵏΩ(x) in bits where neither side leaves the normal
    /// numbers, since rounding commutes with powers of two there.
    fn l1_is_homogeneous_of_degree_one<T>(
        factor in nonnegative(), xs in prop::collection::vec(central::<T>(), 1..9), k in -3..=3,
    ) {
        homogeneous(l1(factor), &xs, k, k)?;
    }

    /// L2 is homogeneous of degree two: Ω(2ᵏx) = 4ᵏΩ(x), under the same condition.
    fn l2_is_homogeneous_of_degree_two<T>(
        factor in nonnegative(), xs in prop::collection::vec(central::<T>(), 1..9), k in -3..=3,
    ) {
        homogeneous(l2(factor), &xs, k, 2 * k)?;
    }

    fn the_value_grows_with_each_factor<T>(
        a in nonnegative(), b in nonnegative(), c in nonnegative(), xs in weights::<T>(),
    ) {
        let (less, more) = (a.min(b), a.max(b));
        // An infinite factor over a sum of 0 is NaN, which is not ordered.
        let ordered = |small: T, large: T| {
            let nan = |x: T| T::FORMAT.is_nan(x.pattern());
            nan(small) || nan(large) || small <= large
        };
        let value = |case: Case| case.terms.penalty(&xs);
        prop_assert!(ordered(value(l1(less)), value(l1(more))));
        prop_assert!(ordered(value(l2(less)), value(l2(more))));
        prop_assert!(ordered(value(l1_l2(less, c)), value(l1_l2(more, c))));
        prop_assert!(ordered(value(l1_l2(c, less)), value(l1_l2(c, more))));
    }

    fn the_value_grows_with_the_weights<T>(
        case in finite_case::<T>(), xs in weights::<T>(), x in finite::<T>(),
    ) {
        let mut more = xs.clone();
        more.push(x);
        prop_assert!(case.terms.penalty(&xs) <= case.terms.penalty(&more));
        prop_assert!(case.terms.penalty(&xs) >= T::ZERO);
    }

    /// L1L2 is the sum of L1 and L2 as real numbers; it is rounded once, not the two and their sum.
    fn l1_l2_is_the_sum_of_l1_and_l2<T>(
        a in nonnegative(), b in nonnegative(), xs in weights::<T>(),
    ) {
        // L1 alone would round its factor to f32, so it is given one that already is.
        let a = f64::from(a as f32);
        prop_assume!(a.is_finite() && a != 0.0 && b != 0.0);
        let bits = patterns(&xs);
        let parts = [l1(a), l2(b)].map(|case| case.factors.omega(T::FORMAT, &bits));
        if let [Some(one), Some(two)] = parts {
            same(l1_l2(a, b).terms.penalty(&xs), (&one + &two).round(T::FORMAT, false))?;
        }
    }

    fn l1_l2_is_the_sum_of_l1_and_l2_in_bits_where_both_are_exact<T>(
        a in 1_u32..=4, b in 1_u32..=4, xs in integers::<T>(3, 2),
    ) {
        // At most (2·6 + 2·18) = 48 in halves: seven bits, and every type has eight.
        let (a, b) = (f64::from(a) / 2.0, f64::from(b) / 2.0);
        let [one, two] = [l1(a), l2(b)].map(|case| case.terms.penalty(&xs));
        prop_assert!(l1_l2(a, b).terms.penalty(&xs) == one + two);
    }

    /// A term that is present and 0 costs nothing over finite weights: L1L2 may skip it.
    fn a_zero_term_is_no_term_over_finite_weights<T>(
        factor in nonnegative(), xs in weights::<T>(),
    ) {
        let factor = f64::from(factor as f32);
        prop_assume!(factor.is_finite() && factor != 0.0);
        same(l1_l2(factor, 0.0).terms.penalty(&xs), l1(factor).terms.penalty(&xs).pattern())?;
        same(l1_l2(0.0, factor).terms.penalty(&xs), l2(factor).terms.penalty(&xs).pattern())?;
        same(l1_l2(0.0, -0.0).terms.penalty(&xs), 0)?;
    }
}

/// Numbers of the middle of a type: scaling them by 2³ is exact.
fn central<T: Real>() -> impl Strategy<Value = T> + Clone {
    let hidden = 1_u64 << (T::FORMAT.precision() - 1);
    let one = T::from_f64(1.0).pattern();
    (one - 4 * hidden..one + 4 * hidden).prop_map(T::of)
}

/// Ω(2ᵏx) = 2ᵈΩ(x) in bits, if both sides are normal.
fn homogeneous<T: Real>(case: Case, xs: &[T], k: i32, degree: i32) -> Result<(), TestCaseError> {
    let scaled: Vec<T> = xs
        .iter()
        .map(|&x| T::of(exact(x).scaled(k.into()).round(T::FORMAT, false)))
        .collect();
    let (left, right) = (case.terms.penalty(&scaled), case.terms.penalty(xs));
    let least = 1_u64 << (T::FORMAT.precision() - 1);
    let normal = |x: T| (least..T::FORMAT.infinity(false)).contains(&x.pattern());
    prop_assume!(normal(left) && normal(right));
    prop_assert_eq!(exact(left), exact(right).scaled(degree.into()));
    Ok(())
}

/// The order of summation cannot matter where a plain sum forgets the small weights.
#[test]
fn small_weights_are_not_forgotten() {
    let mut xs = vec![1.0_f32; 1 << 12];
    xs[0] = 16_777_216.0;
    // 2²⁴ + 4095 lies between 2²⁴ + 4094 and 2²⁴ + 4096, whose last bit is 0 in units of 2.
    assert_eq!(l1(1.0).terms.penalty(&xs), 16_777_216.0 + 4096.0);
    assert_eq!(xs.iter().sum::<f32>(), 16_777_216.0);
}

/// Σx² of 2¹⁰⁰⁰ overflows every double, and l2·Σx² need not.
#[test]
fn the_sums_do_not_overflow_before_the_factor_brings_them_back() {
    let x = two_to(1000);
    assert_eq!(l2(two_to(-1000)).terms.penalty(&[x, x]), two_to(1001));
    let x = two_to(-1000);
    assert_eq!(l2(two_to(1000)).terms.penalty(&[x, x]), two_to(-999));
}

/// 2⁻¹⁰⁷⁴·Σxᵢ² = 3·(1 + 2⁻⁵³), and 2⁻³²²² more with the least subnormal. A third of it is a tie, and a third
/// of 2⁻³²²² more: the remainder of the division alone decides.
#[test]
fn the_remainder_of_a_share_decides_a_tie() {
    let terms = l2(f64::from_bits(1)).terms;
    // 3·2¹⁰⁷⁴ and 3·2¹⁰²¹ as squares.
    let tie = [537, 537, 537, 511, 510, 510].map(two_to);
    let mut sums = Sums::new();
    sums.extend(&tie);
    assert_eq!(terms.penalty_per_sample::<f64>(&sums, 3), 1.0);
    sums.add(f64::from_bits(1));
    assert_eq!(terms.penalty_per_sample::<f64>(&sums, 3), 1.0_f64.next_up());
}

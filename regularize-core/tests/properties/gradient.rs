//! The subgradient is 2·l2·x + l1·sign x with sign 0 = 0, rounded once.

use crate::common::*;
use proptest::prelude::*;
use regularize_oracle::{Dyadic, Factors, Format, round_ratio};

properties! {
    fn the_subgradient_is_the_real_number_rounded_once<T>(case in case(), x in finite::<T>()) {
        same(case.terms.subgradient(x), case.factors.subgradient(T::FORMAT, x.pattern()))?;
    }

    /// l1 and 2·l2·x of any distance from each other: the smaller decides ties.
    fn the_subgradient_of_powers_of_two_is_rounded_once<T>(
        a in power(-40, 8), b in power(-40, 8), near in finite::<T>(), e in -20..=8,
    ) {
        let case = l1_l2(a, b);
        for x in [near, T::from_f64(two_to(e)), T::from_f64(-two_to(e) * 1.5)] {
            same(case.terms.subgradient(x), case.factors.subgradient(T::FORMAT, x.pattern()))?;
        }
    }

    /// (1 + u)·(1 − u) = 1 − u² with u one place of 1: 2·l2·x is u² less than half a place of l1.
    fn a_hair_beside_a_tie_decides_the_subgradient<T>(
        low in 0_u64..1 << (T::FORMAT.precision() - 1), e in 1_i32..8,
    ) {
        let precision = T::FORMAT.precision() as i32;
        let u = two_to(1 - precision);
        let a = T::of(T::from_f64(1.0).pattern() + low).to_f64();
        let case = l1_l2(a, (1.0 + u) * two_to(-e));
        let x = T::from_f64((1.0 - u) * two_to(e - 1 - precision));
        for x in [x, negated(x)] {
            same(case.terms.subgradient(x), case.factors.subgradient(T::FORMAT, x.pattern()))?;
        }
    }

    fn the_subgradient_is_odd<T>(case in case(), x in anything::<T>()) {
        let at = case.terms.subgradient(x);
        let mirrored = case.terms.subgradient(negated(x));
        // +0 at both zeros and without a term are the exceptions to oddness in bits.
        let none = case.terms.l1().is_none() && case.terms.l2().is_none();
        let zero = x == T::ZERO || none;
        same(mirrored, if zero { at.pattern() } else { negated(at).pattern() })?;
    }

    fn the_subgradient_of_a_convex_function_does_not_fall<T>(
        case in finite_case::<T>(), x in finite::<T>(), y in finite::<T>(),
    ) {
        let (low, high) = if x < y { (x, y) } else { (y, x) };
        prop_assert!(case.terms.subgradient(low) <= case.terms.subgradient(high));
    }

    /// (Ω(x+h) − Ω(x−h))/2h of a quadratic is its derivative, for every h that stays on x's side of 0.
    fn the_subgradient_is_the_oracles_difference_quotient<T>(
        case in finite_case::<T>(), x in finite::<T>(), k in 1_i32..=3,
    ) {
        let double = x.to_f64();
        // In doubles x ± 2⁻ᵏx is exact if x has four bits to spare and is not near their ends.
        let double = f64::from_bits(double.to_bits() & !15);
        let x = T::from_f64(double);
        prop_assume!(double != 0.0 && (1e-290..1e290).contains(&double.abs()));
        let h = double * two_to(-k);
        let cast = |factor: Option<f64>| factor.map(|factor| T::from_f64(factor).to_f64());
        let factors = Factors::new(cast(case.terms.l1()), cast(case.terms.l2()));
        let omega = |x: f64| factors.omega(Format::F64, &[x.to_bits()]).unwrap();
        prop_assert_eq!(&dyadic(double + h) - &dyadic(h), dyadic(double));
        let rise = &omega(double + h) - &omega(double - h);
        let quotient = T::of(round_ratio(&rise, &dyadic(h).scaled(1), T::FORMAT, false));
        // By value: a difference of 0 does not know the sign of its zero.
        prop_assert!(case.terms.subgradient(x) == quotient, "{:?}", quotient);
    }

    fn the_subgradient_is_added_and_rounded_once_more<T>(
        case in case(),
        pairs in prop::collection::vec((anything::<T>(), anything::<T>()), 0..20),
    ) {
        let (xs, gs): (Vec<T>, Vec<T>) = pairs.into_iter().unzip();
        let mut sums = gs.clone();
        prop_assert_eq!(case.terms.add_subgradient(&xs, &mut sums), Ok(()));
        for ((&x, &g), &sum) in xs.iter().zip(&gs).zip(&sums) {
            same(sum, case.factors.add_subgradient(T::FORMAT, x.pattern(), g.pattern()))?;
        }
    }

    fn the_derivative_per_sample_is_divided_before_the_rounding<T>(
        case in case(), y in anything::<T>(),
        batch in prop_oneof![1_usize..100, 1_usize.., (0..usize::BITS).prop_map(|k| 1 << k)],
    ) {
        let oracle = case.factors.subgradient_per_sample(T::FORMAT, y.pattern(), batch as u64);
        same(case.terms.subgradient_per_sample(y, batch), oracle)?;
    }

    /// A place of the slope that the quotient has no room for decides a tie.
    fn a_hair_beside_a_tie_decides_the_derivative_per_sample<T>(
        low in 0_u64..1 << (T::FORMAT.precision() - 1), hair in 0_i32..140, k in 0_u32..40, odd in 0_u64..99,
    ) {
        let tie = T::of(T::from_f64(1.0).pattern() + low).to_f64();
        let case = l1_l2(tie, two_to(-hair));
        let batch = ((2 * odd + 1) << k) as usize;
        for y in [1.0, -1.0].map(T::from_f64) {
            let oracle = case.factors.subgradient_per_sample(T::FORMAT, y.pattern(), batch as u64);
            same(case.terms.subgradient_per_sample(y, batch), oracle)?;
        }
    }

    fn the_derivative_per_sample_is_added_and_rounded_once_more<T>(
        case in case(), batch in prop_oneof![0_usize..100, any::<usize>()],
        pairs in prop::collection::vec((anything::<T>(), anything::<T>()), 0..20),
    ) {
        let (ys, gs): (Vec<T>, Vec<T>) = pairs.into_iter().unzip();
        let mut sums = gs.clone();
        prop_assert_eq!(case.terms.add_subgradient_per_sample(batch, &ys, &mut sums), Ok(()));
        for ((&y, &g), &sum) in ys.iter().zip(&gs).zip(&sums) {
            same(sum, (g + case.terms.subgradient_per_sample(y, batch)).pattern())?;
        }
        let none = case.terms.add_subgradient_per_sample(batch, &ys, &mut [T::ZERO; 21]);
        prop_assert_eq!(none.unwrap_err().weights(), ys.len());
    }

    fn slices_of_two_lengths_are_an_error_that_changes_nothing<T>(
        case in case(), xs in wild_weights::<T>(), gs in wild_weights::<T>(),
    ) {
        prop_assume!(xs.len() != gs.len());
        let mut after = gs.clone();
        let error = case.terms.add_subgradient(&xs, &mut after).unwrap_err();
        prop_assert_eq!((error.weights(), error.gradients()), (xs.len(), gs.len()));
        let text = error.to_string();
        for length in [xs.len(), gs.len()] {
            prop_assert!(text.contains(&length.to_string()), "{}", text);
        }
        prop_assert_eq!(patterns(&after), patterns(&gs));
    }

    /// 0 minimises g·w + Ω(w) ⇔ no w has a value below that of 0, Ω(0) = 0.
    fn zero_is_the_minimum_exactly_when_nothing_descends<T>(
        case in finite_case::<T>(), g in near::<T>(), w in any::<f64>(),
    ) {
        let g = g.to(case.terms.l1().unwrap_or(0.0));
        prop_assume!(is_finite(g));
        let value = |factor: Option<f64>| {
            factor.map_or(Dyadic::zero(), |factor| dyadic(T::from_f64(factor).to_f64()))
        };
        let (a, b, g_exact) = (value(case.terms.l1()), value(case.terms.l2()), exact(g));
        let loss = |w: &Dyadic| &(&(&g_exact * w) + &(&a * &w.abs())) + &(&b * &(w * w));
        if case.terms.zero_is_minimum(g) {
            if let Some(w) = Dyadic::from_f64(w) {
                prop_assert!(!loss(&w).is_negative());
            }
        } else {
            // |w|·(−|g| + l1 + l2·|w|): below every difference of g and l1 over the largest l2, w descends.
            let w = Dyadic::one().scaled(-4000);
            let w = if g_exact.is_negative() { w } else { -&w };
            prop_assert!(loss(&w).is_negative());
        }
    }

    fn the_test_at_zero_is_the_oracles<T>(case in case(), g in near::<T>()) {
        let g = g.to(case.terms.l1().unwrap_or(0.0));
        let oracle = case.factors.zero_is_minimum(T::FORMAT, g.pattern());
        prop_assert_eq!(case.terms.zero_is_minimum(g), oracle);
    }

    fn l2_alone_gives_zero_only_where_the_gradient_is_zero<T>(
        factor in nonnegative(), g in anything::<T>(),
    ) {
        prop_assert_eq!(l2(factor).terms.zero_is_minimum(g), g == T::ZERO);
    }
}

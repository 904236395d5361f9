//! Ω is convex, and a subgradient is what makes it so.

use crate::common::*;
use proptest::prelude::*;
use regularize_oracle::{Direction, Dyadic, Format};

/// Pairs of weights of one length, even integers: every midpoint is an integer.
fn pairs<T: Real>() -> impl Strategy<Value = Vec<(T, T)>> + Clone {
    let even = (-2_i32..=2).prop_map(|k| T::from_f64(f64::from(2 * k)));
    prop::collection::vec((even.clone(), even), 0..=2)
}

/// Ω(x) as core has it, which must be the exact number.
fn omega<T: Real>(case: Case, xs: &[T]) -> Result<Dyadic, TestCaseError> {
    let value = exact(case.terms.penalty(xs));
    prop_assert_eq!(
        Some(value.clone()),
        case.factors.omega(T::FORMAT, &patterns(xs))
    );
    Ok(value)
}

properties! {
    /// Ω((x+y)/2) ≤ (Ω(x) + Ω(y))/2 with values that are exact in the type: at most 2·(8 + 2·16) in halves,
    /// which is eight bits.
    fn the_value_is_convex_at_lattice_midpoints<T>(case in lattice_case(), pairs in pairs::<T>()) {
        let (xs, ys): (Vec<T>, Vec<T>) = pairs.into_iter().unzip();
        let middle: Vec<T> = xs
            .iter()
            .zip(&ys)
            .map(|(x, y)| T::from_f64((x.to_f64() + y.to_f64()) / 2.0))
            .collect();
        let both = &omega(case, &xs)? + &omega(case, &ys)?;
        prop_assert!(omega(case, &middle)?.scaled(1) <= both);
    }

    /// The same of any weights, since rounding keeps order: fl(Ω(m)) ≤ fl((Ω(x) + Ω(y))/2) for an exact
    /// midpoint m.
    fn the_rounded_value_is_convex_at_exact_midpoints<T>(
        case in finite_case::<T>(), pairs in prop::collection::vec((finite::<T>(), finite::<T>()), 0..6),
    ) {
        let midpoint = |&(x, y): &(T, T)| {
            let middle = (&exact(x) + &exact(y)).scaled(-1);
            let down = T::of(middle.directed(T::FORMAT, Direction::Down, false));
            // The midpoint itself if it is a number of the type; else x twice.
            if exact(down) == middle { (x, y, down) } else { (x, x, x) }
        };
        let triples: Vec<(T, T, T)> = pairs.iter().map(midpoint).collect();
        let column = |at: fn(&(T, T, T)) -> T| triples.iter().map(at).collect::<Vec<T>>();
        let (xs, ys, middle) = (column(|t| t.0), column(|t| t.1), column(|t| t.2));
        let of = |xs: &[T]| case.factors.omega(T::FORMAT, &patterns(xs)).unwrap();
        let mean = (&of(&xs) + &of(&ys)).scaled(-1).round(T::FORMAT, false);
        prop_assert!(case.terms.penalty(&middle) <= T::of(mean));
    }

    /// Ω(y) ≥ Ω(x) + s·(y − x) for the subgradient s that core gives, where it is exact: 2·2·4 + 2 in
    /// halves is six bits.
    fn the_subgradient_inequality_holds_on_a_lattice<T>(
        case in lattice_case(), pairs in pairs::<T>(),
    ) {
        let (xs, ys): (Vec<T>, Vec<T>) = pairs.iter().copied().unzip();
        let mut line = omega(case, &xs)?;
        for &(x, y) in &pairs {
            let s = exact(case.terms.subgradient(x));
            line = &line + &(&s * &(&exact(y) - &exact(x)));
        }
        prop_assert!(omega(case, &ys)? >= line);
    }

    /// The same of any two weights: the real subgradient is within half a place of core's, so the line with
    /// the more favourable end of that interval is below Ω.
    fn the_subgradient_inequality_holds_within_half_a_place<T>(
        case in finite_case::<T>(), x in finite::<T>(), y in finite::<T>(),
    ) {
        let s = case.terms.subgradient(x);
        prop_assume!(is_finite(s) && is_finite(moved(s, 1)) && is_finite(moved(s, -1)));
        let of = |x: T| case.factors.omega(T::FORMAT, &[x.pattern()]).unwrap();
        let (run, rise) = (&exact(y) - &exact(x), &of(y) - &of(x));
        let half_way = |by| (&exact(s) + &exact(moved(s, by))).scaled(-1);
        // At the largest number the place above is missing: overflow begins where the next would be tied.
        prop_assume!(exact(moved(s, 1)) != exact(s) && exact(moved(s, -1)) != exact(s));
        let lines = [-1, 1].map(|by| &half_way(by) * &run);
        prop_assert!(lines.iter().any(|line| *line <= rise));
    }

    /// ... and of every element of the interval, outward rounding undone: the exact ends.
    fn the_ends_of_the_subdifferential_support_the_value<T>(
        case in finite_case::<T>(), x in finite::<T>(), y in finite::<T>(),
    ) {
        let of = |x: T| case.factors.omega(T::FORMAT, &[x.pattern()]).unwrap();
        let (run, rise) = (&exact(y) - &exact(x), &of(y) - &of(x));
        let interval = case.terms.subdifferential(x);
        let ends = [interval.lower(), interval.upper()];
        // Where core's ends are the exact ones, they are subgradients.
        let oracle = case.factors.subdifferential(T::FORMAT, x.pattern()).unwrap();
        for (end, oracle) in ends.into_iter().zip(&oracle) {
            if Dyadic::from_f64(end).as_ref() == Some(oracle) {
                prop_assert!(&dyadic(end) * &run <= rise);
            }
        }
    }

    /// Nothing outside the interval is a subgradient: just beyond each end some y is below the line.
    fn the_subdifferential_at_zero_is_no_larger<T>(case in finite_case::<T>()) {
        let interval = case.terms.subdifferential(T::ZERO);
        prop_assume!(interval.upper() < f64::MAX);
        let beyond = dyadic(interval.upper().next_up());
        // For |y| small enough, (l1 + l2·|y|)·|y| < s·|y|.
        let y = Dyadic::one().scaled(-4000);
        let cast = |factor: Option<f64>| dyadic(T::from_f64(factor.unwrap_or(0.0)).to_f64());
        let (a, b) = (cast(case.terms.l1()), cast(case.terms.l2()));
        let value = &(&a * &y) + &(&b * &(&y * &y));
        prop_assert!(&beyond * &y > value);
        prop_assert_eq!(interval.lower(), -interval.upper());
    }
}

/// A lattice on which the midpoint property would see a value that is rounded down too far.
#[test]
fn the_kink_of_l1_is_at_zero() {
    let value = |x: f64| l1(1.0).terms.penalty(&[x]);
    assert_eq!([-1.0, 0.0, 1.0].map(value), [1.0, 0.0, 1.0]);
    let middle = Format::F64.decode(value(0.0).to_bits()).finite().unwrap();
    assert!(middle.is_zero());
}

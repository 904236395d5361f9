//! The proximal point is argmin_w ½(w − v)² + τΩ(w), which is sign(v)·max(|v| − τ·l1, 0)/(1 + 2·τ·l2),
//! rounded once.

use crate::common::*;
use proptest::prelude::*;
use regularize_oracle::Dyadic;

/// Steps and factors whose products are ties with weights of the type more often than by chance.
fn small<T: Real>() -> impl Strategy<Value = f64> + Clone {
    power(-(T::FORMAT.precision() as i32) - 2, 3)
}

/// The factors that the type sees, an absent one as 0.
fn seen<T: Real>(case: Case) -> (Dyadic, Dyadic) {
    let seen = |factor: Option<f64>| {
        factor.map_or(Dyadic::zero(), |factor| {
            dyadic(T::from_f64(factor).to_f64())
        })
    };
    (seen(case.terms.l1()), seen(case.terms.l2()))
}

/// ½(w − v)² + τΩ(w), twice.
fn objective<T: Real>(case: Case, step: f64, v: T, w: &Dyadic) -> Dyadic {
    let (a, b) = seen::<T>(case);
    let away = w - &exact(v);
    let omega = &(&a * &w.abs()) + &(&b * &(w * w));
    &(&away * &away) + &(&dyadic(step) * &omega).scaled(1)
}

/// Half the least subnormal: what is not above it rounds to 0.
fn half_of_the_least<T: Real>() -> Dyadic {
    Dyadic::one().scaled(T::FORMAT.quantum() - 1)
}

properties! {
    fn the_proximal_point_is_the_real_number_rounded_once<T>(
        case in case(), step in nonnegative(), v in finite::<T>(),
    ) {
        let oracle = case.factors.proximal(T::FORMAT, step, v.pattern());
        same(case.terms.proximal(step_of(step), v), oracle)?;
    }

    /// |v| − τ·l1 at, just under and just over a tie.
    fn the_proximal_point_at_a_tie_is_the_even_one<T>(
        a in small::<T>(), b in small::<T>(), step in small::<T>(), v in finite::<T>(),
        k in -30..=4,
    ) {
        for v in [v, T::from_f64(two_to(k)), moved(T::from_f64(two_to(k)), 1)] {
            for case in [l1(a), l2(b), l1_l2(a, b)] {
                let oracle = case.factors.proximal(T::FORMAT, step, v.pattern());
                same(case.terms.proximal(step_of(step), v), oracle)?;
            }
        }
    }

    /// τ·l1 is half a place of v, more or less 2⁻⁵² of that: what a double in between cannot see decides.
    fn a_hair_beside_a_tie_decides_the_point_of_l1<T>(
        low in 1_u64..1 << (T::FORMAT.precision() - 1), b in -20_i32..=0, places in -1_i64..=1,
    ) {
        let v = T::of(T::from_f64(1.0).pattern() + low);
        let step = moved(two_to(-(T::FORMAT.precision() as i32) - b), places);
        let case = l1(two_to(b));
        let oracle = case.factors.proximal(T::FORMAT, step, v.pattern());
        same(case.terms.proximal(step_of(step), v), oracle)?;
    }

    /// The step for which v/(1 + 2·τ·l2) is a tie, as near as a double is to it.
    fn a_hair_beside_a_tie_decides_the_point_of_l2<T>(
        low in 0_u64..1 << (T::FORMAT.precision() - 1), above in 1_i64..40, b in -10_i32..=3,
    ) {
        let x = T::of(T::from_f64(1.0).pattern() + low);
        let v = moved(x, above);
        let half = (moved(x, 1).to_f64() - x.to_f64()) / 2.0;
        let step = ((v.to_f64() - x.to_f64()) - half) / (x.to_f64() + half) / two_to(b + 1);
        let case = l2(two_to(b));
        for step in [step.next_down(), step, step.next_up()] {
            let oracle = case.factors.proximal(T::FORMAT, step, v.pattern());
            same(case.terms.proximal(step_of(step), v), oracle)?;
        }
    }

    fn the_proximal_point_near_the_threshold_is_rounded_once<T>(
        case in case(), step in nonnegative(), v in near::<T>(),
    ) {
        let v = v.to(step * case.terms.l1().unwrap_or(1.0));
        let oracle = case.factors.proximal(T::FORMAT, step, v.pattern());
        same(case.terms.proximal(step_of(step), v), oracle)?;
    }

    /// The objective is a parabola on each side of 0, so the number nearest to its minimiser is the least
    /// among all numbers of the type: no neighbour is below it, and neither is any other.
    fn the_proximal_point_minimises_the_objective_among_all_numbers<T>(
        case in finite_case::<T>(), step in nonnegative(), v in near::<T>(), w in finite::<T>(),
    ) {
        let v = v.to(step * case.terms.l1().unwrap_or(1.0));
        prop_assume!(is_finite(v));
        let point = case.terms.proximal(step_of(step), v);
        let least = objective(case, step, v, &exact(point));
        for other in [moved(point, -1), moved(point, 1), T::ZERO, v, w] {
            prop_assert!(least <= objective(case, step, v, &exact(other)), "{:?}", other);
        }
    }

    fn the_proximal_operator_is_odd_in_bits<T>(
        case in case(), step in nonnegative(), v in anything::<T>(),
    ) {
        let there = case.terms.proximal(step_of(step), negated(v));
        same(there, negated(case.terms.proximal(step_of(step), v)).pattern())?;
    }

    fn a_zero_keeps_the_sign_of_the_weight<T>(
        case in finite_case::<T>(), step in nonnegative(), v in finite::<T>(),
    ) {
        let sign = 1_u64 << (T::FORMAT.width() - 1);
        let point = case.terms.proximal(step_of(step), v);
        prop_assert_eq!(point.pattern() & sign, v.pattern() & sign);
    }

    /// Exactly zero exactly when |v| ≤ τ·l1; or when what is left over underflows, which is at most half
    /// of the least subnormal.
    fn l1_reaches_zero_exactly_below_the_threshold<T>(
        factor in nonnegative(), step in nonnegative(), v in near::<T>(),
    ) {
        let case = l1(factor);
        prop_assume!(is_finite(T::from_f64(case.terms.l1().unwrap())));
        let v = v.to(step * factor);
        prop_assume!(is_finite(v));
        let left = &exact(v).abs() - &(&dyadic(step) * &seen::<T>(case).0);
        let zero = case.terms.proximal(step_of(step), v) == T::ZERO;
        prop_assert_eq!(zero, left <= half_of_the_least::<T>());
    }

    /// The same without an underflow: τ·l1 is a multiple of the least subnormal, as v is.
    fn l1_reaches_zero_exactly_when_the_weight_is_not_above_the_threshold<T>(
        factor in 0_u32..=64, step in 0_u32..=4, v in near::<T>(),
    ) {
        let (factor, step) = (f64::from(factor) / 16.0, f64::from(step) / 4.0);
        let v = v.to(step * factor);
        prop_assume!(is_finite(v));
        let zero = l1(factor).terms.proximal(step_of(step), v) == T::ZERO;
        prop_assert_eq!(zero, v.to_f64().abs() <= step * factor);
    }

    /// L2 shrinks and never reaches zero, but by underflow: |v|/(1 + 2·τ·l2) at most half of the least
    /// subnormal.
    fn l2_never_reaches_zero_except_by_underflow<T>(
        factor in nonnegative(), step in nonnegative(), v in finite::<T>(),
    ) {
        prop_assume!(is_finite(T::from_f64(factor)) && !exact(v).is_zero());
        let case = l2(factor);
        let under = &Dyadic::one() + &(&dyadic(step) * &seen::<T>(case).1).scaled(1);
        let zero = case.terms.proximal(step_of(step), v) == T::ZERO;
        prop_assert_eq!(zero, exact(v).abs() <= &under * &half_of_the_least::<T>());
    }

    fn the_proximal_operator_shrinks<T>(
        case in finite_case::<T>(), step in nonnegative(), v in finite::<T>(),
    ) {
        let point = case.terms.proximal(step_of(step), v);
        prop_assert!(exact(point).abs() <= exact(v).abs());
    }

    fn the_proximal_operator_does_not_fall<T>(
        case in finite_case::<T>(), step in nonnegative(), u in near::<T>(), v in near::<T>(),
    ) {
        let threshold = step * case.terms.l1().unwrap_or(1.0);
        let (u, v) = (u.to(threshold), v.to(threshold));
        prop_assume!(is_finite(u) && is_finite(v));
        let (low, high) = if u < v { (u, v) } else { (v, u) };
        let at = |v| case.terms.proximal(step_of(step), v);
        prop_assert!(at(low) <= at(high));
    }

    /// (p(u) − p(v))² ≤ (p(u) − p(v))·(u − v), where nothing is rounded. Rounded points can break it: two
    /// ties to even move apart by one place more than u and v.
    fn the_proximal_operator_is_firmly_nonexpansive<T>(
        case in halving(), u in integer::<T>(32), v in integer::<T>(32),
    ) {
        let at = |v: T| case.terms.proximal(step_of(1.0), v);
        let points = exact_lattice(case, u)?;
        let other = exact_lattice(case, v)?;
        prop_assert_eq!((exact(at(u)), exact(at(v))), (points.clone(), other.clone()));
        let (moved, apart) = (&points - &other, &exact(u) - &exact(v));
        prop_assert!(&moved * &moved <= &moved * &apart);
        prop_assert!(moved.abs() <= apart.abs());
    }

    /// Moreau: v = prox_{τf}(v) + Π(v), where the conjugate of l1·|·| is the indicator of [−l1, l1] and its
    /// prox the projection Π on [−τ·l1, τ·l1].
    fn moreaus_identity_holds_in_bits_on_a_lattice<T>(
        factor in 0_u32..=32, step in 0_u32..=4, v in integer::<T>(64),
    ) {
        // All are halves within ±64: seven bits and a sign.
        let (factor, step) = (f64::from(factor), f64::from(step) / 2.0);
        let point = l1(factor).terms.proximal(step_of(step), v);
        let projection = v.to_f64().clamp(-step * factor, step * factor);
        prop_assert!(point + T::from_f64(projection) == v);
    }

    /// The same everywhere: the point is v − Π(v), rounded once.
    fn moreaus_identity_holds_up_to_the_one_rounding<T>(
        factor in nonnegative(), step in nonnegative(), v in near::<T>(),
    ) {
        let case = l1(factor);
        prop_assume!(is_finite(T::from_f64(case.terms.l1().unwrap())));
        let v = v.to(step * factor);
        prop_assume!(is_finite(v) && step != 0.0);
        let edge = &dyadic(step) * &seen::<T>(case).0;
        let projection = exact(v).clamp(-&edge, edge);
        let negative = v.pattern() >> (T::FORMAT.width() - 1) == 1;
        let rest = (&exact(v) - &projection).round(T::FORMAT, negative);
        same(case.terms.proximal(step_of(step), v), rest)?;
    }

    /// v − p ∈ τ·∂Ω(p), the condition of a minimum: for both terms what Moreau's identity is for L1.
    fn the_proximal_point_is_where_the_subgradient_leads_back<T>(
        case in halving(), v in integer::<T>(32),
    ) {
        // Exact on the lattice with τ = 1.
        let p = case.terms.proximal(step_of(1.0), v);
        let interval = case.terms.subdifferential(p);
        prop_assert!(interval.contains(v.to_f64() - p.to_f64()), "{} {:?}", interval, p);
    }

    fn a_zero_of_l1_is_a_fixed_point_exactly_when_zero_is_a_minimum<T>(
        factor in nonnegative(), g in near::<T>(),
    ) {
        // One step of proximal gradient descent from 0 with τ = 1 stays there ⇔ |g| ≤ l1. The difference
        // of two numbers of the type does not underflow.
        let case = l1(factor);
        let g = g.to(factor);
        prop_assume!(is_finite(g));
        let stays = case.terms.proximal(step_of(1.0), negated(g)) == T::ZERO;
        prop_assert_eq!(stays, case.terms.zero_is_minimum(g));
    }

    fn a_slice_is_its_weights_one_by_one<T>(
        case in case(), step in nonnegative(), xs in prop::collection::vec(anything::<T>(), 0..20),
    ) {
        let mut points = xs.clone();
        case.terms.proximal_step(step_of(step), &mut points);
        prop_assert_eq!(points.len(), xs.len());
        for (&x, &point) in xs.iter().zip(&points) {
            same(point, case.terms.proximal(step_of(step), x).pattern())?;
        }
    }
}

/// Factors whose proximal points of integers are multiples of an eighth: 1 + 2·l2 is 1, 2, 4 or 8.
fn halving() -> impl Strategy<Value = Case> + Clone {
    (0_u32..=16, prop::sample::select(&[0.0, 0.5, 1.5, 3.5][..]))
        .prop_map(|(a, b)| l1_l2(f64::from(a), b))
}

/// sign(v)·max(|v| − l1, 0)/(1 + 2·l2), a multiple of an eighth.
fn exact_lattice<T: Real>(case: Case, v: T) -> Result<Dyadic, TestCaseError> {
    let (a, b) = (
        case.terms.l1().unwrap_or(0.0),
        case.terms.l2().unwrap_or(0.0),
    );
    let point = (v.to_f64().abs() - a).max(0.0) / (1.0 + 2.0 * b);
    prop_assert_eq!(point * 8.0, (point * 8.0).trunc());
    Ok(dyadic(point.copysign(v.to_f64())))
}

/// 4899453369116629·4852136875071869 = 1258522525·2⁷⁴ + 1 and 8100337289721119·3495060051704097 =
/// 5995122439·2⁷² − 1: v − τ·l1 is a tie missed by 2⁻⁷⁵ or 2⁻⁷³ of a place of v. The first is 2⁻¹²⁸ of v, which
/// is more digits than a u128 holds.
#[test]
fn the_last_digit_of_a_product_decides_a_tie() {
    let products = [
        (
            4_899_453_369_116_629_u64,
            4_852_136_875_071_869_u64,
            1_258_522_525_u64,
            74,
            1_i128,
        ),
        (
            8_100_337_289_721_119,
            3_495_060_051_704_097,
            5_995_122_439,
            72,
            -1,
        ),
    ];
    for (a, b, odd, digits, over) in products {
        let product = i128::from(a) * i128::from(b);
        assert_eq!(product, (i128::from(odd) << digits) + over);
        let step = a as f64 * two_to(-40);
        let factor = b as f64 * two_to(39 - digits);
        for v in [(1_u64 << 53) - 1, (1 << 53) - 2] {
            // v − (odd/2 ± a hair): the place below half of `odd` if over, and the one above if not.
            let point = v - odd / 2 - u64::from(over > 0);
            for sign in [1.0, -1.0] {
                let at = l1_l2(factor, 0.0)
                    .terms
                    .proximal(step_of(step), sign * v as f64);
                assert_eq!(at, sign * point as f64);
            }
        }
    }
}

//! The editions of Keras: factors of either sign, what is kept of them, and a row of the table each.

use crate::common::*;
use proptest::prelude::*;
use regularize_core::{Edition, Floatx, L1, L1L2, L2, Sums};
use regularize_oracle::{Dyadic, Factors, Format};

/// Factors as Keras 2.2 takes them: of either sign, infinite and NaN.
fn any_factor() -> impl Strategy<Value = f64> + Clone {
    let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    prop_oneof![
        4 => nonnegative(),
        6 => nonnegative().prop_map(|factor| -factor),
        1 => prop::sample::select(special.to_vec()),
    ]
}

/// An L1L2 of Keras 2.2, whose factors keep all digits.
fn signed_l1_l2(l1: f64, l2: f64) -> Case {
    let edition = Edition::KERAS_2_2.with_floatx(Floatx::Float64);
    let present = |factor: f64| (factor != 0.0).then_some(factor);
    Case {
        terms: edition.l1_l2(l1, l2).terms(),
        factors: Factors::new(present(l1), present(l2)).added_to_zero(),
    }
}

/// An L1 or an L2 of TensorFlow 2.3, which has negative factors and the two classes.
fn signed_l1_or_l2(factor: f64, square: bool) -> Case {
    let edition = Edition::TF_2_3.with_floatx(Floatx::Float64);
    match square {
        false => Case {
            terms: edition.l1(factor).terms(),
            factors: Factors::new(Some(factor), None),
        },
        true => Case {
            terms: edition.l2(factor).terms(),
            factors: Factors::new(None, Some(factor)),
        },
    }
}

fn signed() -> impl Strategy<Value = Case> + Clone {
    let finite = any_factor().prop_filter("finite", |factor| factor.is_finite());
    prop_oneof![
        3 => (any_factor(), any_factor()).prop_map(|(l1, l2)| signed_l1_l2(l1, l2)),
        // Two factors of one magnitude: their terms cancel.
        1 => any_factor().prop_map(|factor| signed_l1_l2(factor, -factor)),
        2 => (finite, any::<bool>()).prop_map(|(factor, square)| signed_l1_or_l2(factor, square)),
    ]
}

properties! {
    fn the_value_under_any_factors_is_the_oracles<T>(case in signed(), xs in wild_weights::<T>()) {
        same(case.terms.penalty(&xs), case.factors.penalty(T::FORMAT, &patterns(&xs)))?;
    }

    fn the_value_of_numbers_under_any_factors_is_the_oracles<T>(
        case in signed(), xs in weights::<T>(),
    ) {
        same(case.terms.penalty(&xs), case.factors.penalty(T::FORMAT, &patterns(&xs)))?;
    }

    fn the_subgradient_under_any_factors_is_the_oracles<T>(case in signed(), x in anything::<T>()) {
        same(case.terms.subgradient(x), case.factors.subgradient(T::FORMAT, x.pattern()))?;
    }

    fn the_proximal_point_under_any_factors_is_the_oracles<T>(
        case in signed(), step in nonnegative(), v in anything::<T>(),
    ) {
        let oracle = case.factors.proximal(T::FORMAT, step, v.pattern());
        same(case.terms.proximal(step_of(step), v), oracle)?;
    }

    fn the_test_at_zero_under_any_factors_is_the_oracles<T>(case in signed(), g in near::<T>()) {
        let g = g.to(case.terms.l1().filter(|l1| !l1.is_nan()).unwrap_or(0.0));
        let oracle = case.factors.zero_is_minimum(T::FORMAT, g.pattern());
        prop_assert_eq!(case.terms.zero_is_minimum(g), oracle);
    }

    /// Raw, divided, and divided with NaN of an empty batch.
    fn an_activity_is_divided_as_the_edition_says<T>(
        factor in nonnegative(), xs in weights::<T>(), batch in 0_usize..9,
    ) {
        let mut sums = Sums::new();
        sums.extend(&xs);
        for edition in Edition::ALL {
            let edition = edition.with_floatx(Floatx::Float64);
            let terms = edition.l1_l2(factor, 0.0).terms();
            let factors = Factors::new((factor != 0.0).then_some(factor), None);
            let bits = patterns(&xs);
            let expected = match (edition.name(), batch) {
                ("keras-2.2" | "keras-3.0", _) => factors.penalty(T::FORMAT, &bits),
                ("tf-2.0" | "tf-2.3" | "tf-2.4", 0) => T::FORMAT.nan(),
                _ => factors.penalty_per_sample(T::FORMAT, &bits, batch as u64),
            };
            same(terms.penalty_per_sample::<T>(&sums, batch), expected)?;
        }
    }

    /// The derivative of the penalty above, which the same editions divide.
    fn the_derivative_of_an_activity_is_divided_as_the_edition_says<T>(
        l1 in nonnegative(), l2 in nonnegative(), y in anything::<T>(), batch in 1_usize..9,
    ) {
        for edition in Edition::ALL {
            let edition = edition.with_floatx(Floatx::Float64);
            let terms = edition.l1_l2(l1, l2).terms();
            let present = |factor: f64| (factor != 0.0).then_some(factor);
            let by = match edition.name() {
                "keras-2.2" | "keras-3.0" => 1,
                _ => batch as u64,
            };
            let factors = Factors::new(present(l1), present(l2));
            let expected = factors.subgradient_per_sample(T::FORMAT, y.pattern(), by);
            same(terms.subgradient_per_sample(y, batch), expected)?;
        }
    }
}

/// In every edition and under every default float type, of which L1 alone rounds its factor in the newest.
#[test]
fn a_class_alone_is_an_l1l2_of_the_same_penalty() {
    check(
        (nonnegative(), nonnegative(), weights::<f64>()),
        |(l1, l2, xs)| {
            prop_assume!(l1 != 0.0 && l2 != 0.0);
            let floatx = [Floatx::Float16, Floatx::Float32, Floatx::Float64];
            for (edition, floatx) in Edition::ALL
                .into_iter()
                .flat_map(|e| floatx.map(|f| (e, f)))
            {
                let edition = edition.with_floatx(floatx);
                let (Ok(l1), Ok(l2)) = (L1::in_edition(edition, l1), L2::in_edition(edition, l2))
                else {
                    continue;
                };
                for (alone, l1l2) in [(l1.terms(), L1L2::from(l1)), (l2.terms(), L1L2::from(l2))] {
                    prop_assert_eq!(l1l2.edition(), edition);
                    // A factor that becomes 0 is a term of the class alone.
                    let is_zero = [alone.l1(), alone.l2()].contains(&Some(0.0));
                    if !is_zero {
                        same(l1l2.terms().penalty(&xs), alone.penalty(&xs).pattern())?;
                        let slope = alone.subgradient(3.0_f64);
                        same(l1l2.terms().subgradient(3.0_f64), slope.pattern())?;
                    }
                }
            }
            Ok(())
        },
    );
}

#[test]
fn a_regularizer_of_any_class_is_one_of_its_own_class() {
    use regularize_core::{AnyRegularizer, Mode, Orthogonal, l1_l2, l2, orthogonal};

    let l1 = AnyRegularizer::from(Edition::TF_2_10.l1(0.5));
    assert_eq!(L1::try_from(l1), Ok(Edition::TF_2_10.l1(0.5)));
    assert_eq!(L1L2::try_from(l1), Ok(Edition::TF_2_10.l1(0.5).into()));
    assert_eq!(L2::try_from(AnyRegularizer::from(l2(0.5))), Ok(l2(0.5)));
    assert_eq!(
        L1L2::try_from(AnyRegularizer::from(l2(0.5))),
        Ok(l1_l2(0.0, 0.5))
    );
    let both = AnyRegularizer::from(l1_l2(0.25, 0.5));
    assert_eq!(L1L2::try_from(both), Ok(l1_l2(0.25, 0.5)));
    let matrix = AnyRegularizer::from(orthogonal(0.01, Mode::Rows));
    assert_eq!(
        Orthogonal::try_from(matrix),
        Ok(orthogonal(0.01, Mode::Rows))
    );
    let messages = [
        L1::try_from(both).unwrap_err().to_string(),
        L2::try_from(l1).unwrap_err().to_string(),
        L1L2::try_from(matrix).unwrap_err().to_string(),
        Orthogonal::try_from(l1).unwrap_err().to_string(),
    ];
    assert_eq!(
        messages,
        [
            "l1_l2(0.25, 0.5) is not an L1",
            "l1(0.5) is not an L2",
            "orthogonal(0.01, rows) is not an L1, L2 or L1L2",
            "l1(0.5) is not an orthogonal regularizer",
        ]
    );
}

/// A regularizer of one edition is in another what its constructor makes there, or not there at all.
#[test]
fn a_regularizer_goes_from_edition_to_edition_by_its_arguments() {
    use regularize_core::{AnyRegularizer, Mode, Orthogonal};

    let editions = prop::sample::select(Edition::ALL.to_vec());
    check(
        (editions.clone(), editions, any_factor(), any_factor()),
        |(from, to, l1, l2)| {
            if let Ok(made) = L1::in_edition(from, l1) {
                let found = AnyRegularizer::from(made).to_edition(to);
                let expected = L1::in_edition(to, l1).ok().map(AnyRegularizer::from);
                prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"));
            }
            if let Ok(made) = L2::in_edition(from, l2) {
                let found = AnyRegularizer::from(made).to_edition(to);
                let expected = L2::in_edition(to, l2).ok().map(AnyRegularizer::from);
                prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"));
            }
            if let Ok(made) = L1L2::in_edition(from, l1, l2) {
                let found = AnyRegularizer::from(made).to_edition(to);
                let expected = L1L2::in_edition(to, l1, l2).ok().map(AnyRegularizer::from);
                prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"));
            }
            Ok(())
        },
    );
    let matrix = AnyRegularizer::from(Orthogonal::new(0.5, Mode::Columns).unwrap());
    for edition in Edition::ALL {
        let found = matrix.to_edition(edition);
        let has_class = edition.rules().norm_floor.is_some();
        let expected = has_class.then(|| edition.orthogonal(0.5, Mode::Columns).into());
        assert_eq!(found, expected);
    }
}

/// What is printed is read back to the last bit.
#[test]
fn the_notation_of_a_regularizer_is_read_back() {
    use regularize_core::{AnyRegularizer, Mode, l1, l1_l2, l2, orthogonal};

    check((nonnegative(), nonnegative()), |(a, b)| {
        prop_assume!(a.is_finite() && b.is_finite());
        let all: [AnyRegularizer; 5] = [
            l1(a).into(),
            l2(a).into(),
            l1_l2(a, b).into(),
            orthogonal(a, Mode::Rows).into(),
            orthogonal(a, Mode::Columns).into(),
        ];
        for regularizer in all {
            prop_assert_eq!(regularizer.to_string().parse(), Ok(regularizer));
            let spaced = regularizer
                .to_string()
                .replace('(', " ( ")
                .replace(')', " )");
            prop_assert_eq!(format!(" {spaced}\n").parse(), Ok(regularizer));
        }
        Ok(())
    });
}

#[test]
fn a_text_that_is_not_the_notation_of_a_regularizer_is_rejected() {
    use regularize_core::{AnyRegularizer, L2, NotationError};

    let parsed = |text: &str| text.parse::<AnyRegularizer>();
    for text in [
        "",
        "none",
        "l1_l2",
        "l2(",
        "l2)",
        "l2()",
        "l2(x)",
        "l2(0.01",
        "l2(0.01))",
        "l2(0.01) l2",
        "l2(0.01, 0.01)",
        "l3(0.01)",
        "L2(0.01)",
        "l1_l2(0.01)",
        "l1_l2(0.01, x)",
        "l1_l2(0, 0, 0)",
        "l2(l1 = 0.01)",
        "l2(l2 = 0.01, l2 = 0.01)",
        "l1_l2(l2 = 0.01, 0.01)",
        "l1_l2(0.01, l1 = 0.01)",
        "orthogonal(0.01, row)",
        "orthogonal(0.01, rows, rows)",
        "l2(0.01,)",
    ] {
        assert_eq!(parsed(text), Err(NotationError::Form), "{text}");
    }
    // As an attribute reads them.
    let (default, both) = (L2::default().into(), L1L2::new(0.5, 0.25).unwrap().into());
    assert_eq!(parsed("l2"), Ok(default));
    assert_eq!(parsed("l2(l2=0.01)"), Ok(default));
    assert_eq!(parsed("l1_l2(l2 = 0.25, l1 = 0.5)"), Ok(both));
    assert_eq!(parsed("orthogonal(0.01)"), parsed("orthogonal"));
    assert_eq!(
        parsed("orthogonal(mode = columns)"),
        parsed("orthogonal(0.01, columns)")
    );
    for (text, factor) in [("l2(-1)", -1.0), ("l2(inf)", f64::INFINITY)] {
        let error = L2::new(factor).unwrap_err();
        assert_eq!(parsed(text), Err(NotationError::Factor(error)));
    }
}

/// A default float type rounds a double as the oracle does, once.
#[test]
fn a_factor_is_rounded_to_floatx() {
    let formats = [
        (Floatx::Float16, Format::F16),
        (Floatx::Float32, Format::F32),
        (Floatx::Float64, Format::F64),
    ];
    check((any_factor(), any::<f64>()), |factors| {
        for factor in [factors.0, factors.1] {
            for (floatx, format) in formats {
                let kept = Edition::KERAS_2_2.with_floatx(floatx).l1_l2(factor, 1.0);
                let kept = kept.terms().l1().unwrap_or(0.0_f64.copysign(factor));
                match Dyadic::from_f64(factor) {
                    None => prop_assert!(kept.to_bits() == factor.to_bits() || factor.is_nan()),
                    Some(number) => {
                        let bits = number.round(format, factor.is_sign_negative());
                        let is_same = match format.decode(bits).finite() {
                            Some(number) => Dyadic::from_f64(kept) == Some(number),
                            None => kept == f64::INFINITY.copysign(factor),
                        };
                        prop_assert!(is_same, "{factor:?} is kept as {kept:?} in {floatx:?}");
                    }
                }
            }
        }
        Ok(())
    });
}

#[test]
fn an_edition_is_found_by_its_name_and_nothing_else() {
    for edition in Edition::ALL {
        assert_eq!(edition.name().parse(), Ok(edition));
        assert_eq!(edition.to_string(), edition.name());
    }
    let error = "keras-3".parse::<Edition>().unwrap_err().to_string();
    for edition in Edition::ALL {
        assert!(error.contains(edition.name()), "{error}");
    }
}

#[test]
fn a_factor_that_an_edition_rejects_is_an_error_and_all_others_are_factors() {
    check((any_factor(), any_factor()), |(a, b)| {
        for edition in Edition::ALL {
            let accepted = |factor: f64| match edition.name() {
                "keras-2.2" | "tf-2.0" => true,
                "tf-2.3" | "tf-2.4" | "tf-2.10" => factor.is_finite(),
                _ => factor.is_finite() && factor >= 0.0,
            };
            prop_assert_eq!(L1::in_edition(edition, a).is_ok(), accepted(a));
            prop_assert_eq!(L2::in_edition(edition, a).is_ok(), accepted(a));
            let both = L1L2::in_edition(edition, a, b);
            prop_assert_eq!(both.is_ok(), accepted(a) && accepted(b));
            if let Err(error) = both {
                prop_assert_eq!(error.name(), if accepted(a) { "l2" } else { "l1" });
                let sign = error.to_string().ends_with("finite and not negative");
                prop_assert_eq!(sign, edition.name().starts_with("keras-3"));
            }
        }
        Ok(())
    });
}

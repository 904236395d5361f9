//! What a factor may be, what is kept of it, and how it is shown.

use crate::common::check;
use proptest::prelude::*;
use regularize_core::{L1, L1L2, L2, Mode, Orthogonal, l1, l1_l2, l2, orthogonal};

/// Finite and not negative, −0 included: Keras' check, `value < 0` after a test for finiteness.
fn allowed(factor: f64) -> bool {
    factor.is_finite() && (factor >= 0.0)
}

#[test]
fn a_factor_is_accepted_exactly_when_it_is_finite_and_not_negative() {
    check((any::<f64>(), any::<f64>()), |(a, b)| {
        prop_assert_eq!(L1::new(a).is_ok(), allowed(a));
        prop_assert_eq!(L2::new(a).is_ok(), allowed(a));
        prop_assert_eq!(Orthogonal::new(a, Mode::Rows).is_ok(), allowed(a));
        prop_assert_eq!(L1L2::new(a, b).is_ok(), allowed(a) && allowed(b));
        Ok(())
    });
}

#[test]
fn minus_zero_is_a_factor() {
    assert_eq!(L1::new(-0.0).unwrap().l1().to_bits(), (-0.0_f64).to_bits());
    assert_eq!(L2::new(-0.0).unwrap().l2().to_bits(), (-0.0_f64).to_bits());
}

#[test]
fn a_rejected_factor_is_named_with_its_value() {
    for bad in [-0.5, -5e-324, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let errors = [
            ("l1", L1::new(bad).unwrap_err()),
            ("l2", L2::new(bad).unwrap_err()),
            ("l1", L1L2::new(bad, 1.0).unwrap_err()),
            ("l2", L1L2::new(1.0, bad).unwrap_err()),
            ("l1", L1L2::new(bad, bad).unwrap_err()),
            ("factor", Orthogonal::new(bad, Mode::Columns).unwrap_err()),
        ];
        for (name, error) in errors {
            assert_eq!(error.name(), name);
            assert_eq!(error.value().to_bits(), bad.to_bits());
            let text = error.to_string();
            assert!(
                text.contains(name) && text.contains(&format!("{bad:?}")),
                "{text}"
            );
        }
    }
    assert_eq!(
        L1::new(-0.5).unwrap_err().to_string(),
        "the factor l1 is -0.5: a regularization factor must be finite and not negative"
    );
}

#[test]
fn errors_are_errors() {
    fn is_error(_: &dyn core::error::Error) {}
    is_error(&L1::new(-1.0).unwrap_err());
    is_error(&regularize_core::Step::new(-1.0).unwrap_err());
    is_error(
        &l1(1.0)
            .terms()
            .add_subgradient(&[1.0], &mut [1.0_f32, 2.0])
            .unwrap_err(),
    );
}

/// Keras 3 keeps L1's factor as a tensor of floatx, which is f32, and the others as Python's doubles.
#[test]
fn l1_goes_through_f32_and_the_others_keep_the_double() {
    check(any::<f64>().prop_map(f64::abs), |factor| {
        prop_assume!(factor.is_finite());
        let single = f64::from(factor as f32);
        prop_assert_eq!(L1::new(factor).unwrap().terms().l1(), Some(single));
        prop_assert_eq!(L2::new(factor).unwrap().terms().l2(), Some(factor));
        let both = L1L2::new(factor, factor).unwrap();
        prop_assert_eq!((both.l1(), both.l2()), (factor, factor));
        let present = (factor != 0.0).then_some(factor);
        prop_assert_eq!((both.terms().l1(), both.terms().l2()), (present, present));
        Ok(())
    });
    assert_eq!(l1(1e39).terms().l1(), Some(f64::INFINITY));
    assert_eq!(l1(1e-46).terms().l1(), Some(0.0));
    assert_eq!(l1_l2(1e39, 1e-46).terms().l1(), Some(1e39));
}

#[test]
fn a_zero_term_is_present_alone_and_absent_beside_another() {
    for zero in [0.0, -0.0] {
        assert_eq!(
            (l1(zero).terms().l1(), l1(zero).terms().l2()),
            (Some(0.0), None)
        );
        assert_eq!(
            (l2(zero).terms().l1(), l2(zero).terms().l2()),
            (None, Some(0.0))
        );
        let (none, one) = (l1_l2(zero, zero).terms(), l1_l2(zero, 1.0).terms());
        assert_eq!((none.l1(), none.l2()), (None, None));
        assert_eq!((one.l1(), one.l2()), (None, Some(1.0)));
    }
    // A term is tested before it is rounded.
    assert_eq!(l1_l2(5e-324, 1.0).terms().l1(), Some(5e-324));
    assert_eq!(l1(1e-46).terms().l1(), Some(0.0));
}

/// A regularizer shows itself as the attribute that makes it, from the number that was given.
#[test]
fn a_regularizer_is_shown_as_its_attribute() {
    assert_eq!(l1(0.01).to_string(), "l1(0.01)");
    assert_eq!(l2(0.1).to_string(), "l2(0.1)");
    assert_eq!(l1_l2(0.001, 0.01).to_string(), "l1_l2(0.001, 0.01)");
    assert_eq!(l1(1.0).to_string(), "l1(1.0)");
    assert_eq!(l2(1e-10).to_string(), "l2(1e-10)");
    assert_eq!(
        orthogonal(0.01, Mode::Rows).to_string(),
        "orthogonal(0.01, rows)"
    );
    assert_eq!(
        orthogonal(0.5, Mode::Columns).to_string(),
        "orthogonal(0.5, columns)"
    );
}

#[test]
fn what_is_shown_parses_to_the_factor_that_was_given() {
    check((any::<f64>(), any::<f64>()), |(a, b)| {
        let (a, b) = (a.abs(), b.abs());
        prop_assume!(a.is_finite() && b.is_finite());
        prop_assert_eq!(l2(a).to_string(), format!("l2({a:?})"));
        prop_assert_eq!(l1_l2(a, b).to_string(), format!("l1_l2({a:?}, {b:?})"));
        let shown = l1(a).to_string();
        let number: f64 = shown["l1(".len()..shown.len() - 1].parse().unwrap();
        prop_assert_eq!(l1(number), l1(a));
        prop_assert_eq!(l1(number).terms(), l1(a).terms());
        prop_assert_eq!(shown, format!("l1({a:?})"));
        Ok(())
    });
}

#[test]
fn defaults_are_those_of_keras_3() {
    assert_eq!(L1::default(), l1(0.01));
    assert_eq!(L2::default(), l2(0.01));
    assert_eq!(L1L2::default(), l1_l2(0.0, 0.0));
    assert_eq!(Orthogonal::default(), orthogonal(0.01, Mode::Rows));
    assert_eq!(L1::default().terms().l1(), Some(f64::from(0.01_f32)));
    assert_eq!(L2::default().terms().l2(), Some(0.01));
}

/// Factories and constructors are evaluated by the compiler.
#[test]
fn factories_and_constructors_are_constant() {
    const ONE: L1 = l1(0.5);
    const TWO: L2 = l2(0.25);
    const BOTH: L1L2 = l1_l2(0.5, 0.25);
    const SQUARE: Orthogonal = orthogonal(0.5, Mode::Columns);
    const REJECTED: bool = L1::new(-1.0).is_err() && L2::new(f64::NAN).is_err();
    assert_eq!(
        (ONE.terms().l1(), TWO.terms().l2()),
        (Some(0.5), Some(0.25))
    );
    assert_eq!((BOTH.l1(), BOTH.l2()), (0.5, 0.25));
    assert_eq!((SQUARE.factor(), SQUARE.mode()), (0.5, Mode::Columns));
    const { assert!(REJECTED) };
}

#[test]
#[should_panic(expected = "a regularization factor must not be negative")]
fn the_factory_l1_panics_on_a_negative_factor() {
    let _ = l1(-0.5);
}

#[test]
#[should_panic(expected = "a regularization factor must be finite, not NaN or infinite")]
fn the_factory_l1_panics_on_nan() {
    let _ = l1(f64::NAN);
}

#[test]
#[should_panic(expected = "a regularization factor must not be negative")]
fn the_factory_l2_panics_on_a_negative_factor() {
    let _ = l2(-5e-324);
}

#[test]
#[should_panic(expected = "a regularization factor must be finite, not NaN or infinite")]
fn the_factory_l2_panics_on_infinity() {
    let _ = l2(f64::INFINITY);
}

#[test]
#[should_panic(expected = "a regularization factor must not be negative")]
fn the_factory_l1_l2_panics_on_a_negative_second_factor() {
    let _ = l1_l2(0.5, -0.5);
}

#[test]
#[should_panic(expected = "a regularization factor must be finite, not NaN or infinite")]
fn the_factory_l1_l2_panics_on_an_infinite_first_factor() {
    let _ = l1_l2(f64::INFINITY, 0.5);
}

#[test]
#[should_panic(expected = "a regularization factor must not be negative")]
fn the_factory_orthogonal_panics_on_a_negative_factor() {
    let _ = orthogonal(-1.0, Mode::Rows);
}

#[test]
#[should_panic(expected = "a regularization factor must be finite, not NaN or infinite")]
fn the_factory_orthogonal_panics_on_nan() {
    let _ = orthogonal(f64::NAN, Mode::Rows);
}

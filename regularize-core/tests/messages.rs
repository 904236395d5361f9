//! Texts, whole: those of errors and of numbers, and the versions that a file names.

use regularize_core::{AnyRegularizer, CallError, Edition, Floatx};

#[test]
fn an_edition_is_printed_by_its_name() {
    let edition = Edition::TF_2_10;
    assert_eq!(format!("{edition:?} {edition}"), "tf-2.10 tf-2.10");
    let edition = edition.with_floatx(Floatx::Float64);
    assert_eq!(format!("{edition:?}"), "tf-2.10 with Float64");
}

#[test]
fn an_unknown_edition_is_answered_with_all_names() {
    assert_eq!(
        "keras-4".parse::<Edition>().unwrap_err().to_string(),
        "no such edition: write keras-2.2, tf-2.0, tf-2.3, tf-2.4, tf-2.10, keras-3.0, keras-3.14.0, or keras-3.14.1"
    );
}

#[test]
fn every_release_of_keras_has_its_edition() {
    let of = |version: &str| Edition::of_version(version).map(Edition::name);
    for (versions, edition) in [
        (&["2.2.0", "2.2.5", "2.3.1", "2.3"][..], Some("keras-2.2")),
        (&["2.2.4-tf", "2.3.0-tf"], Some("tf-2.0")),
        (&["2.4.0", "2.7.0", "2.9.3"], Some("tf-2.4")),
        (&["2.10.0", "2.15.1", "2.21.0"], Some("tf-2.10")),
        (&["3.0.0", "3.13.2"], Some("keras-3.0")),
        (&["3.14.0", "3.14"], Some("keras-3.14.0")),
        (&["3.14.1", "3.15.1", "3.15.0-dev"], Some("keras-3.14.1")),
        (
            &["3.16.0", "4.0.0", "2.1.6", "1.2.2", "", "3", "three"],
            None,
        ),
    ] {
        for version in versions {
            assert_eq!(of(version), edition, "{version}");
        }
    }
}

#[test]
fn a_json_has_the_numbers_of_python() {
    let written = |factor: f64| {
        let json = AnyRegularizer::from(Edition::KERAS_3_0.l2(factor))
            .to_json()
            .to_string();
        let (_, from) = json.split_once("{\"l2\": ").unwrap();
        from.split_once('}').unwrap().0.to_owned()
    };
    for (factor, digits) in [
        (0.0, "0.0"),
        (1.0, "1.0"),
        (0.0001, "0.0001"),
        (1e-5, "1e-05"),
        (1.5e-9, "1.5e-09"),
        (1.5e-10, "1.5e-10"),
        (1e-100, "1e-100"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (1e100, "1e+100"),
    ] {
        assert_eq!(written(factor), digits);
    }
    let first = |factor: f64| {
        let json = AnyRegularizer::from(Edition::KERAS_2_2.l1_l2(factor, 0.5))
            .to_json()
            .to_string();
        let (_, from) = json.split_once("{\"l1\": ").unwrap();
        from.split_once(',').unwrap().0.to_owned()
    };
    assert_eq!(first(f64::INFINITY), "Infinity");
    assert_eq!(first(f64::NEG_INFINITY), "-Infinity");
    assert_eq!(first(f64::NAN), "NaN");
    assert_eq!(first(-2.0_f64.powi(-20)), "-9.5367431640625e-07");
}

#[test]
fn a_factor_that_is_not_a_number_is_named() {
    let none = |edition| CallError::None {
        name: "l1",
        edition,
    };
    let text = |edition| CallError::Text {
        name: "l2",
        edition,
    };
    assert_eq!(
        none(Edition::TF_2_3).to_string(),
        "the factor l1 is None: tf-2.3 takes a number"
    );
    assert_eq!(
        text(Edition::KERAS_3_0).to_string(),
        "the factor l2 is a text: keras-3.0 takes a number"
    );
    assert_eq!(
        text(Edition::KERAS_2_2).to_string(),
        "the factor l2 is a text: keras-2.2 takes a number, or the text of one"
    );
}

#[test]
fn an_unknown_identifier_is_answered_with_what_is_meant() {
    let said = |identifier: &'static str| {
        let error = Edition::LATEST.get(identifier).unwrap_err();
        let text = error.to_string();
        text.split_once(": write ").unwrap().1.to_owned()
    };
    assert_eq!(said("xxl1"), "\"l1\"");
    assert_eq!(
        said("l1_l2"),
        "the factors, l1_l2(0.01, 0.01), which the name meant in Keras 2"
    );
    // More than half of the letters are others.
    let all = "\"L1\" or \"L2\" or \"L1L2\" or \"OrthogonalRegularizer\" or \"l1\" or \"l2\" or \"l1l2\" or \
               \"orthogonal_regularizer\"";
    let mut names: Vec<&str> = all.split(" or ").collect();
    names.sort_unstable();
    for identifier in ["xxxl1", "nothing at all"] {
        let said = said(identifier);
        let mut found: Vec<&str> = said.split(" or ").collect();
        found.sort_unstable();
        assert_eq!(found, names, "{identifier}");
    }
}

#[cfg(feature = "serde")]
mod json {
    use regularize_core::{AnyRegularizer, Edition};

    fn made(edition: Edition, json: &str) -> Result<String, String> {
        let made = edition.from_json(json);
        let shown = |made: Option<AnyRegularizer>| made.unwrap().to_string();
        made.map(shown).map_err(|error| error.to_string())
    }

    #[test]
    fn an_unknown_argument_is_answered_with_those_of_the_class() {
        let said = |edition, json| made(edition, json).unwrap_err();
        assert_eq!(
            said(
                Edition::LATEST,
                r#"{"class_name": "L1L2", "config": {"x": 1}}"#
            ),
            "L1L2 has no argument \"x\" in keras-3.14.1: write \"l1\" or \"l2\""
        );
        assert_eq!(
            said(
                Edition::LATEST,
                r#"{"class_name": "L1", "config": {"l2": 1}}"#
            ),
            "L1 has no argument \"l2\" in keras-3.14.1: write \"l1\""
        );
        assert_eq!(
            said(
                Edition::TF_2_10,
                r#"{"class_name": "L2", "config": {"l1": 1}}"#
            ),
            "L2 has no argument \"l1\" in tf-2.10: write \"l2\" or \"l\""
        );
    }

    #[test]
    fn a_factor_that_is_not_a_number_is_shown() {
        let said = |config: &str| {
            let json = format!(r#"{{"class_name": "L1", "config": {{"l1": {config}}}}}"#);
            made(Edition::LATEST, &json).unwrap_err()
        };
        for found in ["true", "[1]", "{\"a\":1}"] {
            let want = format!("the factor l1 is {found}: a factor is a number");
            assert_eq!(said(found), want);
        }
        assert_eq!(
            said("\"0.5\""),
            "the factor l1 is a text: keras-3.14.1 takes a number"
        );
    }

    #[test]
    fn a_text_is_a_factor_in_keras_2() {
        let json = r#"{"class_name": "L1L2", "config": {"l1": "0.5", "l2": 0.25}}"#;
        assert_eq!(made(Edition::KERAS_2_2, json).unwrap(), "l1_l2(0.5, 0.25)");
    }

    #[test]
    fn an_orthogonal_regularizer_has_one_of_two_modes() {
        let of = |mode: &str| {
            let json = format!(
                r#"{{"class_name": "OrthogonalRegularizer", "config": {{"factor": 0.5, "mode": {mode}}}}}"#
            );
            made(Edition::LATEST, &json)
        };
        assert_eq!(of("\"rows\"").unwrap(), "orthogonal(0.5, rows)");
        assert_eq!(of("\"columns\"").unwrap(), "orthogonal(0.5, columns)");
        assert_eq!(
            of("\"diagonals\"").unwrap_err(),
            "the mode is \"diagonals\": write \"rows\" or \"columns\""
        );
    }
}

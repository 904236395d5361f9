//! Keras' JSON.

use crate::clauses;
use proptest::prelude::*;
use regularize::edition::Class;
use regularize::{AnyRegularizer, Edition, Factor, KerasModel};
use std::fs::{self, File};

fn file(name: &str) -> String {
    format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The lines of a model: layer, role and regularizer.
fn lines(model: &KerasModel) -> Vec<String> {
    let line = |entry: &regularize::KerasEntry| {
        let regularizer = entry.regularizer().as_ref();
        let regularizer = regularizer.map_or_else(|_| "unknown".into(), AnyRegularizer::to_string);
        format!("{} {} {regularizer}", entry.layer(), entry.role())
    };
    let mut lines: Vec<String> = model.entries().iter().map(line).collect();
    // The order within a layer is that of the file, which changed.
    lines.sort();
    lines
}

clauses! {
    config_form
    config_factors

    config_round_trip {
        let classes = [Class::L1, Class::L2, Class::L1L2];
        proptest!(|(l1 in any::<f64>(), l2 in any::<f64>(), at in 0..3_usize)| {
            prop_assume!(l1.is_finite() && l2.is_finite());
            let (l1, l2) = (l1.abs() / 1e270, l2.abs() / 1e270);
            for edition in Edition::ALL {
                let factor = |name: &str| Some(Factor::Number(if name == "l1" { l1 } else { l2 }));
                let made = edition.call(classes[at], factor).unwrap();
                let json = made.to_json().to_string();
                let read = edition.from_json(&json).unwrap().unwrap();
                prop_assert_eq!(read.to_json().to_string(), json);
                prop_assert_eq!(read.terms(), made.terms());
            }
        });
    }

    config_classes
    config_arguments
    config_missing
    config_factor
    config_module

    /// The same model, saved by three releases and as JSON.
    config_model {
        let open = |name: &str| KerasModel::from_keras(File::open(file(name)).unwrap()).unwrap();
        let (old, middle, new) = (open("keras-2.15.keras"), open("keras-3.13.keras"), open("keras-3.15.keras"));
        let editions = [&old, &middle, &new].map(KerasModel::edition);
        assert_eq!(editions, [Edition::TF_2_10, Edition::KERAS_3_0, Edition::KERAS_3_14_1]);
        let json = KerasModel::from_json(&fs::read_to_string(file("keras-2.15.json")).unwrap()).unwrap();
        assert_eq!(lines(&json), lines(&old));
        assert_eq!(lines(&middle), lines(&new));
        assert_eq!(lines(&new), MODEL);
        let roles = |model: &KerasModel| {
            let mut roles: Vec<_> = model.entries().iter().map(|entry| (entry.layer(), entry.role().to_owned())).collect();
            roles.sort();
            roles
        };
        assert_eq!(roles(&old), roles(&new));
        // What Keras wrote is what is written here, letter for letter.
        for (name, model) in [("keras-2.15", &old), ("keras-3.13", &middle), ("keras-3.15", &new)] {
            let text = config_of(&format!("{name}.keras"));
            let known = model.entries().iter().filter(|entry| entry.config().contains("keras.regularizers"));
            let written = known.map(|entry| entry.regularizer().as_ref().unwrap().to_json().to_string());
            let written: Vec<String> = written.collect();
            assert!(written.len() >= 12, "{written:?}");
            for json in written {
                assert!(text.contains(&json), "{name} has no {json}");
            }
        }
    }

    /// What is no model of Keras says what it is instead.
    config_file {
        let error = |text: &str| KerasModel::from_json(text).unwrap_err().to_string();
        assert_eq!(error("no"), "the model is not JSON: expected ident at line 1 column 2");
        assert_eq!(
            error(r#"{"keras_version": "3.15.1"}"#),
            "the JSON is not a model: it has no \"class_name\" with a \"config\", as what `model.to_json()` returns has"
        );
        let model = r#""class_name": "Sequential", "config": {"layers": []}"#;
        let name = ", with `KerasModel::from_json_in` or `from_keras_in`; by the form of the file it is ";
        let new = "tf-2.10, keras-3.0, keras-3.14.0 or keras-3.14.1";
        assert_eq!(
            error(&format!(r#"{{"module": "keras", {model}, "keras_version": "3.99.0"}}"#)),
            format!("Keras 3.99.0 has no edition here: name one that regularizes as it does{name}{new}")
        );
        assert_eq!(
            error(&format!(r#"{{"module": "keras", {model}}}"#)),
            format!("the model names no keras_version: name its edition{name}{new}")
        );
        assert_eq!(
            error(&format!("{{{model}}}")),
            format!("the model names no keras_version: name its edition{name}keras-2.2, tf-2.0, tf-2.3, tf-2.4 or tf-2.10")
        );
        let json = File::open(file("keras-2.15.json")).unwrap();
        assert_eq!(
            KerasModel::from_keras(json).unwrap_err().to_string(),
            "not a .keras file: it is JSON: read it with `KerasModel::from_json`"
        );
    }
}

/// The `config.json` of a file, as Keras wrote it.
fn config_of(name: &str) -> String {
    let mut archive = zip::ZipArchive::new(File::open(file(name)).unwrap()).unwrap();
    std::io::read_to_string(archive.by_name("config.json").unwrap()).unwrap()
}

/// The model that `tools/keras/models.py` makes, as Keras 3 keeps its factors.
const MODEL: [&str; 17] = [
    "activity activity l1_l2(0.01, 0.02)",
    "by_name kernel l2(0.01)",
    "custom kernel unknown",
    "embedding embeddings l2(0.0001)",
    "head/again activity l1(9.999999747378752e-6)",
    "head/again bias l2(0.0001)",
    "head/again kernel l1_l2(1e-5, 0.0001)",
    "head/hidden activity l1(9.999999747378752e-6)",
    "head/hidden bias l2(0.0001)",
    "head/hidden kernel l1_l2(1e-5, 0.0001)",
    "lstm kernel l2(0.01)",
    "lstm recurrent l1(0.0010000000474974513)",
    "normalization beta l1(0.009999999776482582)",
    "normalization gamma l2(0.01)",
    "separable depthwise l2(0.001)",
    "separable pointwise l1(0.0010000000474974513)",
    "time_distributed/orthogonal kernel orthogonal(0.009999999776482582, columns)",
];

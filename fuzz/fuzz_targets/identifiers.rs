//! Names: of regularizers, of editions and of versions of Keras.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regularize_core::{ConfigError, Edition};
use regularize_fuzz::one_line;
use serde_json::Value;

fuzz_target!(|text: &str| {
    for edition in Edition::ALL {
        let known = edition
            .rules()
            .identifiers
            .iter()
            .any(|known| known.name == text);
        let found = edition.get(text);
        assert_eq!(found.is_ok(), known);
        let quoted = Value::from(text);
        let by_json = edition.from_json(&quoted.to_string());
        assert_eq!(by_json, edition.from_value(&quoted));
        match found {
            Ok(found) => {
                assert_eq!(by_json, Ok(Some(found)));
                assert_eq!(found.edition(), edition);
            }
            Err(error) => {
                assert_eq!(error.identifier(), text);
                let by_json = by_json.unwrap_err();
                one_line(&by_json);
                if let Some(nearest) = error.nearest() {
                    // A name with a package, as `mine>Ridge` is, is a class of the user's own in a JSON.
                    if matches!(by_json, ConfigError::Unknown { .. }) {
                        assert_eq!(by_json.to_string(), error.to_string());
                    }
                    assert!(edition.get(nearest).is_ok());
                    assert!(
                        error
                            .to_string()
                            .ends_with(&format!(": write \"{nearest}\""))
                    );
                }
                one_line(&error);
            }
        }
    }
    match text.parse::<Edition>() {
        Ok(edition) => assert_eq!(edition.to_string().parse(), Ok(edition)),
        Err(error) => one_line(&error),
    }
    if let Some(edition) = Edition::of_version(text) {
        assert!(Edition::ALL.contains(&edition));
    }
});

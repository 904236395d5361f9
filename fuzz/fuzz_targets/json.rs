//! Keras' JSON of a regularizer: any text, in every edition.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regularize_core::Edition;
use regularize_fuzz::one_line;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let value = serde_json::from_str::<Value>(text);
    for edition in Edition::ALL {
        let made = edition.from_json(text);
        match &value {
            // NaN, which a text may be in an old edition, is another than itself.
            Ok(value) => assert_eq!(
                format!("{made:?}"),
                format!("{:?}", edition.from_value(value))
            ),
            Err(_) => assert!(made.is_err()),
        }
        let made = match made {
            Ok(Some(made)) => made,
            Ok(None) => {
                assert_eq!(text.trim(), "null");
                continue;
            }
            Err(error) => {
                one_line(&error);
                continue;
            }
        };
        assert_eq!(made.edition(), edition);
        assert!(!made.to_string().is_empty());
        // The text that is written makes the same regularizer, unless it has a number that JSON does not have.
        let written = made.to_json().to_string();
        match edition.from_json(&written) {
            Ok(Some(again)) => {
                assert_eq!(again.to_json().to_string(), written);
                assert_eq!(
                    again.terms().map(|terms| (terms.l1(), terms.l2())),
                    made.terms().map(|terms| (terms.l1(), terms.l2()))
                );
            }
            Ok(None) => panic!("{written} is null"),
            Err(error) => {
                assert!(
                    written.contains("NaN") || written.contains("Infinity"),
                    "{written}: {error}"
                );
            }
        }
    }
});

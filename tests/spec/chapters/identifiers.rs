//! Identifiers.

use crate::clauses;
use regularize::Edition;

clauses! {
    identifiers_functions
    identifiers_l1_l2
    identifiers_l1l2
    identifiers_classes
    identifiers_orthogonal

    /// The error names an identifier of the edition.
    identifiers_unknown {
        for edition in Edition::ALL {
            let error = |name: &'static str| edition.get(name).unwrap_err();
            assert_eq!(error("l3").nearest(), Some("l1"));
            assert!(error("l1_l3").nearest().is_some());
            assert!(error("l3").to_string().starts_with("\"l3\" is no regularizer of "));
            assert_eq!(error("Largest").nearest(), None);
            for known in edition.rules().identifiers {
                assert!(error("Largest").to_string().contains(known.name));
                assert!(edition.get(known.name).is_ok());
            }
        }
    }
}

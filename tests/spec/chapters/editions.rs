//! The editions.

use crate::clauses;
use regularize::Edition;
use regularize_conformance::EDITIONS;

clauses! {
    editions_newest {
        let own = [regularize::l2(0.01).edition(), Edition::LATEST];
        assert_eq!(own, [Edition::KERAS_3_14_1; 2]);
        assert_eq!(Edition::ALL.last(), Some(&Edition::LATEST));
    }

    editions_table {
        assert_eq!(Edition::ALL.map(Edition::name), EDITIONS);
        let rules = Edition::ALL.map(|edition| {
            let mut rules = *edition.rules();
            (rules.name, rules.versions) = ("", "");
            rules
        });
        for (index, row) in rules.iter().enumerate() {
            assert!(!rules[..index].contains(row), "{} differs from none", EDITIONS[index]);
        }
    }
}

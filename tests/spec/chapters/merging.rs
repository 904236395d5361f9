//! Sums of parts.

use crate::clauses;
use proptest::prelude::*;
use regularize::{Sums, l1_l2};

clauses! {
    merging_exact {
        proptest!(|(parts in prop::collection::vec(prop::collection::vec(any::<f64>(), 0..5), 0..6))| {
            let whole = parts.concat();
            let each = || parts.iter().map(|part| sums(part));
            let left = each().fold(Sums::new(), merged);
            let right = each().rev().fold(Sums::new(), |right, left| merged(left, right));
            let shuffled = each().rev().fold(Sums::new(), merged);
            let value = |sums: &Sums| l1_l2(0.1, 0.3).terms().penalty_of::<f64>(sums).to_bits();
            for tree in [left, right, shuffled] {
                prop_assert_eq!(value(&tree), value(&sums(&whole)));
            }
        });
    }

    merging_special {
        let value = |a: f64, b: f64| {
            let merged = merged(sums(&[a, 1.0]), sums(&[b]));
            l1_l2(0.1, 0.3).terms().penalty_of::<f64>(&merged)
        };
        assert!(value(1.0, f64::NAN).is_nan() && value(f64::NAN, f64::INFINITY).is_nan());
        assert_eq!(value(1.0, f64::NEG_INFINITY), f64::INFINITY);
    }
}

fn sums(xs: &[f64]) -> Sums {
    let mut sums = Sums::new();
    sums.extend(xs);
    sums
}

fn merged(mut left: Sums, right: Sums) -> Sums {
    left.merge(&right);
    left
}

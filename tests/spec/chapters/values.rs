//! Values.

use crate::clauses;
use proptest::prelude::*;
use regularize::extend::Terms;
use regularize::{Edition, l1, l1_l2, l2};
use regularize_oracle::{Factors, Format};

clauses! {
    values_l1
    values_l2
    values_l1_l2

    values_rounded_once {
        proptest!(|(xs in prop::collection::vec(any::<f32>(), 0..20), l2 in 0.0..10.0_f64)| {
            let bits: Vec<u64> = xs.iter().map(|x| u64::from(x.to_bits())).collect();
            let exact = Factors::new(Some(0.01), Some(l2)).penalty(Format::F32, &bits);
            let found = u64::from(l1_l2(0.01, l2).terms().penalty(&xs).to_bits());
            prop_assert!(found == exact || Format::F32.is_nan(found) && Format::F32.is_nan(exact));
        });
    }

    /// A factor times 0.
    values_empty {
        let of = |terms: Terms| terms.penalty::<f32>(&[]);
        assert_eq!(of(l1_l2(0.5, 0.25).terms()).to_bits(), 0);
        assert_eq!(of(l1(-0.0).terms()).to_bits(), (-0.0_f32).to_bits());
        assert_eq!(of(Edition::TF_2_10.l1(-0.5).terms()).to_bits(), (-0.0_f32).to_bits());
        assert!(of(l2(1e39).terms()).is_nan());
    }

    values_even {
        proptest!(|(xs in prop::collection::vec(any::<f64>(), 0..20))| {
            let minus: Vec<f64> = xs.iter().map(|x| -x).collect();
            let of = |xs: &[f64]| l1_l2(0.01, 0.3).terms().penalty(xs).to_bits();
            prop_assert_eq!(of(&xs), of(&minus));
        });
    }

    values_scaling {
        let scaled = |terms: Terms, power: i32, k: i32| {
            proptest!(|(xs in prop::collection::vec(1e-3..1e3_f64, 0..20))| {
                let by: Vec<f64> = xs.iter().map(|x| x * two_to(k)).collect();
                prop_assert_eq!(terms.penalty(&by), terms.penalty(&xs) * two_to(power * k));
            });
        };
        for k in [-20, -1, 1, 20] {
            scaled(l1(0.1).terms(), 1, k);
            scaled(l2(0.1).terms(), 2, k);
        }
    }
}

/// 2ᵉ for the exponent of a normal double.
fn two_to(e: i32) -> f64 {
    f64::from_bits(((1023 + e) as u64) << 52)
}

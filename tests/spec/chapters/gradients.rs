//! Gradients, and the subdifferential at 0.

use crate::clauses;
use proptest::prelude::*;
use regularize::{Edition, l1_l2, l2};

clauses! {
    /// At a peak there is no subgradient.
    gradients_subdifferential {
        let peak = Edition::TF_2_10.l1(-0.5).terms().subdifferential(0.0_f32);
        assert!(!peak.contains(0.0) && !peak.contains(0.5));
    }

    /// Integers: no product, sum or midpoint is rounded.
    gradients_convex {
        proptest!(|(x in -50..50_i32, y in -50..50_i32, a in 0..9_u8, b in 0..9_u8, s in -9..=9_i32)| {
            let terms = l1_l2(f64::from(a), f64::from(b)).terms();
            let [x, y] = [x, y].map(f64::from);
            let omega = |x: f64| terms.penalty(&[x]);
            prop_assert!(2.0 * omega((x + y) / 2.0) <= omega(x) + omega(y));
            prop_assert!(omega(y) >= omega(x) + terms.subgradient(x) * (y - x));
            // At 0 every element of the interval is a subgradient, and no number beside it.
            let s = f64::from(s);
            let supports = |y: f64| omega(y) >= s * y;
            let small = f64::EPSILON;
            let is_subgradient = terms.subdifferential(0.0_f64).contains(s);
            prop_assert_eq!(is_subgradient, supports(small) && supports(-small));
        });
    }

    gradients_l1
    gradients_l2
    gradients_zero
    /// Without a term there is nothing that is NaN, and a factor of 0 times ∞ is.
    gradients_special {
        assert_eq!(l1_l2(0.0, 0.0).terms().subgradient(f32::NAN), 0.0);
        assert!(l2(0.0).terms().subgradient(f32::INFINITY).is_nan());
    }

    gradients_minimum
}

//! Gradients, and the subdifferential at 0.

use crate::clauses;
use proptest::prelude::*;
use regularize::l1_l2;

clauses! {
    gradients_subdifferential

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
    gradients_special
    gradients_minimum
}

//! The proximal operator.

use crate::clauses;
use proptest::prelude::*;
use regularize::{Step, l1, l1_l2, l2};

clauses! {
    proximal_soft_threshold
    proximal_shrink

    /// The point is nearer to the minimum than its neighbours, in exact integers.
    proximal_both {
        proptest!(|(v in -40..40_i32, a in 0..5_u8, b in 0..5_u8, w in -40..40_i32)| {
            let (v, w) = (f64::from(v), f64::from(w));
            let terms = l1_l2(f64::from(a), f64::from(b)).terms();
            let under = 1.0 + 2.0 * f64::from(b);
            // Times 1 + 2·l2, the point is an integer.
            let point = (terms.proximal(Step::new(1.0).unwrap(), v) * under).round();
            let cost = |scaled: f64| {
                let (v, a, b) = (v * under, f64::from(a), f64::from(b));
                (scaled - v) * (scaled - v) / 2.0 + a * under * scaled.abs() + b * scaled * scaled
            };
            prop_assert!(cost(point) <= cost(w) && cost(point) <= cost(point + 1.0) && cost(point) <= cost(point - 1.0));
        });
        // First that of L1: 4 becomes 3.5 and then 1.75, and the other way round 2 and then 1.5.
        let step = Step::new(0.5).unwrap();
        let (first, then) = (l1(1.0).terms(), l2(1.0).terms());
        assert_eq!(then.proximal(step, first.proximal(step, 4.0)), 1.75);
        assert_eq!(first.proximal(step, then.proximal(step, 4.0)), 1.5);
        assert_eq!(l1_l2(1.0, 1.0).terms().proximal(step, 4.0), 1.75);
    }

    proximal_zeros {
        let step = Step::new(0.5).unwrap();
        proptest!(|(v in any::<f32>())| {
            prop_assume!(v.is_finite());
            prop_assert_eq!(l1(1.0).terms().proximal(step, v) == 0.0, v.abs() <= 0.5);
            prop_assert_eq!(l2(1.0).terms().proximal(step, v) == 0.0, v.abs() <= f32::from_bits(1));
        });
    }

    proximal_special
}

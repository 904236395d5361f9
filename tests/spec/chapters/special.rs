//! Special values.

use crate::clauses;
use regularize::{Edition, l1, l1_l2};

clauses! {
    /// The factor is looked at before it is cast.
    special_zero_factor {
        let infinite = [f32::INFINITY];
        assert_eq!(l1_l2(0.0, 0.0).terms().penalty(&infinite), 0.0);
        assert!(l1_l2(0.0, 1e-46).terms().penalty(&infinite).is_nan());
    }

    special_zero_factor_alone

    special_nan {
        let nan = [f32::NAN];
        assert!(l1_l2(0.0, 0.5).terms().penalty(&nan).is_nan());
        assert_eq!(l1_l2(0.0, 0.0).terms().penalty(&nan), 0.0);
    }

    special_infinite {
        let infinite = [1.0, f32::INFINITY];
        assert!(l1(0.0).terms().penalty(&infinite).is_nan());
        assert!(l1(0.5).terms().penalty(&[f32::INFINITY, f32::NAN]).is_nan());
        assert_eq!(Edition::TF_2_10.l1(-0.5).terms().penalty(&infinite), f32::NEG_INFINITY);
        assert!(Edition::TF_2_10.l1_l2(1.0, -1.0).terms().penalty(&infinite).is_nan());
    }

    special_overflow
    special_underflow
    special_subnormal
    special_minus_zero
}

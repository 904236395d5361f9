//! Factors: which numbers are, and what is kept of them.

use crate::clauses;

clauses! {
    factors_finite
    factors_negative
    factors_not_finite
    factors_none
    factors_text
    factors_default
    factors_l1_l2_default
    factors_rounding
    factors_floatx
    factors_cast
}

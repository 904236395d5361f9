//! Special values.

use crate::clauses;

clauses! {
    special_zero_factor
    special_zero_factor_alone
    special_nan
    special_infinite
    special_overflow
    special_underflow
    special_subnormal
    special_minus_zero
}

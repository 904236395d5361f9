//! The orthogonal regularizer.

use crate::clauses;

clauses! {
    orthogonal_value
    orthogonal_class
    orthogonal_floor
    orthogonal_degenerate
}

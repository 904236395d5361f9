//! Activity penalties.

use crate::clauses;

clauses! {
    activity_divided
    activity_first_axis
    activity_empty_batch
}

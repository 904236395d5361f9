//! For a tensor, a layer, a regularizer or a traversal of your own.
//!
//! | you bring | you write |
//! |---|---|
//! | a layer of your own | nothing: `#[derive(Regularize)]`; by hand [`Regularize::visit_weights`](crate::Regularize::visit_weights) with [`visit()`] |
//! | a field that owns tensors in its own way | [`Weight`], and [`WeightGrad`] for its gradient |
//! | a layer of another crate, regularized by roles | [`Weight`] of each [role](crate::role) |
//! | numbers in memory of another kind, or on a device | [`Tensor`], and [`TensorGrad`] for their gradient |
//! | an output of another kind | [`Activity`], and [`ActivityGrad`] for its gradient |
//! | a regularizer | [`Regularizer`], or [`from_fn`] for a closure |
//! | something to do with every regularized weight | a closure, for [`Regularize::visit_weights`](crate::Regularize::visit_weights) |

#[doc(no_inline)]
pub use crate::Regularizer;
pub use crate::error::ShapeError;
pub use crate::identity::Identity;
pub use crate::model::{
    Entry, RegularizeWith, Regularized, RegularizedMut, RegularizedWith, Visit, VisitMut,
    VisitWith, visit, visit_mut, visit_with,
};
#[doc(hidden)]
pub use crate::model::{IsFactor, SamePenalty, is_factor, refused, visit_with_any};

/// What the derive needs to list fields that no attribute names.
#[doc(hidden)]
pub mod listing {
    pub use crate::model::{List, ListLayer, ListNothing, ListRole, ListWeight, Unnamed};
}
pub use crate::path::Path;
#[doc(hidden)]
pub use crate::regularizer::{ActivityRegularizer, Following, activity, in_edition};
pub use crate::regularizer::{FromFn, from_fn};
pub use crate::tensor::{Activity, ActivityGrad, Matrix, Penalty, Tensor, TensorGrad};
pub use crate::weight::{Each, EachMut, EachWith, Weight, WeightGrad};
#[doc(no_inline)]
pub use regularize_core::{Float, Interval, Sums, Terms};

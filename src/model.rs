//! Models: the traversal of every regularized weight, and everything that is done by it.

mod entry;
mod gradient;
mod losses;
mod regularize;
mod report;
mod step;
mod unnamed;

pub(crate) use entry::Met;
pub use entry::{
    Entry, IsFactor, Regularized, RegularizedMut, RegularizedWith, SamePenalty, Visit, VisitMut,
    VisitWith, is_factor, refused, visit, visit_mut, visit_with,
};
pub(crate) use gradient::add as add_gradient;
pub use losses::Losses;
pub use regularize::{Regularize, RegularizeWith, visit_with_any};
pub(crate) use report::report;
pub use report::{Report, Row, State};
pub use unnamed::{List, ListLayer, ListNothing, ListRole, ListWeight, Unnamed};

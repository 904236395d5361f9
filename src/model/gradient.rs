//! Adds the penalty's gradient to that of every weight of a model, or of none.

use super::entry::{Met, VisitWith};
use crate::error::{Error, Refused, Result};
use crate::path::Path;
use regularize_core::Terms;

/// Compares the shapes of all gradients with those of the weights, and then adds to each. `visit` traverses the model.
///
/// `instead` returns the factors to add for those of a weight, or `None` for its own. It is asked for every weight before a
/// gradient is changed.
pub(crate) fn add<E: From<Error>>(
    instead: impl Fn(&Path<'_>, Option<Terms>) -> Result<Option<Terms>, E>,
    mut visit: impl FnMut(&mut VisitWith<'_>) -> Result<()>,
) -> Result<(), E> {
    let mut refused = Refused::<E>::nothing();
    let checked = visit(&mut |at, weight| {
        refused.unless(|| {
            instead(at, weight.terms())?;
            Ok(weight.check().map_err(|kind| Error::new(at, kind))?)
        })
    });
    refused.end(checked)?;
    let mut met = Met::default();
    visit(&mut |at, weight| {
        if !met.first(at, || weight.identity()) {
            return Ok(());
        }
        let terms = instead(at, weight.terms()).ok().flatten();
        let added = weight.add_subgradient(terms.as_ref());
        added.map_err(|kind| Error::new(at, kind))
    })?;
    Ok(())
}

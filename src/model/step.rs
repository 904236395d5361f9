//! Proximal steps of every weight of a model, or of none.

use super::entry::{Met, RegularizedMut, VisitMut};
use crate::error::{Error, ErrorKind, Result};
use crate::path::Path;
use regularize_core::Step;
use std::any::Any;
use std::collections::hash_map::Entry;

/// Looks whether every weight can take the step, and then takes it. `visit` traverses the model.
pub(super) fn take(
    step: f64,
    mut visit: impl FnMut(&mut VisitMut<'_>) -> Result<()>,
) -> Result<()> {
    let step =
        Step::new(step).map_err(|error| Error::new(&Path::root(), ErrorKind::Step(error)))?;
    visit(&mut |at, weight| weight.check_step().map_err(|kind| Error::new(at, kind)))?;
    // The shared tensors that took a step, and what their copies take.
    let mut met: Met<Option<Box<dyn Any>>> = Met::default();
    visit(&mut |at, weight| {
        let taken = |weight: &mut dyn RegularizedMut| {
            let stepped = weight.proximal_step(step);
            stepped.map_err(|kind| Error::new(at, kind))
        };
        match met.entry(at, || weight.identity()) {
            None => taken(weight)?,
            Some(Entry::Vacant(entry)) => {
                taken(weight)?;
                entry.insert(weight.kept());
            }
            Some(Entry::Occupied(entry)) => match entry.get() {
                Some(kept) if !weight.take(&**kept) => taken(weight)?,
                _ => {}
            },
        }
        Ok(())
    })
}

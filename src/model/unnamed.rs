//! Fields that no attribute names: the weights in them are listed in a report.
//!
//! The derive does not know what a field is. Of several traits with one method the compiler takes that with the fewest `&`
//! before it that fits, so that a field that is not a weight, and not a layer, has nothing to list.

use super::entry::{Entry, identity};
use super::regularize::Regularize;
use crate::error::{Error, Result};
use crate::path::Path;
use crate::tensor::{Count, Identity, Tensor};
use crate::weight::Weight;
use std::marker::PhantomData;

/// A function that is called with each tensor that nobody regularizes.
pub type List<'f> = dyn FnMut(&Path<'_>, Count, Option<Identity>) -> Result<()> + 'f;

/// A field in a role.
pub struct Unnamed<'a, R, T: ?Sized>(&'a T, PhantomData<R>);

impl<'a, R, T: ?Sized> Unnamed<'a, R, T> {
    /// The field.
    pub const fn new(field: &'a T) -> Self {
        Self(field, PhantomData)
    }
}

/// The tensors of a weight.
pub trait ListWeight {
    /// Lists them, and says that there are some.
    fn __list(&self, at: &Path<'_>, f: &mut List<'_>) -> Result<bool>;
}

impl<T: Weight + ?Sized> ListWeight for &&Unnamed<'_, crate::role::weight, T> {
    fn __list(&self, at: &Path<'_>, f: &mut List<'_>) -> Result<bool> {
        weight::<_, T>(self.0, at, f)?;
        Ok(true)
    }
}

/// The weights of a layer, none of which counts in the layer that holds it.
pub trait ListLayer {
    /// Lists them, and says that there are some.
    fn __list(&self, at: &Path<'_>, f: &mut List<'_>) -> Result<bool>;
}

impl<T: Regularize + ?Sized> ListLayer for &Unnamed<'_, crate::role::weight, T> {
    fn __list(&self, at: &Path<'_>, f: &mut List<'_>) -> Result<bool> {
        self.0
            .visit_weights(&at.unnamed(), &mut |at, entry| match entry {
                Entry::Tensor(weight) if at.is_trainable() => {
                    let count = weight.count().map_err(|kind| Error::new(at, kind))?;
                    f(at, count, weight.identity())
                }
                Entry::Unregularized { count, identity } => f(at, count, identity),
                Entry::Tensor(_) | Entry::Activity(_) => Ok(()),
            })?;
        Ok(true)
    }
}

/// Anything else has no weights.
pub trait ListNothing {
    /// Lists nothing.
    fn __list(&self, _: &Path<'_>, _: &mut List<'_>) -> Result<bool> {
        Ok(false)
    }

    /// Lists nothing.
    fn __list_role(&self, _: &Path<'_>, _: &mut List<'_>) -> Result<()> {
        Ok(())
    }
}

impl<R, T: ?Sized> ListNothing for Unnamed<'_, R, T> {}

/// The tensors of a role of a layer.
pub trait ListRole {
    /// Lists them.
    fn __list_role(&self, at: &Path<'_>, f: &mut List<'_>) -> Result<()>;
}

impl<R, T: Weight<R> + ?Sized> ListRole for &Unnamed<'_, R, T> {
    fn __list_role(&self, at: &Path<'_>, f: &mut List<'_>) -> Result<()> {
        weight::<R, T>(self.0, at, f)
    }
}

/// Lists the tensors of a weight, unless it is not trained.
pub(super) fn weight<R, T: Weight<R> + ?Sized>(
    weight: &T,
    at: &Path<'_>,
    f: &mut List<'_>,
) -> Result<()> {
    weight.each_tensor(&at.unnamed(), &mut |at, tensor| match at.is_trainable() {
        true => {
            let count = tensor.count().map_err(|kind| Error::new(at, kind))?;
            f(at, count, identity(tensor, at))
        }
        false => Ok(()),
    })
}

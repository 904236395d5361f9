//! What can be done with every regularized weight of a model: one traversal, any number of visitors.

use crate::error::Error;
use crate::path::Path;
use crate::penalty::Same;
use crate::regularizer::{Proximal, Regularizer, Subgradient};
use crate::tensor::{Identity, Tensor};
use crate::weight::{Weight, WeightGrad, WeightMut};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

/// Visits the regularized weights of a model whose penalty is a `P`.
///
/// ```
/// use regularize::{Error, Path, Regularize, Regularizer, Same, Visitor, Weight};
///
/// struct Names(Vec<String>);
///
/// impl<P> Visitor<P> for Names {
///     fn weight<W, R>(&mut self, at: &Path<'_>, _: &W, regularizer: &R) -> Result<(), Error>
///     where
///         W: Weight + ?Sized,
///         R: Regularizer<W::Tensor, Penalty: Same<P>> + ?Sized,
///     {
///         self.0.push(format!("{at}: {}", regularizer.notation()));
///         Ok(())
///     }
/// }
///
/// #[derive(Regularize)]
/// #[regularize(kernel = l2(0.01), bias = l1(0.5))]
/// struct Dense {
///     kernel: Vec<f32>,
///     bias: Vec<f32>,
/// }
///
/// let mut names = Names(Vec::new());
/// Dense { kernel: vec![], bias: vec![] }.visit_weights(&Path::root(), &mut names)?;
/// assert_eq!(names.0, ["kernel: l2(0.01)", "bias: l1(0.5)"]);
/// # Ok::<(), Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "the penalties of one layer must have one type, and here a nested layer has a penalty of type `{P}`",
    label = "this layer's penalty is of another type",
    note = "the first regularized field decides: store all regularized weights in one type"
)]
pub trait Visitor<P> {
    /// Meets a weight and its regularizer.
    ///
    /// # Errors
    ///
    /// Any error ends the traversal.
    fn weight<W, R>(&mut self, at: &Path<'_>, weight: &W, regularizer: &R) -> Result<(), Error>
    where
        W: Weight + ?Sized,
        R: Regularizer<W::Tensor, Penalty: Same<P>> + ?Sized;

    /// Meets the activity regularizer of a layer, in the attribute's notation.
    ///
    /// # Errors
    ///
    /// Any error ends the traversal.
    fn activity(&mut self, at: &Path<'_>, regularizer: &dyn fmt::Display) -> Result<(), Error> {
        let _ = (at, regularizer);
        Ok(())
    }
}

/// Visits the regularized weights of a model and may change them.
///
/// ```
/// use regularize::{Error, Path, Proximal, Regularize, RegularizeMut, Step, VisitorMut, WeightMut};
///
/// /// A proximal step of another length in every layer.
/// struct ByDepth(f64);
///
/// impl VisitorMut for ByDepth {
///     fn weight<W, R>(&mut self, at: &Path<'_>, weight: &mut W, regularizer: &R) -> Result<(), Error>
///     where
///         W: WeightMut + ?Sized,
///         R: Proximal<W::Tensor> + ?Sized,
///     {
///         self.0 /= 2.0;
///         let step = Step::new(self.0).map_err(|error| Error::new(at, regularize::ErrorKind::Step(error)))?;
///         weight.each_tensor_mut(at, &mut |at, tensor| {
///             regularizer.proximal_step(tensor, step).map_err(|kind| Error::new(at, kind))
///         })
///     }
/// }
///
/// #[derive(Regularize)]
/// struct Net(#[regularize(l1(1.0))] Vec<f32>, #[regularize(l1(1.0))] Vec<f32>);
///
/// let mut net = Net(vec![2.0], vec![2.0]);
/// net.visit_weights_mut(&Path::root(), &mut ByDepth(1.0))?;
/// assert_eq!((net.0[0], net.1[0]), (1.5, 1.75));
/// # Ok::<(), Error>(())
/// ```
pub trait VisitorMut {
    /// Meets a weight and its regularizer.
    ///
    /// # Errors
    ///
    /// Any error ends the traversal.
    fn weight<W, R>(&mut self, at: &Path<'_>, weight: &mut W, regularizer: &R) -> Result<(), Error>
    where
        W: WeightMut + ?Sized,
        R: Proximal<W::Tensor> + ?Sized;
}

/// Visits the regularized weights of a model and their gradients, which it may change.
///
/// ```
/// use regularize::{
///     Error, Path, Regularize, RegularizeWith, Subgradient, VisitorWith, WeightGrad,
/// };
///
/// /// Counts the regularized weights that have a gradient.
/// struct Count(usize);
///
/// impl VisitorWith for Count {
///     fn weight<W, G, R>(&mut self, at: &Path<'_>, weight: &W, gradient: &mut G, _: &R) -> Result<(), Error>
///     where
///         W: WeightGrad<G> + ?Sized,
///         G: ?Sized,
///         R: Subgradient<W::Tensor, W::Gradient> + ?Sized,
///     {
///         weight.each_tensor_with(gradient, at, &mut |_, _, _| {
///             self.0 += 1;
///             Ok(())
///         })
///     }
/// }
///
/// #[derive(Regularize)]
/// struct Net(#[regularize(l1)] Vec<Vec<f32>>);
///
/// let net = || Net(vec![vec![1.0], vec![2.0]]);
/// let mut count = Count(0);
/// net().visit_weights_with(&mut net(), &Path::root(), &mut count)?;
/// assert_eq!(count.0, 2);
/// # Ok::<(), Error>(())
/// ```
pub trait VisitorWith {
    /// Meets a weight, its gradient and its regularizer.
    ///
    /// # Errors
    ///
    /// Any error ends the traversal.
    fn weight<W, G, R>(
        &mut self,
        at: &Path<'_>,
        weight: &W,
        gradient: &mut G,
        regularizer: &R,
    ) -> Result<(), Error>
    where
        W: WeightGrad<G> + ?Sized,
        G: ?Sized,
        R: Subgradient<W::Tensor, W::Gradient> + ?Sized;
}

/// The shared tensors that a traversal has met, and what is remembered of each.
///
/// There is no map before the first, since dropping an empty one is a call.
pub(crate) struct Met<V = ()>(Option<HashMap<Identity, V>>);

impl<V> Default for Met<V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<V> Met<V> {
    /// Returns what is remembered of a tensor; `None` if it cannot be met again, or in doubt.
    #[inline]
    pub(crate) fn entry<T: Tensor + ?Sized>(
        &mut self,
        at: &Path<'_>,
        tensor: &T,
    ) -> Option<Entry<'_, Identity, V>> {
        match at.is_shared() {
            true => self.look_up(at, tensor),
            false => None,
        }
    }

    // Apart, as the map would make what looks for it too long to be inlined.
    #[inline(never)]
    fn look_up<T: Tensor + ?Sized>(
        &mut self,
        at: &Path<'_>,
        tensor: &T,
    ) -> Option<Entry<'_, Identity, V>> {
        let identity = tensor.identity()?;
        match identity.lasts(at) {
            true => Some(self.0.get_or_insert_default().entry(identity)),
            false => None,
        }
    }
}

impl Met {
    /// Whether this is the first time, or in doubt.
    #[inline]
    pub(crate) fn first<T: Tensor + ?Sized>(&mut self, at: &Path<'_>, tensor: &T) -> bool {
        !at.is_shared() || self.insert(at, tensor)
    }

    #[inline(never)]
    fn insert<T: Tensor + ?Sized>(&mut self, at: &Path<'_>, tensor: &T) -> bool {
        match self.entry(at, tensor) {
            Some(Entry::Occupied(_)) => false,
            Some(Entry::Vacant(entry)) => {
                entry.insert(());
                true
            }
            None => true,
        }
    }
}

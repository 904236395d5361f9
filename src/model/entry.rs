//! What a traversal presents: a tensor beside its regularizer, in three forms.

use crate::error::{Error, ErrorKind};
use crate::path::Path;
use crate::regularizer::Regularizer;
use crate::tensor::{Count, Identity, Penalty, Tensor, TensorGrad};
use crate::weight::{Weight, WeightGrad, refuse};
use regularize_core::{AnyRegularizer, Step, Sums, Terms};
use std::any::Any;
use std::collections::HashMap;
use std::collections::hash_map;
use std::fmt;

/// A function that is called with each [`Entry`] of a model, and its path.
pub type Visit<'f, P> = dyn FnMut(&Path<'_>, Entry<'_, P>) -> Result<(), Error> + 'f;

/// A function that is called with each regularized tensor of a model, and may change it.
pub type VisitMut<'f> = dyn FnMut(&Path<'_>, &mut dyn RegularizedMut) -> Result<(), Error> + 'f;

/// A function that is called with each regularized tensor of a model and its gradient, which it may change.
pub type VisitWith<'f> = dyn FnMut(&Path<'_>, &mut dyn RegularizedWith) -> Result<(), Error> + 'f;

/// One thing in a model that is regularized.
#[non_exhaustive]
pub enum Entry<'a, P> {
    /// A tensor of a weight, and its regularizer.
    Tensor(&'a dyn Regularized<P>),
    /// The activity regularizer of a layer, which prints itself in the attribute's notation.
    Activity(&'a dyn fmt::Display),
    /// A weight of a field that no attribute names, where the [path](Path::listing) asks for it.
    Unregularized {
        /// Its numbers, and how many are 0.
        count: Count,
        /// What tells the tensor from every other.
        identity: Option<Identity>,
    },
}

/// A tensor and its regularizer.
///
/// ```
/// use regularize::extend::{Entry, Path};
/// use regularize::Regularize;
///
/// #[derive(Regularize)]
/// #[regularize(kernel = l2(0.01), bias = l1(0.5))]
/// struct Dense {
///     kernel: Vec<f32>,
///     bias: Vec<f32>,
/// }
///
/// let mut names = Vec::new();
/// Dense { kernel: vec![], bias: vec![] }.visit_weights(&Path::root(), &mut |at, entry| {
///     if let Entry::Tensor(weight) = entry {
///         names.push(format!("{at}: {}", weight.notation()));
///     }
///     Ok(())
/// })?;
/// assert_eq!(names, ["kernel: l2(0.01)", "bias: l1(0.5)"]);
/// # Ok::<(), regularize::Error>(())
/// ```
pub trait Regularized<P> {
    /// Returns the penalty, rounded once.
    #[must_use]
    fn penalty(&self) -> P;

    /// Says whether the regularizer can be one of the tensor.
    ///
    /// # Errors
    ///
    /// Those of [`Regularizer::check`].
    fn check(&self) -> Result<(), ErrorKind>;

    /// Returns the regularizer as it is written in an attribute.
    #[must_use]
    fn notation(&self) -> String;

    /// Returns the factors of an L1, L2 or L1L2; `None` under any other regularizer.
    #[must_use]
    fn terms(&self) -> Option<Terms>;

    /// Counts the numbers, and those that are 0.
    ///
    /// # Errors
    ///
    /// Those of [`Tensor::count`].
    fn count(&self) -> Result<Count, ErrorKind>;

    /// Returns Σ|xᵢ| and Σxᵢ² without rounding.
    ///
    /// # Errors
    ///
    /// Those of [`Tensor::sums`].
    fn sums(&self) -> Result<Sums, ErrorKind>;

    /// Returns the penalty of a whole tensor by its sums, where this is a part of it; `None` if the regularizer is not an L1,
    /// L2 or L1L2.
    #[must_use]
    fn penalty_of(&self, whole: &Sums) -> Option<P>;

    /// Returns what tells the tensor from every other.
    #[must_use]
    fn identity(&self) -> Option<Identity>;

    /// Returns what a later copy of the tensor should have, where copies do not share their numbers.
    #[doc(hidden)]
    fn kept(&self) -> Option<Box<dyn Any>>;

    /// Returns whether its numbers are other ones than those of the first copy.
    #[doc(hidden)]
    fn has_drifted(&self, kept: &dyn Any) -> Result<bool, ErrorKind>;

    /// Calls `f` with the tensor under another regularizer.
    ///
    /// # Errors
    ///
    /// Those of `f`.
    ///
    /// ```
    /// # use regularize::extend::{Entry, Path};
    /// # use regularize::{Regularize, l1};
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l2(0.5))] Vec<f32>);
    ///
    /// Dense(vec![-3.0]).visit_weights(&Path::root(), &mut |_, entry| match entry {
    ///     Entry::Tensor(weight) => weight.under(&l1(1.0).into(), &mut |weight| {
    ///         assert_eq!(weight.penalty(), 3.0);
    ///         Ok(())
    ///     }),
    ///     _ => Ok(()),
    /// })?;
    /// # Ok::<(), regularize::Error>(())
    /// ```
    fn under(
        &self,
        regularizer: &AnyRegularizer,
        f: &mut dyn FnMut(&dyn Regularized<P>) -> Result<(), Error>,
    ) -> Result<(), Error>;
}

/// A tensor that may be changed, and its regularizer.
///
/// ```
/// use regularize::extend::Path;
/// use regularize::{Regularize, Step};
///
/// #[derive(Regularize)]
/// struct Net(#[regularize(l1(1.0))] Vec<f32>, #[regularize(l1(1.0))] Vec<f32>);
///
/// // A proximal step of another length in every layer.
/// let (mut net, mut length) = (Net(vec![2.0], vec![2.0]), 1.0);
/// net.visit_weights_mut(&Path::root(), &mut |at, weight| {
///     length /= 2.0;
///     let step = Step::new(length).unwrap();
///     weight.proximal_step(step).map_err(|kind| regularize::Error::new(at, kind))
/// })?;
/// assert_eq!((net.0[0], net.1[0]), (1.5, 1.75));
/// # Ok::<(), regularize::Error>(())
/// ```
pub trait RegularizedMut {
    /// Says whether a proximal step can be taken; nothing is changed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoStep`] if the regularizer has no proximal operator, and those of [`Tensor::check_change`].
    fn check_step(&self) -> Result<(), ErrorKind>;

    /// Takes a proximal step.
    ///
    /// # Errors
    ///
    /// Those of [`Regularizer::proximal_step`].
    fn proximal_step(&mut self, step: Step) -> Result<(), ErrorKind>;

    /// Returns what tells the tensor from every other.
    #[must_use]
    fn identity(&self) -> Option<Identity>;

    /// Calls `f` with the tensor under another regularizer, as [`Regularized::under`] does.
    ///
    /// # Errors
    ///
    /// Those of `f`.
    fn under(
        &mut self,
        regularizer: &AnyRegularizer,
        f: &mut dyn FnMut(&mut dyn RegularizedMut) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// Returns what a later copy of the tensor takes, where copies do not share their numbers.
    #[doc(hidden)]
    fn kept(&self) -> Option<Box<dyn Any>>;

    /// Takes what the first copy kept, or says that it cannot.
    #[doc(hidden)]
    fn take(&mut self, kept: &dyn Any) -> bool;
}

/// A tensor, its gradient, which may be changed, and its regularizer.
///
/// ```
/// use regularize::Regularize;
/// use regularize::extend::{Path, RegularizeWith};
///
/// #[derive(Regularize)]
/// struct Net(#[regularize(l1(1.0))] Vec<Vec<f32>>);
///
/// let net = || Net(vec![vec![1.0], vec![2.0]]);
/// let mut gradients = net();
/// // The gradient of one block alone.
/// net().visit_weights_with(&mut gradients, &Path::root(), &mut |at, weight| match at.to_string().as_str() {
///     "0.1" => weight.add_subgradient(None).map_err(|kind| regularize::Error::new(at, kind)),
///     _ => Ok(()),
/// })?;
/// assert_eq!(gradients.0, [[1.0], [3.0]]);
/// # Ok::<(), regularize::Error>(())
/// ```
pub trait RegularizedWith {
    /// Says whether the subgradient can be added: it is there, and the gradient has the shape of the tensor.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoGradient`] if the regularizer has none, and [`ErrorKind::Shape`].
    fn check(&mut self) -> Result<(), ErrorKind>;

    /// Returns the factors of an L1, L2 or L1L2; `None` under any other regularizer.
    #[must_use]
    fn terms(&self) -> Option<Terms>;

    /// Adds the subgradient of the penalty, or that of other factors if some are given.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check) has; the gradient is then unchanged.
    fn add_subgradient(&mut self, instead: Option<&Terms>) -> Result<(), ErrorKind>;

    /// Returns what tells the tensor from every other.
    #[must_use]
    fn identity(&self) -> Option<Identity>;

    /// Calls `f` with the tensor and its gradient under another regularizer, as [`Regularized::under`] does.
    ///
    /// # Errors
    ///
    /// Those of `f`.
    fn under(
        &mut self,
        regularizer: &AnyRegularizer,
        f: &mut dyn FnMut(&mut dyn RegularizedWith) -> Result<(), Error>,
    ) -> Result<(), Error>;
}

impl<T: Tensor + ?Sized, R: Regularizer<T> + ?Sized> Regularized<T::Penalty>
    for (&T, &R, &Path<'_>)
{
    #[inline]
    fn penalty(&self) -> T::Penalty {
        match self.1.terms() {
            Some(terms) => self.0.penalty(&terms),
            None => self.1.penalty(self.0),
        }
    }

    fn check(&self) -> Result<(), ErrorKind> {
        self.1.check(self.0)
    }

    fn notation(&self) -> String {
        self.1.notation()
    }

    fn terms(&self) -> Option<Terms> {
        self.1.terms()
    }

    fn count(&self) -> Result<Count, ErrorKind> {
        self.0.count()
    }

    fn sums(&self) -> Result<Sums, ErrorKind> {
        self.0.sums()
    }

    fn penalty_of(&self, whole: &Sums) -> Option<T::Penalty> {
        let terms = self.1.terms()?;
        Some(self.0.penalty_of(&terms, whole))
    }

    fn identity(&self) -> Option<Identity> {
        identity(self.0, self.2)
    }

    fn kept(&self) -> Option<Box<dyn Any>> {
        self.0.kept()
    }

    fn has_drifted(&self, kept: &dyn Any) -> Result<bool, ErrorKind> {
        self.0.has_drifted(kept)
    }

    fn under(
        &self,
        regularizer: &AnyRegularizer,
        f: &mut dyn FnMut(&dyn Regularized<T::Penalty>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        f(&(self.0, regularizer, self.2))
    }
}

impl<T: Tensor + ?Sized, R: Regularizer<T> + ?Sized> RegularizedMut for (&mut T, &R, &Path<'_>) {
    #[inline]
    fn check_step(&self) -> Result<(), ErrorKind> {
        self.1.check(self.0)?;
        match self.1.has_proximal_step() {
            true => self.0.check_change(),
            false => Err(ErrorKind::NoStep {
                regularizer: self.1.notation(),
            }),
        }
    }

    fn proximal_step(&mut self, step: Step) -> Result<(), ErrorKind> {
        self.1.proximal_step(self.0, step)
    }

    fn identity(&self) -> Option<Identity> {
        identity(self.0, self.2)
    }

    fn under(
        &mut self,
        regularizer: &AnyRegularizer,
        f: &mut dyn FnMut(&mut dyn RegularizedMut) -> Result<(), Error>,
    ) -> Result<(), Error> {
        f(&mut (&mut *self.0, regularizer, self.2))
    }

    fn kept(&self) -> Option<Box<dyn Any>> {
        self.0.kept()
    }

    fn take(&mut self, kept: &dyn Any) -> bool {
        self.0.take(kept)
    }
}

impl<T, G, R> RegularizedWith for (&T, &mut G, &R, &Path<'_>)
where
    T: TensorGrad<G> + ?Sized,
    G: ?Sized,
    R: Regularizer<T> + ?Sized,
{
    fn check(&mut self) -> Result<(), ErrorKind> {
        let (tensor, gradient, regularizer) = (self.0, &mut *self.1, self.2);
        tensor.check_shape(gradient)?;
        regularizer.check(tensor)?;
        let mut in_own_type = || tensor.in_own_type(gradient, &mut |_| Ok(())).is_some();
        match regularizer.terms().is_some() || (regularizer.has_subgradient() && in_own_type()) {
            true => Ok(()),
            false => Err(ErrorKind::NoGradient {
                regularizer: regularizer.notation(),
            }),
        }
    }

    fn terms(&self) -> Option<Terms> {
        self.2.terms()
    }

    fn add_subgradient(&mut self, instead: Option<&Terms>) -> Result<(), ErrorKind> {
        let (tensor, gradient, regularizer) = (self.0, &mut *self.1, self.2);
        if let Some(terms) = instead.copied().or_else(|| regularizer.terms()) {
            return Ok(tensor.add_subgradient(&terms, gradient)?);
        }
        let mut add = |gradient: &mut T| regularizer.add_subgradient(tensor, gradient);
        let added = tensor.in_own_type(gradient, &mut add);
        added.unwrap_or_else(|| {
            Err(ErrorKind::NoGradient {
                regularizer: regularizer.notation(),
            })
        })
    }

    fn identity(&self) -> Option<Identity> {
        identity(self.0, self.3)
    }

    fn under(
        &mut self,
        regularizer: &AnyRegularizer,
        f: &mut dyn FnMut(&mut dyn RegularizedWith) -> Result<(), Error>,
    ) -> Result<(), Error> {
        f(&mut (self.0, &mut *self.1, regularizer, self.3))
    }
}

/// Returns the identity that the path says, or else the tensor's own.
pub(super) fn identity<T: Tensor + ?Sized>(tensor: &T, at: &Path<'_>) -> Option<Identity> {
    at.identity().cloned().or_else(|| tensor.identity())
}

/// Presents each tensor of a weight with its regularizer: the body of a `visit_weights` that is written by hand.
///
/// # Errors
///
/// Those of [`Weight::each_tensor`].
// Always, as a layer of many weights has many calls, and one that is not inlined needs every path in memory.
#[inline(always)]
pub fn visit<R, W, Z, P>(
    weight: &W,
    regularizer: &Z,
    at: &Path<'_>,
    f: &mut Visit<'_, P>,
) -> Result<(), Error>
where
    W: Weight<R, Tensor: Tensor<Penalty = P>> + ?Sized,
    Z: Regularizer<W::Tensor> + ?Sized,
    P: Penalty,
{
    match regularizer.is_present() {
        true => weight.each_tensor(at, &mut |at, tensor| {
            f(at, Entry::Tensor(&(tensor, regularizer, at)))
        }),
        // An `Option` that is `None`: nobody regularizes it now.
        false if at.lists_unregularized() => {
            super::unnamed::weight(weight, at, &mut |at, count, identity| {
                f(at, Entry::Unregularized { count, identity })
            })
        }
        false => Ok(()),
    }
}

/// Presents each tensor of a weight with its regularizer, to be changed: the body of a `visit_weights_mut` that is written by hand.
///
/// A weight that is not trained is not changed, and not presented.
///
/// # Errors
///
/// Those of [`Weight::each_tensor_mut`].
#[inline]
pub fn visit_mut<R, W, Z>(
    weight: &mut W,
    regularizer: &Z,
    at: &Path<'_>,
    f: &mut VisitMut<'_>,
) -> Result<(), Error>
where
    W: Weight<R> + ?Sized,
    Z: Regularizer<W::Tensor> + ?Sized,
{
    match regularizer.is_present() && at.is_trainable() {
        true => weight.each_tensor_mut(at, &mut |at, tensor| {
            if at.is_trainable() {
                f(at, &mut (tensor, regularizer, at))?;
            }
            Ok(())
        }),
        false => Ok(()),
    }
}

/// Presents each tensor of a weight with its gradient and its regularizer, unless it is not trained: the body of a `visit_weights_with` that is written by hand.
///
/// # Errors
///
/// Those of [`WeightGrad::each_tensor_with`].
#[inline]
pub fn visit_with<R, W, G, Z>(
    weight: &W,
    gradient: &mut G,
    regularizer: &Z,
    at: &Path<'_>,
    f: &mut VisitWith<'_>,
) -> Result<(), Error>
where
    W: WeightGrad<G, R> + ?Sized,
    G: ?Sized,
    Z: Regularizer<W::Tensor> + ?Sized,
{
    match regularizer.is_present() && at.is_trainable() {
        true => weight.each_tensor_with(gradient, at, &mut |at, tensor, gradient| {
            if at.is_trainable() {
                f(at, &mut (tensor, gradient, regularizer, at))?;
            }
            Ok(())
        }),
        false => Ok(()),
    }
}

/// Says that the tensors of a weight have no step, or no gradient, unless they take none.
#[doc(hidden)]
pub fn refused<R, W: Weight<R> + ?Sized>(
    weight: &W,
    at: &Path<'_>,
    why: &dyn Fn() -> ErrorKind,
) -> Result<(), Error> {
    weight.each_tensor(at, &mut |at, _| refuse(at, why))
}

/// A factor that is a constant. The conversion alone could not say what to write.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a factor is an `f64`, and this constant is of type `{Self}`",
    label = "not an `f64`",
    note = "write `const RATE: f64 = 0.01`, or `RATE as f64` here, which is exact for an `f32`"
)]
pub trait IsFactor {}

impl IsFactor for f64 {}

/// Asks whether a constant is a factor.
#[doc(hidden)]
pub const fn is_factor<F: IsFactor>(_: &F) {}

/// The penalty of a field that is of the type of the layer's. A bound that is an equality could not say what to write.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the penalties of one layer must have one type, and here `{Self}` meets `{P}`",
    label = "the penalty of this field is of type `{Self}`",
    note = "the first regularized field decides: the layer's penalty is of type `{P}`; if that field is generic, write `penalty = {Self}`",
    note = "store all regularized weights in one type, or keep the other ones in a layer of their own"
)]
pub trait SamePenalty<P>: Sized {
    /// Returns the layer's visitor as one of the field.
    fn visitor<'v, 'f>(f: &'v mut Visit<'f, P>) -> &'v mut Visit<'f, Self>;
}

impl<P> SamePenalty<P> for P {
    #[inline(always)]
    fn visitor<'v, 'f>(f: &'v mut Visit<'f, P>) -> &'v mut Visit<'f, P> {
        f
    }
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
    pub(crate) fn entry(
        &mut self,
        at: &Path<'_>,
        identity: impl Fn() -> Option<Identity>,
    ) -> Option<hash_map::Entry<'_, Identity, V>> {
        match at.is_shared() {
            true => self.look_up(at, identity()),
            false => None,
        }
    }

    // Apart, as the map would make what looks for it too long to be inlined.
    #[inline(never)]
    fn look_up(
        &mut self,
        at: &Path<'_>,
        identity: Option<Identity>,
    ) -> Option<hash_map::Entry<'_, Identity, V>> {
        let identity = identity?;
        match identity.lasts(at) {
            true => Some(self.0.get_or_insert_default().entry(identity)),
            false => None,
        }
    }
}

impl Met {
    /// Returns the tensor of an entry if its loss counts: it has one, and was not met before.
    #[inline]
    pub(crate) fn counted<'e, P>(
        &mut self,
        at: &Path<'_>,
        entry: Entry<'e, P>,
    ) -> Option<&'e dyn Regularized<P>> {
        match entry {
            Entry::Tensor(weight) if at.has_loss() && self.first(at, || weight.identity()) => {
                Some(weight)
            }
            _ => None,
        }
    }

    /// Returns whether this is the first time, or in doubt.
    #[inline]
    pub(crate) fn first(&mut self, at: &Path<'_>, identity: impl Fn() -> Option<Identity>) -> bool {
        !at.is_shared() || self.insert(at, &identity)
    }

    #[inline(never)]
    fn insert(&mut self, at: &Path<'_>, identity: &dyn Fn() -> Option<Identity>) -> bool {
        match self.look_up(at, identity()) {
            Some(hash_map::Entry::Occupied(_)) => false,
            Some(hash_map::Entry::Vacant(entry)) => {
                entry.insert(());
                true
            }
            None => true,
        }
    }
}

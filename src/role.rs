//! The weights of a foreign layer, by Keras' names.

use crate::error::{Error, paired, same_length};
use crate::path::Path;
use crate::tensor::{Tensor, TensorGrad, TensorMut};
use crate::weight::{Weight, WeightGrad, WeightMut};
use std::marker::PhantomData;

/// A layer that cannot derive [`Regularize`](crate::Regularize) and says which of its weights has the role `R`.
///
/// A field of such a type is regularized by roles: `#[regularize(kernel = l2(1e-4), bias = none)]`. The roles are
/// the types of this module, named as Keras names them; a role may be several tensors, as a GRU's gates are.
/// `Vec`, `Option` and `Box` of a layer have its roles.
///
/// ```
/// use regularize::role::{self, Role};
/// use regularize::{Error, Path, Regularize, Weight};
///
/// mod elsewhere {
///     pub struct Linear {
///         pub weight: Vec<f32>,
///     }
/// }
/// struct Linear(elsewhere::Linear); // a foreign trait needs a local type
///
/// impl Role<role::kernel> for Linear {
///     type Tensor = [f32];
///
///     fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
///     where
///         F: FnMut(&Path<'_>, &[f32]) -> Result<(), Error>,
///     {
///         self.0.weight.each_tensor(&at.field("kernel"), f)
///     }
/// }
///
/// #[derive(Regularize)]
/// #[regularize(value_only)]
/// struct Net {
///     #[regularize(kernel = l2(0.5))]
///     fc1: Linear,
/// }
///
/// let net = Net { fc1: Linear(elsewhere::Linear { weight: vec![2.0] }) };
/// assert_eq!(net.losses().get("fc1.kernel"), Some(&2.0));
/// ```
#[diagnostic::on_unimplemented(
    message = "the layer `{Self}` has no weight with the role `{R}`",
    label = "has no such role",
    note = "roles are implemented for the layers of supported frameworks and by `impl regularize::role::Role<{R}>`; \
            a layer that derives `Regularize` itself is marked by `#[regularize(nested)]`"
)]
pub trait Role<R> {
    /// The tensors of that role.
    type Tensor: Tensor + ?Sized;

    /// Presents each tensor of that role; `at` is the path of the layer.
    ///
    /// # Errors
    ///
    /// Those of [`Weight::each_tensor`].
    fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &Self::Tensor) -> Result<(), Error>;
}

/// A layer whose weights of the role `R` a proximal step can change.
///
/// ```
/// use regularize::role::{self, Role, RoleMut};
/// use regularize::{Error, Path, Regularize, Weight, WeightMut};
///
/// struct Linear {
///     weight: Vec<f32>,
/// }
///
/// impl Role<role::kernel> for Linear {
///     type Tensor = [f32];
///
///     fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
///     where
///         F: FnMut(&Path<'_>, &[f32]) -> Result<(), Error>,
///     {
///         self.weight.each_tensor(&at.field("kernel"), f)
///     }
/// }
///
/// impl RoleMut<role::kernel> for Linear {
///     type Tensor = [f32];
///
///     fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
///     where
///         F: FnMut(&Path<'_>, &mut [f32]) -> Result<(), Error>,
///     {
///         self.weight.each_tensor_mut(&at.field("kernel"), f)
///     }
/// }
///
/// #[derive(Regularize)]
/// struct Net {
///     #[regularize(kernel = l1(1.0))]
///     fc1: Linear,
/// }
///
/// let mut net = Net { fc1: Linear { weight: vec![0.25, 1.5] } };
/// net.proximal_step(0.5)?;
/// assert_eq!(net.fc1.weight, [0.0, 1.0]);
/// # Ok::<(), Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "the weights of the layer `{Self}` with the role `{R}` cannot be changed in place",
    note = "implement `regularize::role::RoleMut<{R}>` for it; the penalty is there without"
)]
pub trait RoleMut<R> {
    /// The tensors of that role.
    type Tensor: TensorMut + ?Sized;

    /// Presents each tensor of that role; `at` is the path of the layer.
    ///
    /// # Errors
    ///
    /// Those of [`WeightMut::each_tensor_mut`].
    fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &mut Self::Tensor) -> Result<(), Error>;
}

/// A layer whose gradients of the weights of the role `R` are in a `G`, each of the type of its weight.
///
/// ```
/// use regularize::role::{self, Role, RoleGrad};
/// use regularize::{Error, Path, Regularize, Weight, WeightGrad};
///
/// struct Linear {
///     weight: Vec<f32>,
/// }
///
/// impl Role<role::kernel> for Linear {
///     type Tensor = [f32];
///
///     fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
///     where
///         F: FnMut(&Path<'_>, &[f32]) -> Result<(), Error>,
///     {
///         self.weight.each_tensor(&at.field("kernel"), f)
///     }
/// }
///
/// impl RoleGrad<role::kernel> for Linear {
///     type Tensor = [f32];
///
///     fn each_tensor_with<F>(&self, gradients: &mut Self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
///     where
///         F: FnMut(&Path<'_>, &[f32], &mut [f32]) -> Result<(), Error>,
///     {
///         self.weight.each_tensor_with(&mut gradients.weight, &at.field("kernel"), f)
///     }
/// }
///
/// #[derive(Regularize)]
/// struct Net {
///     #[regularize(kernel = l2(0.5))]
///     fc1: Linear,
/// }
///
/// let net = Net { fc1: Linear { weight: vec![3.0] } };
/// let mut gradients = Net { fc1: Linear { weight: vec![0.0] } };
/// net.add_penalty_gradient(&mut gradients)?;
/// assert_eq!(gradients.fc1.weight, [3.0]);
/// # Ok::<(), Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "the gradients `{G}` of the layer `{Self}` have no role `{R}`",
    note = "implement `regularize::role::RoleGrad<{R}, {G}>` for it; the penalty is there without"
)]
pub trait RoleGrad<R, G: ?Sized = Self> {
    /// The tensors of that role, and their gradients.
    type Tensor: TensorGrad + ?Sized;

    /// Presents each tensor of that role and its gradient; `at` is the path of the layer.
    ///
    /// # Errors
    ///
    /// Those of [`WeightGrad::each_tensor_with`].
    fn each_tensor_with<F>(&self, gradients: &mut G, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &Self::Tensor, &mut Self::Tensor) -> Result<(), Error>;
}

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident),+) => {$(
        $(#[$doc])*
        ///
        /// ```
        #[doc = concat!("/// Layers that `#[regularize(", stringify!($name), " = l2)]` can be written on.")]
        #[doc = concat!("fn accepts<L: regularize::role::Role<regularize::role::", stringify!($name), ">>(_: &L) {}")]
        /// ```
        #[derive(Clone, Copy, Debug)]
        #[allow(non_camel_case_types)] // Keras' name, as an attribute writes it
        pub enum $name {}
    )+};
}
roles! {
    /// The weights that the input is multiplied by: `kernel_regularizer`.
    kernel,
    /// What is added: `bias_regularizer`.
    bias,
    /// The weights that a recurrent layer's state is multiplied by: `recurrent_regularizer`.
    recurrent,
    /// The weights of each channel of a separable convolution: `depthwise_regularizer`.
    depthwise,
    /// The weights across the channels of a separable convolution: `pointwise_regularizer`.
    pointwise,
    /// The table of an embedding: `embeddings_regularizer`.
    embeddings,
    /// The scale of a normalization: `gamma_regularizer`.
    gamma,
    /// The shift of a normalization: `beta_regularizer`.
    beta,
    /// The slopes of a PReLU: `alpha_regularizer`.
    alpha
}

/// A role of a framework's layer: how its tensors are presented, and how to be changed.
#[cfg(any(feature = "burn", feature = "candle"))]
macro_rules! implement {
    ($layer:ty, $role:ident: $tensor:ty, |$this:ident, $at:ident, $f:ident| $read:expr, $change:expr) => {
        impl $crate::role::Role<$crate::role::$role> for $layer {
            type Tensor = $tensor;

            fn each_tensor<F>(&$this, $at: &$crate::Path<'_>, $f: &mut F) -> Result<(), $crate::Error>
            where
                F: FnMut(&$crate::Path<'_>, &Self::Tensor) -> Result<(), $crate::Error>,
            {
                $read
            }
        }

        impl $crate::role::RoleMut<$crate::role::$role> for $layer {
            type Tensor = $tensor;

            fn each_tensor_mut<F>(
                &mut $this,
                $at: &$crate::Path<'_>,
                $f: &mut F,
            ) -> Result<(), $crate::Error>
            where
                F: FnMut(&$crate::Path<'_>, &mut Self::Tensor) -> Result<(), $crate::Error>,
            {
                $change
            }
        }
    };
}
#[cfg(any(feature = "burn", feature = "candle"))]
pub(crate) use implement;

macro_rules! wrapper {
    ($type:ident, |$self:ident, $at:ident, $f:ident| $each:expr, $each_mut:expr) => {
        #[diagnostic::do_not_recommend]
        impl<Q, L: Role<Q>> Role<Q> for $type<L> {
            type Tensor = L::Tensor;

            fn each_tensor<F>(&$self, $at: &Path<'_>, $f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &L::Tensor) -> Result<(), Error>,
            {
                $each
            }
        }

        impl<Q, L: RoleMut<Q>> RoleMut<Q> for $type<L> {
            type Tensor = L::Tensor;

            fn each_tensor_mut<F>(&mut $self, $at: &Path<'_>, $f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &mut L::Tensor) -> Result<(), Error>,
            {
                $each_mut
            }
        }
    };
}
wrapper!(
    Box,
    |self, at, f| (**self).each_tensor(&at.through(self, &**self), f),
    {
        let at = at.through(self, &**self);
        (**self).each_tensor_mut(&at, f)
    }
);
wrapper!(
    Option,
    |self, at, f| self.iter().try_for_each(|layer| layer.each_tensor(at, f)),
    self.iter_mut()
        .try_for_each(|layer| layer.each_tensor_mut(at, f))
);
wrapper!(
    Vec,
    |self, at, f| {
        let at = at.through(self, &self[..]);
        self.iter()
            .enumerate()
            .try_for_each(|(index, layer)| layer.each_tensor(&at.index(index), f))
    },
    {
        let at = at.through(self, &self[..]);
        self.iter_mut()
            .enumerate()
            .try_for_each(|(index, layer)| layer.each_tensor_mut(&at.index(index), f))
    }
);

impl<Q, G, L: RoleGrad<Q, G>> RoleGrad<Q, Box<G>> for Box<L> {
    type Tensor = L::Tensor;

    fn each_tensor_with<F>(
        &self,
        gradients: &mut Box<G>,
        at: &Path<'_>,
        f: &mut F,
    ) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &L::Tensor, &mut L::Tensor) -> Result<(), Error>,
    {
        (**self).each_tensor_with(gradients, &at.through(self, &**self), f)
    }
}

impl<Q, G, L: RoleGrad<Q, G>> RoleGrad<Q, Option<G>> for Option<L> {
    type Tensor = L::Tensor;

    fn each_tensor_with<F>(
        &self,
        gradients: &mut Option<G>,
        at: &Path<'_>,
        f: &mut F,
    ) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &L::Tensor, &mut L::Tensor) -> Result<(), Error>,
    {
        match paired(self, gradients, at)? {
            Some((layer, gradients)) => layer.each_tensor_with(gradients, at, f),
            None => Ok(()),
        }
    }
}

impl<Q, G, L: RoleGrad<Q, G>> RoleGrad<Q, Vec<G>> for Vec<L> {
    type Tensor = L::Tensor;

    fn each_tensor_with<F>(
        &self,
        gradients: &mut Vec<G>,
        at: &Path<'_>,
        f: &mut F,
    ) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &L::Tensor, &mut L::Tensor) -> Result<(), Error>,
    {
        same_length(self, gradients, at)?;
        let at = at.through(self, &self[..]);
        for (index, (layer, gradients)) in self.iter().zip(gradients).enumerate() {
            layer.each_tensor_with(gradients, &at.index(index), f)?;
        }
        Ok(())
    }
}

/// The weights of one role as a weight: behind `&L`, or `&mut L`.
#[doc(hidden)]
#[derive(Debug)]
pub struct OfRole<P, R> {
    layer: P,
    role: PhantomData<R>,
}

impl<P, R> OfRole<P, R> {
    /// The weights of a role of a layer.
    pub const fn new(layer: P) -> Self {
        Self {
            layer,
            role: PhantomData,
        }
    }
}

impl<R, L: Role<R> + ?Sized> Weight for OfRole<&L, R> {
    type Tensor = L::Tensor;

    fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &L::Tensor) -> Result<(), Error>,
    {
        self.layer.each_tensor(at, f)
    }
}

impl<R, L: RoleMut<R> + ?Sized> WeightMut for OfRole<&mut L, R> {
    type Tensor = L::Tensor;

    fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &mut L::Tensor) -> Result<(), Error>,
    {
        self.layer.each_tensor_mut(at, f)
    }
}

impl<R, G: ?Sized, L: RoleGrad<R, G> + ?Sized> WeightGrad<OfRole<&mut G, R>> for OfRole<&L, R> {
    type Tensor = L::Tensor;
    type Gradient = L::Tensor;

    fn each_tensor_with<F>(
        &self,
        gradients: &mut OfRole<&mut G, R>,
        at: &Path<'_>,
        f: &mut F,
    ) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &L::Tensor, &mut L::Tensor) -> Result<(), Error>,
    {
        self.layer.each_tensor_with(gradients.layer, at, f)
    }
}

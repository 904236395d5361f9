//! Weights: fields of a layer that own, or borrow, tensors.

use crate::error::{Error, ErrorKind};
use crate::path::Path;
use crate::role;
use crate::tensor::{Tensor, TensorGrad};

/// A function that is called with each tensor of a weight, and the tensor's path.
pub type Each<'f, T> = dyn FnMut(&Path<'_>, &T) -> Result<(), Error> + 'f;

/// A function that is called with each tensor of a weight and may change it.
pub type EachMut<'f, T> = dyn FnMut(&Path<'_>, &mut T) -> Result<(), Error> + 'f;

/// A function that is called with each tensor of a weight and its gradient, which it may change.
pub type EachWith<'f, T, G = T> = dyn FnMut(&Path<'_>, &T, &mut G) -> Result<(), Error> + 'f;

/// A field that can be regularized: it presents its tensors one by one, and each has one loss.
///
/// | type | tensors |
/// |---|---|
/// | a float | one of one number |
/// | `Vec`, slice, array of floats | one |
/// | nested arrays, `Vec` and slice of arrays | one: rows side by side |
/// | `Vec`, slice, array of weights | those of each element, at the path `blocks.3` |
/// | `HashMap`, `BTreeMap` of weights | those of each value in the order of the keys, at the path `heads.left` |
/// | `Option` | those of the weight, none for `None` |
/// | `Box`, `&`, `&mut`, `Rc`, `Arc`, `RefCell`, `Mutex`, `RwLock` | those of the weight |
/// | arrays of ndarray, matrices of nalgebra, parameters of burn, tensors and variables of candle (features) | one |
///
/// The parameter `R` is a [role](crate::role) of a layer's weights: a layer of another crate is a `Weight<role::kernel>` and a
/// `Weight<role::bias>`, say. A field that is a weight itself is a `Weight<role::weight>`, which is written `Weight`.
///
/// Behind `&`, `Rc` and `Arc` a weight that a traversal met before is not counted again:
/// [`Identity`](crate::extend::Identity) says when two weights are one.
/// A lock that was poisoned is read all the same; a lock that the calling thread holds is waited for, forever.
///
/// ```
/// use regularize::extend::{Path, Weight};
///
/// let mut met = Vec::new();
/// let blocks = vec![vec![1.0_f32, 2.0], vec![3.0]];
/// blocks.each_tensor(&Path::root().field("blocks"), &mut |at, tensor| {
///     met.push((at.to_string(), tensor.len()));
///     Ok(())
/// })?;
/// assert_eq!(met, [("blocks.0".into(), 2), ("blocks.1".into(), 1)]);
/// # Ok::<(), regularize::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `{R}` to regularize",
    label = "has no `{R}`",
    note = "a layer that derives `Regularize` is marked instead: write `#[regularize(nested)]` on its field",
    note = "a layer of another crate has roles: write `#[regularize(kernel = l2(0.01))]` on its field; if it has no `{R}` here, \
            wrap it, as in `struct Mine(Theirs);`, and write `impl regularize::extend::Weight<regularize::role::{R}> for Mine`",
    note = "a field that is itself a weight has no roles: write `#[regularize(l2(0.01))]` on it",
    note = "weights are floats, slices, arrays, `Vec`, maps, `Box`, `Option`, `Rc`, `Arc`, cells and locks of weights, \
            and with the features `ndarray`, `nalgebra`, `burn` and `candle` the arrays, matrices, parameters and \
            variables of those crates, as in `cargo add regularize --features ndarray`"
)]
pub trait Weight<R = role::weight> {
    /// The type of one tensor, which has one loss.
    type Tensor: Tensor + ?Sized;

    /// Presents each tensor with its path.
    ///
    /// # Errors
    ///
    /// The first error of `f`, and [`ErrorKind::Borrowed`] for a `RefCell` that is mutably borrowed.
    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, Self::Tensor>) -> Result<(), Error>;

    /// Presents each tensor with its path, to be changed in place.
    ///
    /// A weight that is only read, as a view is, has none. `Rc` and `Arc` have one around a cell or a lock.
    ///
    /// # Errors
    ///
    /// The first error of `f`; [`ErrorKind::Borrowed`] for a `RefCell` that is borrowed; [`ErrorKind::Unchangeable`] for a weight
    /// that is only read.
    ///
    /// ```
    /// use regularize::extend::{Path, Weight};
    ///
    /// let mut blocks = vec![vec![1.0_f32], vec![3.0]];
    /// blocks.each_tensor_mut(&Path::root(), &mut |_, tensor| {
    ///     tensor.fill(0.0);
    ///     Ok(())
    /// })?;
    /// assert_eq!(blocks, [[0.0], [0.0]]);
    /// # Ok::<(), regularize::Error>(())
    /// ```
    fn each_tensor_mut(
        &mut self,
        at: &Path<'_>,
        f: &mut EachMut<'_, Self::Tensor>,
    ) -> Result<(), Error> {
        self.each_tensor_shared(at, f)
    }

    /// Presents the tensors in a cell or a lock, to be changed in place.
    #[doc(hidden)]
    fn each_tensor_shared(
        &self,
        at: &Path<'_>,
        f: &mut EachMut<'_, Self::Tensor>,
    ) -> Result<(), Error> {
        let _ = f;
        self.each_tensor(at, &mut |at, _| refuse(at, || ErrorKind::Unchangeable))
    }

    /// Returns a list of these as one tensor; `None` if each is one of its own.
    #[doc(hidden)]
    #[inline]
    fn side_by_side(list: &[Self]) -> Option<&Self::Tensor>
    where
        Self: Sized,
    {
        let _ = list;
        None
    }

    /// Returns a list of these as one tensor, to be changed in place.
    #[doc(hidden)]
    #[inline]
    fn side_by_side_mut(list: &mut [Self]) -> Option<&mut Self::Tensor>
    where
        Self: Sized,
    {
        let _ = list;
        None
    }
}

/// Says that a tensor takes no step, or has no gradient, unless it is frozen or left out.
pub(crate) fn refuse(at: &Path<'_>, why: impl FnOnce() -> ErrorKind) -> Result<(), Error> {
    match at.is_trainable() && !at.is_value_only() {
        true => Err(Error::new(at, why())),
        false => Ok(()),
    }
}

/// A weight whose gradient is a `G`.
///
/// The gradient of a `Vec`, slice, array, map, `Option` or `Box` of weights is one of gradients. Pointers, cells and
/// locks are on the weight's side only: the gradient of an `Rc<RefCell<Vec<f32>>>` is a `Vec<f32>`.
///
/// ```
/// use regularize::extend::{Path, WeightGrad};
///
/// let (weight, mut gradient) = (vec![1.0_f32, 2.0], vec![0.0_f32, 0.0]);
/// weight.each_tensor_with(&mut gradient, &Path::root(), &mut |_, weight, gradient| {
///     gradient.copy_from_slice(weight);
///     Ok(())
/// })?;
/// assert_eq!(gradient, weight);
/// # Ok::<(), regularize::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{G}` is not the gradient of a `{Self}`, so its layer has no `add_penalty_gradient` for it",
    label = "the gradients' field is a `{G}`",
    note = "gradients are kept as the weights are, without pointers, cells and locks: name the struct that holds \
            them by `#[regularize(gradients = DenseGradients)]`",
    note = "burn and candle have the gradient on their tape: `add_penalty(loss)`, and then `backward`"
)]
pub trait WeightGrad<G: ?Sized = Self, R = role::weight> {
    /// The type of one tensor, as [`Weight::Tensor`].
    type Tensor: TensorGrad<Self::Gradient> + ?Sized;

    /// The gradient of one tensor.
    type Gradient: ?Sized;

    /// Presents each tensor with its path and its gradient.
    ///
    /// # Errors
    ///
    /// The first error of `f`; [`ErrorKind::Length`] and [`ErrorKind::Missing`] where weights and gradients are not the same
    /// list; [`ErrorKind::Borrowed`] for a `RefCell` that is mutably borrowed.
    fn each_tensor_with(
        &self,
        gradient: &mut G,
        at: &Path<'_>,
        f: &mut EachWith<'_, Self::Tensor, Self::Gradient>,
    ) -> Result<(), Error>;

    /// Returns lists of these as one tensor and its gradient; `None` if each is one of its own.
    #[doc(hidden)]
    #[inline]
    fn side_by_side_with<'l>(
        list: &'l [Self],
        gradients: &'l mut [G],
    ) -> Option<(&'l Self::Tensor, &'l mut Self::Gradient)>
    where
        Self: Sized,
        G: Sized,
    {
        let _ = (list, gradients);
        None
    }
}

/// A number alone is a tensor of one; a list of numbers is one tensor.
macro_rules! float {
    ($($type:ty),+) => {$(
        impl Weight for $type {
            type Tensor = [$type];

            #[inline]
            fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [$type]>) -> Result<(), Error> {
                f(at, std::slice::from_ref(self))
            }

            fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, [$type]>) -> Result<(), Error> {
                f(at, std::slice::from_mut(self))
            }

            #[inline]
            fn side_by_side(list: &[Self]) -> Option<&[$type]> {
                Some(list)
            }

            #[inline]
            fn side_by_side_mut(list: &mut [Self]) -> Option<&mut [$type]> {
                Some(list)
            }
        }

        impl WeightGrad for $type {
            type Tensor = [$type];
            type Gradient = [$type];

            fn each_tensor_with(
                &self,
                gradient: &mut Self,
                at: &Path<'_>,
                f: &mut EachWith<'_, [$type]>,
            ) -> Result<(), Error> {
                f(at, std::slice::from_ref(self), std::slice::from_mut(gradient))
            }

            #[inline]
            fn side_by_side_with<'l>(
                list: &'l [Self],
                gradients: &'l mut [Self],
            ) -> Option<(&'l [$type], &'l mut [$type])> {
                Some((list, gradients))
            }
        }
    )+};
}
float!(f32, f64);
#[cfg(feature = "half")]
float!(half::f16, half::bf16);

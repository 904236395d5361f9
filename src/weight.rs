//! What a field of a layer must be to be regularized: an owner of tensors.

use crate::error::{Error, paired, same_length};
use crate::path::Path;
use crate::tensor::{Tensor, TensorGrad, TensorMut};

/// A field that can be regularized: it presents its tensors one by one, and each has one loss.
///
/// | type | tensors |
/// |---|---|
/// | a float | one of one number |
/// | `Vec`, slice, array of floats | one |
/// | nested arrays, `Vec` and slice of arrays | one: rows side by side |
/// | `Vec`, slice, array of weights | those of each element, at the path `blocks.3` |
/// | `Option` | those of the weight, none for `None` |
/// | `Box`, `&`, `&mut`, `Rc`, `Arc`, `RefCell`, `Mutex`, `RwLock` | those of the weight |
/// | arrays of ndarray, matrices of nalgebra, parameters of burn, tensors and variables of candle (features) | one |
///
/// Behind `&`, `Rc` and `Arc` a weight that a traversal met before is not counted again:
/// [`Identity`](crate::Identity) says when two weights are one.
/// A lock that was poisoned is read all the same; a lock that the calling thread holds is waited for, forever.
///
/// ```
/// use regularize::{Path, Weight};
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
    message = "`{Self}` is not a weight: it cannot be regularized",
    label = "not a weight",
    note = "weights are floats, slices, arrays, `Vec`, `Box`, `Option`, `Rc`, `Arc`, cells and locks of weights, \
            and with the features `ndarray`, `nalgebra`, `burn` and `candle` the arrays, matrices, parameters and \
            variables of those crates",
    note = "a layer that derives `Regularize` itself is marked by `#[regularize(nested)]`",
    note = "a foreign layer is regularized by roles: `#[regularize(kernel = l2(0.01))]` on its field"
)]
pub trait Weight {
    /// What has one loss.
    type Tensor: Tensor + ?Sized;

    /// Presents each tensor with its path.
    ///
    /// # Errors
    ///
    /// The first error of `f`, and [`ErrorKind::Borrowed`](crate::ErrorKind::Borrowed) for a `RefCell` that is
    /// mutably borrowed.
    fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &Self::Tensor) -> Result<(), Error>;

    /// Whether a list of these is one tensor.
    #[doc(hidden)]
    const FLAT: bool = false;

    /// Presents the tensors of a list of these.
    #[doc(hidden)]
    fn each_in<F>(list: &[Self], at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &Self::Tensor) -> Result<(), Error>,
        Self: Sized,
    {
        elements(list, at, f)
    }
}

/// A weight that a proximal step can change in place.
///
/// An `Rc` or `Arc` is one only around a cell or a lock.
///
/// ```
/// use regularize::{Path, WeightMut};
///
/// let mut blocks = vec![vec![1.0_f32], vec![3.0]];
/// blocks.each_tensor_mut(&Path::root(), &mut |_, tensor| {
///     tensor.fill(0.0);
///     Ok(())
/// })?;
/// assert_eq!(blocks, [[0.0], [0.0]]);
/// # Ok::<(), regularize::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be changed in place, so its layer has no `proximal_step`",
    label = "a view, or shared without a cell or a lock",
    note = "`penalty`, `losses` and `report` are there all the same; for the step store the weight itself, or \
            `Rc<RefCell<…>>`, `Arc<Mutex<…>>` or `Arc<RwLock<…>>` of it"
)]
pub trait WeightMut {
    /// What takes a step, as [`Weight::Tensor`].
    type Tensor: TensorMut + ?Sized;

    /// Presents each tensor with its path.
    ///
    /// # Errors
    ///
    /// The first error of `f`, and [`ErrorKind::Borrowed`](crate::ErrorKind::Borrowed) for a `RefCell` that is borrowed.
    fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &mut Self::Tensor) -> Result<(), Error>;

    /// Whether a list of these is one tensor.
    #[doc(hidden)]
    const FLAT: bool = false;

    /// Presents the tensors of a list of these.
    #[doc(hidden)]
    fn each_mut_in<F>(list: &mut [Self], at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &mut Self::Tensor) -> Result<(), Error>,
        Self: Sized,
    {
        elements_mut(list, at, f)
    }
}

/// A weight whose gradient is a `G`.
///
/// The gradient of a `Vec`, slice, array, `Option` or `Box` of weights is one of gradients. Pointers, cells and
/// locks are on the weight's side only: the gradient of an `Rc<RefCell<Vec<f32>>>` is a `Vec<f32>`.
///
/// ```
/// use regularize::{Path, WeightGrad};
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
pub trait WeightGrad<G: ?Sized = Self> {
    /// What has a gradient, as [`Weight::Tensor`].
    type Tensor: TensorGrad<Self::Gradient> + ?Sized;

    /// The gradient of one tensor.
    type Gradient: ?Sized;

    /// Presents each tensor with its path and its gradient.
    ///
    /// # Errors
    ///
    /// The first error of `f`; [`ErrorKind::Length`](crate::ErrorKind::Length) and
    /// [`ErrorKind::Missing`](crate::ErrorKind::Missing) where weights and gradients are not the same list;
    /// [`ErrorKind::Borrowed`](crate::ErrorKind::Borrowed) for a `RefCell` that is mutably borrowed.
    fn each_tensor_with<F>(&self, gradient: &mut G, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &Self::Tensor, &mut Self::Gradient) -> Result<(), Error>;

    /// Whether a list of these is one tensor.
    #[doc(hidden)]
    const FLAT: bool = false;

    /// Presents the tensors of a list of these.
    #[doc(hidden)]
    fn zip_in<F>(list: &[Self], gradients: &mut [G], at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &Self::Tensor, &mut Self::Gradient) -> Result<(), Error>,
        Self: Sized,
        G: Sized,
    {
        elements_zip(list, gradients, at, f)
    }
}

/// Each element by itself, at its index.
fn elements<W: Weight, F>(list: &[W], at: &Path<'_>, f: &mut F) -> Result<(), Error>
where
    F: FnMut(&Path<'_>, &W::Tensor) -> Result<(), Error>,
{
    for (index, weight) in list.iter().enumerate() {
        weight.each_tensor(&at.index(index), f)?;
    }
    Ok(())
}

/// Each element by itself, at its index.
fn elements_mut<W: WeightMut, F>(list: &mut [W], at: &Path<'_>, f: &mut F) -> Result<(), Error>
where
    F: FnMut(&Path<'_>, &mut W::Tensor) -> Result<(), Error>,
{
    for (index, weight) in list.iter_mut().enumerate() {
        weight.each_tensor_mut(&at.index(index), f)?;
    }
    Ok(())
}

/// Each element and its gradient by itself, at its index.
fn elements_zip<V, W: WeightGrad<V>, F>(
    list: &[W],
    gradients: &mut [V],
    at: &Path<'_>,
    f: &mut F,
) -> Result<(), Error>
where
    F: FnMut(&Path<'_>, &W::Tensor, &mut W::Gradient) -> Result<(), Error>,
{
    same_length(list, gradients, at)?;
    for (index, (weight, gradient)) in list.iter().zip(gradients).enumerate() {
        weight.each_tensor_with(gradient, &at.index(index), f)?;
    }
    Ok(())
}

macro_rules! float {
    ($($type:ty),+) => {$(
        impl Weight for $type {
            type Tensor = [$type];
            const FLAT: bool = true;

            #[inline]
            fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &[$type]) -> Result<(), Error>,
            {
                f(at, std::slice::from_ref(self))
            }

            #[inline]
            fn each_in<F>(list: &[Self], at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &[$type]) -> Result<(), Error>,
            {
                f(at, list)
            }
        }

        impl WeightMut for $type {
            type Tensor = [$type];
            const FLAT: bool = true;

            fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &mut [$type]) -> Result<(), Error>,
            {
                f(at, std::slice::from_mut(self))
            }

            fn each_mut_in<F>(list: &mut [Self], at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &mut [$type]) -> Result<(), Error>,
            {
                f(at, list)
            }
        }

        impl WeightGrad for $type {
            type Tensor = [$type];
            type Gradient = [$type];
            const FLAT: bool = true;

            fn each_tensor_with<F>(&self, gradient: &mut Self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &[$type], &mut [$type]) -> Result<(), Error>,
            {
                f(at, std::slice::from_ref(self), std::slice::from_mut(gradient))
            }

            fn zip_in<F>(list: &[Self], gradients: &mut [Self], at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &[$type], &mut [$type]) -> Result<(), Error>,
            {
                f(at, list, gradients)
            }
        }
    )+};
}
float!(f32, f64);
#[cfg(feature = "half")]
float!(half::f16, half::bf16);

macro_rules! list {
    ($($type:ty, $gradients:ty);+) => {$(
        impl<W: Weight> Weight for $type {
            type Tensor = W::Tensor;

            #[inline]
            fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &W::Tensor) -> Result<(), Error>,
            {
                W::each_in(self, &at.through(self, &self[..]), f)
            }
        }

        impl<W: WeightMut> WeightMut for $type {
            type Tensor = W::Tensor;

            fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &mut W::Tensor) -> Result<(), Error>,
            {
                let at = at.through(self, &self[..]);
                W::each_mut_in(self, &at, f)
            }
        }

        impl<V, W: WeightGrad<V>> WeightGrad<$gradients> for $type {
            type Tensor = W::Tensor;
            type Gradient = W::Gradient;

            fn each_tensor_with<F>(&self, gradients: &mut $gradients, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &W::Tensor, &mut W::Gradient) -> Result<(), Error>,
            {
                W::zip_in(self, gradients, &at.through(self, &self[..]), f)
            }
        }
    )+};
}
list!([W], [V]; Vec<W>, Vec<V>);

/// Nested arrays of floats are one tensor, with the rows side by side.
impl<W: Weight, const N: usize> Weight for [W; N] {
    type Tensor = W::Tensor;
    const FLAT: bool = W::FLAT;

    #[inline]
    fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &W::Tensor) -> Result<(), Error>,
    {
        W::each_in(self, at, f)
    }

    #[inline]
    fn each_in<F>(list: &[Self], at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &W::Tensor) -> Result<(), Error>,
    {
        match W::FLAT {
            true => W::each_in(list.as_flattened(), at, f),
            false => elements(list, at, f),
        }
    }
}

impl<W: WeightMut, const N: usize> WeightMut for [W; N] {
    type Tensor = W::Tensor;
    const FLAT: bool = W::FLAT;

    fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &mut W::Tensor) -> Result<(), Error>,
    {
        W::each_mut_in(self, at, f)
    }

    fn each_mut_in<F>(list: &mut [Self], at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &mut W::Tensor) -> Result<(), Error>,
    {
        match W::FLAT {
            true => W::each_mut_in(list.as_flattened_mut(), at, f),
            false => elements_mut(list, at, f),
        }
    }
}

impl<V, W: WeightGrad<V>, const N: usize> WeightGrad<[V; N]> for [W; N] {
    type Tensor = W::Tensor;
    type Gradient = W::Gradient;
    const FLAT: bool = W::FLAT;

    fn each_tensor_with<F>(
        &self,
        gradients: &mut [V; N],
        at: &Path<'_>,
        f: &mut F,
    ) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &W::Tensor, &mut W::Gradient) -> Result<(), Error>,
    {
        W::zip_in(self, gradients, at, f)
    }

    fn zip_in<F>(
        list: &[Self],
        gradients: &mut [[V; N]],
        at: &Path<'_>,
        f: &mut F,
    ) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &W::Tensor, &mut W::Gradient) -> Result<(), Error>,
    {
        match W::FLAT {
            true => W::zip_in(list.as_flattened(), gradients.as_flattened_mut(), at, f),
            false => elements_zip(list, gradients, at, f),
        }
    }
}

impl<W: Weight> Weight for Option<W> {
    type Tensor = W::Tensor;

    #[inline]
    fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &W::Tensor) -> Result<(), Error>,
    {
        match self {
            Some(weight) => weight.each_tensor(at, f),
            None => Ok(()),
        }
    }
}

impl<W: WeightMut> WeightMut for Option<W> {
    type Tensor = W::Tensor;

    fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &mut W::Tensor) -> Result<(), Error>,
    {
        match self {
            Some(weight) => weight.each_tensor_mut(at, f),
            None => Ok(()),
        }
    }
}

impl<V, W: WeightGrad<V>> WeightGrad<Option<V>> for Option<W> {
    type Tensor = W::Tensor;
    type Gradient = W::Gradient;

    fn each_tensor_with<F>(
        &self,
        gradient: &mut Option<V>,
        at: &Path<'_>,
        f: &mut F,
    ) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &W::Tensor, &mut W::Gradient) -> Result<(), Error>,
    {
        match paired(self, gradient, at)? {
            Some((weight, gradient)) => weight.each_tensor_with(gradient, at, f),
            None => Ok(()),
        }
    }
}

//! Tells one tensor from another.

use crate::path::Path;
use std::any::TypeId;

/// Tells a tensor from every other, by where its numbers are in memory or by the number that its framework gave it.
///
/// A weight that a model has at two places counts once, at the first. A traversal knows it by its identity, and two
/// tensors in memory have the same one if all of this holds:
///
/// * They have the same numbers at the same indices: the address and the type of the first number, the shape and
///   the strides are equal. Another view of an array, such as its transpose, is a weight of its own.
/// * Both places are behind a pointer that may be [shared](crate::extend::Path::shared).
/// * The numbers are in memory that stays as it is until the traversal ends. The pointers, lists and arrays of this crate know
///   that of their own numbers, if they are part of the model themselves. Your own type [says](crate::extend::Path::through) it.
///
/// In doubt a weight counts. A [`Weight`](crate::extend::Weight) of your own may compute its numbers where it is visited, and those
/// of the next one may then be at the same address; so such a weight counts at each of its places. If the
/// numbers are in a field, present the tensors of the field, `self.numbers.each_tensor(at, f)`, and they are recognized.
///
/// Nothing in the model may be replaced while it is traversed: what a cell or a lock holds, by another thread, or a
/// buffer, by a weight's own `each_tensor_mut`. The memory of the old one could be that of the next weight, which would then be
/// left out. The numbers may change. Below a pointer two `ArcArray`s of ndarray are one weight as long as they share their
/// numbers.
///
/// ```
/// use regularize::Regularize;
/// use regularize::extend::Tensor;
/// use std::rc::Rc;
///
/// let kernel: Rc<[f32]> = Rc::from([1.0, 2.0]);
/// let again = Rc::clone(&kernel);
/// assert_eq!(kernel.identity(), again.identity());
/// assert_ne!(kernel.identity(), kernel[..1].identity());
///
/// #[derive(Regularize)]
/// struct Two<'a>(#[regularize(l1(1.0))] &'a [f32], #[regularize(l1(1.0))] &'a [f32]);
///
/// assert_eq!(Two(&kernel, &again).penalty(), 3.0);
/// assert_eq!(Two(&kernel, &kernel[..1]).penalty(), 4.0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity(Known);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Known {
    Memory {
        address: usize,
        element: TypeId,
        /// The length of each axis, and its stride: 0 of an axis of one index, as it has no next one.
        axes: Vec<(usize, isize)>,
    },
    Number {
        number: u64,
        len: usize,
    },
    #[cfg(feature = "candle")]
    Candle(candle_core::TensorId),
}

impl Identity {
    /// Returns the identity of `len` numbers side by side that begin at an address; `None` for none.
    ///
    /// ```
    /// # use regularize::extend::Identity;
    /// assert_eq!(Identity::of(std::ptr::null::<f32>(), 0), None);
    /// ```
    #[must_use]
    pub fn of<T: 'static>(address: *const T, len: usize) -> Option<Self> {
        Self::strided(address, [(len, 1)])
    }

    /// Returns the identity of numbers in several axes, the first of them at an address; `None` for none.
    ///
    /// Each axis has its length and its stride: how many numbers further in memory the next index is.
    ///
    /// ```
    /// # use regularize::extend::Identity;
    /// let numbers = [1.0_f32, 2.0, 3.0, 4.0];
    /// let matrix = Identity::strided(numbers.as_ptr(), [(2, 2), (2, 1)]);
    /// let transpose = Identity::strided(numbers.as_ptr(), [(2, 1), (2, 2)]);
    /// assert_ne!(matrix, transpose);
    /// ```
    #[must_use]
    pub fn strided<T: 'static>(
        address: *const T,
        axes: impl IntoIterator<Item = (usize, isize)>,
    ) -> Option<Self> {
        let axes = axes.into_iter().map(|(length, stride)| match length {
            1 => (1, 0),
            _ => (length, stride),
        });
        let axes: Vec<_> = axes.collect();
        let is_empty = axes.iter().any(|axis| axis.0 == 0);
        (!is_empty).then(|| {
            Self(Known::Memory {
                address: address.addr(),
                element: TypeId::of::<T>(),
                axes,
            })
        })
    }

    /// Returns the identity of a tensor of `len` numbers that has a number of its own, as burn's parameters have.
    ///
    /// ```
    /// # use regularize::extend::Identity;
    /// assert_ne!(Identity::numbered(1, 3), Identity::numbered(2, 3));
    /// ```
    #[must_use]
    pub const fn numbered(number: u64, len: usize) -> Self {
        Self(Known::Number { number, len })
    }

    /// Returns whether no other tensor can have this identity until the traversal ends. `at` is the path of the tensor.
    pub(crate) fn lasts(&self, at: &Path<'_>) -> bool {
        match &self.0 {
            Known::Memory { address, .. } => at.keeps(*address),
            Known::Number { .. } => true,
            #[cfg(feature = "candle")]
            Known::Candle(_) => true,
        }
    }

    #[cfg(feature = "candle")]
    pub(crate) const fn candle(id: candle_core::TensorId) -> Self {
        Self(Known::Candle(id))
    }
}

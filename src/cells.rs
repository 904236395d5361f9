//! Weights and layers in a `RefCell`, a `Mutex` or a `RwLock`.

use crate::error::{Error, ErrorKind};
use crate::path::Path;
use crate::regularize::{Regularize, RegularizeMut, RegularizeWith};
use crate::visit::{Visitor, VisitorMut, VisitorWith};
use crate::weight::{Weight, WeightGrad, WeightMut};
use std::cell::RefCell;
use std::sync::{Mutex, PoisonError, RwLock};

mod sealed {
    pub trait Sealed {}
}

/// A cell or a lock: `RefCell`, `Mutex`, `RwLock`. What lets a shared weight be changed.
///
/// ```
/// use regularize::Regularize;
/// use std::{cell::RefCell, rc::Rc};
///
/// #[derive(Regularize)]
/// struct Tied {
///     #[regularize(l1(1.0))]
///     embeddings: Rc<RefCell<Vec<f32>>>,
/// }
///
/// let mut layer = Tied { embeddings: Rc::new(RefCell::new(vec![0.25, 2.0])) };
/// layer.proximal_step(0.5)?;
/// assert_eq!(*layer.embeddings.borrow(), [0.0, 1.5]);
/// # Ok::<(), regularize::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is behind a shared pointer, in no cell and no lock, so its layer has no `proximal_step`",
    label = "cannot be changed",
    note = "`penalty`, `losses` and `report` are there all the same; for the step keep `Rc<RefCell<…>>`, \
            `Arc<Mutex<…>>` or `Arc<RwLock<…>>` of the weight, or the weight itself"
)]
pub trait Cell: sealed::Sealed {
    /// What is inside.
    type Inner: ?Sized;

    /// Reads what is inside.
    #[doc(hidden)]
    fn look<F>(&self, at: &Path<'_>, f: F) -> Result<(), Error>
    where
        F: FnOnce(&Self::Inner) -> Result<(), Error>;

    /// Changes what is inside.
    #[doc(hidden)]
    fn change<F>(&self, at: &Path<'_>, f: F) -> Result<(), Error>
    where
        F: FnOnce(&mut Self::Inner) -> Result<(), Error>;
}

fn borrowed<E>(at: &Path<'_>) -> impl FnOnce(E) -> Error {
    move |_| Error::new(at, ErrorKind::Borrowed)
}

macro_rules! cell {
    ($type:ident, |$self:ident, $at:ident| $read:expr, $write:expr) => {
        impl<T: ?Sized> sealed::Sealed for $type<T> {}

        #[diagnostic::do_not_recommend]
        impl<T: ?Sized> Cell for $type<T> {
            type Inner = T;

            fn look<F>(&$self, $at: &Path<'_>, f: F) -> Result<(), Error>
            where
                F: FnOnce(&T) -> Result<(), Error>,
            {
                f(&$read)
            }

            fn change<F>(&$self, $at: &Path<'_>, f: F) -> Result<(), Error>
            where
                F: FnOnce(&mut T) -> Result<(), Error>,
            {
                f(&mut $write)
            }
        }

        impl<W: Weight + ?Sized> Weight for $type<W> {
            type Tensor = W::Tensor;

            fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &W::Tensor) -> Result<(), Error>,
            {
                self.look(at, |weight| weight.each_tensor(at, f))
            }
        }

        impl<W: WeightMut + ?Sized> WeightMut for $type<W> {
            type Tensor = W::Tensor;

            fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &mut W::Tensor) -> Result<(), Error>,
            {
                self.change(at, |weight| weight.each_tensor_mut(at, f))
            }
        }

        impl<G: ?Sized, W: WeightGrad<G> + ?Sized> WeightGrad<G> for $type<W> {
            type Tensor = W::Tensor;
            type Gradient = W::Gradient;

            fn each_tensor_with<F>(&self, gradient: &mut G, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &W::Tensor, &mut W::Gradient) -> Result<(), Error>,
            {
                self.look(at, |weight| weight.each_tensor_with(gradient, at, f))
            }
        }

        impl<L: Regularize + ?Sized> Regularize for $type<L> {
            type Penalty = L::Penalty;

            fn visit_weights<V>(&self, at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
            where
                V: Visitor<Self::Penalty>,
            {
                self.look(at, |layer| layer.visit_weights(at, visitor))
            }
        }

        impl<L: RegularizeMut + ?Sized> RegularizeMut for $type<L> {
            fn visit_weights_mut<V>(&mut self, at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
            where
                V: VisitorMut,
            {
                self.change(at, |layer| layer.visit_weights_mut(at, visitor))
            }
        }

        impl<G: ?Sized, L: RegularizeWith<G> + ?Sized> RegularizeWith<G> for $type<L> {
            fn visit_weights_with<V>(
                &self,
                gradients: &mut G,
                at: &Path<'_>,
                visitor: &mut V,
            ) -> Result<(), Error>
            where
                V: VisitorWith,
            {
                self.look(at, |layer| layer.visit_weights_with(gradients, at, visitor))
            }
        }
    };
}
cell!(
    RefCell,
    |self, at| *self.try_borrow().map_err(borrowed(at))?,
    *self.try_borrow_mut().map_err(borrowed(at))?
);
// What another thread left in a poisoned lock is a weight all the same.
cell!(
    Mutex,
    |self, _at| *self.lock().unwrap_or_else(PoisonError::into_inner),
    *self.lock().unwrap_or_else(PoisonError::into_inner)
);
cell!(
    RwLock,
    |self, _at| *self.read().unwrap_or_else(PoisonError::into_inner),
    *self.write().unwrap_or_else(PoisonError::into_inner)
);

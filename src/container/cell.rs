//! `RefCell`, `Mutex` and `RwLock`, which let a shared weight be changed.

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Regularize, RegularizeWith, Visit, VisitMut, VisitWith};
use crate::path::Path;
use crate::weight::{Each, EachMut, EachWith, Weight, WeightGrad};
use regularize_core::Terms;
use std::cell::RefCell;
use std::sync::{Mutex, PoisonError, RwLock, TryLockError};

fn borrowed<E>(at: &Path<'_>) -> impl FnOnce(E) -> Error {
    move |_| Error::new(at, ErrorKind::Borrowed)
}

/// Returns what is in a lock, unless somebody holds it.
fn free<G>(attempt: Result<G, TryLockError<G>>) -> Option<G> {
    match attempt {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

macro_rules! cell {
    ($type:ident, |$self:ident, $at:ident| $read:expr, $write:expr, $borrow:expr, $attempt:expr) => {
        impl<R, W: Weight<R> + ?Sized> Weight<R> for $type<W> {
            type Tensor = W::Tensor;

            fn each_tensor(&$self, $at: &Path<'_>, f: &mut Each<'_, W::Tensor>) -> Result<()> {
                // What nobody named is not waited for.
                if $at.is_unnamed() {
                    return $attempt.map_or(Ok(()), |weight| weight.each_tensor($at, f));
                }
                $read.each_tensor($at, f)
            }

            fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
                // Of a `&mut Self` the method of the pointer would be meant.
                (*self).each_tensor_shared(at, f)
            }

            fn each_tensor_shared(&$self, $at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
                $write.each_tensor_mut($at, f)
            }
        }

        impl<R, G: ?Sized, W: WeightGrad<G, R> + ?Sized> WeightGrad<G, R> for $type<W> {
            type Tensor = W::Tensor;
            type Gradient = W::Gradient;

            fn each_tensor_with(
                &$self,
                gradient: &mut G,
                $at: &Path<'_>,
                f: &mut EachWith<'_, W::Tensor, W::Gradient>,
            ) -> Result<()> {
                $read.each_tensor_with(gradient, $at, f)
            }
        }

        impl<L: Regularize + ?Sized> Regularize for $type<L> {
            type Penalty = L::Penalty;

            fn visit_weights(&$self, $at: &Path<'_>, f: &mut Visit<'_, L::Penalty>) -> Result<()> {
                if $at.is_unnamed() {
                    return $attempt.map_or(Ok(()), |layer| layer.visit_weights($at, f));
                }
                $read.visit_weights($at, f)
            }

            fn visit_weights_mut(&mut self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
                (*self).visit_weights_shared(at, f)
            }

            fn visit_weights_shared(&$self, $at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
                $write.visit_weights_mut($at, f)
            }

            fn activity(&$self) -> Option<Terms> {
                $borrow.activity()
            }
        }

        impl<G: ?Sized, L: RegularizeWith<G> + ?Sized> RegularizeWith<G> for $type<L> {
            fn visit_weights_with(&$self, gradients: &mut G, $at: &Path<'_>, f: &mut VisitWith<'_>) -> Result<()> {
                $read.visit_weights_with(gradients, $at, f)
            }
        }
    };
}
cell!(
    RefCell,
    |self, at| self.try_borrow().map_err(borrowed(at))?,
    self.try_borrow_mut().map_err(borrowed(at))?,
    self.borrow(),
    self.try_borrow().ok()
);
// What another thread left in a poisoned lock is a weight all the same.
cell!(
    Mutex,
    |self, at| self.lock().unwrap_or_else(PoisonError::into_inner),
    self.lock().unwrap_or_else(PoisonError::into_inner),
    self.lock().unwrap_or_else(PoisonError::into_inner),
    free(self.try_lock())
);
cell!(
    RwLock,
    |self, at| self.read().unwrap_or_else(PoisonError::into_inner),
    self.write().unwrap_or_else(PoisonError::into_inner),
    self.read().unwrap_or_else(PoisonError::into_inner),
    free(self.try_read())
);

//! `Box`, `&`, `&mut`, `Rc` and `Arc`.

use crate::error::Result;
use crate::model::{Regularize, RegularizeWith, Visit, VisitMut, VisitWith};
use crate::path::Path;
use crate::weight::{Each, EachMut, EachWith, Weight, WeightGrad};
use regularize_core::Terms;
use std::rc::Rc;
use std::sync::Arc;

/// A pointer, how its place is said, and the methods of one that may be changed by itself.
macro_rules! pointer {
    ($type:ty, |$at:ident| $below:expr, {$($weight:tt)*}, {$($layer:tt)*}) => {
        impl<R, W: Weight<R> + ?Sized> Weight<R> for $type {
            type Tensor = W::Tensor;

            fn each_tensor(&self, $at: &Path<'_>, f: &mut Each<'_, W::Tensor>) -> Result<()> {
                (**self).each_tensor(&$below.through(self, &**self), f)
            }

            $($weight)*

            fn each_tensor_shared(&self, $at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
                (**self).each_tensor_shared(&$below.through(self, &**self), f)
            }
        }

        impl<W: Regularize + ?Sized> Regularize for $type {
            type Penalty = W::Penalty;

            fn visit_weights(&self, $at: &Path<'_>, f: &mut Visit<'_, W::Penalty>) -> Result<()> {
                (**self).visit_weights(&$below.through(self, &**self), f)
            }

            $($layer)*

            fn visit_weights_shared(&self, $at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
                (**self).visit_weights_shared(&$below.through(self, &**self), f)
            }

            fn activity(&self) -> Option<Terms> {
                (**self).activity()
            }
        }
    };
}

/// A pointer that owns, or borrows alone, changes what it leads to.
macro_rules! unique {
    ($($type:ty),+) => {$(
        pointer!($type, |at| *at, {
            fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
                let at = at.through(self, &**self);
                (**self).each_tensor_mut(&at, f)
            }
        }, {
            fn visit_weights_mut(&mut self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
                let at = at.through(self, &**self);
                (**self).visit_weights_mut(&at, f)
            }
        });
    )+};
}
unique!(Box<W>, &mut W);

/// A pointer that is shared changes only a cell or a lock.
macro_rules! shared {
    ($($type:ty),+) => {$(
        pointer!($type, |at| at.shared(), {}, {});
    )+};
}
shared!(&W, Rc<W>, Arc<W>);

/// The gradient of what a pointer leads to is not itself behind a pointer.
macro_rules! peeled {
    ($($type:ty, |$at:ident| $below:expr);+) => {$(
        impl<R, G: ?Sized, W: WeightGrad<G, R> + ?Sized> WeightGrad<G, R> for $type {
            type Tensor = W::Tensor;
            type Gradient = W::Gradient;

            fn each_tensor_with(
                &self,
                gradient: &mut G,
                $at: &Path<'_>,
                f: &mut EachWith<'_, W::Tensor, W::Gradient>,
            ) -> Result<()> {
                (**self).each_tensor_with(gradient, &$below.through(self, &**self), f)
            }
        }

        impl<G: ?Sized, W: RegularizeWith<G> + ?Sized> RegularizeWith<G> for $type {
            fn visit_weights_with(&self, gradients: &mut G, $at: &Path<'_>, f: &mut VisitWith<'_>) -> Result<()> {
                (**self).visit_weights_with(gradients, &$below.through(self, &**self), f)
            }
        }
    )+};
}
peeled!(&W, |at| at.shared(); &mut W, |at| *at; Rc<W>, |at| at.shared(); Arc<W>, |at| at.shared());

/// A box of gradients belongs to a box of weights.
impl<R, V: ?Sized, W: WeightGrad<V, R> + ?Sized> WeightGrad<Box<V>, R> for Box<W> {
    type Tensor = W::Tensor;
    type Gradient = W::Gradient;

    fn each_tensor_with(
        &self,
        gradient: &mut Box<V>,
        at: &Path<'_>,
        f: &mut EachWith<'_, W::Tensor, W::Gradient>,
    ) -> Result<()> {
        (**self).each_tensor_with(gradient, &at.through(self, &**self), f)
    }
}

impl<G: ?Sized, L: RegularizeWith<G> + ?Sized> RegularizeWith<Box<G>> for Box<L> {
    fn visit_weights_with(
        &self,
        gradients: &mut Box<G>,
        at: &Path<'_>,
        f: &mut VisitWith<'_>,
    ) -> Result<()> {
        (**self).visit_weights_with(gradients, &at.through(self, &**self), f)
    }
}

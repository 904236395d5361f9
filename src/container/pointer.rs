//! `Box`, `&`, `&mut`, `Rc` and `Arc`.

use crate::error::Result;
use crate::model::{Regularize, RegularizeWith, Visit, VisitMut, VisitWith};
use crate::path::Path;
use crate::weight::{Each, EachMut, EachWith, Weight, WeightGrad};
use regularize_core::Terms;
use std::rc::Rc;
use std::sync::Arc;

/// A pointer: how its place is said, and how what it leads to is changed.
macro_rules! pointer {
    ($type:ty, |$at:ident| $below:expr, $each:ident, $visit:ident) => {
        impl<R, W: Weight<R> + ?Sized> Weight<R> for $type {
            type Tensor = W::Tensor;

            fn each_tensor(&self, $at: &Path<'_>, f: &mut Each<'_, W::Tensor>) -> Result<()> {
                (**self).each_tensor(&$below.through(self, &**self), f)
            }

            fn each_tensor_mut(
                &mut self,
                $at: &Path<'_>,
                f: &mut EachMut<'_, W::Tensor>,
            ) -> Result<()> {
                let $at = $below;
                let at = $at.through(self, &**self);
                (**self).$each(&at, f)
            }

            fn each_tensor_shared(
                &self,
                $at: &Path<'_>,
                f: &mut EachMut<'_, W::Tensor>,
            ) -> Result<()> {
                (**self).each_tensor_shared(&$below.through(self, &**self), f)
            }
        }

        impl<W: Regularize + ?Sized> Regularize for $type {
            type Penalty = W::Penalty;

            fn visit_weights(&self, $at: &Path<'_>, f: &mut Visit<'_, W::Penalty>) -> Result<()> {
                (**self).visit_weights(&$below.through(self, &**self), f)
            }

            fn visit_weights_mut(&mut self, $at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
                let $at = $below;
                let at = $at.through(self, &**self);
                (**self).$visit(&at, f)
            }

            fn visit_weights_shared(&self, $at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
                (**self).visit_weights_shared(&$below.through(self, &**self), f)
            }

            fn activity(&self) -> Option<Terms> {
                (**self).activity()
            }
        }
    };
}
// What owns, or borrows alone, changes what it leads to; what is shared changes only a cell or a lock.
pointer!(Box<W>, |at| *at, each_tensor_mut, visit_weights_mut);
pointer!(&mut W, |at| *at, each_tensor_mut, visit_weights_mut);
pointer!(
    &W,
    |at| at.shared(),
    each_tensor_shared,
    visit_weights_shared
);
pointer!(
    Rc<W>,
    |at| at.shared(),
    each_tensor_shared,
    visit_weights_shared
);
pointer!(
    Arc<W>,
    |at| at.shared(),
    each_tensor_shared,
    visit_weights_shared
);

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

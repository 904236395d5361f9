//! Weights and layers behind `Box`, `&`, `&mut`, `Rc` and `Arc`.

use crate::Terms;
use crate::cells::Cell;
use crate::error::Error;
use crate::path::Path;
use crate::regularize::{Regularize, RegularizeActivity, RegularizeMut, RegularizeWith};
use crate::visit::{Visitor, VisitorMut, VisitorWith};
use crate::weight::{Weight, WeightGrad, WeightMut};
use std::rc::Rc;
use std::sync::Arc;

macro_rules! pointer {
    ($type:ty, |$at:ident| $below:expr) => {
        impl<W: Weight + ?Sized> Weight for $type {
            type Tensor = W::Tensor;

            fn each_tensor<F>(&self, $at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &W::Tensor) -> Result<(), Error>,
            {
                (**self).each_tensor(&$below.through(self, &**self), f)
            }
        }

        impl<W: Regularize + ?Sized> Regularize for $type {
            type Penalty = W::Penalty;

            fn visit_weights<V>(&self, $at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
            where
                V: Visitor<Self::Penalty>,
            {
                (**self).visit_weights(&$below.through(self, &**self), visitor)
            }
        }

        impl<W: RegularizeActivity + ?Sized> RegularizeActivity for $type {
            fn activity(&self) -> Terms {
                (**self).activity()
            }
        }
    };
}
pointer!(Box<W>, |at| *at);
pointer!(&W, |at| at.shared());
pointer!(&mut W, |at| *at);
pointer!(Rc<W>, |at| at.shared());
pointer!(Arc<W>, |at| at.shared());

/// What owns, or borrows alone.
macro_rules! unique {
    ($($type:ty),+) => {$(
        impl<W: WeightMut + ?Sized> WeightMut for $type {
            type Tensor = W::Tensor;

            fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &mut W::Tensor) -> Result<(), Error>,
            {
                let at = at.through(self, &**self);
                (**self).each_tensor_mut(&at, f)
            }
        }

        impl<W: RegularizeMut + ?Sized> RegularizeMut for $type {
            fn visit_weights_mut<V>(&mut self, at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
            where
                V: VisitorMut,
            {
                let at = at.through(self, &**self);
                (**self).visit_weights_mut(&at, visitor)
            }
        }
    )+};
}
unique!(Box<W>, &mut W);

/// What is shared changes only through a cell or a lock.
macro_rules! shared {
    ($($type:ty),+) => {$(
        impl<W> WeightMut for $type
        where
            W: Cell<Inner: WeightMut> + ?Sized,
        {
            type Tensor = <W::Inner as WeightMut>::Tensor;

            fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &mut Self::Tensor) -> Result<(), Error>,
            {
                let at = at.shared();
                let at = at.through(self, &**self);
                self.change(&at, |weight| weight.each_tensor_mut(&at, f))
            }
        }

        impl<W> RegularizeMut for $type
        where
            W: Regularize + Cell<Inner: RegularizeMut> + ?Sized,
        {
            fn visit_weights_mut<V>(&mut self, at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
            where
                V: VisitorMut,
            {
                let at = at.shared();
                let at = at.through(self, &**self);
                self.change(&at, |layer| layer.visit_weights_mut(&at, visitor))
            }
        }
    )+};
}
shared!(&W, Rc<W>, Arc<W>);

/// The gradient of what a pointer leads to, not itself behind a pointer.
macro_rules! peeled {
    ($($type:ty, |$at:ident| $below:expr);+) => {$(
        impl<G: ?Sized, W: WeightGrad<G> + ?Sized> WeightGrad<G> for $type {
            type Tensor = W::Tensor;
            type Gradient = W::Gradient;

            fn each_tensor_with<F>(&self, gradient: &mut G, $at: &Path<'_>, f: &mut F) -> Result<(), Error>
            where
                F: FnMut(&Path<'_>, &W::Tensor, &mut W::Gradient) -> Result<(), Error>,
            {
                (**self).each_tensor_with(gradient, &$below.through(self, &**self), f)
            }
        }

        impl<G: ?Sized, W: RegularizeWith<G> + ?Sized> RegularizeWith<G> for $type {
            fn visit_weights_with<V>(
                &self,
                gradients: &mut G,
                $at: &Path<'_>,
                visitor: &mut V,
            ) -> Result<(), Error>
            where
                V: VisitorWith,
            {
                (**self).visit_weights_with(gradients, &$below.through(self, &**self), visitor)
            }
        }
    )+};
}
peeled!(&W, |at| at.shared(); &mut W, |at| *at; Rc<W>, |at| at.shared(); Arc<W>, |at| at.shared());

/// A box of gradients belongs to a box of weights.
impl<V: ?Sized, W: WeightGrad<V> + ?Sized> WeightGrad<Box<V>> for Box<W> {
    type Tensor = W::Tensor;
    type Gradient = W::Gradient;

    fn each_tensor_with<F>(
        &self,
        gradient: &mut Box<V>,
        at: &Path<'_>,
        f: &mut F,
    ) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &W::Tensor, &mut W::Gradient) -> Result<(), Error>,
    {
        (**self).each_tensor_with(gradient, &at.through(self, &**self), f)
    }
}

impl<G: ?Sized, L: RegularizeWith<G> + ?Sized> RegularizeWith<Box<G>> for Box<L> {
    fn visit_weights_with<V>(
        &self,
        gradients: &mut Box<G>,
        at: &Path<'_>,
        visitor: &mut V,
    ) -> Result<(), Error>
    where
        V: VisitorWith,
    {
        (**self).visit_weights_with(gradients, &at.through(self, &**self), visitor)
    }
}

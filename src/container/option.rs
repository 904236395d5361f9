//! `Option`: what is not there has no weight.

use crate::error::{Result, paired};
use crate::model::{Regularize, RegularizeWith, Visit, VisitMut, VisitWith};
use crate::path::Path;
use crate::weight::{Each, EachMut, EachWith, Weight, WeightGrad};
use regularize_core::Terms;

impl<R, W: Weight<R>> Weight<R> for Option<W> {
    type Tensor = W::Tensor;

    #[inline]
    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, W::Tensor>) -> Result<()> {
        self.as_ref()
            .map_or(Ok(()), |weight| weight.each_tensor(at, f))
    }

    fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
        self.as_mut()
            .map_or(Ok(()), |weight| weight.each_tensor_mut(at, f))
    }

    fn each_tensor_shared(&self, at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
        self.as_ref()
            .map_or(Ok(()), |weight| weight.each_tensor_shared(at, f))
    }
}

impl<R, V, W: WeightGrad<V, R>> WeightGrad<Option<V>, R> for Option<W> {
    type Tensor = W::Tensor;
    type Gradient = W::Gradient;

    fn each_tensor_with(
        &self,
        gradient: &mut Option<V>,
        at: &Path<'_>,
        f: &mut EachWith<'_, W::Tensor, W::Gradient>,
    ) -> Result<()> {
        match paired(self, gradient, at)? {
            Some((weight, gradient)) => weight.each_tensor_with(gradient, at, f),
            None => Ok(()),
        }
    }
}

impl<L: Regularize> Regularize for Option<L> {
    type Penalty = L::Penalty;

    fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, L::Penalty>) -> Result<()> {
        self.as_ref()
            .map_or(Ok(()), |layer| layer.visit_weights(at, f))
    }

    fn visit_weights_mut(&mut self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
        self.as_mut()
            .map_or(Ok(()), |layer| layer.visit_weights_mut(at, f))
    }

    fn visit_weights_shared(&self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
        self.as_ref()
            .map_or(Ok(()), |layer| layer.visit_weights_shared(at, f))
    }

    fn activity(&self) -> Option<Terms> {
        self.as_ref().and_then(Regularize::activity)
    }
}

impl<G, L: RegularizeWith<G>> RegularizeWith<Option<G>> for Option<L> {
    fn visit_weights_with(
        &self,
        gradients: &mut Option<G>,
        at: &Path<'_>,
        f: &mut VisitWith<'_>,
    ) -> Result<()> {
        match paired(self, gradients, at)? {
            Some((layer, gradients)) => layer.visit_weights_with(gradients, at, f),
            None => Ok(()),
        }
    }
}

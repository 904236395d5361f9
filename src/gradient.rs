//! Adds the penalty's gradient to a model's: all of it, or the share of one of several replicas.

use crate::Terms;
use crate::error::{Error, ErrorKind};
use crate::path::Path;
use crate::regularize::RegularizeWith;
use crate::regularizer::Subgradient;
use crate::replicas::Replicas;
use crate::tensor::TensorGrad;
use crate::visit::{Met, VisitorWith};
use crate::weight::WeightGrad;

/// Adds to every gradient, or to none where there is an error.
pub(crate) fn add<L, G>(layer: &L, gradients: &mut G, replicas: Replicas) -> Result<(), Error>
where
    L: RegularizeWith<G> + ?Sized,
    G: ?Sized,
{
    let root = Path::of(layer);
    layer.visit_weights_with(gradients, &root, &mut Check(replicas))?;
    let met = Met::default();
    layer.visit_weights_with(gradients, &root, &mut Add { replicas, met })
}

/// Compares the shapes of all gradients with those of the weights, and looks whether each can be divided if it must be.
struct Check(Replicas);

impl VisitorWith for Check {
    fn weight<W, G, R>(
        &mut self,
        at: &Path<'_>,
        weight: &W,
        gradient: &mut G,
        regularizer: &R,
    ) -> Result<(), Error>
    where
        W: WeightGrad<G> + ?Sized,
        G: ?Sized,
        R: Subgradient<W::Tensor, W::Gradient> + ?Sized,
    {
        if !regularizer.has_subgradient() {
            return Ok(());
        }
        weight.each_tensor_with(gradient, at, &mut |at, tensor, gradient| {
            if at.is_trainable() {
                share(self.0, at, || regularizer.as_terms())?;
            }
            tensor
                .check_shape(gradient)
                .map_err(|error| Error::new(at, ErrorKind::Shape(error)))
        })
    }
}

/// Adds subgradients.
struct Add {
    replicas: Replicas,
    met: Met,
}

impl VisitorWith for Add {
    fn weight<W, G, R>(
        &mut self,
        at: &Path<'_>,
        weight: &W,
        gradient: &mut G,
        regularizer: &R,
    ) -> Result<(), Error>
    where
        W: WeightGrad<G> + ?Sized,
        G: ?Sized,
        R: Subgradient<W::Tensor, W::Gradient> + ?Sized,
    {
        if !regularizer.has_subgradient() {
            return Ok(());
        }
        weight.each_tensor_with(gradient, at, &mut |at, tensor, gradient| {
            if !at.is_trainable() || !self.met.first(at, tensor) {
                return Ok(());
            }
            let added = match share(self.replicas, at, || regularizer.as_terms())? {
                Some(share) => tensor.add_subgradient(&share, gradient),
                None => regularizer.add_subgradient(tensor, gradient),
            };
            added.map_err(|error| Error::new(at, ErrorKind::Shape(error)))
        })
    }
}

/// The factors of this replica's part; none where it adds all, of any regularizer.
fn share(
    replicas: Replicas,
    at: &Path<'_>,
    terms: impl FnOnce() -> Option<Terms>,
) -> Result<Option<Terms>, Error> {
    let divisor = replicas.divisor(at)?;
    match divisor.get() {
        1 => Ok(None),
        _ => match terms() {
            Some(terms) => Ok(Some(terms.share_of(divisor))),
            None => Err(Error::new(at, ErrorKind::Undivided)),
        },
    }
}

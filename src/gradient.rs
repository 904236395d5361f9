//! Adds the penalty's gradient to a model's: all of it, or the share of one of several replicas.

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
    let root = Path::root();
    // One replica adds all of it, of any regularizer.
    let replicas = match replicas.divisor().get() {
        1 => Replicas::Averaged,
        _ => replicas,
    };
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
        let is_divided = self.0 != Replicas::Averaged && at.is_trainable();
        if is_divided && regularizer.as_terms().is_none() {
            return Err(Error::new(at, ErrorKind::Undivided));
        }
        weight.each_tensor_with(gradient, at, &mut |at, tensor, gradient| {
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
        if !at.is_trainable() || !regularizer.has_subgradient() {
            return Ok(());
        }
        let share = match self.replicas {
            Replicas::Averaged => None,
            Replicas::Summed(replicas) => {
                regularizer.as_terms().map(|terms| terms.share_of(replicas))
            }
        };
        weight.each_tensor_with(gradient, at, &mut |at, tensor, gradient| {
            if !self.met.first(at, tensor) {
                return Ok(());
            }
            let added = match &share {
                Some(share) => tensor.add_subgradient(share, gradient),
                None => regularizer.add_subgradient(tensor, gradient),
            };
            added.map_err(|error| Error::new(at, ErrorKind::Shape(error)))
        })
    }
}

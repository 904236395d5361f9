//! What a replica of a model adds to its loss and gradients, which an engine puts together with those of the others.

use std::num::NonZero;

/// How an engine makes one gradient of those of all replicas, each of which has the whole model and a part of the data.
///
/// Every replica computes the whole penalty. What all add together must be the penalty once, and not once for each.
///
/// | engine | how |
/// |---|---|
/// | torch's `DistributedDataParallel`, burn's `ReduceOperation::Mean` | `Averaged` |
/// | burn's `ReduceOperation::Sum`, an all-reduce of MPI or NCCL with its sum | `Summed` |
/// | an all-reduce with the sum, divided by the replicas before the step | `Averaged` |
/// | Keras' `MirroredStrategy` (3.8 and later) | `Summed`, and Keras divides by itself |
///
/// Where the gradients are there after they were put together, [`add_penalty_gradient`] adds the penalty's to that one
/// gradient, on every replica, and nothing is divided: for that, and for a [`proximal_step`], the number of replicas does
/// not matter.
///
/// ```
/// use regularize::{Regularize, Replicas};
/// use std::num::NonZero;
///
/// #[derive(Regularize)]
/// struct Dense(#[regularize(l2(0.5))] Vec<f32>);
///
/// let (layer, two) = (Dense(vec![3.0]), Replicas::Summed(NonZero::new(2).unwrap()));
/// let data = [1.0, 2.0]; // the gradients of the data's parts
/// let sum: f32 = data.iter().map(|gradient| {
///     let mut gradients = Dense(vec![*gradient]);
///     layer.add_penalty_gradient_on_replica(&mut gradients, two).unwrap();
///     gradients.0[0]
/// }).sum();
/// assert_eq!(sum, 1.0 + 2.0 + 2.0 * 0.5 * 3.0);
/// ```
///
/// [`add_penalty_gradient`]: crate::Regularize::add_penalty_gradient
/// [`proximal_step`]: crate::Regularize::proximal_step
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replicas {
    /// It takes the mean: each replica adds the whole penalty, as one alone would.
    Averaged,
    /// It takes the sum of so many: each replica adds one part of as many.
    Summed(NonZero<u32>),
}

impl Replicas {
    /// By how much the penalty of one replica is divided.
    pub(crate) const fn divisor(self) -> NonZero<u32> {
        match self {
            Self::Averaged => NonZero::<u32>::MIN,
            Self::Summed(replicas) => replicas,
        }
    }
}

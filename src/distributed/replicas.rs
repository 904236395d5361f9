//! What a replica of a model adds to its loss and gradients, which an engine puts together with those of the others.

use super::error::{Error, ErrorKind};
use crate::path::Path;
use crate::tensor::{Penalty, add};
use std::collections::BTreeMap;
use std::num::NonZero;

/// Says how an engine combines the gradients of the ranks that hold a weight. Each rank has seen a part of the data.
///
/// Every replica computes the whole penalty. What all add together must be the penalty once, and not once for each.
///
/// | engine | how |
/// |---|---|
/// | torch's `DistributedDataParallel`, burn's `ReduceOperation::Mean` | `Averaged` |
/// | burn's `ReduceOperation::Sum`, an all-reduce of MPI or NCCL with its sum | `Summed` |
/// | an all-reduce with the sum, divided by the replicas before the step | `Averaged` |
/// | Keras' `MirroredStrategy` (3.8 and later) | `Summed`, and Keras divides by itself |
/// | sums over other ranks for the [sharded](Path::sharded) weights of a model than for the others | `Mesh` |
///
/// If you can reach the combined gradient, call [`add_penalty_gradient`] on every replica. Nothing is divided then. For that, and for
/// a [`proximal_step`], the number of replicas does not matter.
///
/// ```
/// use regularize::Regularize;
/// use regularize::distributed::{Distributed, Replicas};
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
    /// It takes the sum of so many: each replica adds one part of as many. An error for a sharded weight, of which other
    /// shards have other parts: `Mesh` says how many ranks have the same.
    Summed(NonZero<u32>),
    /// It takes sums in a model that is partly sharded: each rank adds one part of as many as the weight's gradient is summed
    /// over.
    ///
    /// Without data parallelism no other rank has the same part of a sharded weight:
    ///
    /// ```
    /// use regularize::Regularize;
    /// use regularize::distributed::{Distributed, Replicas};
    /// use std::num::NonZero;
    ///
    /// #[derive(Clone, Regularize)]
    /// #[regularize(kernel = l2(0.5), scale = l2(0.5))]
    /// struct Column {
    ///     #[regularize(sharded)]
    ///     kernel: Vec<f32>,
    ///     scale: f32,
    /// }
    ///
    /// let mut gradients = Column { kernel: vec![0.0], scale: 0.0 };
    /// let ranks = Replicas::Mesh { sharded: NonZero::<u32>::MIN, whole: NonZero::new(4).unwrap() };
    /// Column { kernel: vec![3.0], scale: 2.0 }.add_penalty_gradient_on_replica(&mut gradients, ranks)?;
    /// assert_eq!((gradients.kernel[0], gradients.scale), (3.0, 2.0 / 4.0));
    /// # Ok::<(), regularize::distributed::Error>(())
    /// ```
    Mesh {
        /// Over how many ranks the gradient of a sharded weight is summed: those that have the same part. 1 if it is not.
        sharded: NonZero<u32>,
        /// Over how many the gradient of any other weight is. 1 if it is not.
        whole: NonZero<u32>,
    },
}

impl Replicas {
    /// By how much the penalty of the weight there is divided.
    pub(crate) fn divisor(self, at: &Path<'_>) -> Result<NonZero<u32>, Error> {
        match self {
            Self::Averaged => Ok(NonZero::<u32>::MIN),
            Self::Summed(replicas) if at.is_sharded() && replicas.get() > 1 => {
                Err(Error::new(at, ErrorKind::Mesh { replicas }))
            }
            Self::Summed(replicas) => Ok(replicas),
            Self::Mesh { sharded, .. } if at.is_sharded() => Ok(sharded),
            Self::Mesh { whole, .. } => Ok(whole),
        }
    }
}

/// A loss with what one replica adds to it of a model's losses.
pub(crate) struct Shares<P> {
    replicas: Replicas,
    /// The sums of what is divided by the same, in that order: first the loss, and with it what is not divided.
    sums: BTreeMap<NonZero<u32>, Option<P>>,
}

impl<P: Penalty> Shares<P> {
    pub(crate) fn new(loss: P, replicas: Replicas) -> Self {
        let sums = BTreeMap::from([(NonZero::<u32>::MIN, Some(loss))]);
        Self { replicas, sums }
    }

    /// Adds the loss of the weight there.
    pub(crate) fn add(&mut self, at: &Path<'_>, loss: P) -> Result<(), Error> {
        let divisor = self.replicas.divisor(at)?;
        add(self.sums.entry(divisor).or_default(), loss);
        Ok(())
    }

    pub(crate) fn total(self) -> P {
        let shares = self.sums.into_iter().filter_map(|(divisor, sum)| {
            Some(match divisor.get() {
                1 => sum?,
                divisor => sum?.divided_by(divisor as usize),
            })
        });
        shares.reduce(P::plus).unwrap_or_else(P::zero)
    }
}

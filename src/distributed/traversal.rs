//! A model that is spread over machines: the partials of one shard, and the losses of all.

use super::error::{Error, ErrorKind};
use super::partial::Partial;
use super::partials::{Partials, Whole};
use super::replicas::{Replicas, Shares};
use super::shard::Shard;
use crate::error::Refused;
use crate::model::{
    Entry, Losses, Met, Regularize, RegularizeWith, Regularized, Report, add_gradient, report,
};
use crate::path::Path;
use crate::tensor::Penalty;
use regularize_core::Terms;
use std::collections::hash_map;

/// A model over many machines: every [`Regularize`] is one.
///
/// The [guide](crate::guide::many_devices) has complete programs.
pub trait Distributed: Regularize {
    /// Returns `loss` plus what this replica of the model adds of the penalty, so that all replicas add it once.
    ///
    /// That is the [sum of all losses](Regularize::penalty), divided by the replicas whose gradients an engine sums, and rounded once more.
    /// On a [mesh](Replicas::Mesh) it is the sum of those that are not divided, as [`add_penalty`](Regularize::add_penalty) adds them, and
    /// then of the others by what they are divided by.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Mesh`] for a sharded weight where only [`Replicas::Summed`] is said, and [`Borrowed`](crate::ErrorKind::Borrowed) for a `RefCell`
    /// that is mutably borrowed.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// use regularize::distributed::{Distributed, Replicas};
    /// use std::num::NonZero;
    ///
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l2(0.5))] [f64; 2]);
    ///
    /// let layer = Dense([1.0, 2.0]);
    /// let four = Replicas::Summed(NonZero::new(4).unwrap());
    /// assert_eq!(layer.add_penalty_on_replica(0.25, four)?, 0.25 + 2.5 / 4.0);
    /// assert_eq!(layer.add_penalty_on_replica(0.25, Replicas::Averaged)?, layer.add_penalty(0.25));
    /// # Ok::<(), regularize::distributed::Error>(())
    /// ```
    fn add_penalty_on_replica(
        &self,
        loss: Self::Penalty,
        replicas: Replicas,
    ) -> Result<Self::Penalty, Error> {
        let (mut shares, mut met) = (Shares::new(loss, replicas), Met::default());
        let mut refused = Refused::nothing();
        let visited = self.visit_weights(&Path::of(self), &mut |at, entry| {
            refused.unless(|| match met.counted(at, entry) {
                Some(weight) => shares.add(at, weight.penalty()),
                None => Ok(()),
            })
        });
        refused.end(visited)?;
        Ok(shares.total())
    }

    /// Sums Σ|xᵢ| and Σxᵢ² of every regularized weight of this shard of a model, to be merged with those of the other shards.
    ///
    /// A weight that `sharded` is written on is a part, and the others are on the other shards. Any other is whole here, and
    /// on every shard. For a weight of a shard, [`add_penalty_gradient`](Regularize::add_penalty_gradient) and
    /// [`proximal_step`](Regularize::proximal_step) are what they are for the whole: they look at one number after the other, and
    /// need no other shard. [`penalty`](Regularize::penalty), [`losses`](Regularize::losses) and [`report`](Regularize::report) are of this shard
    /// alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsplit`] for a sharded weight whose regularizer is not an L1, L2 or L1L2 (an orthogonal one, a closure),
    /// [`Conflict`](crate::ErrorKind::Conflict) for a weight of two places that is sharded at one of them,
    /// [`Borrowed`](crate::ErrorKind::Borrowed) for a `RefCell` that is mutably borrowed, and [`Framework`](crate::ErrorKind::Framework) where a framework could
    /// not read its weight.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// # use regularize::distributed::{Distributed, Shard};
    /// #[derive(Regularize)]
    /// #[regularize(sharded, kernel = l2(0.5))]
    /// struct Dense {
    ///     kernel: Vec<f32>,
    /// }
    ///
    /// let [left, right] = [vec![1.0], vec![-2.0]].map(|kernel| Dense { kernel });
    /// let mut merged = left.partials(Shard::new(0, 2)?)?;
    /// merged.merge(&right.partials(Shard::new(1, 2)?)?)?;
    /// assert_eq!(left.losses_of(&merged)?.get("kernel"), Some(&2.5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn partials(&self, shard: Shard) -> Result<Partials, Error> {
        let mut partials = Partials::new(shard);
        each_counted(self, |at, weight| {
            let (path, notation) = (at.to_string(), weight.notation());
            let here = |kind| crate::Error::new(at, kind);
            let (count, sums) = (weight.count().map_err(here)?, weight.sums().map_err(here)?);
            let is_sharded = at.is_sharded();
            let partial = Partial::new(&path, &notation, shard, is_sharded, count, sums);
            partials.push(path, notation, partial);
            Ok(())
        })?;
        Ok(partials)
    }

    /// Returns every loss of the whole model, of which this is a shard: the bits of [`losses`](Regularize::losses) on one machine.
    ///
    /// On a framework's tape the loss of a sharded weight has the value of the whole weight, as a number that is rounded once, where
    /// the framework's own sum on one machine is in a bound of that; and it has the gradient of this shard's part. The loss of a
    /// weight that is whole here is the framework's own.
    ///
    /// The partials must be of the weights as they are. After a step they are of those before it, which is an error if one
    /// weight is whole on every shard and has changed; nothing tells of what is sharded.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Shards`] if not every shard is merged once, [`ErrorKind::Disagreement`] if the partials are not of this
    /// model, [`ErrorKind::Stale`] if they are of other weights than these, and those of [`partials`](Self::partials).
    fn losses_of(&self, merged: &Partials) -> Result<Losses<Self::Penalty>, Error> {
        let (mut whole, mut losses) = (Whole::new(merged)?, Losses::new());
        each_counted(self, |at, weight| {
            let partial = whole.next(at, &weight.notation())?;
            losses.push(at.to_string(), penalty_of(at, weight, partial)?);
            Ok(())
        })?;
        whole.finish()?;
        Ok(losses)
    }

    /// Adds what this replica of the model adds of the penalty's gradient, so that all replicas add it once.
    ///
    /// That is the gradient divided by the replicas whose gradients an engine sums: [`Terms::share_of`] says how exactly. Where
    /// the gradients are there after they were summed, [`add_penalty_gradient`](Regularize::add_penalty_gradient) adds it to
    /// them undivided, for any regularizer and without the rounding of the quotient.
    ///
    /// # Errors
    ///
    /// Those of [`add_penalty_gradient`](Regularize::add_penalty_gradient), [`ErrorKind::Undivided`] for a regularizer that is no
    /// L1, L2 or L1L2, and [`ErrorKind::Mesh`] for a sharded weight where only [`Replicas::Summed`] is said. All are found before
    /// a gradient is changed.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// use regularize::distributed::{Distributed, Replicas};
    /// use std::num::NonZero;
    ///
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1(0.5))] Vec<f32>);
    ///
    /// let mut gradients = Dense(vec![1.0, 1.0]);
    /// let two = Replicas::Summed(NonZero::new(2).unwrap());
    /// Dense(vec![3.0, -3.0]).add_penalty_gradient_on_replica(&mut gradients, two)?;
    /// assert_eq!(gradients.0, [1.25, 0.75]);
    /// # Ok::<(), regularize::distributed::Error>(())
    /// ```
    fn add_penalty_gradient_on_replica<G>(
        &self,
        gradients: &mut G,
        replicas: Replicas,
    ) -> Result<(), Error>
    where
        G: ?Sized,
        Self: RegularizeWith<G>,
    {
        let root = Path::of(self);
        let share = |at: &Path<'_>, terms: Option<Terms>| {
            let divisor = replicas.divisor(at)?;
            match (divisor.get(), terms) {
                (1, _) => Ok(None),
                (_, Some(terms)) => Ok(Some(terms.share_of(divisor))),
                (_, None) => Err(Error::new(at, ErrorKind::Undivided)),
            }
        };
        add_gradient(share, |f| self.visit_weights_with(gradients, &root, f))
    }

    /// Reports where the penalty of the whole model comes from, of which this is a shard. What does not count, as it is frozen or shared, is shown as it is on this
    /// shard.
    ///
    /// # Errors
    ///
    /// Those of [`report`](Regularize::report) and of [`losses_of`](Self::losses_of).
    ///
    /// ```
    /// # use regularize::Regularize;
    /// # use regularize::distributed::{Distributed, Shard};
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1(0.5), sharded)] Vec<f32>);
    ///
    /// let [left, right] = [vec![0.0, 3.0], vec![1.0]].map(Dense);
    /// let mut merged = left.partials(Shard::new(0, 2)?)?;
    /// merged.merge(&right.partials(Shard::new(1, 2)?)?)?;
    /// let report = left.report_of(&merged)?;
    /// assert_eq!((report.total(), report.count().zeros, report.count().len), (2.0, 1, 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn report_of(&self, merged: &Partials) -> Result<Report, Error> {
        let mut whole = Whole::new(merged)?;
        let report = report(
            |at, weight| {
                let partial = whole.next(at, &weight.notation())?;
                Ok::<_, Error>((penalty_of(at, weight, partial)?, partial.count()))
            },
            |f| self.visit_weights(&Path::of(self), f),
        )?;
        whole.finish()?;
        Ok(report)
    }
}

impl<L: Regularize + ?Sized> Distributed for L {}

/// Returns the penalty of a whole weight: of the merged sums if this shard has a part of it, and otherwise of the weight here.
fn penalty_of<P: Penalty>(
    at: &Path<'_>,
    weight: &dyn Regularized<P>,
    whole: &Partial,
) -> Result<P, Error> {
    if at.is_sharded() {
        let penalty = weight.penalty_of(whole.sums());
        return penalty.ok_or_else(|| unsplit(at, weight));
    }
    let here = |kind| crate::Error::new(at, kind);
    let (count, sums) = (weight.count().map_err(here)?, weight.sums().map_err(here)?);
    match whole.is_of_all(count, &sums) {
        true => Ok(weight.penalty()),
        false => Err(Error::new(at, ErrorKind::Stale)),
    }
}

/// Presents each tensor that has a loss, unless its penalty cannot be put together of what the shards know.
fn each_counted<L: Regularize + ?Sized>(
    layer: &L,
    mut f: impl FnMut(&Path<'_>, &dyn Regularized<L::Penalty>) -> Result<(), Error>,
) -> Result<(), Error> {
    // Where a tensor that several places share was met first, and whether it is sharded there.
    let mut met: Met<(String, bool)> = Met::default();
    let mut add = |at: &Path<'_>, weight: &dyn Regularized<L::Penalty>| {
        match met.entry(at, || weight.identity()) {
            Some(hash_map::Entry::Occupied(entry)) => {
                return same_part(entry.get(), at, &weight.notation());
            }
            Some(hash_map::Entry::Vacant(entry)) => {
                entry.insert((at.to_string(), at.is_sharded()));
            }
            None => {}
        }
        match at.is_sharded() && weight.terms().is_none() {
            true => Err(unsplit(at, weight)),
            false => f(at, weight),
        }
    };
    let mut refused = Refused::nothing();
    let visited = layer.visit_weights(&Path::of(layer), &mut |at, entry| match entry {
        Entry::Tensor(weight) if at.has_loss() => refused.unless(|| add(at, weight)),
        _ => Ok(()),
    });
    refused.end(visited)
}

/// Says whether a tensor is sharded at both of its places, or at neither.
fn same_part(
    (first, is_sharded): &(String, bool),
    at: &Path<'_>,
    notation: &str,
) -> Result<(), Error> {
    if *is_sharded == at.is_sharded() {
        return Ok(());
    }
    let kind = |is_sharded| match is_sharded {
        true => format!("{notation}, sharded"),
        false => notation.into(),
    };
    let conflict = crate::ErrorKind::Conflict {
        first: first.clone(),
        counted: kind(*is_sharded),
        ignored: kind(at.is_sharded()),
    };
    Err(crate::Error::new(at, conflict).into())
}

fn unsplit<P>(at: &Path<'_>, weight: &dyn Regularized<P>) -> Error {
    let regularizer = weight.notation();
    Error::new(at, ErrorKind::Unsplit { regularizer })
}

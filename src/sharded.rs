//! A model that is spread over machines: the partials of one shard, and the losses of all.

use crate::error::{Error, ErrorKind};
use crate::partial::Partial;
use crate::partials::{Partials, Whole};
use crate::path::Path;
use crate::penalty::Same;
use crate::regularizer::Regularizer;
use crate::shard::Shard;
use crate::tensor::Tensor;
use crate::visit::{Met, Visitor};
use crate::weight::Weight;
use std::collections::hash_map::Entry;

/// Sums every weight that has a loss.
pub(crate) struct Sum {
    pub(crate) shard: Shard,
    pub(crate) partials: Partials,
    met: Met<First>,
}

impl Sum {
    pub(crate) fn new(shard: Shard) -> Self {
        Self {
            shard,
            partials: Partials::new(shard),
            met: Met::default(),
        }
    }
}

impl<P> Visitor<P> for Sum {
    fn weight<W, R>(&mut self, at: &Path<'_>, weight: &W, regularizer: &R) -> Result<(), Error>
    where
        W: Weight + ?Sized,
        R: Regularizer<W::Tensor, Penalty: Same<P>> + ?Sized,
    {
        each_counted(&mut self.met, at, weight, regularizer, |at, tensor| {
            let here = |kind| Error::new(at, kind);
            let (path, notation) = (at.to_string(), regularizer.notation());
            let (count, sums) = (tensor.count().map_err(here)?, tensor.sums().map_err(here)?);
            let (shard, is_sharded) = (self.shard, at.is_sharded());
            let partial = Partial::new(&path, &notation, shard, is_sharded, count, sums);
            self.partials.push(path, notation, partial);
            Ok(())
        })
    }
}

/// Computes the losses of the whole model.
pub(crate) struct EachLossOf<'a, F> {
    pub(crate) whole: Whole<'a>,
    pub(crate) f: F,
    met: Met<First>,
}

impl<'a, F> EachLossOf<'a, F> {
    pub(crate) fn new(whole: Whole<'a>, f: F) -> Self {
        let met = Met::default();
        Self { whole, f, met }
    }
}

impl<P, F: FnMut(&Path<'_>, P)> Visitor<P> for EachLossOf<'_, F> {
    fn weight<W, R>(&mut self, at: &Path<'_>, weight: &W, regularizer: &R) -> Result<(), Error>
    where
        W: Weight + ?Sized,
        R: Regularizer<W::Tensor, Penalty: Same<P>> + ?Sized,
    {
        each_counted(&mut self.met, at, weight, regularizer, |at, tensor| {
            let partial = self.whole.next(at, &regularizer.notation())?;
            let loss = penalty_of(at, tensor, regularizer, partial)?;
            (self.f)(at, loss.same());
            Ok(())
        })
    }
}

/// The penalty of a whole weight: of the merged sums if this shard has a part of it, and else of what it has.
pub(crate) fn penalty_of<T, R>(
    at: &Path<'_>,
    tensor: &T,
    regularizer: &R,
    whole: &Partial,
) -> Result<R::Penalty, Error>
where
    T: Tensor + ?Sized,
    R: Regularizer<T> + ?Sized,
{
    match at.is_sharded() {
        false => {
            let here = |kind| Error::new(at, kind);
            let (count, sums) = (tensor.count().map_err(here)?, tensor.sums().map_err(here)?);
            match whole.is_of_all(count, &sums) {
                true => Ok(regularizer.penalty(tensor)),
                false => Err(here(ErrorKind::Stale)),
            }
        }
        true => regularizer
            .penalty_of(tensor, whole.sums())
            .ok_or_else(|| unsplit(at, regularizer)),
    }
}

/// Where a tensor that several places share was met first, and whether it is sharded there.
type First = (String, bool);

/// Presents each tensor that has a loss, unless its penalty cannot be put together of what the shards know.
fn each_counted<W, R, F>(
    met: &mut Met<First>,
    at: &Path<'_>,
    weight: &W,
    regularizer: &R,
    mut f: F,
) -> Result<(), Error>
where
    W: Weight + ?Sized,
    R: Regularizer<W::Tensor> + ?Sized,
    F: FnMut(&Path<'_>, &W::Tensor) -> Result<(), Error>,
{
    if !regularizer.is_present() {
        return Ok(());
    }
    weight.each_tensor(at, &mut |at, tensor| {
        if !at.has_loss() {
            return Ok(());
        }
        match met.entry(at, tensor) {
            Some(Entry::Occupied(entry)) => {
                return same_part(entry.get(), at, &regularizer.notation());
            }
            Some(Entry::Vacant(entry)) => {
                entry.insert((at.to_string(), at.is_sharded()));
            }
            None => {}
        }
        match at.is_sharded() && !regularizer.splits() {
            true => Err(unsplit(at, regularizer)),
            false => f(at, tensor),
        }
    })
}

/// Whether a tensor is sharded at both of its places, or at neither.
fn same_part((first, is_sharded): &First, at: &Path<'_>, notation: &str) -> Result<(), Error> {
    if *is_sharded == at.is_sharded() {
        return Ok(());
    }
    let kind = |is_sharded| match is_sharded {
        true => format!("{notation}, sharded"),
        false => notation.into(),
    };
    let (counted, ignored) = (kind(*is_sharded), kind(at.is_sharded()));
    let first = first.clone();
    Err(Error::new(
        at,
        ErrorKind::Conflict {
            first,
            counted,
            ignored,
        },
    ))
}

fn unsplit<T: ?Sized, R: Regularizer<T> + ?Sized>(at: &Path<'_>, regularizer: &R) -> Error {
    let regularizer = regularizer.notation();
    Error::new(at, ErrorKind::Unsplit { regularizer })
}

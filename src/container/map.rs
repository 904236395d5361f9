//! `HashMap` and `BTreeMap`, in the order of their keys, which are in the path.

use crate::error::{Error, ErrorKind, Result, same_length};
use crate::model::{Regularize, RegularizeWith, Visit, VisitMut, VisitWith};
use crate::path::{Memory, Path};
use crate::weight::{Each, EachMut, EachWith, Weight, WeightGrad};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::hash::{BuildHasher, Hash};

/// Calls `f` with each value and its path, in the order of the keys, so that a sum is rounded the same way every time.
fn sorted<'k, K: Ord + Display + 'k, V>(
    entries: impl Iterator<Item = (&'k K, V)>,
    at: &Path<'_>,
    mut f: impl FnMut(&K, V, &Path<'_>) -> Result<()>,
) -> Result<()> {
    let mut entries: Vec<(&K, V)> = entries.collect();
    entries.sort_by_key(|entry| entry.0);
    entries
        .into_iter()
        .try_for_each(|(key, value)| f(key, value, &at.field(&key.to_string())))
}

/// Returns the gradient of a key, which a map of as many gradients may lack.
fn found<'g, G>(gradient: Option<&'g mut G>, at: &Path<'_>) -> Result<&'g mut G, Error> {
    gradient.ok_or_else(|| Error::new(at, ErrorKind::Missing { gradient: true }))
}

macro_rules! map {
    ({$($n:tt)*} $map:ident<$k:ident: $($bound:ident)|+ $(, $s:ident)?>) => {
        impl<R, $k: Ord + Display $(+ $bound)+, W: Weight<R>, $($n)*> Weight<R> for $map<$k, W $(, $s)?> {
            type Tensor = W::Tensor;

            fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, W::Tensor>) -> Result<()> {
                sorted(self.iter(), at, |_, weight, at| {
                    weight.each_tensor(&at.through(self, weight), f)
                })
            }

            fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
                let map = Memory::of(self);
                sorted(self.iter_mut(), at, |_, weight, at| {
                    let at = at.through_memory(map, weight);
                    weight.each_tensor_mut(&at, f)
                })
            }
        }

        impl<R, $k: Ord + Display $(+ $bound)+, V, W: WeightGrad<V, R>, $($n)*> WeightGrad<$map<$k, V $(, $s)?>, R>
            for $map<$k, W $(, $s)?>
        {
            type Tensor = W::Tensor;
            type Gradient = W::Gradient;

            fn each_tensor_with(
                &self,
                gradients: &mut $map<$k, V $(, $s)?>,
                at: &Path<'_>,
                f: &mut EachWith<'_, W::Tensor, W::Gradient>,
            ) -> Result<()> {
                same_length(self.len(), gradients.len(), at)?;
                sorted(self.iter(), at, |key, weight, at| {
                    let gradient = found(gradients.get_mut(key), at)?;
                    weight.each_tensor_with(gradient, &at.through(self, weight), f)
                })
            }
        }

        impl<$k: Ord + Display $(+ $bound)+, L: Regularize, $($n)*> Regularize for $map<$k, L $(, $s)?> {
            type Penalty = L::Penalty;

            fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, L::Penalty>) -> Result<()> {
                sorted(self.iter(), at, |_, layer, at| layer.visit_weights(&at.through(self, layer), f))
            }

            fn visit_weights_mut(&mut self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
                let map = Memory::of(self);
                sorted(self.iter_mut(), at, |_, layer, at| {
                    let at = at.through_memory(map, layer);
                    layer.visit_weights_mut(&at, f)
                })
            }
        }

        impl<$k: Ord + Display $(+ $bound)+, G, L: RegularizeWith<G>, $($n)*> RegularizeWith<$map<$k, G $(, $s)?>>
            for $map<$k, L $(, $s)?>
        {
            fn visit_weights_with(
                &self,
                gradients: &mut $map<$k, G $(, $s)?>,
                at: &Path<'_>,
                f: &mut VisitWith<'_>,
            ) -> Result<()> {
                same_length(self.len(), gradients.len(), at)?;
                sorted(self.iter(), at, |key, layer, at| {
                    let gradients = found(gradients.get_mut(key), at)?;
                    layer.visit_weights_with(gradients, &at.through(self, layer), f)
                })
            }
        }
    };
}
map!({} BTreeMap<K: Sized>);
map!({S: BuildHasher} HashMap<K: Hash, S>);

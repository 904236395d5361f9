//! Slices, arrays and `Vec`.

use crate::error::{Result, same_length};
use crate::model::{Regularize, RegularizeWith, Visit, VisitMut, VisitWith};
use crate::path::Path;
use crate::weight::{
    Each, EachMut, EachWith, Weight, WeightGrad, elements, elements_mut, elements_shared,
    elements_with,
};

macro_rules! weights {
    ($($type:ty, $gradients:ty);+) => {$(
        impl<R, W: Weight<R>> Weight<R> for $type {
            type Tensor = W::Tensor;

            #[inline]
            fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, W::Tensor>) -> Result<()> {
                // Numbers are asked for their memory only where they may be met again.
                let below;
                let at = match W::FLAT && !at.is_shared() {
                    true => at,
                    false => {
                        below = at.through(self, &self[..]);
                        &below
                    }
                };
                W::each_in(self, at, f)
            }

            #[inline]
            fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
                match W::FLAT && !at.is_shared() {
                    true => W::each_mut_in(self, at, f),
                    false => {
                        let at = at.through(self, &self[..]);
                        W::each_mut_in(self, &at, f)
                    }
                }
            }

            fn each_tensor_shared(&self, at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
                W::each_shared_in(self, &at.through(self, &self[..]), f)
            }
        }

        impl<R, V, W: WeightGrad<V, R>> WeightGrad<$gradients, R> for $type {
            type Tensor = W::Tensor;
            type Gradient = W::Gradient;

            #[inline]
            fn each_tensor_with(
                &self,
                gradients: &mut $gradients,
                at: &Path<'_>,
                f: &mut EachWith<'_, W::Tensor, W::Gradient>,
            ) -> Result<()> {
                match W::FLAT && !at.is_shared() {
                    true => W::each_with_in(self, gradients, at, f),
                    false => W::each_with_in(self, gradients, &at.through(self, &self[..]), f),
                }
            }
        }
    )+};
}
weights!([W], [V]; Vec<W>, Vec<V>);

/// Nested arrays of floats are one tensor, with the rows side by side.
impl<R, W: Weight<R>, const N: usize> Weight<R> for [W; N] {
    type Tensor = W::Tensor;
    const FLAT: bool = W::FLAT;

    #[inline]
    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, W::Tensor>) -> Result<()> {
        W::each_in(self, at, f)
    }

    fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
        W::each_mut_in(self, at, f)
    }

    fn each_tensor_shared(&self, at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
        W::each_shared_in(self, &at.through(self, &self[..]), f)
    }

    #[inline]
    fn each_in(list: &[Self], at: &Path<'_>, f: &mut Each<'_, W::Tensor>) -> Result<()> {
        if W::FLAT {
            return W::each_in(list.as_flattened(), at, f);
        }
        elements(list, at, f)
    }

    fn each_mut_in(list: &mut [Self], at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
        if W::FLAT {
            return W::each_mut_in(list.as_flattened_mut(), at, f);
        }
        elements_mut(list, at, f)
    }

    fn each_shared_in(list: &[Self], at: &Path<'_>, f: &mut EachMut<'_, W::Tensor>) -> Result<()> {
        if W::FLAT {
            return W::each_shared_in(list.as_flattened(), at, f);
        }
        elements_shared(list, at, f)
    }
}

impl<R, V, W: WeightGrad<V, R>, const N: usize> WeightGrad<[V; N], R> for [W; N] {
    type Tensor = W::Tensor;
    type Gradient = W::Gradient;
    const FLAT: bool = W::FLAT;

    fn each_tensor_with(
        &self,
        gradients: &mut [V; N],
        at: &Path<'_>,
        f: &mut EachWith<'_, W::Tensor, W::Gradient>,
    ) -> Result<()> {
        W::each_with_in(self, gradients, at, f)
    }

    fn each_with_in(
        list: &[Self],
        gradients: &mut [[V; N]],
        at: &Path<'_>,
        f: &mut EachWith<'_, W::Tensor, W::Gradient>,
    ) -> Result<()> {
        if W::FLAT {
            return W::each_with_in(list.as_flattened(), gradients.as_flattened_mut(), at, f);
        }
        elements_with(list, gradients, at, f)
    }
}

macro_rules! layers {
    ($({$($n:tt)*} $type:ty, $gradients:ty);+) => {$(
        impl<L: Regularize, $($n)*> Regularize for $type {
            type Penalty = L::Penalty;

            fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, L::Penalty>) -> Result<()> {
                let at = at.through(self, &self[..]);
                for (index, layer) in self.iter().enumerate() {
                    layer.visit_weights(&at.index(index), f)?;
                }
                Ok(())
            }

            fn visit_weights_mut(&mut self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
                let at = at.through(self, &self[..]);
                for (index, layer) in self.iter_mut().enumerate() {
                    layer.visit_weights_mut(&at.index(index), f)?;
                }
                Ok(())
            }

            fn visit_weights_shared(&self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
                let at = at.through(self, &self[..]);
                let mut layers = self.iter().enumerate();
                layers.try_for_each(|(index, layer)| layer.visit_weights_shared(&at.index(index), f))
            }
        }

        impl<G, L: RegularizeWith<G>, $($n)*> RegularizeWith<$gradients> for $type {
            fn visit_weights_with(
                &self,
                gradients: &mut $gradients,
                at: &Path<'_>,
                f: &mut VisitWith<'_>,
            ) -> Result<()> {
                same_length(self.len(), gradients.len(), at)?;
                let at = at.through(self, &self[..]);
                for (index, (layer, gradients)) in self.iter().zip(gradients).enumerate() {
                    layer.visit_weights_with(gradients, &at.index(index), f)?;
                }
                Ok(())
            }
        }
    )+};
}
layers!({} [L], [G]; {} Vec<L>, Vec<G>; {const N: usize} [L; N], [G; N]);

//! Slices, arrays and `Vec`.

use crate::error::{ErrorKind, Result, same_length};
use crate::model::{Regularize, RegularizeWith, Visit, VisitMut, VisitWith};
use crate::path::Path;
use crate::weight::{Each, EachMut, EachWith, Weight, WeightGrad, refuse};

macro_rules! list {
    ([$($n:tt)*] $type:ty, $gradients:ty, {$($weight:tt)*}, {$($gradient:tt)*}) => {
        impl<R, T: Weight<R>, $($n)*> Weight<R> for $type {
            type Tensor = T::Tensor;

            #[inline]
            fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, T::Tensor>) -> Result<()> {
                // Numbers are asked for their memory only where they may be met again.
                if !at.is_shared() && let Some(tensor) = T::side_by_side(self) {
                    return f(at, tensor);
                }
                let at = at.through(self, &self[..]);
                match T::side_by_side(self) {
                    Some(tensor) => f(&at, tensor),
                    None => each(self.iter(), &at, |at, weight| weight.each_tensor(at, f)),
                }
            }

            #[inline]
            fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, T::Tensor>) -> Result<()> {
                if !at.is_shared() && let Some(tensor) = T::side_by_side_mut(self) {
                    return f(at, tensor);
                }
                let at = at.through(self, &self[..]);
                match T::side_by_side_mut(self) {
                    Some(tensor) => f(&at, tensor),
                    None => each(self.iter_mut(), &at, |at, weight| weight.each_tensor_mut(at, f)),
                }
            }

            fn each_tensor_shared(&self, at: &Path<'_>, f: &mut EachMut<'_, T::Tensor>) -> Result<()> {
                let at = at.through(self, &self[..]);
                match T::side_by_side(self) {
                    Some(_) => refuse(&at, || ErrorKind::Unchangeable),
                    None => each(self.iter(), &at, |at, weight| weight.each_tensor_shared(at, f)),
                }
            }

            $($weight)*
        }

        impl<R, G, T: WeightGrad<G, R>, $($n)*> WeightGrad<$gradients, R> for $type {
            type Tensor = T::Tensor;
            type Gradient = T::Gradient;

            #[inline]
            fn each_tensor_with(
                &self,
                gradients: &mut $gradients,
                at: &Path<'_>,
                f: &mut EachWith<'_, T::Tensor, T::Gradient>,
            ) -> Result<()> {
                if !at.is_shared() && let Some((tensor, gradient)) = T::side_by_side_with(self, gradients) {
                    return f(at, tensor, gradient);
                }
                let at = at.through(self, &self[..]);
                if let Some((tensor, gradient)) = T::side_by_side_with(self, gradients) {
                    return f(&at, tensor, gradient);
                }
                same_length(self.len(), gradients.len(), &at)?;
                each(self.iter().zip(gradients), &at, |at, (weight, gradient)| {
                    weight.each_tensor_with(gradient, at, f)
                })
            }

            $($gradient)*
        }

        impl<T: Regularize, $($n)*> Regularize for $type {
            type Penalty = T::Penalty;

            fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, T::Penalty>) -> Result<()> {
                let at = at.through(self, &self[..]);
                each(self.iter(), &at, |at, layer| layer.visit_weights(at, f))
            }

            fn visit_weights_mut(&mut self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
                let at = at.through(self, &self[..]);
                each(self.iter_mut(), &at, |at, layer| layer.visit_weights_mut(at, f))
            }

            fn visit_weights_shared(&self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
                let at = at.through(self, &self[..]);
                each(self.iter(), &at, |at, layer| layer.visit_weights_shared(at, f))
            }
        }

        impl<G, T: RegularizeWith<G>, $($n)*> RegularizeWith<$gradients> for $type {
            fn visit_weights_with(
                &self,
                gradients: &mut $gradients,
                at: &Path<'_>,
                f: &mut VisitWith<'_>,
            ) -> Result<()> {
                let at = at.through(self, &self[..]);
                same_length(self.len(), gradients.len(), &at)?;
                each(self.iter().zip(gradients), &at, |at, (layer, gradients)| {
                    layer.visit_weights_with(gradients, at, f)
                })
            }
        }
    };
}
list!([][T], [G], {}, {});
list!([] Vec<T>, Vec<G>, {}, {});
list! {
    [const N: usize] [T; N], [G; N], {
        #[inline]
        fn side_by_side(list: &[Self]) -> Option<&T::Tensor> {
            T::side_by_side(list.as_flattened())
        }

        #[inline]
        fn side_by_side_mut(list: &mut [Self]) -> Option<&mut T::Tensor> {
            T::side_by_side_mut(list.as_flattened_mut())
        }
    }, {
        #[inline]
        fn side_by_side_with<'l>(
            list: &'l [Self],
            gradients: &'l mut [[G; N]],
        ) -> Option<(&'l T::Tensor, &'l mut T::Gradient)> {
            T::side_by_side_with(list.as_flattened(), gradients.as_flattened_mut())
        }
    }
}

/// Calls `f` with each element of a list and its path.
#[inline]
fn each<T>(
    elements: impl Iterator<Item = T>,
    at: &Path<'_>,
    mut f: impl FnMut(&Path<'_>, T) -> Result<()>,
) -> Result<()> {
    let mut elements = elements.enumerate();
    elements.try_for_each(|(index, element)| f(&at.index(index), element))
}

//! Lists and options of layers.

use crate::error::{Error, paired, same_length};
use crate::path::Path;
use crate::regularize::{Regularize, RegularizeMut, RegularizeWith};
use crate::visit::{Visitor, VisitorMut, VisitorWith};

impl<L: Regularize> Regularize for [L] {
    type Penalty = L::Penalty;

    fn visit_weights<V>(&self, at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
    where
        V: Visitor<Self::Penalty>,
    {
        for (index, layer) in self.iter().enumerate() {
            layer.visit_weights(&at.index(index), visitor)?;
        }
        Ok(())
    }
}

impl<L: RegularizeMut> RegularizeMut for [L] {
    fn visit_weights_mut<V>(&mut self, at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
    where
        V: VisitorMut,
    {
        for (index, layer) in self.iter_mut().enumerate() {
            layer.visit_weights_mut(&at.index(index), visitor)?;
        }
        Ok(())
    }
}

impl<G, L: RegularizeWith<G>> RegularizeWith<[G]> for [L] {
    fn visit_weights_with<V>(
        &self,
        gradients: &mut [G],
        at: &Path<'_>,
        visitor: &mut V,
    ) -> Result<(), Error>
    where
        V: VisitorWith,
    {
        same_length(self, gradients, at)?;
        for (index, (layer, gradients)) in self.iter().zip(gradients).enumerate() {
            layer.visit_weights_with(gradients, &at.index(index), visitor)?;
        }
        Ok(())
    }
}

macro_rules! list {
    ($({$($n:tt)*} $type:ty, $gradients:ty);+) => {$(
        impl<L: Regularize, $($n)*> Regularize for $type {
            type Penalty = L::Penalty;

            fn visit_weights<V>(&self, at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
            where
                V: Visitor<Self::Penalty>,
            {
                let layers = self.as_slice();
                layers.visit_weights(&at.through(self, layers), visitor)
            }
        }

        impl<L: RegularizeMut, $($n)*> RegularizeMut for $type {
            fn visit_weights_mut<V>(&mut self, at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
            where
                V: VisitorMut,
            {
                let at = at.through(self, self.as_slice());
                self.as_mut_slice().visit_weights_mut(&at, visitor)
            }
        }

        impl<G, L: RegularizeWith<G>, $($n)*> RegularizeWith<$gradients> for $type {
            fn visit_weights_with<V>(
                &self,
                gradients: &mut $gradients,
                at: &Path<'_>,
                visitor: &mut V,
            ) -> Result<(), Error>
            where
                V: VisitorWith,
            {
                let layers = self.as_slice();
                let at = at.through(self, layers);
                layers.visit_weights_with(gradients.as_mut_slice(), &at, visitor)
            }
        }
    )+};
}
list!({} Vec<L>, Vec<G>; {const N: usize} [L; N], [G; N]);

impl<L: Regularize> Regularize for Option<L> {
    type Penalty = L::Penalty;

    fn visit_weights<V>(&self, at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
    where
        V: Visitor<Self::Penalty>,
    {
        match self {
            Some(layer) => layer.visit_weights(at, visitor),
            None => Ok(()),
        }
    }
}

impl<L: RegularizeMut> RegularizeMut for Option<L> {
    fn visit_weights_mut<V>(&mut self, at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
    where
        V: VisitorMut,
    {
        match self {
            Some(layer) => layer.visit_weights_mut(at, visitor),
            None => Ok(()),
        }
    }
}

impl<G, L: RegularizeWith<G>> RegularizeWith<Option<G>> for Option<L> {
    fn visit_weights_with<V>(
        &self,
        gradients: &mut Option<G>,
        at: &Path<'_>,
        visitor: &mut V,
    ) -> Result<(), Error>
    where
        V: VisitorWith,
    {
        match paired(self, gradients, at)? {
            Some((layer, gradients)) => layer.visit_weights_with(gradients, at, visitor),
            None => Ok(()),
        }
    }
}

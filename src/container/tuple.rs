//! Tuples of layers, which may be of different types.

use crate::error::Result;
use crate::model::{Regularize, RegularizeWith, Visit, VisitMut, VisitWith};
use crate::path::Path;

macro_rules! tuple {
    ($($first:ident $zeroth:tt, $g:ident $(, $layer:ident $index:tt $gradient:ident)*;)+) => {$(
        impl<$first: Regularize $(, $layer: Regularize<Penalty = $first::Penalty>)*> Regularize for ($first, $($layer,)*) {
            type Penalty = $first::Penalty;

            fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, Self::Penalty>) -> Result<()> {
                self.$zeroth.visit_weights(&at.index($zeroth), f)?;
                $(self.$index.visit_weights(&at.index($index), f)?;)*
                Ok(())
            }

            fn visit_weights_mut(&mut self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
                self.$zeroth.visit_weights_mut(&at.index($zeroth), f)?;
                $(self.$index.visit_weights_mut(&at.index($index), f)?;)*
                Ok(())
            }
        }

        impl<$first, $g $(, $layer, $gradient)*> RegularizeWith<($g, $($gradient,)*)> for ($first, $($layer,)*)
        where
            $first: RegularizeWith<$g>,
            $($layer: RegularizeWith<$gradient> + Regularize<Penalty = $first::Penalty>,)*
        {
            fn visit_weights_with(
                &self,
                gradients: &mut ($g, $($gradient,)*),
                at: &Path<'_>,
                f: &mut VisitWith<'_>,
            ) -> Result<()> {
                self.$zeroth.visit_weights_with(&mut gradients.$zeroth, &at.index($zeroth), f)?;
                $(self.$index.visit_weights_with(&mut gradients.$index, &at.index($index), f)?;)*
                Ok(())
            }
        }
    )+};
}
tuple! {
    A 0, GA;
    A 0, GA, B 1 GB;
    A 0, GA, B 1 GB, C 2 GC;
    A 0, GA, B 1 GB, C 2 GC, D 3 GD;
    A 0, GA, B 1 GB, C 2 GC, D 3 GD, E 4 GE;
    A 0, GA, B 1 GB, C 2 GC, D 3 GD, E 4 GE, F 5 GF;
    A 0, GA, B 1 GB, C 2 GC, D 3 GD, E 4 GE, F 5 GF, G 6 GG;
    A 0, GA, B 1 GB, C 2 GC, D 3 GD, E 4 GE, F 5 GF, G 6 GG, H 7 GH;
}

//! faer: norms of a column, and `zip!`.

use crate::check::Expected;
use crate::subject::{Operation, Subject};
use crate::{L1, L2, STEP};
use faer::{ColMut, ColRef, unzip, zip};

pub(crate) fn subject<'a>(operation: Operation, expected: &Expected<'a>) -> Option<Subject<'a>> {
    Some(match operation {
        Operation::Value => Subject::value("faer", expected, |x| {
            let x = ColRef::from_slice(x);
            L1 * x.norm_l1() + L2 * x.squared_norm_l2()
        }),
        Operation::Gradient => Subject::adding("faer", expected, false, |x, g| {
            zip!(ColMut::from_slice_mut(g), ColRef::from_slice(x)).for_each(|unzip!(g, x)| {
                let sign = if *x == 0.0 { 0.0 } else { x.signum() };
                *g += L1 * sign + 2.0 * L2 * *x;
            });
            0.0
        }),
        Operation::Fused => return None, // two calls, each timed above
        Operation::Prox => Subject::in_place("faer", expected, |x| {
            let divisor = 1.0 + 2.0 * STEP * L2;
            zip!(ColMut::from_slice_mut(x)).for_each(|unzip!(x)| {
                *x = x.signum() * (x.abs() - STEP * L1).max(0.0) / divisor;
            });
        }),
    })
}

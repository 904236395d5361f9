//! Ours, and the plain loop that everything is compared with.

use crate::check::Expected;
use crate::subject::{Operation, Subject};
use crate::{L1, L2, STEP};
use regularize::extend::Terms;
use regularize::{Step, l1_l2};

const OURS: &str = "regularize";

pub(crate) fn terms() -> Terms {
    l1_l2(L1.into(), L2.into()).terms()
}

fn step() -> Step {
    Step::new(STEP.into()).expect("0.5 is a step")
}

pub(crate) fn subjects<'a>(operation: Operation, expected: &Expected<'a>) -> Vec<Subject<'a>> {
    match operation {
        Operation::Value => vec![
            Subject::value(OURS, expected, |x| terms().penalty(x)),
            Subject::value("loop", expected, |x| {
                x.iter()
                    .fold(0.0, |sum, x| sum + (L1 * x.abs() + L2 * x * x))
            }),
        ],
        Operation::Gradient => vec![Subject::adding(OURS, expected, false, |x, g| {
            terms().add_subgradient(x, g).expect("of one length");
            0.0
        })],
        Operation::Fused => vec![Subject::adding(OURS, expected, true, |x, g| {
            let penalty = terms().penalty_and_add_subgradient(x, g);
            penalty.expect("of one length")
        })],
        Operation::Prox => vec![Subject::in_place(OURS, expected, |x| {
            terms().proximal_step(step(), x);
        })],
    }
}

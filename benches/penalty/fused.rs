//! Ω(x) and g += ∂Ω(x) in one pass: asserted as value and gradient are, then timed.

use crate::gradient::{self, BY_HAND, Gradient};
use crate::subject::{Claim, Subject, group, time_gradient};
use crate::weight::{Weight, weights};
use crate::{check, limits, ours, plain};
use criterion::Criterion;
use regularize::extend::Sums;

pub(crate) fn any<T: Weight>(c: &mut Criterion, n: usize) {
    let x = weights::<T>(n);
    let mut g = vec![T::ZERO; n];
    let mut sums = Sums::new();
    x.iter().for_each(|&x| sums.add(x));
    let (rounded, real): (T, f64) = (
        ours::terms().penalty_of(&sums),
        ours::terms_in::<T>().penalty_of(&sums),
    );
    assert_eq!(ours::terms().sums_and_add_subgradient(&x, &mut g), Ok(sums));

    let sum = Claim::Within(n + 4);
    let values: [(Gradient<T>, Claim); 4] = [
        (
            Subject::new(
                "regularize",
                Claim::Rounded,
                ours::penalty_and_add_subgradient,
            ),
            Claim::Rounded,
        ),
        (
            Subject::new(
                "regularize, exact partial",
                Claim::Rounded,
                ours::sums_and_add_subgradient,
            ),
            Claim::Nothing,
        ),
        (
            Subject::new(
                "regularize, one after the other",
                Claim::Rounded,
                ours::one_after_the_other,
            ),
            Claim::Rounded,
        ),
        (Subject::new("loop", BY_HAND, plain::fused), sum),
    ];
    for (subject, value) in &values {
        g.fill(T::ZERO);
        let penalty = (subject.run)(&x, &mut g);
        let ulps = check::assert(*value, penalty, rounded, real, real);
        check::print::<T>("fused", subject.name, n, ulps);
        gradient::assert(subject.claim, &x, &g);
    }

    let mut group = group::<T>(c, "fused", n);
    let subjects = values.into_iter().map(|(subject, _)| subject);
    for subject in subjects.chain(limits::of_read_read_write().map(Subject::limit)) {
        time_gradient(&mut group, &subject, &x, &mut g);
    }
    group.finish();
}

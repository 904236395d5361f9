//! prox_{τΩ} in place: asserted against one exact proximal point after the other, then timed.

use crate::subject::{Claim, Subject, group, time_in_place};
use crate::weight::{STEP, Weight, weights};
use crate::{arrays, check, limits, ours, plain};
use criterion::Criterion;
use nalgebra::RealField;

type InPlace<T> = Subject<fn(&mut [T])>;

/// The threshold and the difference are rounded, relatively to |x|, then the denominator twice, and the quotient.
const BY_HAND: Claim = Claim::Within(6);

/// f32 and f64: all.
pub(crate) fn wide<T: Weight + RealField>(c: &mut Criterion, n: usize) {
    let others: [InPlace<T>; 2] = [
        Subject::new("ndarray", BY_HAND, arrays::ndarray_proximal_step),
        Subject::new("nalgebra", BY_HAND, arrays::nalgebra_proximal_step),
    ];
    with(c, n, others);
}

/// f16 and bf16: ndarray would run the plain loop.
pub(crate) fn any<T: Weight>(c: &mut Criterion, n: usize) {
    with::<T>(c, n, []);
}

fn with<T: Weight>(c: &mut Criterion, n: usize, others: impl IntoIterator<Item = InPlace<T>>) {
    let x = weights::<T>(n);
    let mut subjects: Vec<InPlace<T>> = vec![
        Subject::new("regularize", Claim::Rounded, ours::proximal_step),
        Subject::new("loop", BY_HAND, plain::proximal_step),
    ];
    subjects.extend(others);
    for subject in &subjects {
        let mut y = x.clone();
        (subject.run)(&mut y);
        let ulps = assert(subject.claim, &x, &y);
        check::print::<T>("prox", subject.name, n, ulps);
    }
    subjects.extend(limits::of_in_place().map(Subject::limit));

    let mut group = group::<T>(c, "prox", n);
    for subject in &subjects {
        time_in_place(&mut group, subject, &x);
    }
    group.finish();
}

/// The greatest error of a step, in ulps of the weight before it, since a difference may be near 0.
fn assert<T: Weight>(claim: Claim, x: &[T], y: &[T]) -> f64 {
    if claim == Claim::Rounded {
        for i in check::places(x.len()) {
            assert_eq!(
                y[i],
                ours::terms().proximal(ours::step(), x[i]),
                "at {}",
                x[i]
            );
        }
    }
    let factor = T::FACTOR.double();
    let real = |x: T| {
        if check::needs_exact::<T>() {
            return ours::terms().proximal(ours::step(), x).double();
        }
        let x = x.double();
        x.signum() * (x.abs() - STEP * factor).max(0.0) / (1.0 + 2.0 * STEP * factor)
    };
    let roundings = match claim {
        Claim::Within(roundings) => roundings,
        _ => 1,
    };
    let errors = check::compared::<T>(x.len()).map(|i| {
        let (real, scale) = (real(x[i]), x[i].double().abs());
        check::error(y[i], real, scale, roundings);
        (y[i].double() - real).abs() / check::ulp::<T>(scale)
    });
    errors.fold(0.0, f64::max)
}

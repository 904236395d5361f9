//! g += ∂Ω(x): asserted against one exact subgradient after the other, then timed.

use crate::subject::{Claim, Subject, group, time_gradient};
use crate::weight::{Weight, weights};
use crate::{arrays, check, limits, ours, plain};
use criterion::Criterion;
use nalgebra::RealField;

pub(crate) type Gradient<T> = Subject<fn(&[T], &mut [T]) -> T>;

/// Both terms have one sign, and each is rounded, and their sum.
pub(crate) const BY_HAND: Claim = Claim::Within(3);

/// f32 and f64: all.
pub(crate) fn wide<T: Weight + RealField>(c: &mut Criterion, n: usize) {
    let others: [Gradient<T>; 2] = [
        Subject::new("ndarray", BY_HAND, arrays::ndarray_add_subgradient),
        Subject::new("nalgebra", BY_HAND, arrays::nalgebra_add_subgradient),
    ];
    with(c, n, others);
}

/// f16 and bf16: ndarray would run the plain loop.
pub(crate) fn any<T: Weight>(c: &mut Criterion, n: usize) {
    with::<T>(c, n, []);
}

fn with<T: Weight>(c: &mut Criterion, n: usize, others: impl IntoIterator<Item = Gradient<T>>) {
    let x = weights::<T>(n);
    let mut g = vec![T::ZERO; n];
    let mut subjects: Vec<Gradient<T>> = vec![
        Subject::new("regularize", Claim::Rounded, ours::add_subgradient),
        Subject::new("loop", BY_HAND, plain::add_subgradient),
    ];
    subjects.extend(others);
    for subject in &subjects {
        g.fill(T::ZERO);
        (subject.run)(&x, &mut g);
        let ulps = assert(subject.claim, &x, &g);
        check::print::<T>("gradient", subject.name, n, ulps);
    }
    subjects.extend(limits::of_read_read_write().map(Subject::limit));

    let mut group = group::<T>(c, "gradient", n);
    for subject in &subjects {
        time_gradient(&mut group, subject, &x, &mut g);
    }
    group.finish();
}

/// The greatest error of a gradient, in ulps.
pub(crate) fn assert<T: Weight>(claim: Claim, x: &[T], g: &[T]) -> f64 {
    if claim == Claim::Rounded {
        for i in check::places(x.len()) {
            assert_eq!(g[i], ours::terms().subgradient(x[i]), "at {}", x[i]);
        }
    }
    let factor = T::FACTOR.double();
    let real = |x: T| {
        if check::needs_exact::<T>() {
            return ours::terms().subgradient(x).double();
        }
        let x = x.double();
        let sign = if x == 0.0 { 0.0 } else { x.signum() };
        factor * sign + 2.0 * factor * x
    };
    let roundings = match claim {
        Claim::Within(roundings) => roundings,
        _ => 1,
    };
    let errors = check::compared::<T>(x.len()).map(|i| {
        let real = real(x[i]);
        check::error(g[i], real, real.abs(), roundings)
    });
    errors.fold(0.0, f64::max)
}

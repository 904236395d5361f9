//! What is timed: a function, its name, and what is asserted of it before.

use crate::weight::Weight;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Reads weights, and adds to gradients.
pub(crate) type OnGradients<T> = fn(&[T], &mut [T]) -> T;

pub(crate) struct Subject<F> {
    pub(crate) name: &'static str,
    pub(crate) run: F,
    pub(crate) claim: Claim,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Claim {
    /// The real number, rounded once.
    Rounded,
    /// The real number within this many roundings, one after the other.
    Within(usize),
    /// A limit computes something else.
    Nothing,
}

impl<F> Subject<F> {
    pub(crate) fn new(name: &'static str, claim: Claim, run: F) -> Self {
        Self { name, run, claim }
    }

    pub(crate) fn limit((name, run): (&'static str, F)) -> Self {
        Self::new(name, Claim::Nothing, run)
    }
}

pub(crate) fn group<'a, T: Weight>(
    c: &'a mut Criterion,
    operation: &str,
    n: usize,
) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(format!("{operation}/{}", T::NAME));
    group.throughput(Throughput::Elements(n as u64));
    if n >= 10_000_000 {
        group.sample_size(10);
    }
    group
}

pub(crate) fn time<R>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    n: usize,
    mut run: impl FnMut() -> R,
) {
    group.bench_function(BenchmarkId::new(name, n), |b| b.iter(&mut run));
}

/// Reads weights.
pub(crate) fn time_value<T: Weight>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    subject: &Subject<fn(&[T]) -> T>,
    x: &[T],
) {
    time(group, subject.name, x.len(), || (subject.run)(black_box(x)));
}

/// Reads weights, reads and writes gradients. They grow from one run to the next, slowly.
pub(crate) fn time_gradient<T: Weight>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    subject: &Subject<OnGradients<T>>,
    x: &[T],
    g: &mut [T],
) {
    g.fill(T::ZERO);
    time(group, subject.name, x.len(), || {
        (subject.run)(black_box(x), black_box(g))
    });
}

/// Reads and writes weights. Each run is from the same weights, since steps of steps end at 0; copying them is not
/// timed, and reading the clock is 2 % of the shortest time, as several copies of few weights are changed in turn.
pub(crate) fn time_in_place<T: Weight>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    subject: &Subject<fn(&mut [T])>,
    x: &[T],
) {
    let copies = 16_384_usize.div_ceil(x.len());
    let fresh = x.repeat(copies);
    let mut y = fresh.clone();
    group.bench_function(BenchmarkId::new(subject.name, x.len()), |b| {
        b.iter_custom(|times| {
            let (mut total, mut runs) = (Duration::ZERO, 0);
            while runs < times {
                y.copy_from_slice(&fresh);
                let now = copies.min((times - runs) as usize);
                let start = Instant::now();
                for copy in y.chunks_exact_mut(x.len()).take(now) {
                    (subject.run)(black_box(copy));
                }
                total += start.elapsed();
                runs += now as u64;
            }
            total
        });
    });
}

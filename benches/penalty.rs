//! Value, gradient and proximal step of l1_l2(0.01, 0.01) over f32: a plain loop, ndarray's operations, and ours.
//!
//! Each result is asserted before it is timed. Ours is the real number rounded once; the others are within their
//! bound of it.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array1;
use regularize::{Step, Sums, Terms, l1_l2};
use std::hint::black_box;

const SIZES: [usize; 3] = [100, 10_000, 1_000_000];
const FACTOR: f32 = 0.01;
const STEP: f32 = 0.5;

fn terms() -> Terms {
    l1_l2(FACTOR.into(), FACTOR.into()).terms()
}

/// Weights as a layer has them: of either sign, around 0.05.
fn weights(n: usize) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(n as u64);
    (0..n).map(|_| 0.1 * (random.f32() - 0.5)).collect()
}

mod plain {
    use super::{FACTOR, STEP};

    pub(crate) fn penalty(x: &[f32]) -> f32 {
        x.iter()
            .fold(0.0, |sum, x| sum + (FACTOR * x.abs() + FACTOR * x * x))
    }

    pub(crate) fn add_subgradient(x: &[f32], g: &mut [f32]) {
        for (g, &x) in g.iter_mut().zip(x) {
            let sign = if x == 0.0 { 0.0 } else { x.signum() };
            *g += FACTOR * sign + 2.0 * FACTOR * x;
        }
    }

    pub(crate) fn proximal_step(x: &mut [f32]) {
        for x in x {
            let kept = (x.abs() - STEP * FACTOR).max(0.0);
            *x = x.signum() * kept / (1.0 + 2.0 * STEP * FACTOR);
        }
    }
}

mod arrays {
    use super::{Array1, FACTOR, STEP};
    use ndarray::Zip;

    pub(crate) fn penalty(x: &Array1<f32>) -> f32 {
        FACTOR * x.mapv(f32::abs).sum() + FACTOR * x.mapv(|x| x * x).sum()
    }

    pub(crate) fn add_subgradient(x: &Array1<f32>, g: &mut Array1<f32>) {
        Zip::from(g).and(x).for_each(|g, &x| {
            let sign = if x == 0.0 { 0.0 } else { x.signum() };
            *g += FACTOR * sign + 2.0 * FACTOR * x;
        });
    }

    pub(crate) fn proximal_step(x: &mut Array1<f32>) {
        x.mapv_inplace(|x| {
            x.signum() * (x.abs() - STEP * FACTOR).max(0.0) / (1.0 + 2.0 * STEP * FACTOR)
        });
    }
}

/// γ_k = k·u/(1 − k·u) for f32: the relative error of k roundings one after the other.
fn gamma(k: usize) -> f64 {
    let ku = k as f64 * f64::from(f32::EPSILON) / 2.0;
    ku / (1.0 - ku)
}

/// What is computed with k roundings of terms of one sign is as near to the number as that allows.
fn assert_near(computed: f32, real: f64, k: usize) {
    let bound = gamma(k) * real.abs();
    let error = (f64::from(computed) - real).abs();
    assert!(
        error <= bound,
        "{computed} is {error} from {real}, more than {bound}"
    );
}

fn value(c: &mut Criterion) {
    let mut group = c.benchmark_group("penalty");
    for n in SIZES {
        let x = weights(n);
        let array = Array1::from(x.clone());
        let mut sums = Sums::new();
        sums.extend(&x);
        let real: f64 = l1_l2(FACTOR.into(), FACTOR.into())
            .terms()
            .penalty_of(&sums);
        // Rounding to f64 and then to f32 differs from rounding once only at a tie of f32, and this is none.
        assert_eq!(terms().penalty(&x), real as f32);
        // Any way through the sum has n additions, and the term four roundings; pairwise sums have fewer.
        assert_near(plain::penalty(&x), real, n + 4);
        assert_near(arrays::penalty(&array), real, n + 4);

        group.throughput(Throughput::Elements(n as u64));
        group.bench_with_input(BenchmarkId::new("loop", n), &x, |b, x| {
            b.iter(|| plain::penalty(black_box(x)));
        });
        group.bench_with_input(BenchmarkId::new("ndarray", n), &array, |b, x| {
            b.iter(|| arrays::penalty(black_box(x)));
        });
        group.bench_with_input(BenchmarkId::new("regularize", n), &x, |b, x| {
            b.iter(|| terms().penalty(black_box(x)));
        });
    }
    group.finish();
}

fn gradient(c: &mut Criterion) {
    let mut group = c.benchmark_group("add_subgradient");
    for n in SIZES {
        let x = weights(n);
        let array = Array1::from(x.clone());
        let (mut ours, mut theirs, mut third) = (vec![0.0; n], vec![0.0; n], Array1::zeros(n));
        assert_eq!(terms().add_subgradient(&x, &mut ours), Ok(()));
        plain::add_subgradient(&x, &mut theirs);
        arrays::add_subgradient(&array, &mut third);
        for ((ours, theirs), third) in ours.iter().zip(&theirs).zip(&third) {
            // Both terms have one sign. Ours is rounded once, theirs three times.
            assert_near(*theirs, f64::from(*ours), 4);
            assert_near(*third, f64::from(*ours), 4);
        }

        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::new("loop", n), |b| {
            b.iter(|| plain::add_subgradient(black_box(&x), black_box(&mut theirs)));
        });
        group.bench_function(BenchmarkId::new("ndarray", n), |b| {
            b.iter(|| arrays::add_subgradient(black_box(&array), black_box(&mut third)));
        });
        group.bench_function(BenchmarkId::new("regularize", n), |b| {
            b.iter(|| terms().add_subgradient(black_box(&x), black_box(&mut ours)));
        });
    }
    group.finish();
}

fn proximal(c: &mut Criterion) {
    let step = Step::new(STEP.into()).unwrap();
    let mut group = c.benchmark_group("proximal_step");
    for n in SIZES {
        let x = weights(n);
        let (mut ours, mut theirs, mut third) = (x.clone(), x.clone(), Array1::from(x.clone()));
        terms().proximal_step(step, &mut ours);
        plain::proximal_step(&mut theirs);
        arrays::proximal_step(&mut third);
        for (((ours, theirs), third), x) in ours.iter().zip(&theirs).zip(&third).zip(&x) {
            // Ours is rounded once. In theirs the threshold and the difference are rounded, relatively to |x|, then
            // the denominator twice and the quotient.
            let bound = gamma(6) * f64::from(x.abs());
            for other in [theirs, third] {
                assert!(
                    f64::from((other - ours).abs()) <= bound,
                    "{other} and {ours} of {x}"
                );
            }
        }

        group.throughput(Throughput::Elements(n as u64));
        // From the same weights each time: a step of a step is another one.
        let fresh = || x.clone();
        group.bench_function(BenchmarkId::new("loop", n), |b| {
            b.iter_batched_ref(fresh, |x| plain::proximal_step(x), BatchSize::LargeInput);
        });
        let fresh_array = || Array1::from(x.clone());
        group.bench_function(BenchmarkId::new("ndarray", n), |b| {
            b.iter_batched_ref(fresh_array, arrays::proximal_step, BatchSize::LargeInput);
        });
        group.bench_function(BenchmarkId::new("regularize", n), |b| {
            b.iter_batched_ref(
                fresh,
                |x| terms().proximal_step(step, x),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, value, gradient, proximal);
criterion_main!(benches);

//! What merging two parts costs: the exact sums, their bytes, and two floats added to two floats.

use crate::weight::weights;
use criterion::Criterion;
use regularize::distributed::{Distributed, Partial, Shard};
use regularize::extend::Sums;
use regularize::{Regularize, l1_l2};
use std::hint::black_box;

#[derive(Regularize)]
struct Layer(#[regularize(l1_l2(0.1, 0.3), sharded)] Vec<f32>);

/// Of two halves of 1,000 weights; the number of weights is no part of it.
pub(crate) fn merge(c: &mut Criterion) {
    let whole: Vec<f32> = weights(1000);
    let halves: Vec<Layer> = whole.chunks(500).map(|half| Layer(half.to_vec())).collect();
    let partial = |index: usize| {
        let shard = Shard::new(index as u32, 2).expect("one of two");
        let partials = halves[index].partials(shard).expect("sums of floats");
        partials.records()[0]
    };
    let records = [partial(0), partial(1)];
    let sums = records.map(|record| {
        let partial = Partial::from_bytes(&record).expect("a record");
        partial.sums().clone()
    });
    let bytes = sums[0].to_bytes();
    let terms = l1_l2(0.1, 0.3).terms();
    let expected = terms.penalty(&whole);

    let merged = |mut into: Sums| {
        into.merge(&sums[1]);
        into
    };
    let merged_bytes = |mut into: [u8; Partial::BYTES]| {
        Partial::merge_bytes(&records[1], &mut into);
        into
    };
    let of_record = Partial::from_bytes(&merged_bytes(records[0])).expect("a record");
    assert_eq!(terms.penalty_of::<f32>(&merged(sums[0].clone())), expected);
    assert_eq!(terms.penalty_of::<f32>(of_record.sums()), expected);
    assert_eq!(Sums::from_bytes(&bytes).as_ref(), Ok(&sums[0]));

    let mut group = c.benchmark_group("merge");
    group.bench_function("two floats", |b| {
        b.iter(|| black_box([0.5_f64, 0.25]).map(|x| x + black_box(1.0)));
    });
    group.bench_function("sums", |b| {
        b.iter_batched_ref(
            || sums[0].clone(),
            |into| into.merge(&sums[1]),
            criterion::BatchSize::SmallInput,
        );
    });
    group.bench_function("sums to bytes", |b| {
        b.iter(|| black_box(&sums[0]).to_bytes())
    });
    group.bench_function("sums from bytes", |b| {
        b.iter(|| Sums::from_bytes(black_box(&bytes)))
    });
    group.bench_function("records", |b| {
        b.iter_batched_ref(
            || records[0],
            |into| Partial::merge_bytes(&records[1], into),
            criterion::BatchSize::SmallInput,
        );
    });
    group.finish();
}

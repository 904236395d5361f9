//! Many short tensors beside one long: what a call costs, and a traversal of a layer.

use crate::subject::{Claim, Subject, group, time};
use crate::weight::weights;
use crate::{check, ours};
use criterion::Criterion;
use regularize::Regularize;
use regularize::extend::{Float, Sums, Terms};
use std::hint::black_box;

const TENSORS: usize = 1000;
const EACH: usize = 100;
pub(crate) const ALL: usize = TENSORS * EACH;

#[derive(Regularize)]
#[regularize(kernels = l1_l2(0.01, 0.01))]
struct Layer {
    kernels: Vec<Vec<f32>>,
}

/// One weight after the other.
fn exact<T: Float>(terms: Terms, x: &[f32]) -> T {
    let mut sums = Sums::new();
    x.iter().for_each(|&x| sums.add(x));
    terms.penalty_of(&sums)
}

/// 1,000 tensors of 100, and one of 100,000 with the same weights.
pub(crate) fn short(c: &mut Criterion) {
    let one: Vec<f32> = weights(ALL);
    let layer = Layer {
        kernels: one.chunks_exact(EACH).map(<[f32]>::to_vec).collect(),
    };
    // A tensor's penalty is rounded, and the penalties are added in order, in f32.
    let sum = |penalty: fn(&[f32]) -> f32| -> f32 {
        black_box(&layer.kernels).iter().map(|x| penalty(x)).sum()
    };
    let (rounded, real, in_order) = (
        exact(ours::terms(), &one),
        exact(ours::terms_in::<f32>(), &one),
        sum(|x| exact(ours::terms(), x)),
    );

    let of_one = || ours::penalty(black_box(&one));
    let of_slices = || sum(ours::penalty);
    let of_layer = || black_box(&layer).penalty();
    let added = Claim::Within(TENSORS);
    let subjects: [Subject<&dyn Fn() -> f32>; 3] = [
        Subject::new("regularize, 1 tensor", Claim::Rounded, &of_one),
        Subject::new("regularize, 1000 slices", added, &of_slices),
        Subject::new("regularize, a layer of 1000", added, &of_layer),
    ];
    let mut group = group::<f32>(c, "tensors", ALL);
    for subject in &subjects {
        let penalty = (subject.run)();
        assert!(subject.claim == Claim::Rounded || penalty == in_order);
        let ulps = check::assert(subject.claim, penalty, rounded, real, real);
        check::print::<f32>("tensors", subject.name, ALL, ulps);
        time(&mut group, subject.name, ALL, subject.run);
    }
    group.finish();
}

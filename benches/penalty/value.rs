//! Ω(x): asserted against sums of one weight after the other, then timed.

use crate::adversary;
use crate::subject::{Claim, Subject, group, time_value};
use crate::weight::{Weight, weights};
use crate::{arrays, check, limits, ours, plain};
use criterion::Criterion;
use nalgebra::RealField;
use regularize::extend::Sums;
use std::iter::Sum;

type Value<T> = Subject<fn(&[T]) -> T>;

const OURS: &str = "regularize";
const PARTIAL: &str = "regularize, exact partial";
const TWO_PASSES: &str = "two loops";

/// f32 and f64: all.
pub(crate) fn wide<T: Weight + RealField + Into<f64> + Sum>(c: &mut Criterion, n: usize) {
    // Any way through a sum of n terms has n additions, and a term four roundings. A mean of pairs has fewer.
    let sums = Claim::Within(n + 4);
    let others: [Value<T>; 6] = [
        Subject::new(TWO_PASSES, sums, plain::two_passes),
        Subject::new("widened, 1 stream", sums, plain::widened::<T, 1>),
        Subject::new("widened, 4 streams", sums, plain::widened::<T, 4>),
        Subject::new("widened, 8 streams", sums, plain::widened::<T, 8>),
        Subject::new("ndarray", sums, arrays::ndarray_penalty),
        Subject::new("nalgebra", sums, arrays::nalgebra_penalty),
    ];
    any("value", c, &weights(n), others);
}

/// f16 and bf16: ndarray and nalgebra have no sums of them.
pub(crate) fn half<T: Weight + Into<f32>>(c: &mut Criterion, n: usize) {
    let in_f32: Value<T> = Subject::new("loop in f32", Claim::Within(n + 4), plain::fold_in_f32);
    any("value", c, &weights(n), [in_f32]);
}

fn any<T: Weight>(
    operation: &str,
    c: &mut Criterion,
    x: &[T],
    others: impl IntoIterator<Item = Value<T>>,
) {
    let n = x.len();
    let mut subjects: Vec<Value<T>> = vec![
        Subject::new(OURS, Claim::Rounded, ours::penalty),
        Subject::new("loop", Claim::Within(n + 4), plain::fold),
    ];
    subjects.extend(others);
    let sums = assert_partial(x);
    let (rounded, real): (T, f64) = (
        ours::terms().penalty_of(&sums),
        ours::terms_in::<T>().penalty_of(&sums),
    );
    for subject in &subjects {
        let ulps = check::assert(subject.claim, (subject.run)(x), rounded, real, real);
        check::print::<T>(operation, subject.name, n, ulps);
    }
    subjects.push(Subject::new(PARTIAL, Claim::Nothing, ours::partial));
    subjects.extend(limits::of_read().map(Subject::limit));

    let mut group = group::<T>(c, operation, n);
    for subject in &subjects {
        time_value(&mut group, subject, x);
    }
    group.finish();
}

/// Ours on what is hardest for it. Two plain loops are timed on the same, and not asserted: some overflow.
pub(crate) fn adversaries<T: Weight + Sum>(c: &mut Criterion, n: usize) {
    let subjects: [Value<T>; 3] = [
        Subject::new(OURS, Claim::Rounded, ours::penalty),
        Subject::new(PARTIAL, Claim::Nothing, ours::partial),
        Subject::new(TWO_PASSES, Claim::Nothing, plain::two_passes),
    ];
    for (name, x) in adversary::sets::<T>(n) {
        let operation = format!("value of {name}");
        let sums = assert_partial(&x);
        let rounded: T = ours::terms().penalty_of(&sums);
        let ulps = check::assert(Claim::Rounded, ours::penalty(&x), rounded, f64::NAN, 0.0);
        check::print::<T>(&operation, OURS, n, ulps);
        let mut group = group::<T>(c, &operation, n);
        for subject in &subjects {
            time_value(&mut group, subject, &x);
        }
        group.finish();
    }
}

/// The sums of one weight after the other, asserted to be those of the whole and of two parts.
fn assert_partial<T: Weight>(x: &[T]) -> Sums {
    let mut sums = Sums::new();
    x.iter().for_each(|&x| sums.add(x));
    let (mut whole, mut left, mut right) = (Sums::new(), Sums::new(), Sums::new());
    whole.extend(x);
    left.extend(&x[..x.len() / 3]);
    right.extend(&x[x.len() / 3..]);
    left.merge(&right);
    assert!(
        whole == sums && left == sums,
        "partial sums of {} differ",
        x.len()
    );
    sums
}

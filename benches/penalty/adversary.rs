//! Weights that are hard for exact sums.

use crate::ours;
use crate::weight::{Weight, weights};
use fastrand::Rng;
use regularize::extend::Sums;

/// Each with its name.
pub(crate) fn sets<T: Weight>(n: usize) -> Vec<(&'static str, Vec<T>)> {
    let mut random = Rng::with_seed(n as u64);
    let every_exponent: Vec<T> = (0..n).map(|_| finite(&mut random)).collect();
    let huge_and_tiny = (0..n).map(|i| match i % 2 {
        0 => T::max_value(),
        _ => T::nearest(T::LEAST * f64::from(random.u8(1..))),
    });
    let huge_and_tiny = huge_and_tiny.collect();
    // Below the least normal number: every fraction, with an exponent of zeros.
    let subnormal = (0..n).map(|_| T::of_word(random.u64(1..1 << (T::DIGITS - 1))));
    let subnormal = subnormal.collect();
    let mut rising = every_exponent.clone();
    rising.sort_by(|a, b| a.abs().partial_cmp(&b.abs()).expect("finite"));
    let falling = rising.iter().rev().copied().collect();
    let mut tiny_among = weights(n);
    tiny_among
        .iter_mut()
        .step_by(1000)
        .for_each(|x| *x = T::nearest(T::LEAST));
    let mut nan = weights(n);
    *nan.last_mut().expect("a weight") = T::nan();
    vec![
        ("every exponent", every_exponent),
        ("huge and tiny", huge_and_tiny),
        ("subnormal", subnormal),
        ("rising", rising),
        ("falling", falling),
        ("one tiny in 1000", tiny_among),
        ("all equal", vec![T::nearest(0.1); n]),
        ("NaN at the end", nan),
        ("nearly a tie", near_tie(weights(n))),
    ]
}

/// A number with any exponent.
fn finite<T: Weight>(random: &mut Rng) -> T {
    loop {
        let x = T::of_word(random.u64(..));
        if x.is_finite() {
            return x;
        }
    }
}

/// The first weight is changed until the penalty is as near to the middle between two numbers as one weight moves it:
/// a sum in doubles cannot say which of them it rounds to.
fn near_tie<T: Weight>(mut x: Vec<T>) -> Vec<T> {
    let mut rest = Sums::new();
    rest.extend(&x[1..]);
    let penalty = |first: f64| -> (T, f64) {
        let mut sums = rest.clone();
        sums.add(T::nearest(first));
        let terms = ours::terms();
        (terms.penalty_of(&sums), terms.penalty_of(&sums))
    };
    // Bisection for the place where the rounded penalty goes from one number to the next.
    let (mut low, mut high) = (0.0, 1.0);
    while penalty(high).0 == penalty(low).0 {
        high *= 2.0;
    }
    let least = penalty(low).0;
    while T::nearest((low + high) / 2.0).double() > low
        && T::nearest((low + high) / 2.0).double() < high
    {
        let middle = T::nearest((low + high) / 2.0).double();
        if penalty(middle).0 == least {
            low = middle;
        } else {
            high = middle;
        }
    }
    x[0] = T::nearest(low);
    x
}

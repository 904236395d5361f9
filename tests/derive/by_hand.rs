//! What is written by hand: the losses, gradients and steps of a list of weights.

use proptest::prelude::*;
use regularize::extend::{Float, Penalty, RegularizeWith, Terms};
use regularize::{Regularize, State, Step};

/// A type of weights.
pub(crate) trait Real: Float + Penalty + PartialEq {
    fn pattern(self) -> u64;
    fn of(pattern: u64) -> Self;
}

impl Real for f32 {
    fn pattern(self) -> u64 {
        self.to_bits().into()
    }

    fn of(pattern: u64) -> Self {
        Self::from_bits(pattern as u32)
    }
}

impl Real for f64 {
    fn pattern(self) -> u64 {
        self.to_bits()
    }

    fn of(pattern: u64) -> Self {
        Self::from_bits(pattern)
    }
}

/// Numbers of either type: both zeros, subnormals, of any exponent, and of ordinary size.
pub(crate) fn number<T: Real>() -> impl Strategy<Value = T> + Clone {
    let bits = any::<u64>().prop_map(T::of);
    let bits = bits.prop_filter("finite", |x| Float::to_f64(*x).is_finite());
    prop_oneof![
        2 => bits,
        1 => prop_oneof![Just(0), Just(1), Just(7)].prop_map(T::of),
        1 => Just(T::from_f64(-0.0)),
        4 => (-64_i32..=64).prop_map(|k| T::from_f64(f64::from(k) / 8.0)),
    ]
}

/// A weight of up to seven numbers, empty and of one among them.
pub(crate) fn weight<T: Real>() -> impl Strategy<Value = Vec<T>> + Clone {
    prop_oneof![
        1 => prop::collection::vec(number(), 0..2),
        3 => prop::collection::vec(number(), 2..8),
    ]
}

/// A weight of n numbers.
pub(crate) fn array<T: Real, const N: usize>() -> impl Strategy<Value = [T; N]> + Clone {
    prop::collection::vec(number(), N).prop_map(|xs| std::array::from_fn(|i| xs[i]))
}

/// A regularized weight: its path, its terms, and its numbers.
pub(crate) struct Part<T> {
    pub(crate) path: &'static str,
    pub(crate) terms: Terms,
    pub(crate) numbers: Vec<T>,
}

/// A part.
pub(crate) fn part<T: Real>(path: &'static str, terms: Terms, numbers: &[T]) -> Part<T> {
    Part {
        path,
        terms,
        numbers: numbers.to_vec(),
    }
}

fn bits<T: Real>(xs: &[T]) -> Vec<u64> {
    xs.iter()
        .map(|x| match Float::to_f64(*x).is_nan() {
            true => u64::MAX,
            false => x.pattern(),
        })
        .collect()
}

/// The layer's methods give, bit for bit, what is written by hand over its parts.
///
/// `gradients` is a layer of the same shape, whose parts at the same places are gradients.
pub(crate) fn agrees<T, L>(
    mut layer: L,
    mut gradients: L,
    step: f64,
    parts: impl Fn(&L) -> Vec<Part<T>>,
) where
    T: Real,
    L: Regularize<Penalty = T> + RegularizeWith<L>,
{
    value_agrees(&layer, &parts(&layer));

    let before = parts(&gradients);
    layer.add_penalty_gradient(&mut gradients).unwrap();
    for ((after, before), weight) in parts(&gradients).iter().zip(before).zip(parts(&layer)) {
        let by_hand: Vec<T> = before
            .numbers
            .iter()
            .zip(&weight.numbers)
            .map(|(&g, &w)| g + weight.terms.subgradient(w))
            .collect();
        assert_eq!(bits(&after.numbers), bits(&by_hand), "{}", weight.path);
    }

    let before = parts(&layer);
    layer.proximal_step(step).unwrap();
    let step = Step::new(step).unwrap();
    for (after, before) in parts(&layer).iter().zip(before) {
        let by_hand = before.numbers.iter();
        let by_hand: Vec<T> = by_hand.map(|&w| before.terms.proximal(step, w)).collect();
        assert_eq!(bits(&after.numbers), bits(&by_hand), "{}", before.path);
    }
}

/// The same of the value alone.
pub(crate) fn value_agrees<T: Real, L: Regularize<Penalty = T> + ?Sized>(
    layer: &L,
    parts: &[Part<T>],
) {
    let losses: Vec<T> = parts
        .iter()
        .map(|part| part.terms.penalty(&part.numbers))
        .collect();
    let sum = losses.iter().copied().reduce(|a, b| a + b);
    assert_eq!(bits(&[layer.penalty()]), bits(&[sum.unwrap_or(T::ZERO)]));

    let loss = T::from_f64(0.1);
    let total = losses.iter().fold(loss, |sum, &loss| sum + loss);
    assert_eq!(bits(&[layer.add_penalty(loss)]), bits(&[total]));

    let named = layer.losses();
    let paths: Vec<&str> = named.iter().map(|(path, _)| path).collect();
    assert_eq!(
        paths,
        parts.iter().map(|part| part.path).collect::<Vec<_>>()
    );
    let values: Vec<T> = named.iter().map(|(_, loss)| *loss).collect();
    assert_eq!(bits(&values), bits(&losses));
    assert_eq!(bits(&[named.total()]), bits(&[layer.penalty()]));

    let report = layer.report().unwrap();
    let rows = report.rows().iter();
    let rows: Vec<_> = rows
        .filter(|row| row.state() != &State::Unregularized)
        .collect();
    assert_eq!(rows.len(), parts.len());
    for (row, part) in rows.into_iter().zip(parts) {
        assert_eq!(row.path(), part.path);
        let zeros = part.numbers.iter().filter(|x| **x == T::ZERO).count();
        assert_eq!(
            (row.count().zeros, row.count().len),
            (zeros, part.numbers.len())
        );
        let loss = Float::to_f64(part.terms.penalty(&part.numbers));
        assert_eq!(row.penalty().to_bits(), loss.to_bits());
    }
    layer.check().unwrap();
}

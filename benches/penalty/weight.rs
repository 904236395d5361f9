//! The types of weights, with what a plain loop and a limit need of them.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use pulp::bytemuck::{cast_slice, cast_slice_mut};
use std::fmt::Debug;

/// The factors and the step of every benchmark: `l1_l2(0.01, 0.01)`, τ = 0.5.
pub(crate) const FACTOR: f64 = 0.01;
pub(crate) const STEP: f64 = 0.5;

pub(crate) trait Weight: regularize::extend::Float + num_traits::Float + Debug {
    const NAME: &'static str;
    /// The binary digits of a number.
    const DIGITS: i32;
    /// The least number above 0.
    const LEAST: f64;
    /// [`FACTOR`] and [`STEP`] in the type, so that no loop converts them.
    const FACTOR: Self;
    const STEP: Self;

    /// The bits of an even number of numbers.
    fn words(x: &[Self]) -> &[u32];
    fn words_mut(x: &mut [Self]) -> &mut [u32];
    /// The number of the lowest bits of a word.
    fn of_word(word: u64) -> Self;
    /// The number, as a method that has this name once.
    fn double(self) -> f64 {
        regularize::extend::Float::to_f64(self)
    }
    /// The nearest number of the type.
    fn nearest(double: f64) -> Self {
        <Self as regularize::extend::Float>::from_f64(double)
    }
}

macro_rules! weight {
    ($type:ident, $bits:ty, $digits:expr, $least:expr, $factor:expr, $step:expr $(, $cast:ident, $cast_mut:ident)?) => {
        impl Weight for $type {
            const NAME: &'static str = stringify!($type);
            const DIGITS: i32 = $digits;
            const LEAST: f64 = $least;
            const FACTOR: Self = $factor;
            const STEP: Self = $step;

            fn words(x: &[Self]) -> &[u32] {
                cast_slice(x$(.$cast())?)
            }

            fn words_mut(x: &mut [Self]) -> &mut [u32] {
                cast_slice_mut(x$(.$cast_mut())?)
            }

            fn of_word(word: u64) -> Self {
                Self::from_bits(word as $bits)
            }
        }
    };
}
weight!(
    f32,
    u32,
    24,
    1.401298464324817e-45,
    FACTOR as f32,
    STEP as f32
);
weight!(f64, u64, 53, 5e-324, FACTOR, STEP);
weight!(
    f16,
    u16,
    11,
    5.960464477539063e-8,
    f16::from_f64_const(FACTOR),
    f16::from_f64_const(STEP),
    reinterpret_cast,
    reinterpret_cast_mut
);
weight!(
    bf16,
    u16,
    8,
    9.183549615799121e-41,
    bf16::from_f64_const(FACTOR),
    bf16::from_f64_const(STEP),
    reinterpret_cast,
    reinterpret_cast_mut
);

/// Weights as a layer has them: of either sign, up to 0.05.
pub(crate) fn weights<T: Weight>(n: usize) -> Vec<T> {
    let mut random = fastrand::Rng::with_seed(n as u64);
    let mut weight = || T::nearest(f64::from(0.1 * (random.f32() - 0.5)));
    (0..n).map(|_| weight()).collect()
}

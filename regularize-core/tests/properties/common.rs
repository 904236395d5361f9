//! What the chapters share: the types of weights, hard inputs, and one way to run a property.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseResult, TestRunner};
use regularize_core::{Float, L1, L1L2, L2, Step, Terms};
use regularize_oracle::{Dyadic, Factors, Format, Value};

/// A type of weights as the oracle sees it: a format, and bits.
pub(crate) trait Real: Float {
    const FORMAT: Format;
    fn pattern(self) -> u64;
    fn of(pattern: u64) -> Self;
}

macro_rules! real {
    ($type:ty, $bits:ty, $format:expr) => {
        impl Real for $type {
            const FORMAT: Format = $format;
            fn pattern(self) -> u64 {
                self.to_bits().into()
            }
            fn of(pattern: u64) -> Self {
                Self::from_bits(pattern as $bits)
            }
        }
    };
}
real!(f32, u32, Format::F32);
real!(f64, u64, Format::F64);
#[cfg(feature = "half")]
real!(half::f16, u16, Format::F16);
#[cfg(feature = "half")]
real!(half::bf16, u16, Format::BF16);

/// Functions of the arguments that a strategy makes, each a test for every type of weights.
macro_rules! properties {
    ($($(#[$meta:meta])* fn $name:ident<$T:ident>($($arg:pat in $strategy:expr),+ $(,)?) $body:block)*) => {$(
        $(#[$meta])*
        fn $name<$T: $crate::common::Real>() {
            $crate::common::check(($($strategy,)+), |($($arg,)+)| {
                $body
                Ok(())
            });
        }

        mod $name {
            #[test]
            fn f32() {
                super::$name::<f32>();
            }

            #[test]
            fn f64() {
                super::$name::<f64>();
            }

            #[cfg(feature = "half")]
            #[test]
            fn f16() {
                super::$name::<half::f16>();
            }

            #[cfg(feature = "half")]
            #[test]
            fn bf16() {
                super::$name::<half::bf16>();
            }
        }
    )*};
}
pub(crate) use properties;

/// Runs a property over what a strategy makes.
///
/// The seed is fixed, so a run says the same every time; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` explore.
pub(crate) fn check<S: Strategy>(strategy: S, property: impl Fn(S::Value) -> TestCaseResult) {
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(0);
    }
    config.max_global_rejects = config.max_global_rejects.max(8 * config.cases);
    let mut runner = TestRunner::new(config);
    if let Err(failure) = runner.run(&strategy, property) {
        panic!("{failure}\n{runner}");
    }
}

/// The answer is the oracle's, bit for bit; any NaN is any other.
pub(crate) fn same<T: Real>(answer: T, oracle: u64) -> TestCaseResult {
    let bits = answer.pattern();
    let nan = T::FORMAT.is_nan(bits) && T::FORMAT.is_nan(oracle);
    prop_assert!(
        nan || bits == oracle,
        "{answer:?} ({bits:#x}) where the oracle has {:?} ({oracle:#x})",
        T::of(oracle)
    );
    Ok(())
}

/// The bits of many weights.
pub(crate) fn patterns<T: Real>(xs: &[T]) -> Vec<u64> {
    xs.iter().map(|x| x.pattern()).collect()
}

/// The number that a finite weight is.
pub(crate) fn exact<T: Real>(x: T) -> Dyadic {
    T::FORMAT.decode(x.pattern()).finite().unwrap()
}

/// The number that a finite double is.
pub(crate) fn dyadic(x: f64) -> Dyadic {
    Dyadic::from_f64(x).unwrap()
}

/// The weight with the other sign.
pub(crate) fn negated<T: Real>(x: T) -> T {
    T::of(x.pattern() ^ 1 << (T::FORMAT.width() - 1))
}

/// Whether a weight is a number.
pub(crate) fn is_finite<T: Real>(x: T) -> bool {
    T::FORMAT.decode(x.pattern()).finite().is_some()
}

/// The weight `by` places further up among all numbers, infinities and NaN left out.
pub(crate) fn moved<T: Real>(x: T, by: i64) -> T {
    let sign = 1_u64 << (T::FORMAT.width() - 1);
    let magnitude = (x.pattern() & (sign - 1)) as i64;
    let rank = if x.pattern() & sign == 0 {
        magnitude
    } else {
        -magnitude
    };
    let last = T::FORMAT.infinity(false) as i64 - 1;
    let rank = rank.saturating_add(by).clamp(-last, last);
    T::of(rank.unsigned_abs() | if rank < 0 { sign } else { 0 })
}

/// A step from a number that is one.
pub(crate) fn step_of(step: f64) -> Step {
    Step::new(step).unwrap()
}

/// A regularizer's terms, and the same factors for the oracle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) terms: Terms,
    pub(crate) factors: Factors,
}

/// L1 goes through f32.
pub(crate) fn l1(factor: f64) -> Case {
    let factors = Factors::new(Some(f64::from(factor as f32)), None);
    Case {
        terms: L1::new(factor).unwrap().terms(),
        factors,
    }
}

/// L2 keeps its double.
pub(crate) fn l2(factor: f64) -> Case {
    Case {
        terms: L2::new(factor).unwrap().terms(),
        factors: Factors::new(None, Some(factor)),
    }
}

/// L1L2 keeps both doubles and leaves out a zero one.
pub(crate) fn l1_l2(l1: f64, l2: f64) -> Case {
    let some = |factor: f64| (factor != 0.0).then_some(factor);
    Case {
        terms: L1L2::new(l1, l2).unwrap().terms(),
        factors: Factors::new(some(l1), some(l2)),
    }
}

/// Factors and steps: finite and not negative, both zeros, and what rounds to 0 or to infinity elsewhere.
pub(crate) fn nonnegative() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![
        prop::sample::select(
            &[
                0.0,
                -0.0,
                1.0,
                0.01,
                0.1,
                1e-4,
                0.5,
                2.0,
                5e-324,
                1e-46,
                1e-45,
                7e-46,
                1e-8,
                1e39,
                65504.0,
                65519.0,
                65520.0,
                3.4e38,
                1e300,
                f64::MAX,
                f64::MIN_POSITIVE,
                f64::EPSILON,
            ][..]
        ),
        (0_u32..=64).prop_map(|k| f64::from(k) / 16.0),
        power(-30, 8),
        (any::<u64>(), 1000_u64..1040)
            .prop_map(|(bits, exponent)| f64::from_bits(bits >> 12 | exponent << 52)),
        any::<f64>()
            .prop_map(f64::abs)
            .prop_filter("finite", |x| x.is_finite()),
    ]
}

/// 2ᵉ for the exponent of a normal double: `powi` promises no bits.
pub(crate) fn two_to(e: i32) -> f64 {
    f64::from_bits(((1023 + e) as u64) << 52)
}

/// Powers of two: their sums and products are exact ties more often than chance makes them.
pub(crate) fn power(from: i32, to: i32) -> impl Strategy<Value = f64> + Clone {
    (from..=to).prop_map(two_to)
}

/// Regularizers with any factors.
pub(crate) fn case() -> impl Strategy<Value = Case> + Clone {
    let f = nonnegative;
    prop_oneof![
        8 => f().prop_map(l1),
        8 => f().prop_map(l2),
        8 => (f(), f()).prop_map(|(a, b)| l1_l2(a, b)),
        1 => Just(l1_l2(0.0, 0.0)),
    ]
}

/// Regularizers whose factors are finite in the type of the weights.
pub(crate) fn finite_case<T: Real>() -> impl Strategy<Value = Case> + Clone {
    case().prop_filter("a factor is infinite in the type", |case| {
        [case.factors.l1(T::FORMAT), case.factors.l2(T::FORMAT)]
            .iter()
            .all(|factor| !matches!(factor, Some(Value::Infinite { .. })))
    })
}

/// Regularizers with factors n/16: with weights on a lattice, all is exact.
pub(crate) fn lattice_case() -> impl Strategy<Value = Case> + Clone {
    let f = || (0_u32..=4).prop_map(|k| f64::from(k) / 2.0);
    prop_oneof![
        f().prop_map(l1),
        f().prop_map(l2),
        (f(), f()).prop_map(|(a, b)| l1_l2(a, b)),
    ]
}

/// Numbers: of any bits, of the ends of the type, on a lattice, powers of two, and around 1.
pub(crate) fn finite<T: Real>() -> impl Strategy<Value = T> + Clone {
    let precision = T::FORMAT.precision();
    let top = T::FORMAT.infinity(false);
    let one = T::from_f64(1.0).pattern();
    let hidden = 1_u64 << (precision - 1);
    let ends = vec![
        0,
        1,
        2,
        hidden - 1,
        hidden,
        hidden + 1,
        one - 1,
        one,
        one + 1,
        top - 2,
        top - 1,
    ];
    let magnitude = prop_oneof![
        3 => 0..top,
        1 => prop::sample::select(ends),
        1 => 0..top / hidden,
        2 => (0_u32..=64).prop_map(|k| T::from_f64(f64::from(k) / 8.0).pattern()),
        1 => (0..top / hidden).prop_map(move |exponent| exponent * hidden),
        2 => (0..hidden, 0..5_u64).prop_map(move |(low, e)| one - 2 * hidden + low + e * hidden),
    ];
    (magnitude, any::<bool>()).prop_map(|(bits, negative)| {
        let x = T::of(bits);
        if negative { negated(x) } else { x }
    })
}

/// Any bits, NaN and infinities among them.
pub(crate) fn anything<T: Real>() -> impl Strategy<Value = T> + Clone {
    let last = u64::MAX >> (64 - T::FORMAT.width());
    let specials = [false, true].map(|sign| T::FORMAT.infinity(sign)).to_vec();
    prop_oneof![
        8 => finite::<T>(),
        1 => (0..=last).prop_map(T::of),
        1 => prop::sample::select(specials).prop_map(T::of),
        1 => Just(T::of(T::FORMAT.nan())),
    ]
}

/// Weights of finite numbers: mixed, or of one exponent and what is just under half its last place.
pub(crate) fn weights<T: Real>() -> impl Strategy<Value = Vec<T>> + Clone {
    let precision = T::FORMAT.precision() as i32;
    let low = (-precision - 6).max(T::FORMAT.quantum() as i32);
    let ties = power(low, 3).prop_map(|x| T::from_f64(x));
    prop_oneof![
        3 => prop::collection::vec(finite::<T>(), 0..40),
        1 => prop::collection::vec(ties, 0..12),
        1 => prop::collection::vec(finite::<T>(), 0..3),
    ]
}

/// Weights with NaN and infinities among them.
pub(crate) fn wild_weights<T: Real>() -> impl Strategy<Value = Vec<T>> + Clone {
    prop_oneof![
        prop::collection::vec(anything::<T>(), 0..8),
        prop::collection::vec(anything::<T>(), 0..2),
    ]
}

/// Integers within ±`limit` as weights: exact in every type up to 128.
pub(crate) fn integers<T: Real>(limit: i32, most: usize) -> impl Strategy<Value = Vec<T>> + Clone {
    prop::collection::vec(integer::<T>(limit), 0..=most)
}

/// An integer within ±`limit` as a weight.
pub(crate) fn integer<T: Real>(limit: i32) -> impl Strategy<Value = T> + Clone {
    (-limit..=limit).prop_map(|k| T::from_f64(f64::from(k)))
}

/// A weight of any bits, or one within three places of a threshold that is known later.
#[derive(Clone, Debug)]
pub(crate) struct Near<T> {
    any: T,
    near: bool,
    places: i64,
    minus: bool,
}

impl<T: Real> Near<T> {
    /// The weight, given the threshold.
    pub(crate) fn to(&self, threshold: f64) -> T {
        let edge = moved(T::from_f64(threshold), self.places);
        match (self.near, self.minus) {
            (true, false) => edge,
            (true, true) => negated(edge),
            (false, _) => self.any,
        }
    }
}

/// Any bits, or near a threshold.
pub(crate) fn near<T: Real>() -> impl Strategy<Value = Near<T>> + Clone {
    (anything::<T>(), any::<bool>(), -3_i64..=3, any::<bool>()).prop_map(
        |(any, near, places, minus)| Near {
            any,
            near,
            places,
            minus,
        },
    )
}

//! Proximal steps at the ends of the formats are core's: special weights, factors, and products that overflow.

#![cfg(any(feature = "burn", feature = "candle"))]

use regularize::{AnyRegularizer, Edition, Step};
use regularize_conformance::wire::Numbers;
use regularize_frameworks::subject::Engine;

const WEIGHTS: [f32; 11] = [
    0.0,
    -0.0,
    1.0,
    -2.0,
    f32::MAX,
    f32::MIN_POSITIVE,
    1.152_921_5e18, // 2⁶⁰
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    -0.25,
];

/// Powers of two, so that nothing is rounded but what leaves the format.
fn cases() -> Vec<(AnyRegularizer, f64)> {
    let power = |exponent: i32| 2.0_f64.powi(exponent);
    let old = Edition::KERAS_2_2;
    vec![
        (old.l1(0.0).into(), 1.0),
        (old.l1(1.0).into(), 0.0),
        (old.l1(1e39).into(), 0.0),
        (old.l1(1e39).into(), 1.0),
        (old.l2(1e39).into(), 1.0),
        (old.l1(power(120)).into(), power(40)),
        (old.l2(power(120)).into(), power(46)),
        (old.l2(-0.25).into(), 1.0),
        (old.l2(-0.5).into(), 1.0),
        (old.l2(-1.0).into(), 1.0),
        (old.l1(f64::NAN).into(), 1.0),
        (old.l2(f64::NEG_INFINITY).into(), 1.0),
        (old.l2(f64::INFINITY).into(), 1.0),
    ]
}

fn steps_are_those_of_core<E: Engine>(engine: &E) {
    for (made, step) in cases() {
        let terms = made.terms().expect("terms");
        let expected = WEIGHTS.map(|v| terms.proximal(Step::new(step).unwrap(), v));
        let answer = engine.proximal(&made, step, &Numbers::from(&WEIGHTS[..]));
        let answer = answer.unwrap_or_else(|error| panic!("{made:?}: {error}"));
        for ((weight, expected), bits) in WEIGHTS.iter().zip(expected).zip(answer) {
            let here = f32::from_bits(bits as u32);
            let is_same =
                here.to_bits() == expected.to_bits() || (here.is_nan() && expected.is_nan());
            assert!(
                is_same,
                "{made:?}, step {step:e}, {weight:e}: {here:e}, not {expected:e}"
            );
        }
    }
}

#[cfg(feature = "burn")]
#[test]
fn in_burn() {
    steps_are_those_of_core(&regularize_frameworks::burn::Burn);
}

#[cfg(feature = "candle")]
#[test]
fn in_candle() {
    steps_are_those_of_core(&regularize_frameworks::candle::Candle);
}

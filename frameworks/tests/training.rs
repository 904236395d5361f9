//! A ported model trains as in Keras: the models of the examples, against what real Keras did.

#![cfg(any(feature = "burn", feature = "candle"))]

use regularize_frameworks::digits::Digits;
use regularize_frameworks::recording::{Precision, Recording};
use regularize_frameworks::training::{Method, Mlp, allowed, compare, distance, train};

#[cfg(feature = "burn")]
#[path = "../examples/burn_mlp/model.rs"]
mod burn;

#[cfg(feature = "candle")]
#[path = "../examples/candle_mlp/model.rs"]
mod candle;

fn losses_are_those_of_keras<M: Mlp>() {
    let (digits, yardstick) = (Digits::read(), Recording::read(Precision::F64));
    for precision in [Precision::F32, Precision::F64] {
        let keras = Recording::read(precision);
        let here = train::<M>(&digits, &keras, precision, Method::Tape, |_, _, _| Ok(())).unwrap();
        let distance = distance(&yardstick.loss, &here);
        assert!(
            distance <= allowed(precision),
            "{precision:?}: {distance:e}"
        );
    }
}

fn penalties_are_those_of_keras<M: Mlp>() {
    let compared = compare::<M>(&Digits::read(), &Recording::read(Precision::F32)).unwrap();
    assert_eq!(compared.len(), 55);
    for one in compared {
        assert!(one.is_inside(), "{one:?}");
    }
}

/// The held-out digits of Keras' model are told as well, and the kernel is zero at hundreds of places.
fn proximal_steps_make_zeros<M: Mlp>() {
    let (digits, keras) = (Digits::read(), Recording::read(Precision::F32));
    let (mut zeros, mut right) = (0, 0);
    train::<M>(
        &digits,
        &keras,
        Precision::F32,
        Method::Proximal,
        |_, model, _| {
            let kernel = model.weights()?.hidden_kernel;
            zeros = kernel.iter().filter(|weight| **weight == 0.0).count();
            right = model.right(digits.held_out())?;
            Ok(())
        },
    )
    .unwrap();
    assert!(zeros > 300, "{zeros}");
    assert!(right + 5 > keras.held_out, "{right} of {}", keras.held_out);
}

macro_rules! tests {
    ($($test:ident),+) => {
        #[cfg(feature = "burn")]
        mod in_burn {
            $(#[test]
            fn $test() {
                super::$test::<super::burn::BurnMlp>();
            })+
        }

        #[cfg(feature = "candle")]
        mod in_candle {
            $(#[test]
            fn $test() {
                super::$test::<super::candle::CandleMlp>();
            })+
        }
    };
}
tests!(
    losses_are_those_of_keras,
    penalties_are_those_of_keras,
    proximal_steps_make_zeros
);

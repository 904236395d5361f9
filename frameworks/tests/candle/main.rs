//! regularize on candle: what its users lean on.

#![cfg(feature = "candle")]

use regularize_conformance::Edition;
use regularize_frameworks::candle::Candle;
use regularize_frameworks::subject::Framework;

#[test]
fn conforms() {
    for edition in Edition::ALL {
        regularize_conformance::test(&mut Framework::new(Candle), edition).assert();
    }
}

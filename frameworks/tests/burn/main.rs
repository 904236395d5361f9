//! regularize on burn: what its users lean on.

#![cfg(feature = "burn")]

use regularize_conformance::Edition;
use regularize_frameworks::burn::Burn;
use regularize_frameworks::subject::Framework;

#[test]
fn conforms() {
    for edition in Edition::ALL {
        regularize_conformance::test(&mut Framework::new(Burn), edition).assert();
    }
}

//! regularize on burn as a subject of the conformance suite.
//!
//!     cargo build --release -p regularize-frameworks --features burn
//!     regularize-conformance test -- target/release/regularize-burn-subject

#![forbid(unsafe_code)]

use regularize_conformance::serve;
use regularize_frameworks::burn::Burn;
use regularize_frameworks::subject::Framework;
use std::io::{stdin, stdout};

fn main() -> std::io::Result<()> {
    serve(
        &mut Framework::new(Burn),
        None,
        stdin().lock(),
        stdout().lock(),
    )
}

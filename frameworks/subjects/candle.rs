//! regularize on candle as a subject of the conformance suite.
//!
//!     cargo build --release -p regularize-frameworks --features candle
//!     regularize-conformance test -- target/release/regularize-candle-subject

#![forbid(unsafe_code)]

use regularize_conformance::serve;
use regularize_frameworks::candle::Candle;
use regularize_frameworks::subject::Framework;
use std::io::{stdin, stdout};

fn main() -> std::io::Result<()> {
    serve(
        &mut Framework::new(Candle),
        None,
        stdin().lock(),
        stdout().lock(),
    )
}

//! Times penalties of faer, candle, burn on flex and OpenBLAS beside ours, in f32, in turns.
//!
//!     cargo run --release --features openblas > peers.jsonl    # 10³ to 10⁷ weights
//!     cargo run --release -- 1000                              # to 10³ weights
//!     cargo run --release --no-default-features                # ours and a loop only
//!
//! A line of JSON for each time on stdout; its error in ulps, which is asserted, on stderr. The libraries use the threads
//! that they take, and `RAYON_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1` makes that one. Ours uses one. `BENCH_TURNS` is how
//! often each is timed, 40 unless told.

#![deny(unsafe_code)]

#[cfg(feature = "openblas")]
mod blas;
#[cfg(feature = "burn")]
mod burn;
#[cfg(feature = "candle")]
mod candle;
mod check;
#[cfg(feature = "faer")]
mod faer;
mod ours;
mod subject;
mod turns;
mod version;

use check::Expected;
use std::error::Error;
use subject::{Operation, Subject};

/// The factors and the step: l1·Σ|x| + l2·Σx².
const L1: f32 = 0.01;
const L2: f32 = 0.01;
const STEP: f32 = 0.5;

/// The same weights as those of `benches/penalty`: of either sign, up to 0.05.
fn weights(n: usize) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(n as u64);
    (0..n).map(|_| 0.1 * (random.f32() - 0.5)).collect()
}

/// All that is compiled in, for one operation.
fn subjects<'a>(
    operation: Operation,
    expected: &Expected<'a>,
) -> Result<Vec<Subject<'a>>, Box<dyn Error>> {
    #[cfg_attr(
        not(any(
            feature = "faer",
            feature = "candle",
            feature = "burn",
            feature = "openblas"
        )),
        expect(unused_mut)
    )]
    let mut subjects = ours::subjects(operation, expected);
    #[cfg(feature = "faer")]
    subjects.extend(faer::subject(operation, expected));
    #[cfg(feature = "candle")]
    subjects.push(candle::subject(operation, expected)?);
    #[cfg(feature = "burn")]
    subjects.push(burn::subject(operation, expected));
    #[cfg(feature = "openblas")]
    subjects.extend(blas::subject(operation, expected));
    for Subject { name, ulps, .. } in &subjects {
        let n = expected.x.len();
        eprintln!("{}/f32/{name}/{n}: {ulps:.3} ulps", operation.name());
    }
    Ok(subjects)
}

fn main() -> Result<(), Box<dyn Error>> {
    let most = match std::env::args().nth(1) {
        Some(number) => number
            .parse()
            .map_err(|_| format!("{number} is not a number of weights"))?,
        None => 10_000_000,
    };
    let turns = match std::env::var("BENCH_TURNS") {
        Ok(number) => number
            .parse()
            .map_err(|_| format!("BENCH_TURNS={number} is not a number of turns"))?,
        Err(_) => 40_usize,
    };
    if cfg!(all(feature = "faer", not(feature = "openblas"))) {
        eprintln!("without OpenBLAS: install libopenblas-dev, then add --features openblas");
    }
    let sizes = (3..9).map(|power| 10_usize.pow(power));
    for n in sizes.take_while(|&n| n <= most) {
        let x = weights(n);
        let expected = Expected::new(&x);
        for operation in Operation::ALL {
            let mut subjects = subjects(operation, &expected)?;
            let least = turns::least(&mut subjects, turns.max(1));
            for (Subject { name, ulps, .. }, ns) in subjects.iter().zip(least) {
                println!(
                    r#"{{"operation":"{}","type":"f32","n":{n},"subject":"{name}","ns":{:.5},"ulps":{ulps:.3},"version":"{}"}}"#,
                    operation.name(),
                    ns / n as f64,
                    version::of(name),
                );
            }
        }
    }
    Ok(())
}

//! Times value, gradient, both fused, proximal step, and merging: ours, plain loops, ndarray, nalgebra, and the machine's limits.
//!
//!     cargo bench --bench penalty                          # to 10⁶ weights
//!     BENCH_UP_TO=100000000 cargo bench --bench penalty    # to 10⁸: 3 GB of memory
//!     cargo bench --bench penalty -- value/f32             # what has this in its name
//!     cargo bench --bench penalty -- --test                # asserts, times nothing
//!
//!     cargo bench --bench penalty -- --sample-size 10 --measurement-time 0.02 --warm-up-time 0.01    # a glance
//!
//! Each result is asserted, and its error printed in ulps, before it is timed. `summary` reads what criterion writes.

mod adversary;
mod arrays;
mod check;
mod folder;
mod fused;
mod gradient;
mod limits;
mod merge;
mod ours;
mod plain;
mod proximal;
mod subject;
mod tensors;
mod value;
mod weight;

use criterion::Criterion;
use half::{bf16, f16};
use std::time::Duration;

/// The numbers of weights, as far as `BENCH_UP_TO` says, or to 10⁶.
fn sizes() -> Vec<usize> {
    let most = match std::env::var("BENCH_UP_TO") {
        Ok(number) => number.parse().expect("BENCH_UP_TO is a number"),
        Err(_) => 1_000_000,
    };
    let powers = (1..9).map(|power| 10_usize.pow(power));
    powers.take_while(|&n| n <= most).collect()
}

/// Short samples, and many: the summary takes the least, which other programs disturb least.
fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300))
        .nresamples(1000)
        .configure_from_args()
}

/// Marks the start of the run, so that the summary leaves out times of an older one.
fn mark() -> std::io::Result<()> {
    std::fs::create_dir_all(folder::of_criterion())?;
    std::fs::write(folder::started(), "")
}

fn main() -> std::io::Result<()> {
    let mut criterion = criterion();
    if !std::env::args().any(|argument| ["--test", "--list"].contains(&&*argument)) {
        mark()?;
    }
    for n in sizes() {
        let c = &mut criterion;
        // A type at a time, so that what is compared is timed in the same minutes.
        value::wide::<f32>(c, n);
        gradient::wide::<f32>(c, n);
        fused::any::<f32>(c, n);
        proximal::wide::<f32>(c, n);
        value::wide::<f64>(c, n);
        gradient::wide::<f64>(c, n);
        fused::any::<f64>(c, n);
        proximal::wide::<f64>(c, n);
        value::half::<f16>(c, n);
        gradient::any::<f16>(c, n);
        fused::any::<f16>(c, n);
        proximal::any::<f16>(c, n);
        value::half::<bf16>(c, n);
        gradient::any::<bf16>(c, n);
        fused::any::<bf16>(c, n);
        proximal::any::<bf16>(c, n);
        if [10_000, 1_000_000].contains(&n) {
            value::adversaries::<f32>(c, n);
            value::adversaries::<f64>(c, n);
        }
        if n == tensors::ALL {
            tensors::short(c);
        }
    }
    merge::merge(&mut criterion);
    criterion.final_summary();
    Ok(())
}

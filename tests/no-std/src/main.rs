//! regularize-core computes without the standard library: this program has a panic handler of its own, which would be a
//! second one if anything linked std. It exits with 0 if every check holds.
//!
//! ```text
//! cargo run --manifest-path tests/no-std/Cargo.toml
//! ```

#![no_std]
#![no_main]

use core::panic::PanicInfo;
use regularize_core::{L1, Mode, Step, Sums, l1, l1_l2, l2, orthogonal};

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // No message without an operating system; the loop ends by the time limit of whoever runs this.
    loop {}
}

/// The compiled `core` names this for unwinding, which `panic = "abort"` leaves out.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// Called by the C runtime. The attribute is unsafe because two functions of one name would be undefined behaviour; the
/// C runtime has no `main` of its own.
#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    let checks = [
        value(),
        merged(),
        gradient(),
        step(),
        errors(),
        half_types(),
        matrix(),
    ];
    // The number of the first check that fails, from 1.
    match checks.iter().position(|holds| !holds) {
        None => 0,
        Some(first) => first as i32 + 1,
    }
}

fn value() -> bool {
    l1_l2(0.5, 0.25).terms().penalty(&[1.0_f32, -2.0]) == 2.75
        && l1(1.0).terms().penalty(&[1e16, 1.0, 1.0]) == 1e16 + 2.0
}

fn merged() -> bool {
    let (mut left, mut right) = (Sums::new(), Sums::new());
    left.extend(&[1e16_f64]);
    right.extend(&[1.0_f64, -1.0]);
    left.merge(&right);
    l1(1.0).terms().penalty_of::<f64>(&left) == 1e16 + 2.0
}

fn gradient() -> bool {
    let terms = l2(0.5).terms();
    let mut gradient = [1.0_f64, 1.0];
    terms.add_subgradient(&[3.0, -3.0], &mut gradient).is_ok()
        && gradient == [4.0, -2.0]
        && l1(0.5).terms().zero_is_minimum(0.25_f32)
        && l1(0.5).terms().subdifferential(0.0_f32).contains(-0.5)
}

fn step() -> bool {
    let Ok(step) = Step::new(0.5) else {
        return false;
    };
    let mut weights = [0.125_f64, -2.0];
    l1_l2(1.0, 0.5).terms().proximal_step(step, &mut weights);
    weights == [0.0, -1.0]
}

fn errors() -> bool {
    L1::new(-1.0).is_err_and(|error| error.name() == "l1") && Step::new(f64::NAN).is_err()
}

fn half_types() -> bool {
    let weights = [
        half::f16::from_f32_const(0.5),
        half::f16::from_f32_const(-1.5),
    ];
    l1(0.5).terms().penalty(&weights) == half::f16::ONE
}

fn matrix() -> bool {
    let penalty = orthogonal(0.5, Mode::Rows).matrix_penalty(2, 2, |row, column| {
        [[1.0_f32, 0.0], [3.0, 4.0]][row][column]
    });
    penalty == 0.3
}

//! Each message of the macro and of the traits, as a user reads it.

use std::process::Command;

/// The compiler whose words are recorded.
const RECORDED: &str = "rustc 1.95.";

#[test]
fn messages() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .unwrap()
        .stdout;
    let version = String::from_utf8_lossy(&version);
    if !version.starts_with(RECORDED) {
        println!("skipped: the messages are recorded with {RECORDED}x, and this is {version}");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    // What is listed as an output or a layer depends on the frameworks.
    match (cfg!(feature = "burn"), cfg!(feature = "candle")) {
        (false, false) => cases.compile_fail("tests/ui/bare/*.rs"),
        (true, true) => cases.compile_fail("tests/ui/frameworks/*.rs"),
        _ => {}
    }
}

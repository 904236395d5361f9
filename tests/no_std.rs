//! regularize-core links without the standard library: `tests/no-std` is a program that does, and checks what it
//! computes.

use std::process::Command;

#[test]
fn core_links_and_computes_without_the_standard_library() {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        println!("skipped: the program is started by the C runtime of Linux");
        return;
    }
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/no-std/Cargo.toml");
    let status = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--manifest-path", manifest])
        .env(
            "CARGO_TARGET_DIR",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/no-std"),
        )
        .status()
        .unwrap();
    assert_eq!(
        status.code(),
        Some(0),
        "the number of the check that failed"
    );
}

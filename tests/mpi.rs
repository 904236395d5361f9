//! The example over the ranks of MPI, where an MPI library and libclang are installed: its own tests, on 1 to 4 ranks.

use std::io::Write;
use std::process::{Command, Stdio};

#[test]
fn models_over_ranks_have_the_bits_of_one_machine() {
    let run = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/mpi/run");
    let bash = |argument: &str| {
        let mut command = Command::new("bash");
        command.args([run, argument]).stdin(Stdio::null());
        command
    };
    match bash("needs").output() {
        Ok(needs) if needs.status.success() => {}
        Ok(needs) => {
            let said = String::from_utf8_lossy(&needs.stdout);
            return skip(&format!(
                "`examples/mpi/run test` installs what it needs, as root\n{said}"
            ));
        }
        Err(error) => return skip(&format!("no bash: {error}")),
    }
    let status = bash("test")
        .env(
            "CARGO_TARGET_DIR",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/mpi"),
        )
        .status()
        .unwrap();
    assert!(status.success());
}

/// Not by `println!`, which is shown of a test that fails alone.
fn skip(why: &str) {
    let line = format!("skipped: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

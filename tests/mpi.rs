//! The example over the ranks of MPI, where an MPI library and libclang are installed: its own tests, on 1 to 4 ranks.

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
            println!("skipped: `examples/mpi/run test` installs what it needs, as root\n{said}");
            return;
        }
        Err(error) => {
            println!("skipped: no bash: {error}");
            return;
        }
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

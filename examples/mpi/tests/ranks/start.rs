//! Starts a program on a number of ranks.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How a program on ranks ended, and what each rank printed.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<String>,
    pub(crate) stderr: Vec<String>,
}

/// How long no run takes: one that does hangs, and is ended so that the test can say so.
const HANGS: Duration = Duration::from_secs(180);

/// One run at a time: ranks wait by turning in circles, and those of several runs take the cores from each other.
static TURN: Mutex<()> = Mutex::new(());

/// Runs it to its end.
pub(crate) fn run(ranks: usize, program: &str, arguments: &[&str]) -> Ended {
    start(
        ranks,
        &[&["-n", &ranks.to_string(), program], arguments].concat(),
    )
}

/// Runs what `mpirun` is told to, on as many ranks.
pub(crate) fn start(ranks: usize, arguments: &[&str]) -> Ended {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // `mpirun` cuts lines of several ranks where it puts them together, so each has files of its own.
    let files = PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/ranks"));
    let _ = fs::remove_dir_all(&files);
    let mut child = Command::new("mpirun")
        .arg("--output-filename")
        .arg(&files)
        .args(arguments)
        // Root in a container, more ranks than cores, no rank on a core of its own, none that keeps a core while it waits.
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        .env("OMPI_MCA_rmaps_base_oversubscribe", "1")
        .env("OMPI_MCA_hwloc_base_binding_policy", "none")
        .env("OMPI_MCA_mpi_yield_when_idle", "1")
        .env("OMPI_MCA_btl_vader_single_copy_mechanism", "none")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("mpirun, of Debian's package openmpi-bin");
    let status = wait(&mut child);
    let read = |name: &str| {
        let file = |rank| files.join(format!("1/rank.{rank}/{name}"));
        let text = |rank| fs::read_to_string(file(rank)).unwrap_or_default();
        (0..ranks).map(text).collect()
    };
    let ended = Ended {
        status,
        stdout: read("stdout"),
        stderr: read("stderr"),
    };
    drop(turn);
    ended
}

fn wait(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        if begin.elapsed() > HANGS {
            let _ = child.kill();
            panic!("the ranks wait for each other");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

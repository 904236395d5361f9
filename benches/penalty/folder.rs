//! Where criterion writes, and what of it is of the last run: ratios are of times of one run.

use std::path::{Path, PathBuf};

/// As criterion decides, but for asking cargo.
pub(crate) fn of_criterion() -> PathBuf {
    match std::env::var_os("CRITERION_HOME") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("criterion"),
    }
}

/// A file that is as old as the start of the last run of `penalty`.
pub(crate) fn started() -> PathBuf {
    of_criterion().join("started")
}

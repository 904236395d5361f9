//! The small subjects of `subjects/`, run for real, where their language is here. A skipped one says how to get it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SUITE: &str = env!("CARGO_BIN_EXE_regularize-conformance");

fn subjects() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("subjects")
}

/// Whether a command runs and succeeds.
fn runs(words: &[&str]) -> bool {
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .stdin(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The subject conforms to everything it claims but for what its file in `subjects/known` says.
#[track_caller]
fn conforms(name: &str, command: &[&str]) {
    let known = subjects().join("known").join(format!("{name}.toml"));
    let mut test = Command::new(SUITE);
    test.args(["test", "--quiet", "--seed", "1", "--timeout", "5m"]);
    if known.exists() {
        test.arg("--expect").arg(known);
    }
    // Away from any `conformance.toml` and `regressions`.
    let output = test
        .arg("--")
        .args(command)
        .current_dir(subjects())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}");
}

/// Not by `eprintln!`, which is shown of a test that fails alone.
fn skip(why: &str) {
    let line = format!("skipped: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

#[test]
fn python() {
    match runs(&["python3", "--version"]) {
        true => conforms("python", &["python3", "python_subject.py"]),
        false => skip("Python is missing: apt-get install python3"),
    }
}

#[test]
fn numpy() {
    match runs(&["python3", "-c", "import numpy"]) {
        true => conforms("numpy", &["python3", "numpy_subject.py"]),
        false => skip("numpy is missing: apt-get install python3-numpy, or pip install numpy"),
    }
}

#[test]
fn javascript() {
    match runs(&["node", "--version"]) {
        true => conforms("javascript", &["node", "javascript_subject.js"]),
        false => skip("Node is missing: apt-get install nodejs"),
    }
}

#[test]
fn c() {
    if !runs(&["cc", "--version"]) {
        return skip("a C compiler is missing: apt-get install gcc libc6-dev");
    }
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c-subject");
    let program = program.to_str().unwrap();
    let source = subjects().join("subject.c");
    let source = source.to_str().unwrap();
    assert!(
        runs(&[
            "cc", "-O2", "-Wall", "-Werror", "-o", program, source, "-lm"
        ]),
        "subject.c does not compile"
    );
    conforms("c", &[program]);
}

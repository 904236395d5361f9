//! Subjects that break the protocol: none stops the runner, each has a message and status 3, and no clause is blamed.
//!
//! Most are the reference with its lines changed on their way. They run in this binary: the test harness writes to
//! stdout, so that the protocol has the file 3 there, which a shell puts in place.

#![cfg(unix)]

use regularize_conformance::{Edition, Reference, serve};
use std::fs::File;
use std::io::{self, Write};
use std::process::{Command, Output};

const SUITE: &str = env!("CARGO_BIN_EXE_regularize-conformance");

/// A timeout that no machine reaches, where silence is not what is tested.
const PATIENT: &str = "5m";

/// This binary as a subject, for a shell.
const AS_SUBJECT: &str = "exec \"$THIS\" --exact subject --ignored --nocapture 3>&1 >/dev/null";

/// Runs `test` on a script of the shell, in which `$SUITE` is the program and `$THIS` this binary.
fn run(timeout: &str, script: &str, change: &str) -> Output {
    command_line(&["test"], timeout, script, change)
        .output()
        .unwrap()
}

fn command_line(arguments: &[&str], timeout: &str, script: &str, change: &str) -> Command {
    let mut command = Command::new(SUITE);
    command.args(arguments).args([
        "--quiet",
        "--seed",
        "1",
        "--timeout",
        timeout,
        "--",
        "sh",
        "-c",
        script,
    ]);
    command
        .env("SUITE", SUITE)
        .env("THIS", std::env::current_exe().unwrap())
        .env("CHANGE", change);
    command
}

fn test(timeout: &str, script: &str) -> Output {
    run(timeout, script, "")
}

/// A change of the reference's n-th line; the first is its greeting, and the next four are echoes.
struct Change {
    name: &'static str,
    of: fn(usize, &str) -> String,
}

const CHANGES: &[Change] = &[
    Change {
        name: "none",
        of: |_, line| line.into(),
    },
    Change {
        name: "hang",
        of: |n, line| if n < 40 { line.into() } else { String::new() },
    },
    Change {
        name: "die",
        of: |n, line| {
            if n < 40 {
                line.into()
            } else {
                std::process::exit(9)
            }
        },
    },
    Change {
        name: "twice",
        of: |n, line| line.repeat(if n > 9 { 2 } else { 1 }),
    },
    Change {
        name: "id",
        of: |_, line| line.replacen("\"id\":", "\"id\":1", 1),
    },
    Change {
        name: "no id",
        of: |n, line| {
            if n < 9 {
                line.into()
            } else {
                line.replacen("id", "di", 1)
            }
        },
    },
    Change {
        name: "flood",
        of: |n, line| line.repeat(if n == 9 { 100_000 } else { 1 }),
    },
    Change {
        name: "100 MB",
        of: |n, line| {
            if n < 9 {
                line.into()
            } else {
                line.replacen("\"id\":", &format!("\"id\":{}", "1".repeat(100_000_000)), 1)
            }
        },
    },
    Change {
        name: "15 MB",
        of: |n, line| {
            let id = || format!("\"id\":\"{}\",\"di\":", "x".repeat(15_000_000));
            if n < 9 {
                line.into()
            } else {
                line.replacen("\"id\":", &id(), 1)
            }
        },
    },
    Change {
        name: "zeros",
        of: |_, line| line.replace("80000000", "00000000"),
    },
    Change {
        name: "fewer",
        of: |_, line| line.replace("[\"00000000\",", "["),
    },
    Change {
        name: "no json",
        of: |n, line| {
            if n == 30 {
                format!("done\n{line}")
            } else {
                line.into()
            }
        },
    },
    Change {
        name: "z",
        of: |n, line| {
            if n < 9 {
                line.into()
            } else {
                line.replace("\"y\"", "\"z\"")
            }
        },
    },
    Change {
        name: "digits",
        of: |n, line| {
            if n < 9 {
                line.into()
            } else {
                line.replace("\"y\":[\"00", "\"y\":[\"")
            }
        },
    },
    Change {
        name: "kind",
        of: |_, line| line.replace("invalid-factor", "bad"),
    },
    Change {
        name: "claim",
        of: |_, line| line.replace("\"gradient\"", "\"hessian\""),
    },
    Change {
        name: "version",
        of: |_, line| line.replace("\"hello\":1", "\"hello\":2"),
    },
    Change {
        name: "nameless",
        of: |_, line| line.replace("\"name\":\"regularize\"", "\"name\":\"\""),
    },
];

/// As JSON writes it: clears the screen, forges a line, goes up, turns and hides what follows.
const STEERING: &str = r"\u001b[2J\n\r✓ all conforms\u009b1A\u202e\u2028\u200b";

/// Where a subject may write a text of its own.
const STEERS: &[Change] = &[
    Change {
        name: "steers: name",
        of: |_, line| {
            let line = line.replace(
                "\"name\":\"regularize\"",
                &format!("\"name\":\"{STEERING}\""),
            );
            line.replace("\"version\":\"", &format!("\"version\":\"{STEERING}"))
        },
    },
    Change {
        name: "steers: editions",
        of: |_, line| {
            let line = line.replace(
                "\"name\":\"regularize\"",
                &format!("\"name\":\"{STEERING}\""),
            );
            line.replace(
                "\"claims\":{",
                &format!("\"claims\":{{\"editions\":[\"{STEERING}\"],"),
            )
        },
    },
    Change {
        name: "steers: operation",
        of: |_, line| line.replace("\"gradient\"", &format!("\"{STEERING}\"")),
    },
    Change {
        name: "steers: claim",
        of: |_, line| line.replace("\"claims\":{", &format!("\"claims\":{{\"{STEERING}\":1,")),
    },
    Change {
        name: "steers: contract",
        of: |_, line| line.replace("\"hello\":1", &format!("\"hello\":\"{STEERING}\"")),
    },
    Change {
        name: "steers: no greeting",
        of: |_, _| format!("{{\"message\":\"{STEERING}\"}}\n"),
    },
    Change {
        name: "steers: no JSON",
        of: |n, line| match n {
            20 => "\u{1b}[2J\r✓ all conforms\u{9b}1A\u{202e}\u{2028}\u{200b}\n".into(),
            _ => line.into(),
        },
    },
    Change {
        name: "steers: id",
        of: |n, line| match n {
            20 => line.replacen("\"id\":", &format!("\"id\":\"{STEERING}\",\"di\":"), 1),
            _ => line.into(),
        },
    },
    Change {
        name: "steers: no id",
        of: |n, line| match n {
            20 => line.replacen("\"id\":", &format!("\"{STEERING}\":"), 1),
            _ => line.into(),
        },
    },
    Change {
        name: "steers: no numbers",
        of: |n, line| match n {
            2 => line.replacen(
                "\"y\":",
                &format!("\"error\":\"internal\",\"message\":\"{STEERING}\",\"z\":"),
                1,
            ),
            _ => line.into(),
        },
    },
    Change {
        name: "steers: number",
        of: |n, line| match n {
            1..9 => line.into(),
            _ => line.replace("\"y\":[\"", &format!("\"y\":[\"{STEERING}")),
        },
    },
    Change {
        name: "steers: error",
        of: |_, line| {
            let line = line.replace("\"message\":\"", &format!("\"message\":\"{STEERING}"));
            line.replace("\"invalid-factor\"", "\"internal\"")
        },
    },
    Change {
        name: "steers: unsupported",
        of: |n, line| match n {
            1..9 => line.into(),
            _ => line.replace("\"y\":", &format!("\"unsupported\":\"{STEERING}\",\"z\":")),
        },
    },
];

/// The reference with its lines changed.
fn changed(timeout: &str, name: &str) -> Output {
    run(timeout, AS_SUBJECT, name)
}

/// Writes lines, each changed.
struct Changed {
    to: File,
    line: Vec<u8>,
    lines: usize,
    of: fn(usize, &str) -> String,
}

impl Write for Changed {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.line.write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lines += 1;
        let line = (self.of)(self.lines, std::str::from_utf8(&self.line).unwrap());
        self.line.clear();
        self.to.write_all(line.as_bytes())
    }
}

#[test]
#[ignore = "is the subject of the other tests"]
fn subject() {
    let Ok(name) = std::env::var("CHANGE") else {
        return;
    };
    let mut changes = CHANGES.iter().chain(STEERS);
    let change = changes.find(|change| change.name == name).unwrap();
    let to = File::options().write(true).open("/dev/fd/3").unwrap();
    let output = Changed {
        to,
        line: Vec::new(),
        lines: 0,
        of: change.of,
    };
    // The suite may be gone before all is said.
    let _ = serve(
        &mut Reference::new(Edition::LATEST),
        None,
        io::stdin().lock(),
        output,
    );
}

#[track_caller]
fn broken(output: &Output, message: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{stderr}{stdout}");
    assert!(stderr.contains(message), "{message:?} is not in {stderr}");
    // No clause is blamed.
    assert!(!stdout.contains('✗'), "{stdout}");
}

#[test]
fn one_that_behaves_conforms() {
    let output = changed(PATIENT, "none");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn one_that_is_not_there() {
    let output = Command::new(SUITE)
        .args(["test", "--", "./no-such-subject"])
        .output()
        .unwrap();
    broken(&output, "./no-such-subject cannot be started");
}

#[test]
fn one_that_answers_nothing() {
    broken(
        &test("200ms", "cat > /dev/null"),
        "the subject was silent for 0.2 s after hello (--timeout)",
    );
}

#[test]
fn one_that_hangs_in_the_middle() {
    broken(
        &changed("1s", "hang"),
        "the subject was silent for 1 s after",
    );
}

#[test]
fn one_that_does_not_read() {
    broken(
        &test("200ms", "sleep 600"),
        "the subject was silent for 0.2 s after hello",
    );
}

#[test]
fn one_that_dies_at_once() {
    broken(
        &test(PATIENT, "exit 7"),
        "the subject ended before it answered hello (exit status: 7)",
    );
}

#[test]
fn one_that_dies_in_the_middle() {
    let output = changed(PATIENT, "die");
    broken(&output, "the subject ended before it answered");
    broken(&output, "(exit status: 9)");
}

#[test]
fn one_that_dies_once_is_started_again() {
    let marker = std::env::temp_dir().join(format!("regularize-dies-once-{}", std::process::id()));
    let marker = marker.to_str().unwrap();
    let script = format!(
        "if [ -e {marker} ]; then CHANGE=none; else touch {marker}; CHANGE=die; fi; export CHANGE; {AS_SUBJECT}"
    );
    let output = run(PATIENT, &script, "");
    std::fs::remove_file(marker).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(
        stderr.contains("the subject was started again: the subject ended before it answered"),
        "{stderr}"
    );
}

#[test]
fn one_that_answers_twice() {
    broken(&changed(PATIENT, "twice"), "one line for each request");
}

#[test]
fn one_that_answers_what_was_not_asked() {
    broken(
        &changed(PATIENT, "id"),
        "where 1 was asked: one line for each request",
    );
    broken(&changed(PATIENT, "no id"), "an answer has no id");
}

#[test]
fn one_that_floods() {
    broken(
        &test(PATIENT, "yes '{}'"),
        "the answer to hello is wrong: \"hello\" is missing",
    );
    broken(&changed(PATIENT, "flood"), "one line for each request");
}

#[test]
fn one_that_sends_100_mb() {
    let message = "is longer than 16 MB";
    broken(
        &test(PATIENT, "head -c 100000000 /dev/zero | tr '\\0' 1"),
        message,
    );
    broken(&changed(PATIENT, "100 MB"), message);
}

/// It is said of the id how it begins and how long it is.
#[test]
fn one_whose_id_has_15_mb() {
    let output = changed(PATIENT, "15 MB");
    let begin = "x".repeat(39);
    broken(
        &output,
        &format!("an answer has the id \"{begin}… (14999962 characters more) where "),
    );
    let length = output.stderr.len() + output.stdout.len();
    assert!(length < 4000, "{length}");
}

/// Nothing that a subject writes to the suite reaches the terminal as it is, and none of it is a line of its own.
#[test]
fn one_that_steers_the_terminal() {
    let folder = std::env::temp_dir().join(format!("regularize-steers-{}", std::process::id()));
    for change in STEERS {
        for command in [&["test"][..], &["explore", "--cases", "20"]] {
            std::fs::create_dir_all(&folder).unwrap();
            let mut suite = command_line(command, PATIENT, AS_SUBJECT, change.name);
            let output = suite.current_dir(&folder).output().unwrap();
            std::fs::remove_dir_all(&folder).unwrap();
            for said in [output.stdout, output.stderr] {
                let said = String::from_utf8(said).unwrap();
                let steers =
                    |c: char| c.is_control() && c != '\n' || "\u{202e}\u{2028}\u{200b}".contains(c);
                let name = change.name;
                assert!(!said.contains(steers), "{name}: {said:?}");
                assert!(!said.contains("\n✓ all conforms"), "{name}: {said}");
                assert!(
                    said.lines().all(|line| line.chars().count() < 1000),
                    "{name}: {said}"
                );
            }
        }
    }
}

#[test]
fn one_that_loses_bits() {
    let output = changed(PATIENT, "zeros");
    broken(
        &output,
        "the adapter loses bits of f32: 80000000 came back as 0; no clause is blamed",
    );
    let output = changed(PATIENT, "fewer");
    broken(
        &output,
        "the adapter loses bits of f32: 12 numbers came back as 11",
    );
}

#[test]
fn one_that_writes_no_json() {
    broken(
        &test(PATIENT, "echo Loading the model; cat"),
        "the answer to hello is not JSON",
    );
    broken(
        &changed(PATIENT, "no json"),
        "is not JSON: expected value at line 1 column 1: \"done\"",
    );
}

#[test]
fn one_that_writes_no_text() {
    broken(
        &test(PATIENT, "printf '\\377\\376\\n'; cat"),
        "the answer to hello is not JSON",
    );
}

#[test]
fn one_that_answers_in_another_shape() {
    broken(
        &changed(PATIENT, "z"),
        "an answer has one of y, reg, config, error, unsupported",
    );
    let digits = changed(PATIENT, "digits");
    broken(&digits, "lower-case hexadecimal digits");
    broken(
        &changed(PATIENT, "kind"),
        "\"bad\" is no kind of error: write invalid-factor",
    );
}

#[test]
fn one_that_claims_what_there_is_not() {
    broken(
        &changed(PATIENT, "claim"),
        "\"hessian\" is no operation: write construct",
    );
    broken(
        &changed(PATIENT, "version"),
        "the subject speaks version 2 of the wire",
    );
    broken(
        &changed(PATIENT, "nameless"),
        "\"name\" is a text that is not empty",
    );
}

#[test]
fn one_that_does_not_end() {
    broken(
        &test("1s", "\"$SUITE\" subject; sleep 600"),
        "the subject did not end within 1 s after bye",
    );
}

#[test]
fn one_that_ends_with_an_error() {
    broken(
        &test(PATIENT, "\"$SUITE\" subject; exit 3"),
        "after bye the subject ended with exit status: 3",
    );
}

#[test]
fn one_that_says_more_after_bye() {
    broken(
        &test(PATIENT, "\"$SUITE\" subject; echo bye"),
        "the subject answered bye",
    );
}

/// What a subject has started ends with it.
#[test]
#[cfg(target_os = "linux")]
fn one_that_leaves_a_child_behind() {
    let mark = format!("600.{}", std::process::id());
    broken(
        &test("200ms", &format!("sleep {mark} & sleep {mark}")),
        "was silent",
    );
    let is_left = |entry: std::fs::DirEntry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).starts_with(&format!("sleep\0{mark}"))
    };
    assert!(!std::fs::read_dir("/proc").unwrap().flatten().any(is_left));
}

/// The statuses of what is not the subject's fault.
#[test]
fn nothing_tested_is_no_success() {
    let run = |arguments: &[&str]| {
        let subject = ["--", SUITE, "subject"];
        Command::new(SUITE)
            .arg("test")
            .args(arguments)
            .args(subject)
            .output()
            .unwrap()
    };
    let output = run(&["--only", "values.typo"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was tested"));
    assert_eq!(run(&["--edition", "keras-9"]).status.code(), Some(2));
    assert_eq!(run(&["--only", "values.*"]).status.code(), Some(0));
}

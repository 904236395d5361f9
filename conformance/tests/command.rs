//! The command as a user meets it: what it prints, writes and ends with.

use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

const SUITE: &str = env!("CARGO_BIN_EXE_regularize-conformance");

/// A folder of its own for a test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("command-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs the program in a folder.
fn run(folder: &PathBuf, arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(SUITE)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
    (status.code().unwrap(), stdout, stderr)
}

/// Judges the reference with a mistake.
fn judge(folder: &PathBuf, arguments: &[&str], mistake: &str) -> (i32, String, String) {
    let subject = ["--", SUITE, "subject", "--mistake", mistake];
    run(
        folder,
        &[&["test", "--seed", "1"], arguments, &subject].concat(),
    )
}

#[test]
fn a_mistake_is_named_with_its_clause_and_a_command_that_replays_it() {
    let folder = folder("mistake");
    let (status, report, _) = judge(&folder, &[], "half-l2");
    assert_eq!(status, 1, "{report}");
    for part in [
        "regularize-conformance 0.1.0 · keras-3.14.1 · seed 1\n",
        "✗ values.l2 — L2 is l2·Σx²",
        "SPEC.md:",
        "asked     l2(0.5) [1, -2] : f32",
        "want      2.5    40200000   exactly",
        "got       1.25   3fa00000",
        "replay    regularize-conformance test --edition keras-3.14.1 --only values.l2 -- ",
        "Every wrong answer is explained by one mistake: it computes ½λΣx² instead of",
    ] {
        assert!(report.contains(part), "{part:?} is not in\n{report}");
    }
    let replay = report
        .lines()
        .find(|line| line.contains("--only values.l2 --"))
        .unwrap();
    let replay = replay
        .trim()
        .strip_prefix("replay    regularize-conformance ")
        .unwrap();
    let words: Vec<&str> = replay.split(' ').collect();
    let (status, report, _) = run(&folder, &words);
    assert_eq!(status, 1);
    assert!(
        report.contains("✗ values.l2") && !report.contains("✗ order"),
        "{report}"
    );
}

#[test]
fn the_counts_add_up() {
    let (_, report, _) = judge(&folder("counts"), &[], "half-l2");
    let line = report
        .lines()
        .find(|line| line.contains(" sent · "))
        .unwrap();
    let numbers: Vec<usize> = line
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    let [sent, answered, conform, fail, expected, ..] = numbers[..] else {
        panic!("{line}")
    };
    assert_eq!(sent, answered);
    assert_eq!(sent, conform + fail + expected);
}

#[test]
fn a_known_failure_has_a_reason_and_fails() {
    let folder = folder("known");
    let file = folder.join("conformance.toml");
    let entry = |text: &str| fs::write(&file, format!("[[known-failure]]\n{text}")).unwrap();

    entry(
        "clause = \"identifiers.orthogonal\"\nreason = \"is not built yet\"\nissue = \"https://example.org/1\"",
    );
    let (status, report, _) = judge(&folder, &[], "get-orthogonal-unknown");
    assert_eq!(status, 0, "{report}");
    assert!(
        report.contains("is not built yet") && report.contains("2 expected"),
        "{report}"
    );
    assert!(report.contains("https://example.org/1"), "{report}");

    // Only one of the two cases is excused.
    entry(
        "clause = \"identifiers.orthogonal\"\ncase = 'get \"Orth*'\nreason = \"is not built yet\"",
    );
    let (status, report, _) = judge(&folder, &[], "get-orthogonal-unknown");
    assert_eq!(status, 1, "{report}");
    assert!(report.contains("1 fails · 1 expected"), "{report}");

    // What passes is not known to fail.
    entry("clause = \"values.l1\"\nreason = \"was mended\"");
    let (status, _, message) = judge(&folder, &["--only", "values.l1"], "get-orthogonal-unknown");
    assert_eq!((status, &*message), (0, ""), "of a part nothing is said");
    let (status, _, message) = run(&folder, &["test", "--", SUITE, "subject"]);
    assert_eq!(status, 4);
    assert!(
        message.contains("known failures that no longer fail, or are not asked: values.l1"),
        "{message}"
    );

    for (text, message) in [
        (
            "clause = \"values.l1\"",
            "the known failure of values.l1 has no reason",
        ),
        (
            "clause = \"values.l1\"\nreason = \" \"",
            "the known failure of values.l1 has no reason",
        ),
        ("reason = \"why\"", "a known failure names a clause"),
        (
            "clause = \"values.l3\"\nreason = \"why\"",
            "SPEC.md has no clause \"values.l3\"",
        ),
        (
            "clause = \"values.l1\"\nreason = \"why\"\ntolerance = 1e-6",
            "there is no \"tolerance\": write clause, case, reason, issue",
        ),
        ("clause = 5", "clause is a text"),
        ("clause", "TOML parse error"),
    ] {
        entry(text);
        let (status, _, found) = run(&folder, &["test", "--", SUITE, "subject"]);
        let is_excuse = message.contains("no reason") || message.contains("no clause");
        assert_eq!(status, if is_excuse { 4 } else { 2 }, "{found}");
        assert!(found.contains(message), "{message:?} is not in {found}");
    }
    // A file that cannot be read is not one that is not there.
    fs::write(&file, b"edition = \"tf-2.0\" # \xe9").unwrap();
    assert_eq!(run(&folder, &["test", "--", SUITE, "subject"]).0, 2);
    // It is said also where something else fails.
    entry("clause = \"values.l1\"\nreason = \"was mended\"");
    let (status, _, message) = judge(&folder, &[], "half-l2");
    assert_eq!(status, 1);
    assert!(
        message.contains("no longer fail, or are not asked: values.l1"),
        "{message}"
    );
}

#[test]
fn the_file_says_the_subject_and_the_edition() {
    let folder = folder("file");
    let text = format!("edition = \"tf-2.3\"\nsubject = [{SUITE:?}, \"subject\"]\n");
    fs::write(folder.join("conformance.toml"), text).unwrap();
    let (status, report, message) = run(&folder, &["test"]);
    assert_eq!(status, 0, "{message}");
    assert!(report.contains("· tf-2.3 ·"), "{report}");
    let (_, report, _) = run(&folder, &["test", "--edition", "keras-3.0"]);
    assert!(report.contains("· keras-3.0 ·"), "{report}");
    fs::remove_file(folder.join("conformance.toml")).unwrap();
    let (status, _, message) = run(&folder, &["test"]);
    assert_eq!(status, 2);
    assert!(
        message.contains("which subject? write -- and how it is started"),
        "{message}"
    );
    let (status, _, message) = run(
        &folder,
        &["test", "--expect", "nowhere.toml", "--", SUITE, "subject"],
    );
    assert_eq!(status, 2);
    assert!(message.contains("nowhere.toml"), "{message}");
}

#[test]
fn an_edition_that_is_not_claimed_is_nothing_tested() {
    let folder = folder("edition");
    let greeting = r#"{"hello":1,"name":"a","version":"1","language":"sh","claims":{"ops":[],"dtypes":[],"editions":["tf-2.3"]}}"#;
    let script = format!("read line; echo '{greeting}'; cat > /dev/null");
    let (status, _, message) = run(&folder, &["test", "--", "sh", "-c", &script]);
    assert_eq!(status, 4);
    assert!(
        message.contains("nothing was tested: a does not claim keras-3.14.1: try --edition tf-2.3"),
        "{message}"
    );
    let (status, report, message) = run(
        &folder,
        &["test", "--edition", "tf-2.3", "--", "sh", "-c", &script],
    );
    assert_eq!(status, 4, "{report}");
    assert!(message.contains("nothing was tested"), "{message}");
}

#[test]
fn a_saved_run_is_rendered_and_a_cut_one_is_not() {
    let folder = folder("report");
    let (status, ..) = judge(&folder, &["--save", "run.jsonl"], "half-l2");
    assert_eq!(status, 1);
    let (_, text, _) = run(&folder, &["report", "run.jsonl"]);
    assert!(text.contains("it computes ½λΣx² instead of λΣx²"), "{text}");
    for (form, part) in [
        ("md", "| "),
        ("html", "<!DOCTYPE html>"),
        ("junit", "<testsuites"),
        ("badge", "<svg"),
    ] {
        let (status, text, message) = run(&folder, &["report", "run.jsonl", "--as", form]);
        assert_eq!((status, &*message), (0, ""));
        assert!(text.contains(part), "{form}: {text}");
    }
    let saved = fs::read_to_string(folder.join("run.jsonl")).unwrap();
    let lines: Vec<&str> = saved.lines().collect();
    for (kept, message) in [
        (
            &lines[..lines.len() - 1],
            "the last line is no footer: the run was not finished",
        ),
        (
            &[&lines[..9], &lines[10..]].concat(),
            "the footer's counts are not those of the clauses",
        ),
        (&lines[..1], "a run has a header and a footer"),
    ] {
        fs::write(folder.join("cut.jsonl"), kept.join("\n")).unwrap();
        let (status, _, found) = run(&folder, &["report", "cut.jsonl"]);
        assert_eq!(status, 2);
        assert!(found.contains(message), "{message:?} is not in {found}");
    }
    let (status, _, message) = run(
        &folder,
        &["report", "run.jsonl", "run.jsonl", "--as", "badge"],
    );
    assert_eq!(
        (status, message.contains("a badge is of one run")),
        (2, true)
    );
}

#[test]
fn a_run_is_the_same_with_the_same_seed() {
    let folder = folder("seed");
    for name in ["a.jsonl", "b.jsonl"] {
        judge(&folder, &["--save", name], "gradient-half-l2");
    }
    let [a, b] = ["a.jsonl", "b.jsonl"].map(|name| fs::read_to_string(folder.join(name)).unwrap());
    assert!(a == b);
}

#[test]
fn a_search_finds_the_least_numbers_and_a_test_asks_them_again() {
    let folder = folder("explore");
    let subject = ["--", SUITE, "subject", "--mistake", "tail-of-16"];
    let explore = [
        &["explore", "--seed", "1", "--property", "lattice"],
        &subject[..],
    ]
    .concat();
    let (status, text, message) = run(&folder, &explore);
    assert_eq!(status, 1, "{text}{message}");
    assert!(
        text.contains("✗ lattice (order.lattice), the least after"),
        "{text}"
    );
    let path = fs::read_dir(folder.join("regressions"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let finding: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    // Of all that are left out the least is one weight that is not 0: the other numbers are 0, or are not there.
    let x = finding["requests"][0]["request"]["x"].as_array().unwrap();
    let zeros = x
        .iter()
        .filter(|word| word.as_str().unwrap().bytes().all(|digit| digit == b'0'))
        .count();
    assert_eq!(zeros + 1, x.len(), "{finding}");

    let (status, report, _) = run(&folder, &[&["test", "--seed", "1"], &subject[..]].concat());
    let asked = finding["requests"][0]["asked"].as_str().unwrap();
    assert_eq!(status, 1);
    let (_, whole, _) = run(
        &folder,
        &[
            &["test", "--seed", "1", "--save", "run.jsonl"],
            &subject[..],
        ]
        .concat(),
    );
    let saved = fs::read_to_string(folder.join("run.jsonl")).unwrap();
    assert!(
        saved.contains(&serde_json::to_string(asked).unwrap()),
        "{report}{whole}"
    );
    // It is a case of the reference too, which passes it.
    let (status, report, _) = run(&folder, &["test", "--seed", "1", "--", SUITE, "subject"]);
    assert_eq!(status, 0, "{report}");
    let count = |report: &str| {
        report
            .split(" sent")
            .next()
            .unwrap()
            .rsplit('\n')
            .next()
            .unwrap()
            .parse::<usize>()
            .unwrap()
    };
    let (_, without, _) = run(
        &folder,
        &[
            "test",
            "--seed",
            "1",
            "--regressions",
            "..",
            "--",
            SUITE,
            "subject",
        ],
    );
    assert_eq!(count(&report), count(&without) + 1);
}

#[test]
fn a_search_of_the_reference_finds_nothing() {
    let folder = folder("nothing");
    for edition in ["keras-2.2", "keras-3.0", "keras-3.14.1"] {
        let (status, text, _) = run(
            &folder,
            &[
                "explore",
                "--edition",
                edition,
                "--cases",
                "40",
                "--seed",
                "3",
                "--",
                SUITE,
                "subject",
            ],
        );
        assert_eq!(status, 0, "{text}");
        assert_eq!(text.matches('✓').count(), 11, "{text}");
    }
    assert!(!folder.join("regressions").exists());
    let (status, _, message) = run(
        &folder,
        &["explore", "--property", "typo", "--", SUITE, "subject"],
    );
    assert_eq!(status, 4);
    assert!(message.contains("nothing was tested"), "{message}");
}

#[test]
fn a_regression_that_cannot_be_read_says_so() {
    let folder = folder("regressions");
    fs::create_dir(folder.join("regressions")).unwrap();
    for (text, message) in [
        ("{}", "there is no property \"\""),
        ("nonsense", "expected"),
        (
            "{\"property\":\"lattice\",\"requests\":[]}",
            "judges 1 requests together, and there are 0",
        ),
        (
            "{\"property\":\"lattice\",\"requests\":[{\"request\":{\"op\":\"get\",\"identifier\":\"l1\"}}]}",
            "get \"l1\" is none that it makes",
        ),
        (
            "{\"property\":\"lattice\",\"requests\":[{\"request\":{\"op\":\"penalty\"}}]}",
            "a request of \"lattice\": \"reg\" is missing",
        ),
    ] {
        fs::write(folder.join("regressions/a.json"), text).unwrap();
        let (status, _, found) = run(&folder, &["test", "--", SUITE, "subject"]);
        assert_eq!(status, 2, "{found}");
        assert!(
            found.contains(message) && found.contains("a.json"),
            "{found}"
        );
    }
}

/// A file of somebody else is read by `report` too.
#[test]
fn a_file_that_cannot_be_read_does_not_steer_the_terminal() {
    let folder = folder("steers");
    let long = format!(r"\u001b[2J\n\u009b1A\u202e{}", "x".repeat(1 << 20));
    let header = r#"{"suite":"1","edition":"e","seed":1,"command":"","subject":{"hello":1,"name":"a","version":"1","language":"l","claims":{"ops":[],"dtypes":[]}}}"#;
    let footer = r#"{"sent":0}"#;
    let run_file = |clause: &str| format!("{header}\n{clause}\n{footer}\n");
    let failure = format!(
        r#"{{"clause":"c","title":"t","chapter":"c","line":1,"conforms":1,"not_claimed":0,"failures":[{{"{long}":1}}]}}"#
    );
    for (text, message) in [
        (run_file(&format!(r#"{{"{long}":1}}"#)), "a clause has no "),
        (run_file(&failure), "a failure has no "),
        (
            run_file("").replace("\"hello\":1", &format!("\"hello\":\"{long}\"")),
            "speaks version ",
        ),
        (
            run_file("").replace("\"ops\":[]", &format!("\"ops\":[\"{long}\"]")),
            "is no operation",
        ),
        (
            run_file("").replace("\"ops\"", &format!("\"{long}\"")),
            "there is no claim ",
        ),
    ] {
        fs::write(folder.join("run.jsonl"), text).unwrap();
        let (status, _, said) = run(&folder, &["report", "run.jsonl"]);
        assert_eq!(status, 2, "{said}");
        assert!(said.contains(message), "{message}: {said}");
        let steers = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(
            !said.contains(steers) && said.lines().count() == 1,
            "{said:?}"
        );
        assert!(
            said.contains("characters more)") && said.len() < 1000,
            "{said}"
        );
    }
}

#[test]
fn every_clause_is_explained() {
    let folder = folder("explain");
    for id in regularize_conformance::IDS {
        let (status, text, _) = run(&folder, &["explain", id]);
        assert_eq!(status, 0);
        assert!(
            text.starts_with(&format!("{id} — ")) && !text.contains("\n### "),
            "{text}"
        );
        assert!(text.lines().count() > 3, "{text}");
    }
    let (status, _, message) = run(&folder, &["explain", "zero-factor"]);
    assert_eq!(status, 2);
    assert!(
        message.contains("SPEC.md has no clause \"zero-factor\": write special.zero-factor"),
        "{message}"
    );
}

#[test]
fn cases_are_lines_that_need_no_subject() {
    let (status, text, _) = run(
        &folder("cases"),
        &["cases", "--edition", "tf-2.3", "--only", "values"],
    );
    assert_eq!(status, 0);
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        assert!(
            case["clause"].as_str().unwrap().starts_with("values."),
            "{case}"
        );
        assert!(
            case["request"]["op"].is_string() && case["request"].get("id").is_none(),
            "{case}"
        );
        assert!(case["expect"].is_object(), "{case}");
    }
    assert!(text.lines().count() > 50);
    let (status, _, message) = run(&folder("cases"), &["cases", "--only", "typo"]);
    assert_eq!((status, message.contains("no case is selected")), (4, true));
}

#[test]
fn usage_is_status_2_and_names_what_there_is() {
    let folder = folder("usage");
    assert_eq!(run(&folder, &[]).0, 2);
    assert_eq!(run(&folder, &["tset"]).0, 2);
    let (status, _, message) = run(&folder, &["test", "--edition", "keras-4", "--", "true"]);
    assert_eq!(status, 2);
    assert!(
        message.contains("no such edition: write keras-2.2, tf-2.0,"),
        "{message}"
    );
    let (status, help, _) = run(&folder, &["--help"]);
    assert_eq!(status, 0);
    for part in [
        "test",
        "explore",
        "explain",
        "cases",
        "report",
        "self-test",
        "subject",
        "exit status",
    ] {
        assert!(help.contains(part), "{help}");
    }
    let (status, table, _) = run(&folder, &["self-test"]);
    assert_eq!(status, 0, "{table}");
    assert!(
        table.contains("half-l2") && table.contains("every mistake is caught and told apart"),
        "{table}"
    );
}

#[test]
fn a_search_ends_when_its_time_is_over_and_every_property_had_some() {
    let folder = folder("time");
    let (status, text, _) = run(
        &folder,
        &[
            "explore", "--for", "2s", "--seed", "1", "--", SUITE, "subject",
        ],
    );
    assert_eq!(status, 0, "{text}");
    assert_eq!(text.matches('✓').count(), 11, "{text}");
    let (status, text, _) = run(
        &folder,
        &[
            "explore", "--for", "0s", "--seed", "1", "--", SUITE, "subject",
        ],
    );
    assert_eq!(status, 4, "{text}");
    assert_eq!(text.matches('–').count(), 11, "{text}");
}

#[test]
fn a_search_greets_as_a_test_does() {
    let folder = folder("greets");
    let greeting = r#"{"hello":1,"name":"a","version":"1","language":"sh","claims":{"ops":[],"dtypes":[],"editions":["tf-2.3"]}}"#;
    let script = format!("read line; echo '{greeting}'; cat > /dev/null");
    let (status, _, message) = run(&folder, &["explore", "--", "sh", "-c", &script]);
    assert_eq!(status, 4);
    assert!(
        message.contains("a does not claim keras-3.14.1: try --edition tf-2.3"),
        "{message}"
    );
}

#[test]
fn a_finding_is_asked_again_where_its_clause_is_selected() {
    let folder = folder("replay");
    let subject = ["--", SUITE, "subject", "--mistake", "tail-of-16"];
    run(
        &folder,
        &[
            &["explore", "--seed", "1", "--property", "any-order"],
            &subject[..],
        ]
        .concat(),
    );
    let count = |arguments: &[&str]| {
        let (_, report, _) = run(
            &folder,
            &[
                &["test", "--seed", "1"],
                arguments,
                &["--", SUITE, "subject"],
            ]
            .concat(),
        );
        report
            .split(" sent")
            .next()
            .unwrap()
            .rsplit('\n')
            .next()
            .unwrap()
            .parse::<usize>()
            .unwrap()
    };
    assert_eq!(
        count(&["--only", "order.bound"]),
        count(&["--only", "order.bound", "--regressions", ".."]) + 1
    );
    assert_eq!(
        count(&["--only", "values.l1"]),
        count(&["--only", "values.l1", "--regressions", ".."])
    );
}

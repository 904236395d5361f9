//! The page in a browser: as wide as a phone, unfolded by a click, and readable in light and in dark.
//!
//! The browser is chromium, or what the environment's `CHROME` names.

#![cfg(feature = "command")]

use regularize_conformance::report::html;
use regularize_conformance::run::{ClauseResult, Failure, Known, Run};
use regularize_conformance::wire::{Claims, Dtype, Hello, Op};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Runs inside of a page that has the page in a frame, and writes what it measured into an element.
const CHECKER: &str = include_str!("page.js");

/// The contrast that WCAG 2 asks of text at level AA.
const CONTRAST: f64 = 4.5;

#[test]
fn page_is_readable_in_light_and_in_dark() {
    let Some(browser) = browser() else {
        // Not by `eprintln!`, which is shown of a test that fails alone.
        let line = "skipped: there is no chromium on PATH, and CHROME names none; try apt-get install chromium\n";
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return;
    };
    let runs = runs();
    // A number of chromium's, whose meaning the page tells.
    let found = [0, 1].map(|scheme| measure(&browser, &html(&runs), scheme));
    for measured in &found {
        for width in ["phone", "phoneUnfolded", "desk"] {
            let [page, frame] =
                [0, 1].map(|index| measured[width][index].as_f64().expect("a width"));
            assert!(
                page <= frame,
                "{width}: the page has {page} px, and the screen {frame}"
            );
        }
        assert_eq!(measured["phone"][1], 360);
        assert_eq!(
            measured["dark"], measured["darkPage"],
            "the page is as dark as the reader prefers"
        );
        assert_eq!(measured["lang"], "en");
        assert_eq!(measured["title"], "Does it regularize like Keras?");
        assert_eq!(measured["cells"], cells(&runs));
        assert_eq!(measured["dangling"], json!([]), "links into nothing");
        assert_eq!(measured["resources"], 0, "of other files");
        assert_eq!(measured["attacked"], false, "a subject's name was run");
        assert_eq!(
            measured["summary"],
            json!([false, true, true]),
            "folded, then unfolded and seen"
        );
        assert_eq!(
            measured["cell"],
            json!([false, true, true]),
            "folded, then unfolded and seen"
        );
        assert_eq!(measured["unreachable"], json!([]), "by keyboard");
        let texts = measured["texts"].as_u64().expect("a count");
        assert!(texts > 100, "only {texts} texts were looked at");
        let worst = measured["contrast"].as_f64().expect("a contrast");
        assert!(worst >= CONTRAST, "{worst:.2} at {}", measured["faintest"]);
    }
    let mut schemes = found.map(|measured| measured["dark"].as_bool());
    schemes.sort_unstable();
    assert_eq!(
        schemes,
        [Some(false), Some(true)],
        "light and dark were both looked at"
    );
}

/// The texts of the matrix, row by row.
fn cells(runs: &[Run]) -> Value {
    let cell = |sign: &str, conform: usize, sent: usize| format!("{sign}{conform}/{sent}");
    let mut texts = Vec::new();
    for run in runs {
        let counts = run.counts();
        let sign = match (run.broken.is_some(), run.passes(), counts.expected) {
            (true, ..) => "!",
            (_, false, _) => "✗",
            (_, _, 0) => "✓",
            _ => "~",
        };
        texts.push(cell(sign, counts.conform, counts.sent()));
        for (_, clauses) in run.chapters() {
            let counts = regularize_conformance::run::sum(clauses);
            texts.push(
                match (
                    counts.fail,
                    counts.expected,
                    counts.sent(),
                    counts.not_claimed,
                ) {
                    (0, 0, 0, 0) => "·not asked".into(),
                    (0, 0, 0, _) => "—".into(),
                    (0, 0, sent, _) => cell("✓", counts.conform, sent),
                    (0, _, sent, _) => cell("~", counts.conform, sent),
                    (_, _, sent, _) => cell("✗", counts.conform, sent),
                },
            );
        }
    }
    json!(texts)
}

fn measure(browser: &Path, page: &str, scheme: u8) -> Value {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("page-{scheme}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the page");
    fs::write(folder.join("page.html"), page).expect("the page is written");
    let checker = format!("<!DOCTYPE html><meta charset=utf-8><body><script>{CHECKER}</script>");
    fs::write(folder.join("checker.html"), checker).expect("the checker is written");
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
        ])
        .args([
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args([
            "--allow-file-access-from-files",
            "--window-size=1300,1000",
            "--virtual-time-budget=60000",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
        .arg("--dump-dom")
        .arg(format!("file://{}", folder.join("checker.html").display()))
        .output()
        .expect("the browser starts");
    // It is of use to nobody if the test passes, and else `page.html` is made again.
    let _ = fs::remove_dir_all(&folder);
    let dom = String::from_utf8_lossy(&output.stdout);
    let text = dom
        .split_once("<pre>")
        .and_then(|(_, rest)| rest.split_once("</pre>"));
    let found = text.and_then(|(text, _)| serde_json::from_str(text).ok());
    found.unwrap_or_else(|| {
        panic!(
            "the browser says {dom}\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

fn browser() -> Option<PathBuf> {
    if let Some(browser) = env::var_os("CHROME") {
        return Some(browser.into());
    }
    let path = env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut found = env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    found.find(|file| file.is_file())
}

/// One run of each outcome, with names and messages that would rather be programs.
fn runs() -> Vec<Run> {
    let chapters = [
        "Factors",
        "Values",
        "Special values",
        "Any order",
        "Gradients",
        "Proximal operator",
        "Activity",
    ];
    let run = |name: &str| Run {
        suite: "0.1.0".into(),
        edition: "keras-3.14.1".into(),
        seed: 24301,
        command: format!("python3 {}.py", "a-name-without-an-end".repeat(8)),
        hello: Hello {
            name: name.into(),
            version: "1.2.0".into(),
            language: "python 3.11.7, jax 0.7".into(),
            claims: Claims::new(
                &[Op::Construct, Op::Penalty, Op::Gradient],
                &[Dtype::F32, Dtype::F64],
            ),
        },
        clauses: chapters
            .iter()
            .enumerate()
            .map(|(index, chapter)| ClauseResult {
                clause: format!("{}.clause", chapter.to_lowercase().replace(' ', "-")),
                title: "What the clause states, in as many words as it needs".into(),
                chapter: (*chapter).into(),
                line: 100 * (index + 1),
                conforms: 12,
                not_claimed: 0,
                failures: Vec::new(),
            })
            .collect(),
        mistake: None,
        broken: None,
        seconds: 0.4,
    };
    let failure = |known: Option<Known>| {
        Failure {
        asked: "gradient l1_l2(0.1, 0.1) [1, 2, 3, 4, 5, 6, … 1000 more] : f64".into(),
        line: 110,
        want: "[0] 0.10000000149011612  3fb99999a0000000 … 0.2  3fc999999999999a\n[1] 1  3ff0000000000000".into(),
        got: format!("rejected: internal (<script>parent.attacked = true</script>{})", "x".repeat(300)),
        off: Some("162346.0 × the bound away from the middle".into()),
        known,
    }
    };

    let passing = run("passing");
    let mut failing = run("<script>parent.attacked = true</script>");
    failing.clauses[1].failures = vec![failure(None), failure(None)];
    failing.clauses[5].conforms = 0;
    failing.clauses[5].not_claimed = 7;
    failing.mistake = Some("it computes <img src=x onerror='parent.attacked = true'>".into());
    let mut expected = run(&"expected".repeat(12));
    let known = Known {
        reason: "XLA flushes".into(),
        issue: Some("https://example.org/issues/1".into()),
    };
    expected.clauses[4].failures = vec![failure(Some(known))];
    let mut broken = run("broken");
    broken.broken = Some("the subject was silent for 10 s".into());
    broken.clauses[6].conforms = 0;
    vec![passing, failing, expected, broken]
}

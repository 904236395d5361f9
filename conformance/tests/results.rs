//! The committed results: they are of this suite, and their README explains each that is wrong.

#![cfg(feature = "command")]

use regularize_conformance::run::{ClauseResult, Run};
use regularize_conformance::wire::Class;
use regularize_conformance::{EDITIONS, Edition, checks, report};
use std::fs;
use std::path::{Path, PathBuf};

const AGAIN: &str = "write the results again: python3 conformance/subjects/run.py";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("results")
}

/// All runs, the newest edition first.
fn runs() -> Vec<(PathBuf, Run)> {
    let mut runs = Vec::new();
    for edition in EDITIONS.iter().rev() {
        let Ok(entries) = fs::read_dir(folder().join(edition)) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let text = fs::read_to_string(&path).unwrap();
            let run = Run::from_jsonl(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(run.edition, *edition, "{}", path.display());
            runs.push((path, run));
        }
    }
    assert!(runs.len() > 20, "results are missing");
    runs
}

#[test]
fn they_are_of_the_cases_of_today() {
    for (path, run) in runs() {
        let edition: Edition = run.edition.parse().unwrap();
        let mut checks = checks(edition, run.hello.claims.at_zero);
        let asked = checks
            .iter()
            .filter(|check| check.is_claimed(&run.hello.claims))
            .count();
        assert_eq!(run.counts().sent(), asked, "{}: {AGAIN}", path.display());
        checks.dedup_by_key(|check| check.clause);
        let clauses: Vec<&str> = checks.iter().map(|check| check.clause).collect();
        let found: Vec<&str> = run.clauses.iter().map(|clause| &*clause.clause).collect();
        assert_eq!(found, clauses, "{}: {AGAIN}", path.display());
    }
}

#[test]
fn nothing_fails_without_a_reason() {
    for (path, run) in runs() {
        assert!(run.passes(), "{}", path.display());
    }
}

/// The reference answers today as it did, in every edition.
#[test]
fn the_reference_is_in_every_edition() {
    for edition in Edition::ALL {
        let path = folder().join(edition.name()).join("reference.jsonl");
        let saved = Run::from_jsonl(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!((saved.counts().expected, saved.counts().fail), (0, 0));
        let run = regularize_conformance::test(
            &mut regularize_conformance::Reference::new(edition),
            edition,
        );
        assert_eq!(saved.clauses, run.clauses, "{}: {AGAIN}", path.display());
        assert_eq!(saved.hello, run.hello, "{}: {AGAIN}", path.display());
    }
}

/// Each newest release of Keras 3 on each backend, and a subject for each way of writing one.
#[test]
fn the_promised_subjects_are_there() {
    let there: Vec<String> = runs()
        .iter()
        .map(|(_, run)| run.hello.name.clone())
        .collect();
    for name in [
        "keras-numpy",
        "keras-jax",
        "keras-tensorflow",
        "keras-torch",
        "tf_keras",
        "tensorflow.js",
        "candle",
        "burn",
        "numpy",
        "javascript-subject",
        "c-subject",
        "python",
    ] {
        assert!(
            there.iter().any(|known| known == name),
            "{name} is not among {there:?}"
        );
    }
}

/// What the README says of one subject in a row of its table: that a clause fails.
#[derive(Debug)]
struct Row {
    clause: String,
    name: String,
    /// One, or any.
    release: Option<String>,
    edition: Option<String>,
}

impl Row {
    fn covers(&self, run: &Run) -> bool {
        let is =
            |said: &Option<String>, found: &str| said.as_ref().is_none_or(|said| said == found);
        self.name == run.hello.name
            && is(&self.release, &run.hello.version)
            && is(&self.edition, &run.edition)
    }
}

/// The rows for clauses: a subject is its name, a release where not all are meant, and `in` an edition. What begins with a
/// digit is one more release of the subject before.
fn rows(readme: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in readme.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", clause, subjects, _, _, ""] = cells[..] else {
            continue;
        };
        let Some(clause) = clause.strip_prefix('`').and_then(|id| id.strip_suffix('`')) else {
            continue;
        };
        let mut name = "";
        for subject in subjects.split([',', ';']).map(str::trim) {
            let (subject, edition) = match subject.split_once(" in ") {
                Some((subject, edition)) => (subject, Some(edition.to_owned())),
                None => (subject, None),
            };
            let release = match subject.split_once(' ') {
                _ if subject.starts_with(|first: char| first.is_ascii_digit()) => Some(subject),
                Some((of, release)) => {
                    name = of;
                    Some(release)
                }
                None => {
                    name = subject;
                    None
                }
            };
            rows.push(Row {
                clause: clause.into(),
                name: name.into(),
                release: release.map(str::to_owned),
                edition,
            });
        }
    }
    rows
}

#[test]
fn the_readme_has_their_table_and_explains_what_is_wrong() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let runs: Vec<Run> = runs().into_iter().map(|(_, run)| run).collect();
    let table = report::markdown(&runs);
    assert!(
        readme.contains(table.split("\n\n").next().unwrap()),
        "{AGAIN}"
    );
    let rows = rows(&readme);
    assert!(rows.len() > 20, "the rows are not found");
    for run in &runs {
        let fails = |clause: &&ClauseResult| !clause.failures.is_empty();
        for clause in run.clauses.iter().filter(fails) {
            let covers = |row: &&Row| row.clause == clause.clause && row.covers(run);
            assert!(
                rows.iter().any(|row| covers(&row)),
                "no row for {} of {} {} in {}",
                clause.clause,
                run.hello.name,
                run.hello.version,
                run.edition
            );
        }
    }
    for row in &rows {
        let covered: Vec<&Run> = runs.iter().filter(|run| row.covers(run)).collect();
        assert!(!covered.is_empty(), "of no run is {row:?}");
        for run in covered {
            let fails =
                |clause: &ClauseResult| clause.clause == row.clause && !clause.failures.is_empty();
            assert!(
                run.clauses.iter().any(fails),
                "{} {} does not fail in {}: {row:?}",
                run.hello.name,
                run.hello.version,
                run.edition
            );
        }
    }
    // What is left out is told too.
    let left_out = runs.iter().filter(|run| {
        let claims = &run.hello.claims;
        claims.ops.len() < 7 || claims.dtypes.len() < 4 || !claims.regs.contains(&Class::Orthogonal)
    });
    for run in left_out {
        let row = |line: &&str| line.starts_with(&format!("| {} ", run.hello.name));
        assert!(
            readme.lines().any(|line| row(&line)),
            "what {} leaves out is not told",
            run.hello.name
        );
    }
}

#[test]
fn the_page_shows_them() {
    let runs: Vec<Run> = runs().into_iter().map(|(_, run)| run).collect();
    let page = fs::read_to_string(folder().join("index.html")).unwrap();
    assert!(page == report::html(&runs), "{AGAIN}");
}

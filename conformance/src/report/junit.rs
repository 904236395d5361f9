//! Runs as JUnit's XML, which build servers read.

use super::block::{block, reason};
use super::matrix::name;
use super::outcome::Outcome;
use super::shown::{self, line, sentence};
use super::text::replay;
use crate::run::{ClauseResult, Run};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};
use std::fmt::Write;
use std::io;
use std::time::Duration;

/// How many wrong answers of a clause are shown.
const FAILURES: usize = 20;

/// How many lines of an answer are shown.
const LINES: usize = 20;

/// A suite for each run, and in it a case for each clause.
///
/// What is not claimed, and what is wrong as expected, is skipped with its reason. A run that ended early, or that asked
/// nothing, has a case with an error: it is no success.
///
/// # Errors
///
/// Those of writing XML.
pub fn junit(runs: &[Run]) -> io::Result<String> {
    let mut report = Report::new("regularize-conformance");
    for run in runs {
        report.add_test_suite(suite(run));
    }
    report.to_string().map_err(io::Error::other)
}

fn suite(run: &Run) -> TestSuite {
    let mut suite = TestSuite::new(format!("{} · {}", name(run), line(&run.edition)));
    // A file may have any number; one that is no duration is left out.
    if let Ok(time) = Duration::try_from_secs_f64(run.seconds) {
        suite.set_time(time);
    }
    suite.add_property(Property::new("suite", line(&run.suite)));
    suite.add_property(Property::new("edition", line(&run.edition)));
    suite.add_property(Property::new("seed", run.seed.to_string()));
    suite.add_property(Property::new("command", shown::whole(&run.command)));
    suite.add_property(Property::new("language", line(&run.hello.language)));
    if let Some(mistake) = &run.mistake {
        suite.set_system_out(format!(
            "Every wrong answer is explained by one mistake: {}",
            sentence(mistake)
        ));
    }
    if let Some(error) = error(run) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(error);
        let mut case = TestCase::new("the run", status);
        case.set_classname("The run");
        suite.add_test_case(case);
    }
    for clause in &run.clauses {
        let mut case = TestCase::new(line(&clause.clause), status(run, clause));
        case.set_classname(line(&clause.chapter));
        case.set_assertions(clause.counts().sent());
        suite.add_test_case(case);
    }
    suite
}

/// Why a run is no success, where no clause says so.
fn error(run: &Run) -> Option<String> {
    match &run.broken {
        Some(broken) => Some(format!("The run ended early: {}", sentence(broken))),
        None if run.counts().sent() == 0 => Some("Nothing was tested.".into()),
        None => None,
    }
}

fn status(run: &Run, clause: &ClauseResult) -> TestCaseStatus {
    let counts = clause.counts();
    match Outcome::of(&counts) {
        Outcome::Conforms => TestCaseStatus::success(),
        Outcome::Fails => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let title = line(&clause.title);
            let sent = counts.sent();
            status.set_message(format!(
                "{title}: {} of {sent} answers are wrong (SPEC.md:{})",
                counts.fail, clause.line
            ));
            status.set_type("wrong answer");
            status.set_description(description(run, clause));
            status
        }
        Outcome::Expected => {
            let reasons: Vec<String> = shown::reasons(clause)
                .iter()
                .map(|(known, _)| reason(known))
                .collect();
            skipped(format!(
                "{} of {} answers are wrong, as expected: {}",
                counts.expected,
                counts.sent(),
                reasons.join(" ")
            ))
        }
        outcome => skipped(outcome.words().into()),
    }
}

fn skipped(message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn description(run: &Run, clause: &ClauseResult) -> String {
    let mut text = String::new();
    for failure in clause
        .failures
        .iter()
        .filter(|failure| failure.known.is_none())
        .take(FAILURES)
    {
        text += &block(failure, LINES);
        text.push('\n');
    }
    let more = clause.counts().fail.saturating_sub(FAILURES);
    if more > 0 {
        // A `String` takes whatever is written.
        let _ = writeln!(text, "… and {more} more\n");
    }
    for (known, count) in shown::reasons(clause) {
        let _ = writeln!(text, "{count} more as expected: {}", reason(known));
    }
    if let Some(replay) = replay(run, clause) {
        let _ = writeln!(text, "replay  {replay}");
    }
    text
}

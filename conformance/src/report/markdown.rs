//! Runs as a table of Markdown, with what is wrong below it.

use super::block::{block, reason};
use super::matrix::{chapter, chapters, name};
use super::outcome::{Outcome, count};
use super::shown::{self, line, sentence};
use super::text::replay;
use crate::run::{ClauseResult, Counts, Run};
use std::fmt::Write;

/// How many wrong answers of a clause are shown.
const FAILURES: usize = 3;

/// How many lines of an answer are shown.
const LINES: usize = 4;

/// A row for each run, a column for each chapter, and a list of what is wrong.
#[must_use]
pub fn markdown(runs: &[Run]) -> String {
    if runs.is_empty() {
        return "There are no runs.\n".into();
    }
    let chapters = chapters(runs);
    let mut text = String::from("| subject | all |");
    for chapter in &chapters {
        text += &format!(" {} |", escape(&line(chapter).to_lowercase()));
    }
    text += "\n|---|";
    text += &"---:|".repeat(chapters.len() + 1);
    text.push('\n');
    for run in runs {
        let name = format!("{} · {}", name(run), line(&run.edition));
        text += &format!("| {} | {} |", escape(&name), total(run));
        for column in &chapters {
            text += &format!(
                " {} |",
                cell(&chapter(run, column).map_or_else(Counts::default, |(_, counts)| counts))
            );
        }
        text.push('\n');
    }
    text += "\nA cell counts the answers that are right, of those that were asked for. ✗: an answer is wrong. \
             ~: what is wrong was expected. —: not claimed, or not asked.\n";
    for run in runs.iter().filter(|run| needs_words(run)) {
        details(&mut text, run);
    }
    text
}

fn total(run: &Run) -> String {
    match Outcome::of_run(run) {
        Outcome::Broken => format!("{} ended early ✗", count(&run.counts())),
        _ => cell(&run.counts()),
    }
}

fn cell(counts: &Counts) -> String {
    match Outcome::of(counts) {
        Outcome::NotClaimed | Outcome::NotAsked => "—".into(),
        Outcome::Conforms => count(counts),
        outcome => format!("{} {}", count(counts), outcome.sign()),
    }
}

fn needs_words(run: &Run) -> bool {
    Outcome::of_run(run) != Outcome::Conforms
}

fn details(text: &mut String, run: &Run) {
    // A `String` takes whatever is written.
    let _ = writeln!(
        text,
        "\n### {} · {}\n",
        escape(&name(run)),
        escape(&line(&run.edition))
    );
    if let Some(broken) = &run.broken {
        let _ = writeln!(text, "The run ended early: {}\n", escape(&sentence(broken)));
    } else if run.counts().sent() == 0 {
        text.push_str("Nothing was tested.\n\n");
    }
    if let Some(mistake) = &run.mistake {
        let mistake = escape(&sentence(mistake));
        let _ = writeln!(
            text,
            "Every wrong answer is explained by one mistake: {mistake}\n"
        );
    }
    for clause in run
        .clauses
        .iter()
        .filter(|clause| !clause.failures.is_empty())
    {
        list(text, run, clause);
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
}

fn list(text: &mut String, run: &Run, clause: &ClauseResult) {
    let (name, title) = (escape(&line(&clause.clause)), escape(&line(&clause.title)));
    let counts = clause.counts();
    let sign = Outcome::of(&counts).sign();
    let _ = writeln!(
        text,
        "- {sign} **{name}** — {title} (SPEC.md:{})\n",
        clause.line
    );
    for (known, count) in shown::reasons(clause) {
        let wrong = if count == 1 {
            "wrong answer"
        } else {
            "wrong answers"
        };
        let _ = writeln!(
            text,
            "  {count} {wrong}, as expected: {}\n",
            escape(&reason(known))
        );
    }
    // First what was not expected.
    let (known, unknown): (Vec<_>, Vec<_>) = clause
        .failures
        .iter()
        .partition(|failure| failure.known.is_some());
    let mut lines = String::new();
    for failure in unknown.iter().chain(&known).take(FAILURES) {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines += &block(failure, LINES);
    }
    let more = clause.failures.len().saturating_sub(FAILURES);
    if more > 0 {
        let _ = writeln!(lines, "\n… and {more} more");
    }
    if let Some(replay) = replay(run, clause) {
        let _ = writeln!(lines, "\n{replay}");
    }
    let fence = "`".repeat(longest(&lines, '`').max(2) + 1);
    let _ = writeln!(text, "  {fence}text");
    for line in lines.lines() {
        let _ = writeln!(text, "{}", format!("  {line}").trim_end());
    }
    let _ = writeln!(text, "  {fence}\n");
}

/// How many times in a row a character is in a text.
fn longest(text: &str, c: char) -> usize {
    text.split(|other| other != c)
        .map(str::len)
        .max()
        .unwrap_or(0)
}

/// Text in which nothing is a mark.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => escaped.extend(['\\', c]),
            // Else a mention, or a link to anywhere.
            '@' => escaped += "&#64;",
            _ => escaped.push(c),
        }
    }
    escaped
}

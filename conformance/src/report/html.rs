//! Runs as one page without anything outside of it: a matrix, and what is behind each of its cells.

use super::matrix::{chapter, chapters};
use super::outcome::{Outcome, count};
use super::shown::{self, line, sentence};
use super::text::{asides, claims, replay};
use crate::case::EDITIONS;
use crate::run::{ClauseResult, Counts, Failure, Known, Run, sum};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// How many wrong answers of a clause are shown.
const FAILURES: usize = 6;

/// How many lines of an answer are shown.
const LINES: usize = 12;

const TITLE: &str = "Does it regularize like Keras?";

const STYLE: &str = include_str!("page.css");

/// The page is whole without it: a cell is then a link to a chapter that its reader unfolds.
const SCRIPT: &str = include_str!("page.js");

/// The browser loads nothing from elsewhere, whatever is on the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'";

/// The page of all runs: a row for each, grouped by edition from the newest on, and a column for each chapter.
#[must_use]
pub fn html(runs: &[Run]) -> String {
    let groups = by_edition(runs);
    let chapters = chapters(runs);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (TITLE) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (TITLE) }
                    (lede(runs, groups.len()))
                }
                main {
                    @if !runs.is_empty() {
                        (matrix(&groups, &chapters))
                        (legend(runs))
                        h2 { "What was asked and answered" }
                        @for (edition, runs) in &groups {
                            h3 { (line(edition)) }
                            @for (id, run) in runs {
                                (details(*id, run))
                            }
                        }
                    }
                }
                footer { (suites(runs)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

/// The runs of each edition with their places among all, from the newest edition on; one that is unknown is last.
fn by_edition(runs: &[Run]) -> Vec<(&str, Vec<(usize, &Run)>)> {
    let mut groups: Vec<(&str, Vec<(usize, &Run)>)> = Vec::new();
    for (id, run) in runs.iter().enumerate() {
        match groups
            .iter_mut()
            .find(|(edition, _)| *edition == run.edition)
        {
            Some((_, runs)) => runs.push((id, run)),
            None => groups.push((&run.edition, vec![(id, run)])),
        }
    }
    let age = |edition: &str| {
        EDITIONS
            .iter()
            .rev()
            .position(|known| *known == edition)
            .unwrap_or(EDITIONS.len())
    };
    groups.sort_by_key(|(edition, _)| age(edition));
    groups
}

fn lede(runs: &[Run], editions: usize) -> Markup {
    let passing = runs.iter().filter(|run| run.passes()).count();
    let of = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    html! {
        @if runs.is_empty() {
            p { "There are no runs." }
        } @else {
            p {
                (of(runs.len(), "run", "runs")) " in " (of(editions, "edition", "editions")) ", of which "
                (passing) " " (if passing == 1 { "passes" } else { "pass" }) ". "
                "A row is an implementation of Keras’ L1 and L2 regularizers, a column a chapter of SPEC.md, and a cell "
                "counts the answers that are right, of those that were asked for."
            }
            p.soft { "A cell or a name leads to what was asked and answered." }
        }
    }
}

fn suites(runs: &[Run]) -> String {
    let mut suites: Vec<String> = runs
        .iter()
        .map(|run| format!("regularize-conformance {}", line(&run.suite)))
        .collect();
    suites.sort_unstable();
    suites.dedup();
    suites.join(", ")
}

const fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conforms => "right",
        Outcome::Expected => "known",
        Outcome::Fails | Outcome::Broken => "wrong",
        Outcome::NotClaimed | Outcome::NotAsked => "none",
    }
}

/// Beside the words that it stands for.
fn sign(outcome: Outcome) -> Markup {
    html! { span class={ "sign " (class(outcome)) } aria-hidden="true" { (outcome.sign()) } }
}

/// The signs that are on this page.
fn legend(runs: &[Run]) -> Markup {
    let chapters = |run| {
        Run::chapters(run)
            .into_iter()
            .map(|(_, clauses)| Outcome::of(&sum(clauses)))
    };
    let mut seen: Vec<Outcome> = runs.iter().flat_map(chapters).collect();
    seen.extend(runs.iter().map(Outcome::of_run));
    html! {
        ul.legend {
            @for outcome in Outcome::ALL.into_iter().filter(|outcome| seen.contains(outcome)) {
                li { (sign(outcome)) (outcome.words()) }
            }
        }
    }
}

fn matrix(groups: &[(&str, Vec<(usize, &Run)>)], chapters: &[&str]) -> Markup {
    html! {
        div.matrix role="region" aria-label="Runs by chapter" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "Subject" }
                        th scope="col" { "All" }
                        @for chapter in chapters {
                            th scope="col" { (line(chapter)) }
                        }
                    }
                }
                @for (edition, runs) in groups {
                    tbody {
                        tr {
                            th scope="rowgroup" { (line(edition)) }
                            td colspan=(chapters.len() + 1) {}
                        }
                        @for (id, run) in runs {
                            (row(*id, run, chapters))
                        }
                    }
                }
            }
        }
    }
}

fn row(id: usize, run: &Run, chapters: &[&str]) -> Markup {
    let all = format!("#run-{id}");
    html! {
        tr {
            th scope="row" {
                a href=(all) { (line(&run.hello.name)) }
                small { (line(&run.hello.version)) " · " (line(&run.hello.language)) }
            }
            td { (cell("total", &all, "all", Outcome::of_run(run), &run.counts())) }
            @for name in chapters {
                td {
                    @match chapter(run, name) {
                        Some((place, counts)) => {
                            (cell("", &format!("{all}-{place}"), name, Outcome::of(&counts), &counts))
                        }
                        None => span.soft { "·" },
                    }
                }
            }
        }
    }
}

fn cell(kind: &str, link: &str, chapter: &str, outcome: Outcome, counts: &Counts) -> Markup {
    let (said, words) = (said(outcome, counts), outcome.words());
    let mut label = format!("{}: {said}", line(chapter));
    if said != words {
        label = label + ", " + words;
    }
    html! {
        a class={ "cell " (class(outcome)) " " (kind) } href=(link) aria-label=(label) title=(label) {
            b { (outcome.sign()) }
            @match outcome {
                Outcome::NotClaimed => {}
                Outcome::NotAsked => span { "not asked" },
                _ => span { (counts.conform) "/" (counts.sent()) },
            }
        }
    }
}

/// A count with what is not in it.
fn said(outcome: Outcome, counts: &Counts) -> String {
    match outcome {
        Outcome::NotClaimed | Outcome::NotAsked => outcome.words().into(),
        _ => count(counts) + &asides(counts),
    }
}

/// What is unfolded on paper, since a reader of paper cannot.
fn details_class(kind: &str, outcome: Outcome) -> String {
    match outcome {
        Outcome::Fails | Outcome::Broken | Outcome::Expected => format!("{kind} unfold-on-paper"),
        _ => kind.to_owned(),
    }
}

fn details(id: usize, run: &Run) -> Markup {
    let outcome = Outcome::of_run(run);
    let counts = run.counts();
    html! {
        details id={ "run-" (id) } class=(details_class("run", outcome)) {
            summary {
                (sign(outcome))
                span.name { (line(&run.hello.name)) " " small { (line(&run.hello.version)) " · " (line(&run.hello.language)) } }
                span.count {
                    (said(Outcome::of(&counts), &counts))
                    @if outcome == Outcome::Broken { " · " (outcome.words()) }
                }
            }
            div.inside {
                @if let Some(broken) = &run.broken {
                    p.note.wrong {
                        "The run ended early: " (sentence(broken)) " Nothing is said of what was not asked."
                    }
                } @else if counts.sent() == 0 {
                    p.note.none { "Nothing was tested." }
                }
                @if let Some(mistake) = &run.mistake {
                    p.note.wrong { "Every wrong answer is explained by one mistake: " (sentence(mistake)) }
                }
                dl.facts {
                    dt { "claims" }
                    dd { (claims(&run.hello.claims)) }
                    @if !run.command.is_empty() {
                        dt { "command" }
                        dd { pre { (shown::whole(&run.command)) } }
                    }
                    dt { "seed" }
                    dd { (run.seed) }
                    dt { "answers" }
                    dd {
                        (counts.sent()) " sent · " (counts.conform) " right · " (counts.fail) " wrong · "
                        (counts.expected) " wrong as expected · " (counts.not_claimed) " not claimed"
                    }
                }
                @for (index, (name, clauses)) in run.chapters().iter().enumerate() {
                    (chapter_details(run, &format!("run-{id}-{index}"), name, clauses))
                }
            }
        }
    }
}

fn chapter_details(run: &Run, id: &str, name: &str, clauses: &[ClauseResult]) -> Markup {
    let counts = sum(clauses);
    let outcome = Outcome::of(&counts);
    html! {
        // Open where there is something to see.
        details id=(id) class=(details_class("chapter", outcome)) open[matches!(outcome, Outcome::Fails | Outcome::Expected)] {
            summary {
                (sign(outcome))
                span.name { (line(name)) }
                span.count { (said(outcome, &counts)) }
            }
            ul.clauses {
                @for clause in clauses {
                    li { (clause_item(run, clause)) }
                }
            }
        }
    }
}

fn clause_item(run: &Run, clause: &ClauseResult) -> Markup {
    let counts = clause.counts();
    let outcome = Outcome::of(&counts);
    // First what was not expected.
    let (known, unknown): (Vec<_>, Vec<_>) = clause
        .failures
        .iter()
        .partition(|failure| failure.known.is_some());
    let more = clause.failures.len().saturating_sub(FAILURES);
    html! {
        (sign(outcome))
        div {
            div.clause {
                span { code { (line(&clause.clause)) } " — " (line(&clause.title)) }
                span.where { (said(outcome, &counts)) " · SPEC.md:" (clause.line) }
            }
            @for (known, count) in shown::reasons(clause) {
                (reason(known, count))
            }
            @for failure in unknown.into_iter().chain(known).take(FAILURES) {
                (failure_list(failure))
            }
            @if more > 0 {
                p.soft { "… and " (more) " more" }
            }
            @if let Some(replay) = replay(run, clause).filter(|_| !clause.failures.is_empty()) {
                div.replay { "replay" pre { (replay) } }
            }
        }
    }
}

fn reason(known: &Known, count: usize) -> Markup {
    html! {
        p.reason {
            (count) (if count == 1 { " wrong answer" } else { " wrong answers" }) ", as expected: "
            (sentence(&known.reason))
            @if let Some(issue) = &known.issue {
                " "
                // A link of another scheme could be a program, and one that is not shown as it is could lead elsewhere.
                @if (issue.starts_with("https://") || issue.starts_with("http://")) && line(issue) == *issue {
                    a href=(issue) rel="noreferrer" { (line(issue)) }
                } @else {
                    (line(issue))
                }
            }
        }
    }
}

fn failure_list(failure: &Failure) -> Markup {
    let tone = if failure.known.is_some() {
        "known"
    } else {
        "wrong"
    };
    let [want, got] = shown::excerpts(&failure.want, &failure.got, LINES);
    html! {
        dl class={ "failure " (tone) } {
            dt { "asked" }
            dd.asked { pre { (line(&failure.asked)) } span.where { "SPEC.md:" (failure.line) } }
            dt { "want" }
            dd { pre { (want.join("\n")) } }
            dt { "got" }
            dd { pre { (got.join("\n")) } }
            @if let Some(off) = &failure.off {
                dt { "off" }
                dd { (line(off)) }
            }
        }
    }
}

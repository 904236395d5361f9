//! Runs as rows, and the chapters of SPEC.md as columns.

use super::shown::line;
use crate::run::{Counts, Run, sum};

/// A run's name among others.
pub(super) fn name(run: &Run) -> String {
    line(&format!("{} {}", run.hello.name, run.hello.version))
}

/// The chapters of all runs, in the order of SPEC.md.
pub(super) fn chapters(runs: &[Run]) -> Vec<&str> {
    let mut chapters: Vec<(usize, &str)> = Vec::new();
    for clause in runs.iter().flat_map(|run| &run.clauses) {
        match chapters
            .iter_mut()
            .find(|(_, chapter)| *chapter == clause.chapter)
        {
            Some((line, _)) => *line = clause.line.min(*line),
            None => chapters.push((clause.line, &clause.chapter)),
        }
    }
    chapters.sort_by_key(|(line, _)| *line);
    chapters.into_iter().map(|(_, chapter)| chapter).collect()
}

/// Where a chapter is among those of a run, and the counts of it.
pub(super) fn chapter(run: &Run, name: &str) -> Option<(usize, Counts)> {
    let chapters = run.chapters();
    let place = chapters.iter().position(|(chapter, _)| *chapter == name)?;
    Some((place, sum(chapters[place].1)))
}

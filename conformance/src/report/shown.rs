//! What an untrusted text looks like: nothing in it steers a terminal or a page, and it is short.

use crate::run::{ClauseResult, Known};
use regularize_core::visible;

/// How many characters of a line are shown.
const LINE: usize = 240;

/// How many characters are shown of what is of use as a whole only, as a command is.
const WHOLE: usize = 8000;

/// A text as one line.
pub(crate) fn line(text: &str) -> String {
    shortened(text, LINE)
}

/// A text as one line, as a whole unless nobody would use it.
pub(crate) fn whole(text: &str) -> String {
    shortened(text, WHOLE)
}

fn shortened(text: &str, most: usize) -> String {
    visible(text.trim_end_matches(['\n', '\r']), most).to_string()
}

/// What is wanted and what was answered, in at most `most` lines each and how many more there are.
///
/// The parts of a line, which two spaces separate, are below each other, so that digits are seen to differ.
pub(crate) fn excerpts(want: &str, got: &str, most: usize) -> [Vec<String>; 2] {
    let texts = [want, got];
    let lines = texts.map(|text| text.lines().take(most).map(line).collect::<Vec<_>>());
    let parts = lines
        .each_ref()
        .map(|lines| lines.iter().map(|line| parts(line)).collect::<Vec<_>>());
    let mut widths: Vec<usize> = Vec::new();
    for parts in parts.iter().flatten() {
        for (index, part) in parts.iter().enumerate() {
            widths.resize(widths.len().max(index + 1), 0);
            widths[index] = widths[index].max(part.chars().count());
        }
    }
    let align = |parts: &Vec<&str>| {
        let parts = parts
            .iter()
            .zip(&widths)
            .map(|(part, &width)| format!("{part:width$}"));
        parts.collect::<Vec<_>>().join("   ").trim_end().to_owned()
    };
    let [want, got] = [0, 1].map(|side| {
        let mut lines: Vec<String> = parts[side].iter().map(align).collect();
        match texts[side].lines().count() {
            0 => lines.push("nothing".into()),
            all if all > most => lines.push(format!("… and {} more", all - most)),
            _ => {}
        }
        lines
    });
    [want, got]
}

/// Why wrong answers to a clause were expected, and how many were for each reason.
pub(super) fn reasons(clause: &ClauseResult) -> Vec<(&Known, usize)> {
    let mut reasons: Vec<(&Known, usize)> = Vec::new();
    for known in clause
        .failures
        .iter()
        .filter_map(|failure| failure.known.as_ref())
    {
        match reasons.iter_mut().find(|(reason, _)| *reason == known) {
            Some((_, count)) => *count += 1,
            None => reasons.push((known, 1)),
        }
    }
    reasons
}

/// A text as one line, with its full stop.
pub(super) fn sentence(text: &str) -> String {
    let text = line(text.trim());
    match text.ends_with(['.', '!', '?', '…']) {
        true => text,
        false => text + ".",
    }
}

fn parts(line: &str) -> Vec<&str> {
    line.split("  ")
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

//! What an untrusted text looks like: nothing in it steers a terminal or a page, and it is short.

use crate::run::{ClauseResult, Failure, Known};

/// How many characters of a line are shown.
const LINE: usize = 240;

/// A text as one line.
pub(super) fn line(text: &str) -> String {
    visible(text, LINE)
}

/// A text as one line, however long, since a part of it is of no use.
pub(super) fn whole(text: &str) -> String {
    visible(text, usize::MAX)
}

/// What is wanted and what was answered, in at most `most` lines each and how many more there are.
///
/// The parts of a line, which two spaces separate, are below each other, so that digits are seen to differ.
pub(super) fn excerpts(failure: &Failure, most: usize) -> [Vec<String>; 2] {
    let texts =
        [&failure.want, &failure.got].map(|text| text.lines().map(line).collect::<Vec<_>>());
    let parts = texts.each_ref().map(|lines| {
        lines
            .iter()
            .take(most)
            .map(|line| parts(line))
            .collect::<Vec<_>>()
    });
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
        match texts[side].len() {
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

/// What a character is written as that a terminal obeys, that turns the direction of a line, or that is not seen.
fn visible(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for (index, c) in text.trim_end_matches(['\n', '\r']).chars().enumerate() {
        if index == most {
            shown.push('…');
            break;
        }
        match is_seen(c) {
            true => shown.push(c),
            false => shown.extend(c.escape_default()),
        }
    }
    shown
}

const fn is_seen(c: char) -> bool {
    !matches!(
        c,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

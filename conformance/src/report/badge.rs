//! A run as a badge.

use super::outcome::Outcome;
use super::shown::line;
use crate::run::Run;
use maud::html;

/// How wide a character of the badge's font is taken to be; the text is then made to fit.
const CHARACTER: usize = 7;

/// An SVG that says the edition, and how many answers are right of how many.
///
/// It is green if the run passes. A run that ended early says so instead of a count that would look like all.
#[must_use]
pub fn badge(run: &Run) -> String {
    let (counts, edition) = (run.counts(), line(&run.edition));
    let count = format!("{}/{}", counts.conform, counts.sent());
    let (said, colour) = match Outcome::of_run(run) {
        Outcome::Broken => ("ended early".to_owned(), RED),
        _ if run.passes() => (count, GREEN),
        _ => (count, RED),
    };
    let text = format!("{edition} · {said}");
    let name = super::matrix::name(run);
    let title = format!(
        "{name}, {edition}: {} of {} answers are right, {} are wrong, {} are wrong as expected",
        counts.conform,
        counts.sent(),
        counts.fail,
        counts.expected,
    );
    let length = text.chars().count() * CHARACTER;
    let width = length + 20;
    let svg = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height="22" viewBox=(format!("0 0 {width} 22"))
            role="img" aria-label=(text) {
            title { (title) }
            rect width=(width) height="22" rx="5" fill=(colour) {}
            text x="10" y="15.5" fill="#fff" font-size="12" textLength=(length)
                font-family="ui-sans-serif, system-ui, 'Segoe UI', Roboto, Verdana, sans-serif" { (text) }
        }
    };
    svg.into_string() + "\n"
}

/// White on it has a contrast of over 4.5.
const GREEN: &str = "#1a7f37";
const RED: &str = "#b3261e";

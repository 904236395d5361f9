//! A wrong answer as lines of fixed width.

use super::shown::{excerpts, line, sentence, whole};
use crate::run::{Failure, Known};

/// A reason, and where it is discussed.
pub(super) fn reason(known: &Known) -> String {
    match &known.issue {
        Some(issue) => format!("{} {}", sentence(&known.reason), whole(issue)),
        None => sentence(&known.reason),
    }
}

/// A wrong answer as lines of fixed width.
pub(super) fn block(failure: &Failure, most: usize) -> String {
    let mut text = format!(
        "asked  {}   SPEC.md:{}\n",
        line(&failure.asked),
        failure.line
    );
    let [want, got] = excerpts(&failure.want, &failure.got, most);
    for (name, lines) in [("want", want), ("got", got)] {
        for (index, line) in lines.iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            text += &format!("{name:7}{line}\n");
        }
    }
    if let Some(off) = &failure.off {
        text += &format!("off    {}\n", line(off));
    }
    text
}

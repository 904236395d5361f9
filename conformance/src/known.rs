//! `conformance.toml`: how a subject is started, and what is known to fail.

use crate::check::Check;
use crate::clause::IDS;
use crate::run::Known;
use glob::Pattern;
use std::cell::Cell;
use std::fmt;
use toml::{Table, Value};

/// The file.
#[derive(Debug, Default)]
pub(crate) struct Expectations {
    /// The edition, if it says one.
    pub(crate) edition: Option<String>,
    /// The program and its arguments, if it says them.
    pub(crate) subject: Option<Vec<String>>,
    failures: Vec<Entry>,
}

/// An entry `[[known-failure]]`.
#[derive(Debug)]
struct Entry {
    clause: String,
    case: Option<Pattern>,
    known: Known,
    /// Whether an answer was wrong as it says.
    is_met: Cell<bool>,
}

/// What is wrong with the file.
#[derive(Debug)]
pub(crate) enum FileError {
    /// It cannot be read.
    Syntax(String),
    /// An excuse that is none: without a reason, or of no clause.
    Entry(String),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(what) | Self::Entry(what) => f.write_str(what),
        }
    }
}

impl Expectations {
    pub(crate) fn parse(text: &str) -> Result<Self, FileError> {
        let table: Table = toml::from_str(text).map_err(|what| error(what.to_string()))?;
        only_known(&table, &["edition", "subject", "known-failure"])?;
        let entries = match table.get("known-failure") {
            None => &[][..],
            Some(entries) => {
                let entries = entries
                    .as_array()
                    .ok_or_else(|| error("write [[known-failure]]"))?;
                entries.as_slice()
            }
        };
        let subject = table.get("subject").map(|subject| {
            let words = subject.as_array().into_iter().flatten().map(Value::as_str);
            let words: Option<Vec<String>> = words.map(|word| word.map(str::to_owned)).collect();
            words
                .filter(|words| !words.is_empty())
                .ok_or_else(|| error("subject is a list of the program and its arguments"))
        });
        Ok(Self {
            edition: text_of(&table, "edition")?,
            subject: subject.transpose()?,
            failures: entries.iter().map(Entry::parse).collect::<Result<_, _>>()?,
        })
    }

    /// Why an answer to a check is expected to be wrong.
    pub(crate) fn known(&self, check: &Check) -> Option<Known> {
        let entry = self.failures.iter().find(|entry| {
            entry.clause == check.clause
                && entry
                    .case
                    .as_ref()
                    .is_none_or(|case| case.matches(&check.request.to_string()))
        })?;
        entry.is_met.set(true);
        Some(entry.known.clone())
    }

    /// The entries of which no answer was wrong: what they excuse is mended, or was never there.
    pub(crate) fn stale(&self) -> impl Iterator<Item = String> {
        let stale = self.failures.iter().filter(|entry| !entry.is_met.get());
        stale.map(|entry| match &entry.case {
            Some(case) => format!("{}: {case}", entry.clause),
            None => entry.clause.clone(),
        })
    }
}

impl Entry {
    fn parse(value: &Value) -> Result<Self, FileError> {
        let table = value
            .as_table()
            .ok_or_else(|| error("write [[known-failure]]"))?;
        only_known(table, &["clause", "case", "reason", "issue"])?;
        let clause =
            text_of(table, "clause")?.ok_or_else(|| error("a known failure names a clause"))?;
        if !IDS.contains(&&*clause) {
            return Err(FileError::Entry(format!(
                "SPEC.md has no clause \"{clause}\""
            )));
        }
        let reason = text_of(table, "reason")?.filter(|reason| !reason.trim().is_empty());
        let reason = reason.ok_or_else(|| {
            FileError::Entry(format!("the known failure of {clause} has no reason"))
        })?;
        let case = text_of(table, "case")?
            .map(|case| pattern(&case))
            .transpose();
        Ok(Self {
            case: case.map_err(|what| error(format!("the case of {clause}: {what}")))?,
            known: Known {
                reason,
                issue: text_of(table, "issue")?,
            },
            clause,
            is_met: Cell::new(false),
        })
    }
}

/// A pattern in which only `*` has a meaning: the notation of cases is full of brackets.
pub(crate) fn pattern(text: &str) -> Result<Pattern, glob::PatternError> {
    let parts: Vec<String> = text.split('*').map(Pattern::escape).collect();
    Pattern::new(&parts.join("*"))
}

fn error(what: impl Into<String>) -> FileError {
    FileError::Syntax(what.into())
}

fn only_known(table: &Table, keys: &[&str]) -> Result<(), FileError> {
    match table.keys().find(|key| !keys.contains(&&***key)) {
        Some(key) => Err(error(format!(
            "there is no \"{key}\": write {}",
            keys.join(", ")
        ))),
        None => Ok(()),
    }
}

fn text_of(table: &Table, key: &str) -> Result<Option<String>, FileError> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(error(format!("{key} is a text"))),
    }
}

//! How answers came out, as a sign and in words: a colour says nothing that these do not.

use crate::run::{Counts, Run};

/// How the answers to a clause, of a chapter or of a run came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// All are right.
    Conforms,
    /// Those that are wrong were expected to be.
    Expected,
    /// One is wrong.
    Fails,
    /// Nothing that could be asked is claimed.
    NotClaimed,
    /// There is nothing to ask, or the run ended before.
    NotAsked,
    /// The run ended early.
    Broken,
}

impl Outcome {
    pub(super) const ALL: [Self; 6] = [
        Self::Conforms,
        Self::Fails,
        Self::Expected,
        Self::NotClaimed,
        Self::NotAsked,
        Self::Broken,
    ];

    pub(super) const fn of(counts: &Counts) -> Self {
        match *counts {
            Counts { fail: 1.., .. } => Self::Fails,
            Counts { expected: 1.., .. } => Self::Expected,
            Counts { conform: 1.., .. } => Self::Conforms,
            Counts {
                not_claimed: 1.., ..
            } => Self::NotClaimed,
            Counts { .. } => Self::NotAsked,
        }
    }

    pub(super) fn of_run(run: &Run) -> Self {
        match run.broken {
            Some(_) => Self::Broken,
            None => Self::of(&run.counts()),
        }
    }

    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Conforms => "✓",
            Self::Expected => "~",
            Self::Fails => "✗",
            Self::NotClaimed => "—",
            Self::NotAsked => "·",
            Self::Broken => "!",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Conforms => "every answer is right",
            Self::Expected => "wrong only where expected",
            Self::Fails => "an answer is wrong",
            Self::NotClaimed => "not claimed",
            Self::NotAsked => "not asked",
            Self::Broken => "ended early",
        }
    }
}

/// How many answers are right, of how many: what a mere percentage does not say.
pub(super) fn count(counts: &Counts) -> String {
    format!("{} of {}", counts.conform, counts.sent())
}

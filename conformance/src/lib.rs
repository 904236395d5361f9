//! Does it regularize like Keras? Judges implementations of L1 and L2 regularization in any language.
//!
//! | file | knows |
//! |---|---|
//! | `clause`, `case` | SPEC.md: its clauses, and its cases as data |
//! | `question` | what real Keras was asked; its answers are in `recordings/` |
//! | [`wire`] | what suite and subject say to each other |
//! | `subject`, `reference` | a subject in this process, and our own |
//! | `check`, `probe`, `expect` | what is asked, and what is right |
//! | `judge`, `process` | asking everything, of a subject here or at the end of a pipe |
//! | `property`, `explore` | what holds for all numbers, and the search for those that break it |
//! | `mistake`, `model`, `diagnose` | what implementers do wrong, and its name |
//! | `self_test` | the proof that the suite sees all that and nothing else |
//! | [`run`], [`report`], `known` | what came of it, for a file and for a reader, and what was expected to |
//! | `command` | the program |
//!
//! The table of editions is `regularize-core`'s: which factor is kept, what is divided. The numbers are
//! [`regularize_oracle`]'s: exact arithmetic, rounded once. It shares no code with what it judges.

mod case;
mod check;
mod clause;
#[cfg(feature = "command")]
pub mod command;
mod diagnose;
mod expect;
// The command searches; `test` only asks again what a search has found.
#[cfg_attr(not(feature = "command"), allow(dead_code))]
mod explore;
mod judge;
#[cfg(feature = "command")]
mod known;
mod mistake;
mod model;
mod probe;
#[cfg(feature = "command")]
mod process;
mod property;
mod question;
mod reference;
pub mod report;
pub mod run;
mod self_test;
mod subject;
pub mod wire;

pub use case::{Answer, Argument, Call, Case, EDITIONS, Editions, Question, SyntaxError, Tensor};
pub use check::{Check, checks};
pub use clause::{Clause, IDS, SPEC, clauses};
pub use expect::{Expect, Number};
pub use judge::test;
pub use mistake::Mistake;
pub use model::{Model, Variant};
pub use question::{Asked, questions};
pub use reference::Reference;
pub use regularize_core::Edition;
pub use regularize_oracle::Format;
pub use self_test::{Caught, Legal, SelfTest, Told, self_test};
pub use subject::{Subject, serve};

/// The README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

//! Judges implementations of Keras' L1 and L2 regularization.
//!
//! SPEC.md says what is right, clause by clause: [`clauses`] has them with their cases, and
//! [`for_each_clause`] their names at compile time.
//!
//! [`questions`] are what real Keras was asked; its answers are in `recordings/`.
//!
//! The [`oracle`] answers in exact arithmetic what a value, a subgradient or a proximal step is, and
//! rounds once to a named floating-point format. It shares no code with what it judges: it knows formats
//! as integers, and numbers as big integers.

mod case;
mod clause;
pub mod oracle;
mod question;

pub use case::{Answer, Argument, Call, Case, EDITIONS, Editions, Question, SyntaxError, Tensor};
pub use clause::{Clause, IDS, SPEC, clauses};
pub use question::{Asked, questions};

//! Judges implementations of Keras' L1 and L2 regularization.
//!
//! The [`oracle`] answers in exact arithmetic what a value, a subgradient or a proximal step is, and
//! rounds once to a named floating-point format. It shares no code with what it judges: it knows formats
//! as integers, and numbers as big integers.

pub mod oracle;

//! Recordings of real Keras against what the clauses say.

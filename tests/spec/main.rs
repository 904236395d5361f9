//! SPEC.md against this crate and against recordings of real Keras: a test per clause, named after it.
//!
//! A clause without a test is a constant that nothing uses, and a test of no clause names a constant that is not
//! there: neither compiles.

#![deny(dead_code)]

mod answer;
mod dense;
mod form;
mod recordings;

mod chapters {
    mod activity;
    mod config;
    mod conversions;
    mod editions;
    mod factors;
    mod gradients;
    mod identifiers;
    mod layers;
    mod merging;
    mod order;
    mod orthogonal;
    mod proximal;
    mod special;
    mod values;
}

/// The clauses, each as the constant of its name.
mod clause {
    macro_rules! constants {
        ($($name:ident = $id:literal,)*) => {$(
            pub(crate) const $name: &str = $id;
        )*};
    }
    regularize_conformance::for_each_clause!(constants);
}

/// Tests of clauses: their cases, and what else is said in a body. A clause without cases needs one.
macro_rules! clauses {
    ($($(#[$meta:meta])* $name:ident $($body:block)?)*) => {$(
        $(#[$meta])*
        #[test]
        fn $name() {
            let cases = crate::answer::check(crate::clause::$name);
            let bodies = 0 $(+ usize::from(!stringify!($body).is_empty()))?;
            assert!(cases + bodies > 0, "a clause has a case or a property");
            $($body)?
        }
    )*};
}
pub(crate) use clauses;

//! Each message of the macro and of the traits, as a user reads it.

#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

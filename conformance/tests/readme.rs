//! The READMEs count what there is.

use regularize_conformance::{Edition, IDS, Mistake, Variant};
use std::fs;
use std::path::Path;

/// The words of a README, so that a line may end anywhere.
fn words(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn says(words: &str, sentence: &str) {
    assert!(words.contains(sentence), "write {sentence:?}");
}

/// A small number as a sentence has it.
fn spelled(number: usize) -> &'static str {
    let words = [
        "no",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    words[number]
}

#[test]
fn the_readme_counts_mistakes_variants_and_editions() {
    let words = words("README.md");
    let [mistakes, variants, editions] =
        [Mistake::ALL.len(), Variant::ALL.len(), Edition::ALL.len()];
    says(
        &words,
        &format!("* {mistakes} mistakes that implementers make"),
    );
    says(&words, &format!("* {variants} legal variants, "));
    says(&words, &format!(" pass in all {editions} editions."));
}

#[test]
fn the_readme_of_the_repository_counts_clauses_mistakes_and_variants() {
    // The published crate is alone.
    if !Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../conformance")
        .is_dir()
    {
        return;
    }
    let words = words("../README.md");
    let [clauses, mistakes] = [IDS.len(), Mistake::ALL.len()];
    let variants = spelled(Variant::ALL.len());
    says(&words, &format!(" states in {clauses} clauses "));
    says(
        &words,
        &format!(" Of {mistakes} mistakes each is caught and told apart, "),
    );
    says(
        &words,
        &format!(" and {variants} legal variants pass in every edition"),
    );
}

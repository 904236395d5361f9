//! What the suite asks and expects: SPEC.md's own numbers, in every edition.

use regularize_conformance::wire::{AtZero, Request};
use regularize_conformance::{
    Answer, Case, Check, Edition, Expect, IDS, Number, Question, Subject, checks, clauses, wire,
};
use std::collections::BTreeSet;

/// A subject that answers from SPEC.md: every case with the answer that stands there.
struct Literal<'a> {
    edition: Edition,
    checks: &'a [Check],
    cases: &'a [Case],
}

impl Subject for Literal<'_> {
    fn hello(&mut self, edition: Edition) -> wire::Hello {
        self.edition = edition;
        let mut claims = wire::Claims::new(wire::Op::ALL, wire::Dtype::ALL);
        claims.regs.push(wire::Class::Orthogonal);
        let [name, version, language] = ["SPEC.md", "1", "prose"].map(String::from);
        wire::Hello {
            name,
            version,
            language,
            claims,
        }
    }

    fn answer(&mut self, request: &Request) -> wire::Answer {
        let same = self.checks.iter().filter(|check| check.request == *request);
        let lines: BTreeSet<usize> = same.map(|check| check.line).collect();
        let mut cases = self.cases.iter().filter(|case| lines.contains(&case.line));
        let case = cases.find(|case| matches!(case.answer, Answer::Numbers(..)));
        match case.map(|case| &case.answer) {
            Some(Answer::Numbers(_, bits)) => wire::Answer::Numbers(bits.clone()),
            _ => wire::Answer::Unsupported("is no number of SPEC.md".into()),
        }
    }
}

/// The oracle expects what SPEC.md says, bit for bit or around it.
#[test]
fn the_numbers_of_the_specification_conform() {
    let cases: Vec<Case> = clauses()
        .unwrap()
        .into_iter()
        .flat_map(|clause| clause.cases)
        .collect();
    let is_number = |case: &&Case| {
        matches!(case.answer, Answer::Numbers(..)) && !matches!(case.question, Question::Losses(_))
    };
    let numbers: BTreeSet<usize> = cases
        .iter()
        .filter(is_number)
        .map(|case| case.line)
        .collect();
    for edition in Edition::ALL {
        let checks = checks(edition, AtZero::Zero);
        let mut subject = Literal {
            edition,
            checks: &checks,
            cases: &cases,
        };
        let run = regularize_conformance::test(&mut subject, edition);
        let mut wrong = run.clauses.iter().flat_map(|clause| &clause.failures);
        let wrong = wrong.find(|failure| numbers.contains(&failure.line));
        assert_eq!(wrong, None, "in {edition}");
    }
}

/// The clauses that no request can witness: they are of layers, of merging and of files, or are properties that other
/// clauses' requests would show. The tests of this repository check them.
#[test]
fn the_clauses_off_the_wire_are_known() {
    let asked: BTreeSet<&str> = Edition::ALL
        .iter()
        .flat_map(|&edition| checks(edition, AtZero::Zero))
        .map(|check| check.clause)
        .collect();
    let silent: Vec<&str> = IDS
        .iter()
        .copied()
        .filter(|id| !asked.contains(id))
        .collect();
    let expected = [
        "editions.table",
        "factors.none",
        "factors.text",
        "factors.default",
        "factors.l1-l2-default",
        "factors.floatx",
        "gradients.subdifferential",
        "gradients.convex",
        "gradients.minimum",
        "layers.order",
        "layers.frozen",
        "layers.absent",
        "layers.nested",
        "layers.shared",
        "layers.total",
        "config.model",
        "config.file",
        "merging.exact",
        "merging.special",
        "conversions.weight-decay",
        "conversions.contrib",
        "conversions.elastic-net",
    ];
    assert_eq!(silent, expected);
}

/// Most numbers are expected bit for bit: a bound hides what is smaller than itself.
#[test]
fn most_numbers_are_exact() {
    let (mut exact, mut all) = (0, 0);
    for check in checks(Edition::LATEST, AtZero::Zero) {
        let Expect::Numbers(numbers) = &check.expect else {
            continue;
        };
        all += numbers.len();
        exact += numbers
            .iter()
            .filter(|number| matches!(number, Number::Is(_)))
            .count();
    }
    assert!(4 * exact > 2 * all, "{exact} of {all}");
}

/// No request is asked twice of one clause.
#[test]
fn no_check_is_there_twice() {
    for edition in Edition::ALL {
        let mut seen = BTreeSet::new();
        for check in checks(edition, AtZero::Zero) {
            let request = check.request.to_json(0).to_string();
            assert!(
                seen.insert((check.clause, request)),
                "{}: {}",
                check.clause,
                check.request
            );
        }
    }
}

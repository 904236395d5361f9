//! What the suite asks and expects: SPEC.md's own numbers, in every edition.

use regularize_conformance::wire::{AtZero, Claims, Dtype, Numbers, Op, Reg, Request, Subnormals};
use regularize_conformance::{
    Answer, Case, Check, Edition, Expect, IDS, Number, Question, Subject, checks, clauses, wire,
};
use regularize_core::Mode;
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
        "merging.bytes",
        "merging.corrupt",
        "merging.model",
        "merging.shards",
        "merging.whole",
        "merging.disagreement",
        "merging.unsplit",
        "merging.local",
        "merging.replicas",
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

/// A sum of weights that are normal is normal, and its share of a batch may be none.
#[test]
fn an_answer_below_the_normal_numbers_is_not_asked_of_one_that_flushes_them() {
    let gradual = Claims::new(Op::ALL, Dtype::ALL);
    let flushed = Claims {
        subnormals: Subnormals::Flushed,
        ..gradual.clone()
    };
    let least_normal = u64::from(f32::MIN_POSITIVE.to_bits());
    let answered = |answer: u64| Check {
        clause: "activity.divided",
        line: 0,
        request: Request::Activity {
            reg: Reg::L1(1.0),
            shape: vec![2, 1],
            x: Numbers {
                dtype: Dtype::F32,
                bits: vec![least_normal, 0],
            },
        },
        expect: Expect::Numbers(vec![Number::Is(answer)]),
    };
    let half = answered(least_normal / 2);
    assert!(half.is_claimed(&gradual) && !half.is_claimed(&flushed));
    // The same weights with an answer that is normal: it was the answer.
    assert!(answered(least_normal).is_claimed(&flushed));
    assert!(answered(0).is_claimed(&flushed));
}

/// What is expected of the orthogonal regularizer with the factor ½ of three vectors of two numbers, (1, 0), (0, 2) and
/// (−1, 0), or of two of three, (1, 0, −1) and (0, 2, 0).
fn orthogonal(edition: Edition, mode: Mode) -> Vec<Number> {
    let x = Numbers::from(&[1.0_f32, 0.0, 0.0, 2.0, -1.0, 0.0][..]);
    let (reg, shape) = (Reg::Orthogonal(0.5, mode), vec![3, 2]);
    let request = Request::Penalty { reg, shape, x };
    let mut checks = checks(edition, AtZero::Zero);
    checks.retain(|check| check.request == request);
    let expected = checks.into_iter().map(|check| check.expect);
    expected
        .flat_map(|expect| match expect {
            Expect::Numbers(numbers) => numbers,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// The editions that have it: TensorFlow 2.9, the last of tf-2.4, has it without the magnitude, and is not asked so.
const WITH_ORTHOGONAL: [Edition; 4] = [
    Edition::TF_2_10,
    Edition::KERAS_3_0,
    Edition::KERAS_3_14_0,
    Edition::KERAS_3_14_1,
];

/// Of three pairs one has the cosine −1 and two have 0: ½·⅓ = ⅙, which rounds to 3e2aaaab. On either side there is
/// ½·(2·2 + 2·3 + 6)·2⁻²⁴ = 32·2⁻²⁶ and a little, and from ⅛ to ¼ the numbers are 2⁻²⁶ apart: both ends round as ⅙ does.
#[test]
fn the_bound_of_the_orthogonal_regularizer_is_as_wide_as_it_says() {
    for edition in WITH_ORTHOGONAL {
        let bounds = [0x3e2a_aaab - 32, 0x3e2a_aaab + 32];
        assert_eq!(orthogonal(edition, Mode::Rows), [Number::In(bounds)]);
    }
}

/// Every product of numbers is 0 there, whatever is rounded: no bound, and either zero.
#[test]
fn nothing_but_zero_is_right_of_vectors_that_are_orthogonal() {
    for edition in WITH_ORTHOGONAL {
        let zeros = [0x8000_0000, 0];
        assert_eq!(orthogonal(edition, Mode::Columns), [Number::In(zeros)]);
    }
}

//! The suite proves itself: each test is one promise.

use regularize_conformance::run::Run;
use regularize_conformance::wire::{Answer, AtZero, Claims, Dtype, Hello, Op, Request};
use regularize_conformance::{
    Caught, Edition, Mistake, Model, SelfTest, Subject, Variant, self_test, test,
};
use std::collections::BTreeSet;
use std::sync::OnceLock;

fn result() -> &'static SelfTest {
    static RESULT: OnceLock<SelfTest> = OnceLock::new();
    RESULT.get_or_init(|| self_test(&mut |_, _| ()))
}

#[track_caller]
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn nothing_legal_is_rejected() {
    assert_eq!(
        result().legal.len(),
        (1 + Variant::ALL.len()) * Edition::ALL.len()
    );
    none(&result().rejected());
}

#[test]
fn every_mistake_is_caught() {
    assert_eq!(result().mistakes.len(), Mistake::ALL.len());
    none(&result().survivors());
}

#[test]
fn every_clause_catches_a_mistake() {
    assert!(!result().clauses.is_empty());
    none(&result().idle());
}

#[test]
fn mistakes_are_told_apart() {
    none(&result().confused());
}

#[test]
fn the_diagnosis_does_not_know_the_order_of_summation() {
    // `mistakes_are_told_apart` is of subjects that sum as the diagnosis does not.
    let told = result().mistakes.iter().flat_map(|caught| &caught.editions);
    let variants: BTreeSet<Variant> = told.map(|told| told.variant).collect();
    let others = Variant::ALL
        .iter()
        .filter(|variant| **variant != Variant::InOrder);
    assert_eq!(variants, others.copied().collect());
}

#[test]
fn the_result_is_a_line_for_each_subject() {
    let text = result().to_string();
    for &mistake in Mistake::ALL {
        let name = mistake.name();
        assert!(
            text.lines()
                .any(|line| line.split(' ').next() == Some(name)),
            "{name}:\n{text}"
        );
    }
    assert!(text.ends_with("every clause catches one.\n"), "{text}");
}

#[test]
fn a_promise_that_is_not_kept_is_said() {
    let mut broken = result().clone();
    broken.mistakes[0] = Caught {
        editions: Vec::new(),
        ..broken.mistakes[0].clone()
    };
    broken.clauses[0].1 = 0;
    broken.legal[0].wrong.push("l1(0.5) [1]".into());
    assert_eq!(broken.complaints().len(), 3);
    assert!(
        broken.to_string().ends_with("3 promises are not kept.\n"),
        "{broken}"
    );
}

#[test]
fn names_are_words_and_sentences_are_sentences() {
    let names: BTreeSet<&str> = Mistake::ALL.iter().map(|mistake| mistake.name()).collect();
    let sentences: BTreeSet<&str> = Mistake::ALL
        .iter()
        .map(|mistake| mistake.sentence())
        .collect();
    assert_eq!([names.len(), sentences.len()], [Mistake::ALL.len(); 2]);
    for name in names {
        let is_word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        assert!(name.split('-').all(is_word), "{name}");
    }
    for sentence in sentences {
        assert!(
            !sentence.ends_with('.') && !sentence.starts_with("it "),
            "{sentence}"
        );
    }
}

#[test]
fn a_mistake_in_one_edition_is_right_in_another() {
    for (mistake, wrong, right) in [
        (
            Mistake::AcceptsNegative,
            Edition::KERAS_3_0,
            Edition::TF_2_10,
        ),
        (
            Mistake::RejectsNegative,
            Edition::TF_2_10,
            Edition::KERAS_3_0,
        ),
        (Mistake::DoesNotDivide, Edition::LATEST, Edition::KERAS_3_0),
        (Mistake::RoundsL2, Edition::LATEST, Edition::KERAS_3_14_0),
        (Mistake::SkipsZeroFactor, Edition::TF_2_3, Edition::TF_2_0),
    ] {
        assert!(mistake.applies(wrong), "{mistake} applies to {wrong}");
        assert!(
            !mistake.applies(right),
            "{mistake} does not apply to {right}"
        );
        let caught = result()
            .mistakes
            .iter()
            .find(|caught| caught.mistake == mistake);
        let editions: Vec<Edition> = caught
            .unwrap()
            .editions
            .iter()
            .map(|told| told.edition)
            .collect();
        assert!(
            editions.contains(&wrong) && !editions.contains(&right),
            "{mistake}: {editions:?}"
        );
    }
}

/// A subject that claims something else than it is asked to.
struct Claiming<S> {
    subject: S,
    claims: fn(Claims) -> Claims,
}

impl<S: Subject> Subject for Claiming<S> {
    fn hello(&mut self, edition: Edition) -> Hello {
        let hello = self.subject.hello(edition);
        Hello {
            claims: (self.claims)(hello.claims),
            ..hello
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        self.subject.answer(request)
    }
}

/// A subject that answers otherwise.
struct Altered<F> {
    model: Model,
    alter: F,
}

impl<F: FnMut(&mut Model, &Request) -> Answer> Subject for Altered<F> {
    fn hello(&mut self, edition: Edition) -> Hello {
        self.model.hello(edition)
    }

    fn answer(&mut self, request: &Request) -> Answer {
        (self.alter)(&mut self.model, request)
    }
}

#[track_caller]
fn is_told(run: &Run, mistake: Mistake) {
    assert!(
        run.counts().fail > 0,
        "{mistake} fails nothing of what is claimed"
    );
    let said = run.mistake.as_deref().unwrap_or("nothing");
    assert_eq!(
        said,
        format!("it {}", mistake.sentence()),
        "{mistake} in {}",
        run.edition
    );
}

const OF_SUMS: [Mistake; 22] = [
    Mistake::HalvesL2,
    Mistake::DoublesL2,
    Mistake::TakesNorm,
    Mistake::SquaresNorm,
    Mistake::TakesMean,
    Mistake::SkipsTailOf8,
    Mistake::SkipsTailOf16,
    Mistake::IgnoresLast,
    Mistake::IgnoresFirst,
    Mistake::CountsFirstTwice,
    Mistake::CountsEqualOnce,
    Mistake::SumsSigned,
    Mistake::TakesAbsoluteSum,
    Mistake::SwapsTerms,
    Mistake::IgnoresL1,
    Mistake::IgnoresL2,
    Mistake::KeepsZeroFactor,
    Mistake::SkipsZeroFactor,
    Mistake::AccumulatesF32InF16,
    Mistake::AccumulatesF32InBF16,
    Mistake::SkipsNan,
    Mistake::SkipsInfinite,
];

#[test]
fn the_diagnosis_survives_partial_claims() {
    let variants = Variant::ALL.iter().cycle();
    for (mistake, &variant) in OF_SUMS.into_iter().zip(variants) {
        let mut subject = Claiming {
            subject: Model::new(Edition::LATEST, variant).with_mistake(mistake),
            claims: |_| Claims::new(&[Op::Penalty], &[Dtype::F32]),
        };
        is_told(&test(&mut subject, Edition::LATEST), mistake);
    }
}

#[test]
fn of_two_mistakes_the_one_that_says_less_is_named() {
    let only_gradients = |claims| Claims {
        ops: vec![Op::Gradient],
        ..claims
    };
    for (made, told) in [
        (Mistake::IgnoresL1, Mistake::DropsL1OfGradient),
        (Mistake::HalvesL2Throughout, Mistake::HalvesGradient),
        (Mistake::TakesMeanThroughout, Mistake::TakesMeanGradient),
    ] {
        let mut subject = Claiming {
            subject: Model::new(Edition::LATEST, Variant::InOrder).with_mistake(made),
            claims: only_gradients,
        };
        is_told(&test(&mut subject, Edition::LATEST), told);
    }
}

#[test]
fn every_gradient_at_zero_may_be_claimed() {
    for &at_zero in AtZero::ALL {
        let right = Model::new(Edition::LATEST, Variant::Pairwise).with_at_zero(at_zero);
        test(&mut { right }, Edition::LATEST).assert();
        let mut wrong = right.with_mistake(Mistake::HalvesGradient);
        is_told(&test(&mut wrong, Edition::LATEST), Mistake::HalvesGradient);
    }
}

#[test]
fn two_mistakes_are_not_one() {
    let model = Model::new(Edition::LATEST, Variant::InOrder);
    let alter = |model: &mut Model, request: &Request| {
        let mistake = match request {
            Request::Gradient { .. } => Mistake::NegatesGradient,
            _ => Mistake::IgnoresLast,
        };
        model.with_mistake(mistake).answer(request)
    };
    let run = test(&mut Altered { model, alter }, Edition::LATEST);
    assert!(run.counts().fail > 0);
    assert_eq!(run.mistake, None);
}

#[test]
fn a_wrong_last_bit_is_no_mistake_of_ours() {
    let model = Model::new(Edition::LATEST, Variant::InOrder);
    let alter = |model: &mut Model, request: &Request| match (request, model.answer(request)) {
        (Request::Penalty { x, .. }, Answer::Numbers(y))
            if x.dtype == Dtype::F32 && x.bits.len() > 8 =>
        {
            Answer::Numbers(y.iter().map(|bits| bits ^ 1).collect())
        }
        (_, answer) => answer,
    };
    let run = test(&mut Altered { model, alter }, Edition::LATEST);
    assert!(run.counts().fail > 0);
    assert_eq!(run.mistake, None);
}

#[test]
fn what_is_right_has_no_mistake() {
    for edition in Edition::ALL {
        assert_eq!(
            test(&mut Model::new(edition, Variant::InOrder), edition).mistake,
            None
        );
    }
}

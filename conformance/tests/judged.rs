//! What is said of an answer: whether it conforms, how far it is off, and of all of them the mistake.

use regularize_conformance::run::Run;
use regularize_conformance::wire::{Answer, AtZero, Dtype, Hello, Reg, Request};
use regularize_conformance::{Check, Edition, Expect, Number, Reference, Subject, checks, test};
use serde_json::{Number as JsonNumber, Value};

/// The reference with some of its answers changed.
struct Changed<F> {
    reference: Reference,
    of: F,
    /// How many were.
    changes: usize,
}

impl<F: FnMut(&Request, &Answer) -> Option<Answer>> Subject for Changed<F> {
    fn hello(&mut self, edition: Edition) -> Hello {
        self.reference.hello(edition)
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let answer = self.reference.answer(request);
        match (self.of)(request, &answer) {
            Some(changed) => {
                self.changes += 1;
                changed
            }
            None => answer,
        }
    }
}

/// The run of a subject with changed answers, and how many are.
fn changed(edition: Edition, of: impl FnMut(&Request, &Answer) -> Option<Answer>) -> (Run, usize) {
    let mut subject = Changed {
        reference: Reference::new(edition),
        of,
        changes: 0,
    };
    let run = test(&mut subject, edition);
    (run, subject.changes)
}

/// A JSON with other numbers; nothing if no number is another.
fn with_numbers(json: &Value, of: &impl Fn(&JsonNumber) -> Option<JsonNumber>) -> Option<Value> {
    match json {
        Value::Number(number) => of(number).map(Value::Number),
        Value::Object(object) => {
            let mut object = object.clone();
            let mut is_other = false;
            for value in object.values_mut() {
                if let Some(other) = with_numbers(value, of) {
                    *value = other;
                    is_other = true;
                }
            }
            is_other.then_some(Value::Object(object))
        }
        _ => None,
    }
}

/// JavaScript writes 0 where Python writes 0.0.
#[test]
fn a_whole_number_in_a_config_conforms_without_its_point() {
    let whole = |number: &JsonNumber| {
        let double = number.as_f64()?;
        let integer = double as i64;
        (number.is_f64() && integer as f64 == double).then(|| integer.into())
    };
    let mut all = 0;
    for edition in Edition::ALL {
        let (run, changes) = changed(edition, |_, answer| match answer {
            Answer::Config(config) => with_numbers(config, &whole).map(Answer::Config),
            _ => None,
        });
        assert_eq!(run.counts().fail, 0, "in {edition}");
        all += changes;
    }
    // "l2": 0.0 of the configs of Keras 2, and 1e16.
    assert!(all > 3, "no edition has a config with a whole number");
}

#[test]
fn a_number_in_a_config_that_is_next_to_the_right_one_does_not_conform() {
    let next = |number: &JsonNumber| JsonNumber::from_f64(number.as_f64()?.next_up());
    for edition in Edition::ALL {
        let (run, changes) = changed(edition, |_, answer| match answer {
            Answer::Config(config) => with_numbers(config, &next).map(Answer::Config),
            _ => None,
        });
        assert!(changes > 0);
        assert_eq!(run.counts().fail, changes, "in {edition}");
    }
}

/// 0·sign x is −0 for some and 0 for others, who multiply by another sign or leave the term out.
#[test]
fn both_zeros_conform_as_the_gradient_of_a_factor_0() {
    let answers = |of: fn(Dtype) -> [u64; 2]| {
        changed(Edition::LATEST, |request, _| match request {
            Request::Gradient {
                reg: Reg::L1(0.0) | Reg::L2(0.0),
                x,
            } if x.bits.len() == 2 => Some(Answer::Numbers(of(x.dtype).to_vec())),
            _ => None,
        })
    };
    for of in [
        (|dtype| dtype.format().zeros()) as fn(Dtype) -> [u64; 2],
        |dtype| {
            let [minus, plus] = dtype.format().zeros();
            [plus, minus]
        },
    ] {
        let (run, changes) = answers(of);
        // Of each type, l1 and l2.
        assert_eq!(changes, 2 * Dtype::ALL.len());
        assert_eq!(run.counts().fail, 0);
    }
    // No other number is a zero.
    let (run, changes) = answers(|_| [0, 1]);
    assert_eq!(run.counts().fail, changes);
}

/// A penalty that an implementation may let overflow has a choice of answers; one that is none of them is off too.
#[test]
fn how_far_a_number_is_off_is_said_where_there_is_a_choice() {
    let has_choice = |check: &Check| match &check.expect {
        Expect::Numbers(numbers) => matches!(&numbers[..], [Number::Any(_)]),
        _ => false,
    };
    let mut checks = checks(Edition::LATEST, AtZero::Zero);
    checks.retain(has_choice);
    assert!(!checks.is_empty(), "no check has a choice");
    let (run, changes) = changed(Edition::LATEST, |request, _| {
        let is_asked = checks.iter().any(|check| check.request == *request);
        is_asked.then(|| Answer::Numbers(vec![0]))
    });
    assert_eq!(run.counts().fail, changes);
    for failure in run.clauses.iter().flat_map(|clause| &clause.failures) {
        let off = failure.off.as_deref().unwrap_or("nothing");
        assert!(off.ends_with("× the bound"), "{}: {off}", failure.asked);
    }
}

/// A mistake explains every answer or is none: of one that was not given, and of one that it is not compared with,
/// nothing is known.
#[cfg(all(unix, feature = "command"))]
mod a_mistake_is_named {
    use super::Run;
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    const SUITE: &str = env!("CARGO_BIN_EXE_regularize-conformance");

    /// A folder of its own for a test, empty.
    fn folder(name: &str) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("judged-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// The run of a script of the shell, and what was printed.
    fn run(folder: &Path, script: &str) -> (Run, String) {
        let output = Command::new(SUITE)
            .args(["test", "--quiet", "--seed", "1", "--save", "run.jsonl"])
            .args(["--", "sh", "-c", script])
            .env("SUITE", SUITE)
            .current_dir(folder)
            .output()
            .unwrap();
        let saved = fs::read_to_string(folder.join("run.jsonl")).unwrap();
        let report = String::from_utf8(output.stdout).unwrap();
        (Run::from_jsonl(&saved).unwrap(), report)
    }

    const HALVED: &str = "\"$SUITE\" subject --mistake half-l2";

    #[test]
    fn of_one_that_answers_everything() {
        let (run, report) = run(&folder("whole"), HALVED);
        let mistake = run.mistake.unwrap();
        assert_eq!(mistake, "it computes ½λΣx² instead of λΣx²");
        assert!(report.contains("is explained by one mistake"), "{report}");
    }

    #[test]
    fn and_not_of_one_that_breaks() {
        // After 400 lines there are no more for it, and it ends; it is started again, and ends with about 70 to go.
        let some = "n=0; while [ $n -lt 400 ] && read -r line; do printf '%s\\n' \"$line\"; n=$((n + 1)); done";
        let (run, report) = run(&folder("broken"), &format!("{{ {some}; }} | {HALVED}"));
        let broken = run.broken.unwrap();
        assert!(broken.starts_with("the subject ended before"), "{broken}");
        let wrong = run.clauses.iter().map(|clause| clause.failures.len());
        assert!(wrong.sum::<usize>() > 50, "there is something to explain");
        assert_eq!(run.mistake, None);
        assert!(!report.contains("one mistake"), "{report}");
    }

    #[test]
    fn and_not_where_what_a_search_found_fails() {
        let folder = folder("regression");
        fs::create_dir(folder.join("regressions")).unwrap();
        // ½·2² is no 1.
        let text = r#"{"property":"lattice","requests":[{"request":
            {"op":"penalty","reg":{"l2":"3fe0000000000000"},"dtype":"f32","x":["40000000"]}}]}"#;
        fs::write(folder.join("regressions/a.json"), text).unwrap();
        let (run, report) = run(&folder, HALVED);
        assert_eq!((run.broken, run.mistake), (None, None));
        assert!(!report.contains("one mistake"), "{report}");
    }
}

//! Recordings of real Keras against what the clauses say of its edition and backend.
//!
//! Every answer is judged: bit for bit, inside the bound of `order.bound`, an error where one is expected. What no
//! clause speaks of, as the question of another edition, is counted. `--nocapture` shows the table.

use crate::answer::{answer, bounds, edition, make};
use regularize::Edition;
use regularize_conformance::{Answer, Asked, Call, Question, Tensor};
use regularize_oracle::{BigRational, Dyadic, Factors, Format, Value as Exact};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The answers of one environment.
struct Recording {
    environment: String,
    edition: String,
    backend: String,
    answers: BTreeMap<String, Value>,
}

/// How an answer stands to what the clause says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// The same bits, text or kind.
    Same,
    /// Inside the bound.
    Bound,
    /// The backend has no such operation, and says so.
    NotOffered,
    /// No case speaks of the edition.
    NoClause,
    Wrong,
}

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/recordings");

/// Whether this is the published crate, which is without them, and not the repository.
fn is_published() -> bool {
    !Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/conformance")).is_dir()
}

fn recordings() -> Vec<Recording> {
    let mut files: Vec<_> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|path| !path.ends_with("questions.jsonl"));
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let mut lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let header = lines.next().unwrap();
        let of = |key: &str| header[key].as_str().unwrap().to_owned();
        let id = |answer: Value| (answer["id"].as_str().unwrap().to_owned(), answer);
        Recording {
            environment: of("environment"),
            edition: of("edition"),
            backend: of("backend"),
            answers: lines.map(id).collect(),
        }
    };
    files.iter().map(read).collect()
}

/// The questions that were asked are those of SPEC.md.
#[test]
fn the_questions_are_those_of_the_specification() {
    if is_published() {
        return;
    }
    let asked = regularize_conformance::questions().unwrap();
    let lines: String = asked
        .iter()
        .map(|asked| asked.json().unwrap() + "\n")
        .collect();
    assert!(
        fs::read_to_string(format!("{FOLDER}/questions.jsonl")).unwrap() == lines,
        "write them again: cargo run -p regularize-conformance --example questions \
         > conformance/recordings/questions.jsonl, and record: tools/keras/record.py"
    );
}

/// Every generation of Keras that the specification names was asked.
#[test]
fn every_edition_is_recorded() {
    if is_published() {
        return;
    }
    let recorded: Vec<String> = recordings()
        .into_iter()
        .map(|recording| recording.edition)
        .collect();
    for edition in Edition::ALL {
        assert!(
            recorded.iter().any(|name| name == edition.name()),
            "{edition} is not recorded"
        );
    }
}

#[test]
fn real_keras_answers_as_the_clauses_say() {
    if is_published() {
        return;
    }
    let asked = regularize_conformance::questions().unwrap();
    let cases: Vec<_> = regularize_conformance::clauses()
        .unwrap()
        .into_iter()
        .flat_map(|clause| clause.cases)
        .map(|case| (Asked::of(&case).id, case))
        .collect();
    let mut table = format!(
        "{:28}{:>6}{:>7}{:>13}{:>11}\n",
        "recording", "same", "bound", "not offered", "no clause"
    );
    let mut wrong = String::new();
    for recording in recordings() {
        let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
        for asked in &asked {
            let Some(found) = recording.answers.get(&asked.id) else {
                panic!("{} does not answer {}", recording.environment, asked.id);
            };
            let mut verdict = Verdict::NoClause;
            if asked.id.starts_with("random") {
                verdict = recording.judge(asked, recording.random(asked), found);
                if verdict == Verdict::Wrong {
                    let _ = writeln!(
                        wrong,
                        "{}: {} {:?} is {found}",
                        recording.environment, asked.id, asked.question
                    );
                }
            }
            let of_edition = cases.iter().filter(|(id, case)| {
                *id == asked.id && case.editions.names().any(|name| name == recording.edition)
            });
            for (_, case) in of_edition {
                // The most particular label wins: a release before a backend.
                let others = case.others.iter().filter(|(label, _)| recording.is(label));
                let other = others.max_by_key(|(label, _)| label.len());
                let expected = other.map_or(&case.answer, |(_, answer)| answer);
                let judged = recording.judge(asked, expected, found);
                if judged == Verdict::Wrong {
                    let _ = writeln!(
                        wrong,
                        "{}: SPEC.md:{}: {} where the recording has {found}",
                        recording.environment, case.line, case.text
                    );
                }
                verdict = judged;
            }
            *counts.entry(verdict).or_default() += 1;
        }
        let count = |verdict| counts.get(&verdict).copied().unwrap_or(0);
        let columns = [
            Verdict::Same,
            Verdict::Bound,
            Verdict::NotOffered,
            Verdict::NoClause,
        ]
        .map(count);
        let [same, bound, offered, clause] = columns;
        let _ = writeln!(
            table,
            "{:28}{same:>6}{bound:>7}{offered:>13}{clause:>11}",
            recording.environment
        );
        let all: usize = columns.iter().sum();
        assert_eq!(all + count(Verdict::Wrong), asked.len());
    }
    println!("{table}");
    assert!(
        wrong.is_empty(),
        "{} answers are not what SPEC.md says:\n{wrong}",
        wrong.lines().count()
    );
}

impl Recording {
    /// Whether a label of a case means this environment: real Keras, its backend, or the begin of its name.
    fn is(&self, label: &str) -> bool {
        label == "keras"
            || label == self.backend
            || (label.contains('.') && self.environment.starts_with(label))
    }

    /// What the clause `factors.rounding` says of a random question.
    fn random(&self, asked: &Asked) -> &'static Answer {
        const RAISES: &Answer = &Answer::Rejected(String::new());
        let (call, x) = asked
            .question
            .on_numbers()
            .expect("random questions are of numbers");
        match self.environment.as_str() {
            "keras-3.13.2-tensorflow" if call.name == "l1" && x.format != Format::F32 => RAISES,
            _ => &Answer::Within,
        }
    }

    /// The format in which an answer was computed: the numpy backend sums the squares of f64 in f32.
    fn computed_in(&self, question: &Question, of: Format) -> Format {
        let call = question.on_numbers().map(|(call, _)| &*call.name);
        match call {
            Some("l2" | "l1_l2") if self.backend == "numpy" && of == Format::F64 => Format::F32,
            _ => of,
        }
    }

    fn judge(&self, asked: &Asked, expected: &Answer, found: &Value) -> Verdict {
        let right = |right: bool| if right { Verdict::Same } else { Verdict::Wrong };
        if found.get("unsupported").is_some() {
            return Verdict::NotOffered;
        }
        let edition = edition(&self.edition, asked.floatx.as_deref());
        match expected {
            Answer::Rejected(_) => right(found.get("error").is_some()),
            Answer::Regularizer(None) => right(found["returned"] == "None"),
            Answer::Regularizer(Some(call)) => {
                let json = make(edition, call).unwrap().to_json().to_string();
                right(found["config"] == json)
            }
            Answer::Json(json) => right(found["config"] == **json),
            Answer::Itself => right(found["returned"].is_string()),
            Answer::Flags(_) => panic!("Keras is not asked for {asked:?}"),
            Answer::Numbers(format, bits) => {
                let Some((of, answers)) = numbers(found) else {
                    return Verdict::Wrong;
                };
                let same = |(a, b): (&u64, &u64)| a == b || (of.is_nan(*a) && of.is_nan(*b));
                if of == *format
                    && answers.len() == bits.len()
                    && answers.iter().zip(bits).all(same)
                {
                    return Verdict::Same;
                }
                // Only what the clause says of every backend is the oracle's number.
                match answer(edition, &asked.question) == *expected {
                    true => self.is_near(edition, &asked.question, of, &answers),
                    false => same_numbers(*format, bits, of, &answers),
                }
            }
            Answer::Within => match numbers(found) {
                Some((of, answers)) => self.is_near(edition, &asked.question, of, &answers),
                None => Verdict::Wrong,
            },
        }
    }

    /// Whether numbers are what an order of operations in their format gives.
    fn is_near(&self, edition: Edition, question: &Question, of: Format, found: &[u64]) -> Verdict {
        let to = self.computed_in(question, of);
        let found: Vec<u64> = found.iter().map(|&bits| to.convert(of, bits)).collect();
        let (of, found) = (to, &*found);
        let is_near = match question {
            Question::Penalty(call, x) if call.name == "orthogonal" => {
                found.len() == 1 && is_near_orthogonal(edition, call, x, of, found[0])
            }
            Question::Penalty(call, x) => {
                found.len() == 1 && factors(edition, call).is_within(of, &cast(x, of), 1, found[0])
            }
            Question::Gradient(call, x) => {
                let factors = factors(edition, call);
                let mut pairs = cast(x, of).into_iter().zip(found);
                found.len() == x.bits.len()
                    && pairs.all(|(x, answer)| factors.is_derivative(of, x, *answer))
            }
            Question::Activity(call, x) => {
                let divided = !["keras-2.2", "keras-3.0"].contains(&edition.name());
                let by = if divided { x.shape[0] as u64 } else { 1 };
                found.len() == 1 && factors(edition, call).is_within(of, &cast(x, of), by, found[0])
            }
            _ => false,
        };
        if is_near {
            Verdict::Bound
        } else {
            Verdict::Wrong
        }
    }
}

/// The numbers of an answer, in the format in which they came.
fn numbers(found: &Value) -> Option<(Format, Vec<u64>)> {
    let format = match found.get("dtype")? {
        Value::String(name) => match name.as_str() {
            "f16" => Format::F16,
            "bf16" => Format::BF16,
            "f32" => Format::F32,
            "f64" | "python" => Format::F64,
            _ => return None,
        },
        _ => return None,
    };
    let bits = found["y"].as_array()?.iter();
    let bits = bits.map(|bits| u64::from_str_radix(bits.as_str()?, 16).ok());
    Some((format, bits.collect::<Option<_>>()?))
}

/// The same numbers, in whichever format: infinities and NaN too.
fn same_numbers(format: Format, expected: &[u64], of: Format, found: &[u64]) -> Verdict {
    let value = |format: Format, bits: u64| match format.decode(bits) {
        Exact::Finite { number, .. } => Ok(number),
        other => Err(format!("{other:?}")),
    };
    let same = expected.len() == found.len()
        && expected
            .iter()
            .zip(found)
            .all(|(a, b)| value(format, *a) == value(of, *b));
    if same { Verdict::Same } else { Verdict::Wrong }
}

/// The factors that the edition keeps, for the oracle.
fn factors(edition: Edition, call: &Call) -> Factors {
    let terms = make(edition, call).unwrap().terms().unwrap();
    Factors::new(terms.l1(), terms.l2())
}

/// Numbers in another format.
fn cast(x: &Tensor, to: Format) -> Vec<u64> {
    x.bits
        .iter()
        .map(|&bits| to.convert(x.format, bits))
        .collect()
}

/// factor·k·u/(1 − k·u) with k = 2·d + 2·pairs + 6 for d vectors of d numbers: 2·d + 4 roundings of a cosine, 2·pairs − 1
/// additions, as Keras adds each twice, and three more of the factor, the quotient and the number of pairs. Nothing underflows
/// in what was asked.
fn is_near_orthogonal(edition: Edition, call: &Call, x: &Tensor, of: Format, found: u64) -> bool {
    let Some(found) = of.decode(found).finite() else {
        return false;
    };
    let [low, high] = bounds(edition, call, x);
    let d = x.shape[0].max(x.shape[1]) as u64;
    let units = Dyadic::new((2 * d + d * (d - 1) + 6).into(), -i64::from(of.precision()));
    let rest = &Dyadic::one() - &units;
    let terms = make(edition, call).unwrap();
    let regularize::AnyRegularizer::Orthogonal(regularizer) = terms else {
        return false;
    };
    let bound = (&units * &Dyadic::from_f64(regularizer.factor()).unwrap()).to_rational();
    let bound = bound / rest.to_rational();
    let found: BigRational = found.to_rational();
    low - &bound <= found && found <= high + &bound
}

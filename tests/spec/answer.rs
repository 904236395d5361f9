//! This crate's answers to the cases of SPEC.md.

use crate::dense;
use half::{bf16, f16};
use num_traits::ToPrimitive;
use regularize::edition::Class;
use regularize::edition::Floatx;
use regularize::errors::{CallError, ConfigError};
use regularize::extend::{Float, Sums, Terms};
use regularize::{AnyRegularizer, Edition, Factor, Mode, Step};
use regularize_conformance::{Answer, Argument, Call, Clause, Question, Tensor};
use regularize_oracle::{BigRational, Dyadic, Format, orthogonal};

/// Asks every case of a clause in each of its editions, and says how many cases there are.
pub(crate) fn check(id: &str) -> usize {
    let clauses = regularize_conformance::clauses().unwrap();
    let clause: &Clause = clauses.iter().find(|clause| clause.id == id).unwrap();
    for case in &clause.cases {
        for name in case.editions.names() {
            let edition = edition(name, case.editions.floatx.as_deref());
            let expected = &case.answer;
            let found = answer(edition, &case.question);
            assert!(
                agrees(edition, &case.question, &found, expected),
                "SPEC.md:{}: {} in {edition:?} is {found:?}, and the clause says {expected:?}",
                case.line,
                case.text,
            );
        }
    }
    clause.cases.len()
}

/// The edition of a name, with a default float type that is not float32.
pub(crate) fn edition(name: &str, floatx: Option<&str>) -> Edition {
    let edition: Edition = name.parse().unwrap();
    match floatx {
        None => edition,
        Some("float16") => edition.with_floatx(Floatx::Float16),
        Some("float64") => edition.with_floatx(Floatx::Float64),
        Some(other) => panic!("no float type {other}"),
    }
}

/// What this crate answers.
pub(crate) fn answer(edition: Edition, question: &Question) -> Answer {
    let terms = |call: &Call| make(edition, call).map(|made| made.terms().unwrap());
    let or_rejected = |answer: Result<Answer, String>| answer.unwrap_or_else(Answer::Rejected);
    or_rejected(match question {
        Question::Penalty(call, x) if call.name == "orthogonal" => {
            make(edition, call).map(|made| Answer::Numbers(x.format, vec![of_matrix(&made, x)]))
        }
        Question::Penalty(call, x) => terms(call).map(|terms| in_format(x, &Ask::Penalty(terms))),
        Question::Gradient(call, x) => terms(call).map(|terms| in_format(x, &Ask::Gradient(terms))),
        Question::Proximal(step, call, x) => {
            let step = Step::new(*step).unwrap();
            terms(call).map(|terms| in_format(x, &Ask::Proximal(step, terms)))
        }
        Question::Activity(call, x) => terms(call).map(|terms| in_format(x, &Ask::Activity(terms))),
        Question::Interval(call, x) => terms(call).map(|terms| {
            let interval = terms.subdifferential(f32::of(x.bits[0]));
            let ends = [interval.lower(), interval.upper()].map(f64::to_bits);
            Answer::Numbers(Format::F64, ends.to_vec())
        }),
        Question::Minimum(call, x) => terms(call).map(|terms| {
            let gradients = x.bits.iter().map(|&bits| f32::of(bits));
            Answer::Flags(gradients.map(|g| terms.zero_is_minimum(g)).collect())
        }),
        Question::Make(call) => make(edition, call).map(|made| json(&made)),
        Question::Config(call) => make(edition, call).map(|made| json(&made)),
        Question::Get(identifier) => match edition.from_json(identifier) {
            Ok(Some(made)) => Ok(json(&made)),
            Ok(None) => Ok(Answer::Regularizer(None)),
            Err(error) => Err(kind(&error).into()),
        },
        Question::Losses(call) => {
            let losses = dense::losses(edition, call)
                .into_iter()
                .map(|loss| loss.to_bits().into());
            Ok(Answer::Numbers(Format::F32, losses.collect()))
        }
    })
}

fn json(made: &AnyRegularizer) -> Answer {
    Answer::Json(made.to_json().to_string())
}

/// Whether an answer is the expected one: bit for bit, any NaN being any other.
fn agrees(edition: Edition, question: &Question, found: &Answer, expected: &Answer) -> bool {
    match (found, expected) {
        (Answer::Numbers(format, found), Answer::Numbers(other, expected)) => {
            let same = |(a, b): (&u64, &u64)| a == b || (format.is_nan(*a) && format.is_nan(*b));
            format == other && found.len() == expected.len() && found.iter().zip(expected).all(same)
        }
        (Answer::Json(found), Answer::Regularizer(Some(call))) => {
            let made = make(edition, call).unwrap();
            *found == made.to_json().to_string()
        }
        (Answer::Numbers(_, found), Answer::Within) => is_within(edition, question, found[0]),
        _ => found == expected,
    }
}

/// Whether an orthogonal penalty of f32 is inside its bound around the oracle's, which is then rounded.
fn is_within(edition: Edition, question: &Question, found: u64) -> bool {
    let Question::Penalty(call, x) = question else {
        panic!("only the orthogonal regularizer has a bound");
    };
    let Ok(AnyRegularizer::Orthogonal(regularizer)) = make(edition, call) else {
        panic!("{call:?} is not orthogonal");
    };
    let [low, high] = bounds(edition, call, x);
    let bound = Dyadic::from_f64(regularizer.error_bound(x.shape[0], x.shape[1])).unwrap();
    let [low, high] = [low - bound.to_rational(), high + bound.to_rational()];
    // Rounding keeps order.
    let found = f64::from(f32::of(found));
    low.to_f64().unwrap() as f32 as f64 <= found && found <= high.to_f64().unwrap() as f32 as f64
}

/// The oracle's bounds of an orthogonal penalty.
pub(crate) fn bounds(edition: Edition, call: &Call, x: &Tensor) -> [BigRational; 2] {
    let Ok(AnyRegularizer::Orthogonal(regularizer)) = make(edition, call) else {
        panic!("{call:?} is not orthogonal");
    };
    let [rows, columns] = x.shape[..] else {
        panic!("{x:?} is no matrix");
    };
    let at = |row: usize, column: usize| {
        let bits = x.bits[row * columns + column];
        x.format.decode(bits).finite().unwrap()
    };
    let vectors: Vec<Vec<Dyadic>> = match regularizer.mode() {
        Mode::Rows => (0..rows)
            .map(|i| (0..columns).map(|j| at(i, j)).collect())
            .collect(),
        _ => (0..columns)
            .map(|j| (0..rows).map(|i| at(i, j)).collect())
            .collect(),
    };
    // Keras' own numbers, not this crate's.
    let floor = if edition.name().starts_with("tf") {
        1e-6
    } else {
        1e-7
    };
    let exact = |x: f64| Dyadic::from_f64(x).unwrap();
    let factor = exact(f64::from(regularizer.factor() as f32));
    orthogonal(&factor, &exact(floor), &vectors).unwrap()
}

/// The kind of an error.
fn kind(error: &ConfigError) -> &'static str {
    match error {
        ConfigError::Unknown { .. } | ConfigError::Own { .. } => "unknown",
        ConfigError::Argument { .. } => "argument",
        ConfigError::NoConfig { .. } => "config",
        ConfigError::Type { .. } => "type",
        ConfigError::Call(error) => kind_of_call(error),
        other => panic!("no kind for {other:?}"),
    }
}

fn kind_of_call(error: &CallError) -> &'static str {
    match error {
        CallError::Factor(_) => "factor",
        CallError::None { .. } => "none",
        CallError::Text { .. } => "text",
        other => panic!("no kind for {other:?}"),
    }
}

/// What a call makes.
pub(crate) fn make(edition: Edition, call: &Call) -> Result<AnyRegularizer, String> {
    let (class, names): (_, &[&str]) = match call.name.as_str() {
        "l1" | "L1" => (Class::L1, &["l1"]),
        "l2" | "L2" => (Class::L2, &["l2"]),
        "L1L2" => (Class::L1L2, &["l1", "l2"]),
        "l1_l2" => (Class::L1L2Function, &["l1", "l2"]),
        "orthogonal" => {
            let [(_, Argument::Number(factor)), (_, Argument::Word(mode))] = &call.arguments[..]
            else {
                panic!("{call:?} is not orthogonal");
            };
            let mode = if mode == "rows" {
                Mode::Rows
            } else {
                Mode::Columns
            };
            // In a constant this ends the compilation.
            let made = std::panic::catch_unwind(|| edition.orthogonal(*factor, mode));
            return made.map(AnyRegularizer::from).map_err(|_| "missing".into());
        }
        other => panic!("no regularizer {other}"),
    };
    let argument = |name: &str| {
        let index = names.iter().position(|known| *known == name);
        let mut given = call.arguments.iter().enumerate();
        let (_, (_, value)) = given.find(|(at, (key, _))| match key {
            Some(key) => key == name,
            None => Some(*at) == index,
        })?;
        Some(match value {
            Argument::Number(number) => Factor::Number(*number),
            Argument::Text(text) => Factor::Text(text),
            Argument::None => Factor::None,
            other => panic!("{other:?} is no factor"),
        })
    };
    edition
        .call(class, argument)
        .map_err(|error| kind_of_call(&error).into())
}

/// A float of this crate from the bits of a case.
pub(crate) trait Bits: Float {
    fn of(bits: u64) -> Self;
    fn bits(self) -> u64;
}

macro_rules! bits {
    ($($type:ty: $unsigned:ty),*) => {$(
        impl Bits for $type {
            fn of(bits: u64) -> Self {
                Self::from_bits(bits as $unsigned)
            }

            fn bits(self) -> u64 {
                self.to_bits().into()
            }
        }
    )*};
}
bits!(f16: u16, bf16: u16, f32: u32, f64: u64);

/// What is asked of a tensor in its own format.
enum Ask {
    Penalty(Terms),
    Gradient(Terms),
    Proximal(Step, Terms),
    Activity(Terms),
}

fn in_format(x: &Tensor, ask: &Ask) -> Answer {
    let bits = match x.format {
        Format::F16 => of_type::<f16>(x, ask),
        Format::BF16 => of_type::<bf16>(x, ask),
        Format::F32 => of_type::<f32>(x, ask),
        _ => of_type::<f64>(x, ask),
    };
    Answer::Numbers(x.format, bits)
}

fn of_type<T: Bits>(x: &Tensor, ask: &Ask) -> Vec<u64> {
    let weights: Vec<T> = x.bits.iter().map(|&bits| T::of(bits)).collect();
    match ask {
        Ask::Penalty(terms) => vec![terms.penalty(&weights).bits()],
        Ask::Gradient(terms) => weights
            .iter()
            .map(|&x| terms.subgradient(x).bits())
            .collect(),
        Ask::Proximal(step, terms) => weights
            .iter()
            .map(|&v| terms.proximal(*step, v).bits())
            .collect(),
        Ask::Activity(terms) => {
            let mut sums = Sums::new();
            sums.extend(&weights);
            vec![terms.penalty_per_sample::<T>(&sums, x.shape[0]).bits()]
        }
    }
}

/// An orthogonal penalty of f32.
fn of_matrix(made: &AnyRegularizer, x: &Tensor) -> u64 {
    let AnyRegularizer::Orthogonal(regularizer) = made else {
        panic!("{made} is not orthogonal");
    };
    let at = |row: usize, column: usize| f32::of(x.bits[row * x.shape[1] + column]);
    regularizer
        .matrix_penalty(x.shape[0], x.shape[1], at)
        .bits()
}

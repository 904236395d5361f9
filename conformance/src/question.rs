//! What real Keras is asked: the cases of SPEC.md that it can answer, and a fixed random set.

use crate::case::{Argument, Call, Case, Editions, Question, SyntaxError, Tensor};
use crate::clause::clauses;
use regularize_oracle::Format;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A question to an implementation of Keras.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The question in the notation of SPEC.md, after the float type and `|` if it is not float32; `random 17`.
    pub id: String,
    /// What is asked.
    pub question: Question,
    /// The default float type, if it is not float32.
    pub floatx: Option<String>,
}

/// All questions, each once: those of SPEC.md in its order, then 300 of random numbers.
///
/// # Errors
///
/// The first line of SPEC.md that is no case.
///
/// ```
/// let questions = regularize_conformance::questions()?;
/// assert_eq!(questions[1].id, "l1(-0.5)");
/// assert_eq!(questions[1].json().unwrap(), r#"{"id":"l1(-0.5)","op":"construct","reg":"l1(-0.5)"}"#);
/// # Ok::<(), regularize_conformance::SyntaxError>(())
/// ```
pub fn questions() -> Result<Vec<Asked>, SyntaxError> {
    let mut known = BTreeSet::new();
    let cases = clauses()?.into_iter().flat_map(|clause| clause.cases);
    let mut asked: Vec<Asked> = cases.map(|case| Asked::of(&case)).collect();
    asked.retain(|asked| asked.json().is_some() && known.insert(asked.id.clone()));
    for (index, text) in random().iter().enumerate() {
        let case = Case::parse(text, 0, &Editions::parse("", 0)?)?;
        asked.push(Asked {
            id: format!("random {index}"),
            ..Asked::of(&case)
        });
    }
    Ok(asked)
}

impl Asked {
    /// The question of a case.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        let text = case.text.rsplit_once(" = ").map_or("", |parts| parts.0);
        // A config's answer has no ` = `, and its question none outside of parentheses.
        let floatx = case.editions.floatx.clone();
        let id = match &floatx {
            Some(floatx) => format!("{floatx} | {text}"),
            None => text.into(),
        };
        Self {
            id,
            question: case.question.clone(),
            floatx,
        }
    }

    /// The line that a recorder reads; `None` of what Keras has no function for.
    #[must_use]
    pub fn json(&self) -> Option<String> {
        let mut json = format!("{{\"id\":{:?},", self.id);
        // A `String` takes whatever is written.
        let _ = match &self.question {
            Question::Penalty(call, x) => write!(json, "\"op\":\"penalty\",{}", numbers(call, x)),
            Question::Gradient(call, x) => write!(json, "\"op\":\"gradient\",{}", numbers(call, x)),
            Question::Activity(call, x) => write!(json, "\"op\":\"activity\",{}", numbers(call, x)),
            Question::Make(call) | Question::Config(call) => {
                write!(json, "\"op\":\"construct\",\"reg\":{:?}", python(call))
            }
            Question::Get(identifier) => write!(json, "\"op\":\"get\",\"identifier\":{identifier}"),
            Question::Losses(call) if call.name == "model" => {
                let layers = call.arguments.iter().filter_map(|argument| match argument {
                    (None, Argument::Call(layer)) => Some(layer_json(layer)),
                    _ => None,
                });
                let layers = layers
                    .enumerate()
                    .map(|(index, layer)| format!("{{\"name\":\"layer{index}\",{layer}}}"));
                let layers = layers.collect::<Vec<_>>().join(",");
                write!(
                    json,
                    "\"op\":\"model\",\"layers\":[{layers}],\"batch\":{}",
                    batch(call)
                )
            }
            Question::Losses(call) => {
                write!(
                    json,
                    "\"op\":\"layer\",{},\"batch\":{}",
                    layer_json(call),
                    batch(call)
                )
            }
            Question::Proximal(..) | Question::Interval(..) | Question::Minimum(..) => return None,
        };
        if let Some(floatx) = &self.floatx {
            let _ = write!(json, ",\"floatx\":{floatx:?}");
        }
        json.push('}');
        Some(json)
    }
}

impl Question {
    /// The regularizer and the numbers, where both are asked of.
    #[must_use]
    pub const fn on_numbers(&self) -> Option<(&Call, &Tensor)> {
        match self {
            Self::Penalty(call, x)
            | Self::Gradient(call, x)
            | Self::Proximal(_, call, x)
            | Self::Activity(call, x)
            | Self::Interval(call, x)
            | Self::Minimum(call, x) => Some((call, x)),
            _ => None,
        }
    }
}

impl Call {
    /// The argument of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Argument> {
        let mut arguments = self.arguments.iter();
        arguments.find_map(|(key, value)| (key.as_deref() == Some(name)).then_some(value))
    }
}

/// The call as Python writes it.
fn python(call: &Call) -> String {
    match (call.name.as_str(), call.arguments.as_slice()) {
        (
            "orthogonal",
            [
                (None, Argument::Number(factor)),
                (None, Argument::Word(mode)),
            ],
        ) => {
            format!("OrthogonalRegularizer({factor:?}, mode=\"{mode}\")")
        }
        _ => {
            let arguments = call.arguments.iter().map(|(name, value)| {
                let name = name.iter().map(|name| format!("{name}="));
                let value = match value {
                    // `1` would be an integer there, which some backends do not multiply by.
                    Argument::Number(number) if number.is_nan() => "nan".into(),
                    Argument::Number(number) => format!("{number:?}"),
                    Argument::None => "None".into(),
                    Argument::Text(text) => format!("{text:?}"),
                    Argument::Word(word) => word.clone(),
                    Argument::Call(call) => python(call),
                };
                name.chain([value]).collect::<String>()
            });
            let arguments = arguments.collect::<Vec<_>>().join(", ");
            format!("{}({arguments})", call.name)
        }
    }
}

fn numbers(call: &Call, x: &Tensor) -> String {
    let format = match x.format {
        Format::F16 => "f16",
        Format::BF16 => "bf16",
        Format::F64 => "f64",
        _ => "f32",
    };
    let digits = x.format.width() as usize / 4;
    let bits = x.bits.iter().map(|bits| format!("\"{bits:0digits$x}\""));
    let bits = bits.collect::<Vec<_>>().join(",");
    let shape = x.shape.iter().map(usize::to_string);
    let shape = shape.collect::<Vec<_>>().join(",");
    let reg = python(call);
    format!("\"reg\":{reg:?},\"dtype\":\"{format}\",\"shape\":[{shape}],\"x\":[{bits}]")
}

fn layer_json(layer: &Call) -> String {
    let role = |role: &str| match layer.named(role) {
        Some(Argument::Call(call)) => format!("\"{role}\":{:?}", python(call)),
        _ => format!("\"{role}\":null"),
    };
    let trainable = layer.named("trainable") != Some(&Argument::Word("false".into()));
    let [kernel, bias, activity] = ["kernel", "bias", "activity"].map(role);
    format!("{kernel},{bias},{activity},\"trainable\":{trainable}")
}

fn batch(call: &Call) -> usize {
    match call.named("batch") {
        Some(Argument::Number(batch)) => *batch as usize,
        _ => 1,
    }
}

/// Penalties, gradients and activities of random numbers, the same every time.
///
/// Weights have 12 digits, and beside f64 ones the factors have 6: what is f64 to one backend and f32 to another
/// is the same number to both.
fn random() -> Vec<String> {
    let mut state = 0_u64;
    let mut next = |below: u64| {
        // SplitMix64 (Steele, Lea, Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    };
    let mut texts = Vec::new();
    for index in 0..300 {
        let double = index % 3 == 2;
        let mut factor = || match double {
            true => format!("{:?}", (1 + next(63)) as f64 / 64.0),
            false => format!("{:?}", (1 + next(9999)) as f64 / 10_f64.powi(4 + index % 3)),
        };
        let reg = match index % 5 {
            0 | 3 => format!("l1({})", factor()),
            1 | 4 => format!("l2({})", factor()),
            _ => format!("l1_l2({}, {})", factor(), factor()),
        };
        let mut weight = || {
            let magnitude = (1 + next(4095)) as f64 / f64::from(1_u32 << (2 + next(12)));
            let sign = if next(2) == 0 { "-" } else { "" };
            format!("{sign}{magnitude:?}")
        };
        let mut row = |length: usize| {
            let weights: Vec<String> = (0..length).map(|_| weight()).collect();
            format!("[{}]", weights.join(", "))
        };
        let op = ["", "gradient ", "activity "][index as usize / 5 % 3];
        let length = 1 + index as usize * 7 % 24;
        let tensor = match op {
            "activity " => {
                let rows: Vec<String> = (0..3).map(|_| row(length)).collect();
                format!("[{}]", rows.join(", "))
            }
            _ => row(length),
        };
        let suffix = if double { " : f64" } else { "" };
        texts.push(format!("{op}{reg} {tensor}{suffix} = within"));
    }
    texts
}

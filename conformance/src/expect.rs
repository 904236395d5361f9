//! What is right: three kinds of expectation, and the judge.

use crate::oracle::{BigRational, Dyadic, Factors, Format, Value as Exact, orthogonal, round};
use crate::reference::make;
use crate::run::MESSAGE;
use crate::wire::{Answer, AtZero, Dtype, Kind, Numbers, Reg, Request, decimal, hex};
use regularize_core::{AnyRegularizer, Edition, Mode, edition::Activity, visible};
use serde_json::{Value, json};

/// What one number may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// These bits; any NaN is any other.
    Is(u64),
    /// Not less than the first, and not more than the second.
    In([u64; 2]),
    /// One of several, where an implementation has the choice.
    Any(Vec<Number>),
}

/// What an answer has to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// Numbers, each for itself; none where a regularizer is made.
    Numbers(Vec<Number>),
    /// What `get` makes.
    Reg(Option<Reg>),
    /// A JSON, its numbers compared as doubles.
    Config(Value),
    /// An error of a kind.
    Error(Kind),
}

/// How an answer is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Miss {
    /// What is right, a line for each number that is not.
    pub(crate) want: String,
    /// What came.
    pub(crate) got: String,
    /// How far off it is.
    pub(crate) off: Option<String>,
}

impl Number {
    fn accepts(&self, format: Format, bits: u64) -> bool {
        match self {
            Self::Is(is) => format.is_between([*is, *is], bits),
            Self::In(bounds) => format.is_between(*bounds, bits),
            Self::Any(choices) => choices.iter().any(|choice| choice.accepts(format, bits)),
        }
    }

    fn to_json(&self, dtype: Dtype) -> Value {
        match self {
            Self::Is(bits) => json!({ "is": hex(dtype, *bits) }),
            Self::In(bounds) => json!({ "in": bounds.map(|bits| hex(dtype, bits)) }),
            Self::Any(choices) => {
                let choices: Vec<Value> =
                    choices.iter().map(|choice| choice.to_json(dtype)).collect();
                json!({ "any": choices })
            }
        }
    }

    fn describe(&self, dtype: Dtype) -> String {
        match self {
            Self::Is(bits) => format!("{}  exactly", both(dtype, *bits)),
            Self::In([least, most]) => format!("{} … {}", both(dtype, *least), both(dtype, *most)),
            Self::Any(choices) => {
                let choices: Vec<String> = choices
                    .iter()
                    .map(|choice| choice.describe(dtype))
                    .collect();
                choices.join(", or ")
            }
        }
    }

    /// How far off a number is: as a multiple of the bound, for a bound is what it misses.
    fn off(&self, dtype: Dtype, bits: u64) -> Option<String> {
        let bounds = match self {
            Self::In(bounds) => bounds,
            Self::Any(choices) => return choices.first()?.off(dtype, bits),
            Self::Is(_) => return None,
        };
        let double = |bits| f64::from_bits(Format::F64.convert(dtype.format(), bits));
        let ([least, most], found) = (bounds.map(double), double(bits));
        let (middle, half) = (least / 2.0 + most / 2.0, most / 2.0 - least / 2.0);
        let times = ((found - middle) / half).abs();
        Some(match times {
            _ if !times.is_finite() => return None,
            _ if times < 100.0 => format!("{times:.1} × the bound"),
            _ if times < 1e9 => format!("{times:.0} × the bound"),
            _ => format!("{times:.0e} × the bound"),
        })
    }
}

/// A number for a reader: decimal and bits.
fn both(dtype: Dtype, bits: u64) -> String {
    format!("{}  {}", decimal(dtype, bits), hex(dtype, bits))
}

impl Expect {
    /// Nothing if the answer is right; of what is wrong, the numbers that are.
    pub(crate) fn judge(&self, dtype: Option<Dtype>, answer: &Answer) -> Option<Miss> {
        let dtype = dtype.unwrap_or(Dtype::F64);
        let is_right = match (self, answer) {
            (Self::Numbers(want), Answer::Numbers(got)) if want.len() == got.len() => {
                return judge_numbers(dtype, want, got);
            }
            (Self::Reg(want), Answer::Reg(got)) => want == got,
            (Self::Config(want), Answer::Config(got)) => same_json(want, got),
            (Self::Error(want), Answer::Error(got, _)) => want == got,
            _ => false,
        };
        (!is_right).then(|| Miss {
            want: self.describe(dtype),
            got: describe(dtype, answer),
            off: None,
        })
    }

    /// As `cases` prints it.
    #[must_use]
    pub fn to_json(&self, dtype: Option<Dtype>) -> Value {
        let dtype = dtype.unwrap_or(Dtype::F64);
        match self {
            Self::Numbers(numbers) => {
                let numbers: Vec<Value> =
                    numbers.iter().map(|number| number.to_json(dtype)).collect();
                json!({ "y": numbers })
            }
            Self::Reg(reg) => json!({ "reg": reg.map(|reg| reg.to_json()) }),
            Self::Config(config) => json!({ "config": config }),
            Self::Error(kind) => json!({ "error": kind.name() }),
        }
    }

    fn describe(&self, dtype: Dtype) -> String {
        match self {
            Self::Numbers(numbers) if numbers.is_empty() => "that it can be made".into(),
            Self::Numbers(numbers) => {
                let lines: Vec<String> = numbers
                    .iter()
                    .map(|number| number.describe(dtype))
                    .collect();
                lines.join("\n")
            }
            Self::Reg(None) => "None".into(),
            Self::Reg(Some(reg)) => reg.to_string(),
            Self::Config(config) => config.to_string(),
            Self::Error(kind) => format!("rejected: {kind}"),
        }
    }
}

/// An answer for a reader.
fn describe(dtype: Dtype, answer: &Answer) -> String {
    match answer {
        Answer::Numbers(bits) if bits.is_empty() => "no numbers, as of one that can be made".into(),
        Answer::Numbers(bits) => {
            let lines: Vec<String> = bits.iter().map(|&bits| both(dtype, bits)).collect();
            lines.join("\n")
        }
        Answer::Reg(None) => "None".into(),
        Answer::Reg(Some(reg)) => reg.to_string(),
        Answer::Config(config) => visible(&config.to_string(), MESSAGE).to_string(),
        Answer::Error(kind, message) if message.is_empty() => format!("rejected: {kind}"),
        Answer::Error(kind, message) => {
            format!("rejected: {kind} ({})", visible(message, MESSAGE))
        }
        Answer::Unsupported(why) => {
            format!("unsupported, and claimed ({})", visible(why, MESSAGE))
        }
    }
}

fn judge_numbers(dtype: Dtype, want: &[Number], got: &[u64]) -> Option<Miss> {
    let (mut wants, mut gots, mut off) = (Vec::new(), Vec::new(), None);
    let want_is_one = want.len() == 1;
    for (index, (want, &got)) in want.iter().zip(got).enumerate() {
        if !want.accepts(dtype.format(), got) {
            let place = if want_is_one {
                String::new()
            } else {
                format!("[{index}] ")
            };
            wants.push(format!("{place}{}", want.describe(dtype)));
            gots.push(format!("{place}{}", both(dtype, got)));
            off = off.or_else(|| want.off(dtype, got));
        }
    }
    (!wants.is_empty()).then(|| Miss {
        want: wants.join("\n"),
        got: gots.join("\n"),
        off,
    })
}

/// Equal, with numbers as doubles: 1 is 1.0.
pub(crate) fn same_json(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same_json(a, b)))
        }
        _ => a == b,
    }
}

/// What the oracle says of numbers in an edition, and for a regularizer that cannot be made, its error.
pub(crate) fn expect(edition: Edition, at_zero: AtZero, request: &Request) -> Expect {
    let made = match request.reg().map(|reg| make(edition, reg)) {
        Some(Err((kind, _))) => return Expect::Error(kind),
        Some(Ok(made)) => made,
        None => return Expect::Numbers(echo(request.numbers())),
    };
    let factors = factors(&made);
    Expect::Numbers(match request {
        Request::Penalty { shape, x, .. } => match made {
            AnyRegularizer::Orthogonal(made) => vec![orthogonal_bounds(&made, shape, x)],
            _ => vec![sum(&factors, x, 1)],
        },
        Request::Activity { shape, x, .. } => {
            let batch = shape.first().copied().unwrap_or(1) as u64;
            vec![match (edition.rules().activity, batch) {
                (Activity::Sum, _) => sum(&factors, x, 1),
                (Activity::MeanOrNan, 0) => Number::Is(x.dtype.format().nan()),
                (Activity::Mean | Activity::MeanOrNan, batch) => sum(&factors, x, batch),
            }]
        }
        Request::Gradient { x, .. } => each(x, |format, bits| {
            derivative(&factors, at_zero, format, bits)
        }),
        Request::Prox { step, x, .. } => each(x, |format, bits| {
            match factors.is_exact_proximal(format, *step, bits) {
                true => Number::Is(factors.proximal(format, *step, bits)),
                false => between(factors.proximal_bounds(format, *step, bits)),
            }
        }),
        _ => Vec::new(),
    })
}

/// The same numbers back.
fn echo(x: Option<&Numbers>) -> Vec<Number> {
    x.map_or(Vec::new(), |x| each(x, |_, bits| Number::Is(bits)))
}

fn each(x: &Numbers, of: impl Fn(Format, u64) -> Number) -> Vec<Number> {
    x.bits
        .iter()
        .map(|&bits| of(x.dtype.format(), bits))
        .collect()
}

fn between([least, most]: [u64; 2]) -> Number {
    if least == most {
        Number::Is(least)
    } else {
        Number::In([least, most])
    }
}

/// The factors that a regularizer keeps, for the oracle.
pub(crate) fn factors(made: &AnyRegularizer) -> Factors {
    let terms = made.terms();
    let [l1, l2] = [
        terms.and_then(|terms| terms.l1()),
        terms.and_then(|terms| terms.l2()),
    ];
    let factors = Factors::new(l1, l2);
    // An L1L2 starts from 0 and adds.
    match made {
        AnyRegularizer::L1L2(_) => factors.added_to_zero(),
        made if !made.edition().rules().has_l1_and_l2 => factors.added_to_zero(),
        _ => factors,
    }
}

/// Ω(x)/`by`: exact where no order rounds, and otherwise between bounds.
fn sum(factors: &Factors, x: &Numbers, by: u64) -> Number {
    let format = x.dtype.format();
    if factors.is_exact(format, &x.bits, by) {
        return Number::Is(match by {
            1 => factors.penalty(format, &x.bits),
            _ => factors.penalty_per_sample(format, &x.bits, by),
        });
    }
    let everything = [format.infinity(true), format.infinity(false)];
    let number = between(factors.bounds(format, &x.bits, by).unwrap_or(everything));
    let Number::In(bounds) = number else {
        return number;
    };
    // Where the sum of magnitudes or squares has no room, or the penalty before its division, an implementation may be
    // infinite on the way, with the sign of the factor; and no number where two such terms meet.
    let infinite = format.infinity(false);
    let overflows = |factors: Factors| {
        let most = factors.bounds(format, &x.bits, 1).map(|[_, most]| most);
        most.is_none_or(|most| most >= infinite - 1)
    };
    let terms = [
        factors.l1(format).map(|l1| (l1, 1)),
        factors.l2(format).map(|l2| (l2, 2)),
    ];
    let mut choices = vec![Number::In(bounds)];
    for (factor, power) in terms.into_iter().flatten() {
        let unit = match power {
            1 => Factors::new(Some(1.0), None),
            _ => Factors::new(None, Some(1.0)),
        };
        let is_negative = matches!(factor, Exact::Finite { negative: true, .. });
        let infinite = Number::Is(format.infinity(is_negative));
        if (overflows(unit) || overflows(factors.magnitudes())) && !choices.contains(&infinite) {
            choices.push(infinite);
        }
    }
    match choices.len() {
        1 => Number::In(bounds),
        2 => Number::Any(choices),
        _ => {
            choices.push(Number::Is(format.nan()));
            Number::Any(choices)
        }
    }
}

/// The derivative at one weight; at 0 that which the subject claims to have.
fn derivative(factors: &Factors, at_zero: AtZero, format: Format, bits: u64) -> Number {
    let [minus_zero, zero] = format.zeros();
    if bits == zero || bits == minus_zero {
        let is_plus = match at_zero {
            AtZero::Zero => return Number::In(format.zeros()),
            AtZero::Plus => true,
            AtZero::Minus => false,
            AtZero::Sign => bits == zero,
        };
        let ends = factors.subdifferential(format, bits);
        let end = ends.map(|[minus, plus]| if is_plus { plus } else { minus });
        return match end.filter(|end| !end.is_zero()) {
            Some(end) => Number::Is(end.round(format, false)),
            None => Number::In(format.zeros()),
        };
    }
    let derivative = factors.subgradient(format, bits);
    match factors.is_exact_derivative(format, bits) {
        // A factor of 0 times −1, or times 1 and a sign.
        true if format.zeros().contains(&derivative) => Number::In(format.zeros()),
        true => Number::Is(derivative),
        false => between(factors.derivative_bounds(format, bits)),
    }
}

/// factor·(2·d + pairs + 10)·u around the oracle's bounds, for vectors of d numbers: the bound of `error_bound` in core,
/// in the type of the weights, and an addition for each pair.
pub(crate) fn orthogonal_bounds(
    made: &regularize_core::Orthogonal,
    shape: &[usize],
    x: &Numbers,
) -> Number {
    let format = x.dtype.format();
    let ([rows, columns], true) = (shape, shape.len() == 2) else {
        return Number::Is(format.nan());
    };
    let at = |row: usize, column: usize| {
        format
            .decode(
                x.bits
                    .get(row * columns + column)
                    .copied()
                    .unwrap_or(format.nan()),
            )
            .finite()
    };
    let vectors: Option<Vec<Vec<Dyadic>>> = match made.mode() {
        Mode::Rows => (0..*rows)
            .map(|i| (0..*columns).map(|j| at(i, j)).collect())
            .collect(),
        Mode::Columns => (0..*columns)
            .map(|j| (0..*rows).map(|i| at(i, j)).collect())
            .collect(),
    };
    // Keras' own numbers, and not the table's.
    let floor = if made.edition().name().starts_with("tf") {
        1e-6
    } else {
        1e-7
    };
    let bounds = vectors
        .zip(Dyadic::from_f64(floor))
        .and_then(|(vectors, floor)| {
            let factor = format
                .decode(format.convert(Format::F64, made_factor(made).to_bits()))
                .finite()?;
            Some((orthogonal(&factor, &floor, &vectors)?, factor, vectors))
        });
    let Some(([low, high], factor, vectors)) = bounds else {
        return Number::Is(format.nan());
    };
    let (n, d) = (vectors.len(), vectors.first().map_or(0, Vec::len));
    let units = Dyadic::new(
        (2 * d + n * (n - 1) / 2 + 10).into(),
        -i64::from(format.precision()),
    );
    let bound = (&units * &factor).to_rational();
    if low == high && low == BigRational::default() {
        return Number::In(format.zeros());
    }
    // Rounding keeps order: a number that is not below a bound is not below what it rounds to.
    between([low - &bound, high + bound].map(|end| round(&end, format, false)))
}

/// The factor as the orthogonal regularizer keeps it: rounded to f32, as L1's.
fn made_factor(made: &regularize_core::Orthogonal) -> f64 {
    f64::from(made.factor() as f32)
}

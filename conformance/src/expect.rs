//! What is right: three kinds of expectation, and the judge.

use crate::reference::make;
use crate::run::MESSAGE;
use crate::wire::{Answer, AtZero, Dtype, Kind, Numbers, Reg, Request, decimal, hex};
use regularize_core::{AnyRegularizer, Edition, Mode, edition::Activity, visible};
use regularize_oracle::{Dyadic, Factors, Format, Value as Exact, orthogonal, round};
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
                false => match factors.proximal_bounds(format, *step, bits) {
                    // Where a denominator may be 0 or a step infinite, ∞ − ∞ and 0/0 are inside too.
                    bounds if bounds == everything(format) => {
                        Number::Any(vec![Number::In(bounds), Number::Is(format.nan())])
                    }
                    bounds => between(bounds),
                },
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

/// The bounds of every number.
fn everything(format: Format) -> [u64; 2] {
    [format.infinity(true), format.infinity(false)]
}

/// Ω(x)/`by`: exact where no order rounds, and otherwise between bounds, or what an overflow on the way makes of it.
fn sum(factors: &Factors, x: &Numbers, by: u64) -> Number {
    let format = x.dtype.format();
    if factors.is_exact(format, &x.bits, by) {
        return Number::Is(match by {
            1 => factors.penalty(format, &x.bits),
            _ => factors.penalty_per_sample(format, &x.bits, by),
        });
    }
    let bounds = factors.bounds(format, &x.bits, by);
    let number = between(bounds.unwrap_or(everything(format)));
    if x.bits
        .iter()
        .any(|&bits| format.decode(bits).finite().is_none())
    {
        return number;
    }
    let mut choices = vec![number];
    let mut choose = |bits: u64| {
        if !choices.iter().any(|choice| choice.accepts(format, bits)) {
            choices.push(Number::Is(bits));
        }
    };
    let infinite = format.infinity(false);
    let bounds_of = |factors: Factors| factors.bounds(format, &x.bits, 1);
    let overflows = |bounds: Option<[u64; 2]>| bounds.is_none_or(|[_, most]| most == infinite);
    let is_too_large = overflows(bounds_of(factors.magnitudes()));
    let [one, none] = [Some(1.0), None];
    let terms = [
        (factors.l1(format), Factors::new(one, none)),
        (factors.l2(format), Factors::new(none, one)),
    ];
    let (mut plus, mut minus) = (false, false);
    for (is_square, (factor, unit)) in [false, true].into_iter().zip(terms) {
        let unit = bounds_of(unit);
        // Squares may all underflow.
        let vanishes =
            is_square && unit.is_none_or(|[least, _]| !format.is_between([1, infinite], least));
        match factor {
            Some(Exact::Finite { negative, number }) => {
                let overflows = overflows(unit);
                // TensorFlow multiplies by twice the factor.
                let twice = number.scaled(1).round(format, negative);
                let is_twice = is_square && twice == format.infinity(negative);
                if number.is_zero() {
                    // 0·∞ of a sum that is infinite on the way.
                    if overflows {
                        choose(format.nan());
                    }
                } else if is_too_large || is_twice || overflows {
                    choose(format.infinity(negative));
                    (plus, minus) = (plus || !negative, minus || negative);
                }
                if is_twice && vanishes {
                    choose(format.nan());
                }
            }
            // ∞·0.
            Some(Exact::Infinite { .. }) if vanishes => choose(format.nan()),
            _ => {}
        }
    }
    if plus && minus {
        choose(format.nan());
    }
    // A batch that is infinite in the type.
    if by > 1 && Dyadic::new(by.into(), 0).round(format, false) == infinite {
        choose(0);
        if plus || minus {
            choose(format.nan());
        }
    }
    match choices.len() {
        1 => choices.remove(0),
        _ => Number::Any(choices),
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
        false => {
            let number = between(factors.derivative_bounds(format, bits));
            match overflow_of_twice(factors, format, bits) {
                Some(special) if !number.accepts(format, special) => {
                    Number::Any(vec![number, Number::Is(special)])
                }
                _ => number,
            }
        }
    }
}

/// What the derivative is where 2·l2 or 2·x overflows on the way: ∞, or 0·∞.
fn overflow_of_twice(factors: &Factors, format: Format, bits: u64) -> Option<u64> {
    let (
        Some(Exact::Finite { negative, number }),
        Exact::Finite {
            negative: sign,
            number: x,
        },
    ) = (factors.l2(format), format.decode(bits))
    else {
        return None;
    };
    let overflows =
        |number: &Dyadic| number.abs().scaled(1).round(format, false) == format.infinity(false);
    match overflows(&x) {
        true if number.is_zero() => Some(format.nan()),
        false if !overflows(&number) => None,
        _ => Some(format.infinity(negative != sign)),
    }
}

/// What an order of operations may make of the orthogonal penalty of vectors of d numbers.
///
/// A length meets d roundings of its square, which are half of them after the root, and that of the root. So a cosine, of two
/// vectors that are each divided by its length, or whose product is, meets 2·d + 4: two lengths, two quotients and d of
/// the product. The sum of all cosines meets 2·pairs − 1, as Keras adds each twice; the factor, the quotient and the rounded
/// number of pairs are three more. Together k = 2·d + 2·pairs + 6, relative to a mean of magnitudes that are 1 at most.
///
/// Squares that underflow are off by d·η/2. Relative to the square of the length, or of the floor, let that be ρ: both lengths
/// of a cosine are off by ρ/2, and the cosine by less than 2·ρ for ρ ≤ ½. The products of a cosine and their factors are off by
/// 3·d·η/2, and the result by 2·η. So the error is at most (factor·(k·u + 2·ρ + 2·d·η) + 2·η)/(1 − k·u). With a
/// larger ρ or k·u, and where a square overflows, every answer is inside.
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
            Some((
                orthogonal(&factor, &floor, &vectors)?,
                factor,
                vectors,
                floor,
            ))
        });
    let Some(([low, high], factor, vectors, floor)) = bounds else {
        return Number::Is(format.nan());
    };
    let (n, d) = (vectors.len(), vectors.first().map_or(0, Vec::len));
    let is_orthogonal = |(i, a): (usize, &Vec<Dyadic>)| {
        let others = vectors[..i].iter();
        let mut products = others.flat_map(|b| a.iter().zip(b));
        products.all(|(a, b)| a.is_zero() || b.is_zero())
    };
    if factor.is_zero() || vectors.iter().enumerate().all(is_orthogonal) {
        return Number::In(format.zeros());
    }
    let count = |number: usize| Dyadic::new(number.into(), 0);
    let unit = |number: &Dyadic| number.scaled(-i64::from(format.precision()));
    let least = |number: &Dyadic| number.scaled(format.quantum());
    let error = unit(&count(2 * d + n * (n - 1) + 6));
    let rest = &Dyadic::one() - &error;
    let floor = &floor * &floor;
    let square =
        |vector: &Vec<Dyadic>| vector.iter().fold(Dyadic::zero(), |sum, x| &sum + &(x * x));
    let squares = || vectors.iter().map(square);
    let shortest = squares().min().unwrap_or_else(Dyadic::zero).max(floor);
    let longest = squares().max().unwrap_or_else(Dyadic::zero);
    let lost = least(&count(d));
    let is_infinite = |number: &Dyadic| number.round(format, false) == format.infinity(false);
    let total = &factor.scaled(1) * &count(n * n);
    if rest.is_zero()
        || rest.is_negative()
        || shortest < lost
        || is_infinite(&longest.scaled(1))
        || is_infinite(&total)
    {
        let everything = Number::In(everything(format));
        return Number::Any(vec![everything, Number::Is(format.nan())]);
    }
    let of_factor = &error + &lost.scaled(1);
    let of_squares = (&factor * &lost).to_rational() / shortest.to_rational();
    let bound = (&(&factor * &of_factor) + &least(&Dyadic::one()).scaled(1)).to_rational();
    let bound = (bound + of_squares) / rest.to_rational();
    // Rounding keeps order: a number that is not below a bound is not below what it rounds to.
    between([low - &bound, high + bound].map(|end| round(&end, format, false)))
}

/// The factor as the orthogonal regularizer keeps it: rounded to f32, as L1's.
fn made_factor(made: &regularize_core::Orthogonal) -> f64 {
    f64::from(made.factor() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Model, Subject, Variant};
    use proptest::prelude::*;
    use proptest::sample::select;

    fn numbers(dtype: Dtype, x: &[f64]) -> Numbers {
        let cast = |x: &f64| dtype.format().convert(Format::F64, x.to_bits());
        let bits = x.iter().map(cast).collect();
        Numbers { dtype, bits }
    }

    fn penalty(dtype: Dtype, reg: Reg, x: &[f64]) -> Request {
        let (shape, x) = (vec![x.len()], numbers(dtype, x));
        Request::Penalty { reg, shape, x }
    }

    /// Whether a number is right.
    fn accepts(request: &Request, answer: f64) -> bool {
        let dtype = request.dtype().unwrap();
        let answer = Answer::Numbers(numbers(dtype, &[answer]).bits);
        let expect = expect(Edition::LATEST, AtZero::Zero, request);
        expect.judge(Some(dtype), &answer).is_none()
    }

    /// Numbers of all exponents of a type, those of one list near each other.
    fn any_numbers(dtype: Dtype, most: usize) -> BoxedStrategy<Vec<u64>> {
        let format = dtype.format();
        let (exponents, digits) = (
            (1_u64 << (format.width() - format.precision())) - 1,
            1_u64 << (format.precision() - 1),
        );
        let number = move |base: u64| {
            (0..6_u64, 0..digits, 0..4_u8).prop_map(move |(above, digits_of, few)| {
                let exponent = (base + above).min(exponents - 1);
                let kept = if few == 0 { 0 } else { digits_of };
                exponent * digits + kept
            })
        };
        (0..exponents)
            .prop_flat_map(move |base| prop::collection::vec(number(base), 0..most))
            .boxed()
    }

    /// Requests of one weight's gradient and proximal point, of a penalty and of an output.
    fn requests() -> BoxedStrategy<Vec<Request>> {
        let of = |dtype: Dtype| {
            // An L1 rounds its factor to f32.
            let of_factor = if dtype == Dtype::F64 {
                Dtype::F32
            } else {
                dtype
            };
            let one = |dtype: Dtype| {
                let double = move |bits| f64::from_bits(Format::F64.convert(dtype.format(), bits));
                any_numbers(dtype, 2)
                    .prop_map(move |bits| bits.first().copied().map_or(0.0, double))
            };
            let factors = (one(of_factor), one(of_factor));
            let parts = (
                any_numbers(dtype, 7),
                factors,
                one(dtype),
                0..3_u8,
                1..9_usize,
            );
            parts.prop_map(move |(bits, (l1, l2), step, class, batch)| {
                let reg = match class {
                    0 => Reg::L1(l1),
                    1 => Reg::L2(l2),
                    _ => Reg::L1L2(l1, l2),
                };
                let x = Numbers { dtype, bits };
                let shape = vec![x.bits.len()];
                let few = Numbers {
                    dtype,
                    bits: x.bits.iter().copied().take(batch).collect(),
                };
                vec![
                    Request::Penalty {
                        reg,
                        shape,
                        x: x.clone(),
                    },
                    Request::Activity {
                        reg,
                        shape: vec![few.bits.len()],
                        x: few,
                    },
                    Request::Gradient { reg, x: x.clone() },
                    Request::Prox { reg, step, x },
                ]
            })
        };
        select(Dtype::ALL).prop_flat_map(of).boxed()
    }

    proptest! {
        /// At all exponents, where products underflow and overflow.
        #[test]
        fn every_order_of_the_list_is_inside_the_bounds(requests in requests()) {
            for request in &requests {
                let expect = expect(Edition::LATEST, AtZero::Zero, request);
                let mut reference = crate::Reference::new(Edition::LATEST);
                let mut models: Vec<Model> = Vec::new();
                models.extend(Variant::ALL.iter().map(|&variant| Model::new(Edition::LATEST, variant)));
                let mut subjects: Vec<&mut dyn Subject> = vec![&mut reference];
                subjects.extend(models.iter_mut().map(|model| model as &mut dyn Subject));
                for subject in subjects {
                    let miss = expect.judge(request.dtype(), &subject.answer(request));
                    let name = subject.hello(Edition::LATEST).name;
                    prop_assert!(miss.is_none(), "{name}: {request} is {miss:?}");
                }
            }
        }
    }

    /// Σ(l1·|x|) and Σ(l2·x²) of nine weights are 9·η and 18·η, of a value of 11.25·η; (l2·x)·x is 1000500·η of 1001000.25·η.
    #[test]
    fn a_product_that_underflows_inside_of_a_sum_is_right() {
        let least = f64::from(f32::from_bits(1));
        let reg = Reg::L1L2(2.646_977_8e-23, 1.5);
        let nine = penalty(Dtype::F32, reg, &[2.646_978_3e-23; 9]);
        assert!(accepts(&nine, 27.0 * least) && !accepts(&nine, 45.0 * least));
        let one = penalty(Dtype::F32, Reg::L2(least), &[1000.5]);
        assert!(accepts(&one, 1_000_500.0 * least) && !accepts(&one, 1_000_400.0 * least));
    }

    #[test]
    fn what_overflows_on_the_way_is_infinite_or_no_number() {
        let inf = f64::INFINITY;
        // 2·l2, times a sum that is 0 or is not.
        let twice = Reg::L2(3e38);
        assert!(accepts(&penalty(Dtype::F32, twice, &[1e-10]), inf));
        assert!(!accepts(&penalty(Dtype::F32, twice, &[1e-10]), f64::NAN));
        assert!(accepts(&penalty(Dtype::F32, twice, &[0.0]), f64::NAN));
        assert!(!accepts(&penalty(Dtype::F32, Reg::L2(1e38), &[1e-10]), inf));
        // A sum times a factor of 0.
        let zero = penalty(Dtype::F32, Reg::L1(0.0), &[3e38, 3e38]);
        assert!(accepts(&zero, 0.0) && accepts(&zero, f64::NAN) && !accepts(&zero, inf));
        // A penalty that is then divided.
        let shared = |weights: [f64; 4]| Request::Activity {
            reg: Reg::L1(2.0),
            shape: vec![4],
            x: numbers(Dtype::F32, &weights),
        };
        let two = 2.0_f64;
        assert!(accepts(&shared([two.powi(125); 4]), inf));
        assert!(accepts(&shared([two.powi(124); 4]), two.powi(125)));
        assert!(!accepts(&shared([two.powi(124); 4]), inf));
        // 2·x of a gradient.
        let slope = |x: f64| Request::Gradient {
            reg: Reg::L2(0.3),
            x: numbers(Dtype::F32, &[x]),
        };
        assert!(accepts(&slope(2e38), inf) && !accepts(&slope(1e38), inf));
    }

    /// What is above the greatest number by less than the bound may be rounded to it, and the other way round.
    #[test]
    fn a_value_near_the_greatest_number_may_be_on_either_side() {
        let most = f64::from(f32::MAX);
        // Ten roundings are 6·10⁻⁷ of it.
        let above = penalty(Dtype::F32, Reg::L1(1.0), &[most / 10.0 * (1.0 + 2e-7); 10]);
        assert!(accepts(&above, f64::INFINITY) && accepts(&above, most));
        let far = penalty(Dtype::F32, Reg::L1(1.0), &[most, most]);
        assert!(accepts(&far, f64::INFINITY) && !accepts(&far, most));
    }

    /// 1/√10·9/√90 − 3/√10·3/√90 is 0, and the four quotients are rounded.
    #[test]
    fn orthogonal_vectors_may_have_a_product() {
        let rows = |x: &[f64], shape: [usize; 2]| Request::Penalty {
            reg: Reg::Orthogonal(1.0, Mode::Rows),
            shape: shape.to_vec(),
            x: numbers(Dtype::F32, x),
        };
        let turned = rows(&[1.0, 3.0, 9.0, -3.0], [2, 2]);
        assert!(accepts(&turned, 3e-8) && !accepts(&turned, 3e-6));
        let apart = rows(&[1.0, 0.0, 0.0, 3.0], [2, 2]);
        assert!(accepts(&apart, 0.0) && !accepts(&apart, 3e-8));
        // Twelve vectors are 66 pairs, each of which Keras adds twice.
        let many = rows(&[1.0; 12], [12, 1]);
        let unit = 2.0_f64.powi(-24);
        assert!(accepts(&many, 1.0 + 138.0 * unit) && !accepts(&many, 1.0 + 144.0 * unit));
    }

    /// |v| ≤ τ·l1 is 0, and nothing that is only near it.
    #[test]
    fn a_zero_of_a_proximal_point_is_exact() {
        let at = |step: f64| Request::Prox {
            reg: Reg::L1(0.5),
            step,
            x: numbers(Dtype::F32, &[0.5]),
        };
        assert!(accepts(&at(1.0), 0.0) && !accepts(&at(1.0), 1e-8));
        // 1 + 2⁻³⁰ is rounded to 1, and 1 − 2⁻³⁰ too.
        let small = 2.0_f64.powi(-30);
        assert!(accepts(&at(1.0 + small), 1e-8) && accepts(&at(1.0 - small), 0.0));
    }
}

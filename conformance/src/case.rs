//! A case of SPEC.md: a question in the attribute's notation, and its answer.

use num_bigint::BigInt;
use num_rational::BigRational;
use regularize_oracle::{Format, round};
use std::fmt;

/// The names of the editions, the oldest first.
pub const EDITIONS: [&str; 8] = [
    "keras-2.2",
    "tf-2.0",
    "tf-2.3",
    "tf-2.4",
    "tf-2.10",
    "keras-3.0",
    "keras-3.14.0",
    "keras-3.14.1",
];

/// Of which editions a block of cases speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editions {
    first: usize,
    last: usize,
    /// The default float type, if it is not float32.
    pub floatx: Option<String>,
}

/// A line of SPEC.md that is no case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SPEC.md:{}: {}", self.line, self.message)
    }
}

impl std::error::Error for SyntaxError {}

impl Editions {
    /// What follows the word `case`: nothing, `tf-2.3`, `tf-2.3..`, `..tf-2.3` or `tf-2.0..tf-2.3`, and
    /// `floatx=float64`.
    pub(crate) fn parse(info: &str, line: usize) -> Result<Self, SyntaxError> {
        let mut editions = Self {
            first: 0,
            last: EDITIONS.len() - 1,
            floatx: None,
        };
        let index = |name: &str, open: usize| {
            if name.is_empty() {
                return Ok(open);
            }
            let index = EDITIONS.iter().position(|edition| *edition == name);
            index.ok_or_else(|| SyntaxError {
                line,
                message: format!("no edition {name:?}"),
            })
        };
        for word in info.split_whitespace() {
            if let Some(floatx) = word.strip_prefix("floatx=") {
                editions.floatx = Some(floatx.into());
                continue;
            }
            let (first, last) = word.split_once("..").unwrap_or((word, word));
            editions.first = index(first, 0)?;
            editions.last = index(last, EDITIONS.len() - 1)?;
        }
        Ok(editions)
    }

    /// The names of the editions.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        EDITIONS[self.first..=self.last].iter().copied()
    }
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The line of SPEC.md.
    pub line: usize,
    /// The line's text.
    pub text: String,
    /// The editions that answer so.
    pub editions: Editions,
    /// What is asked.
    pub question: Question,
    /// The answer.
    pub answer: Answer,
    /// What backends or releases of the editions answer that answer otherwise.
    pub others: Vec<(String, Answer)>,
}

/// What a case asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// `l1(0.5) [1, -2]`: the penalty.
    Penalty(Call, Tensor),
    /// `gradient l1(0.5) [1, -2]`: the subgradient that training takes.
    Gradient(Call, Tensor),
    /// `proximal 0.5 l1(1) [1, -2]`: the proximal points at a step.
    Proximal(f64, Call, Tensor),
    /// `activity l1(0.5) [[1, -2]]`: the penalty of an output.
    Activity(Call, Tensor),
    /// `interval l1(0.5) [0]`: the ends of the subdifferential at one weight.
    Interval(Call, Tensor),
    /// `minimum l1(0.5) [0.25, 1]`: whether 0 is a minimum for these gradients of the loss.
    Minimum(Call, Tensor),
    /// `l2(-0.5)`: what the call makes.
    Make(Call),
    /// `get "l2"`: what `get` makes of a JSON.
    Get(String),
    /// `config l2(0.1)`: its JSON.
    Config(Call),
    /// `layer(kernel = l1(0.5), batch = 4)` and `model(layer(…), layer(…), batch = 4)`: the losses.
    Losses(Call),
}

/// A name and arguments: Python's notation and the attribute's.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The name.
    pub name: String,
    /// The arguments, by position or by name.
    pub arguments: Vec<(Option<String>, Argument)>,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// A number.
    Number(f64),
    /// `None`.
    None,
    /// A text in quotes.
    Text(String),
    /// Any other word: `rows`, `false`.
    Word(String),
    /// A call.
    Call(Call),
}

/// Numbers of one format, by rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// The format.
    pub format: Format,
    /// The lengths of the axes.
    pub shape: Vec<usize>,
    /// The numbers, row by row.
    pub bits: Vec<u64>,
}

/// What a case expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Numbers, bit for bit; any NaN is any other.
    Numbers(Format, Vec<u64>),
    /// The number between two bounds that the oracle computes.
    Within,
    /// Truth values.
    Flags(Vec<bool>),
    /// A regularizer, or none.
    Regularizer(Option<Call>),
    /// The text of a JSON.
    Json(String),
    /// What was asked for, as it is: a string that `get` returns.
    Itself,
    /// An error of a kind: `factor`, `none`, `text`, `argument`, `unknown`, `config`, `type`, `missing`, `range`.
    Rejected(String),
}

impl Case {
    pub(crate) fn parse(text: &str, line: usize, editions: &Editions) -> Result<Self, SyntaxError> {
        let mut parts = text.trim().split(" on ");
        let mut reader = Reader {
            rest: parts.next().unwrap_or(""),
        };
        let parse = || {
            let question = reader.question()?;
            reader.expect("=")?;
            let answer = reader.answer(&question)?;
            let mut others = Vec::new();
            for part in parts {
                let (label, rest) = part.split_once(' ').ok_or("an answer is missing")?;
                others.push((label.to_owned(), Reader { rest }.answer(&question)?));
            }
            Ok((question, answer, others))
        };
        let (question, answer, others) = parse().map_err(|message: String| SyntaxError {
            line,
            message: format!("{message} in {text:?}"),
        })?;
        Ok(Self {
            line,
            text: text.trim().into(),
            editions: editions.clone(),
            question,
            answer,
            others,
        })
    }
}

/// The rest of a line.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, text: &str) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        match self.eat(text) {
            true => Ok(()),
            false => Err(format!("expected {text:?} before {:?}", self.rest)),
        }
    }

    /// Letters, digits and what numbers have.
    fn word(&mut self) -> Result<&'a str, String> {
        self.rest = self.rest.trim_start();
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_.+-".contains(c);
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "" => Err(format!("expected a word before {rest:?}")),
            word => Ok(word),
        }
    }

    fn question(&mut self) -> Result<Question, String> {
        let begin = self.rest;
        let word = self.word()?;
        Ok(match word {
            "gradient" => Question::Gradient(self.call()?, self.tensor()?),
            "activity" => Question::Activity(self.call()?, self.tensor()?),
            "interval" => Question::Interval(self.call()?, self.tensor()?),
            "minimum" => Question::Minimum(self.call()?, self.tensor()?),
            "proximal" => {
                let step = self.word()?;
                let step = step.parse().map_err(|_| format!("{step:?} is no step"))?;
                Question::Proximal(step, self.call()?, self.tensor()?)
            }
            "config" => Question::Config(self.call()?),
            "get" => {
                let (json, _) = self.rest.split_once(" = ").ok_or("expected an answer")?;
                self.rest = &self.rest[json.len()..];
                Question::Get(json.trim().into())
            }
            "layer" | "model" => {
                self.rest = begin;
                Question::Losses(self.call()?)
            }
            _ => {
                self.rest = begin;
                let call = self.call()?;
                match self.rest.trim_start().starts_with('[') {
                    true => Question::Penalty(call, self.tensor()?),
                    false => Question::Make(call),
                }
            }
        })
    }

    fn call(&mut self) -> Result<Call, String> {
        let name = self.word()?.to_owned();
        let mut arguments = Vec::new();
        self.expect("(")?;
        while !self.eat(")") {
            arguments.push(self.argument()?);
            self.eat(",");
        }
        Ok(Call { name, arguments })
    }

    fn argument(&mut self) -> Result<(Option<String>, Argument), String> {
        if self.eat("\"") {
            let (text, rest) = self.rest.split_once('"').ok_or("a quote is missing")?;
            self.rest = rest;
            return Ok((None, Argument::Text(text.into())));
        }
        let begin = self.rest;
        let word = self.word()?;
        if self.rest.trim_start().starts_with('(') {
            self.rest = begin;
            return Ok((None, Argument::Call(self.call()?)));
        }
        if self.eat("=") {
            let (_, value) = self.argument()?;
            return Ok((Some(word.into()), value));
        }
        Ok((
            None,
            match (word, word.parse()) {
                ("None", _) => Argument::None,
                (_, Ok(number)) => Argument::Number(number),
                _ => Argument::Word(word.into()),
            },
        ))
    }

    /// Nested brackets of numbers, `[x; n]` for many of one, and `: f64` if they are not f32.
    fn tensor(&mut self) -> Result<Tensor, String> {
        let (mut shape, mut words) = (Vec::new(), Vec::new());
        self.brackets(0, &mut shape, &mut words)?;
        let format = self.format(Format::F32)?;
        let bits = words.iter().map(|word| number(word, format));
        Ok(Tensor {
            format,
            shape,
            bits: bits.collect::<Result<_, _>>()?,
        })
    }

    /// What follows a colon, or the usual format.
    fn format(&mut self, usual: Format) -> Result<Format, String> {
        match self.eat(":") {
            false => Ok(usual),
            true => format_of(self.word()?),
        }
    }

    fn brackets(
        &mut self,
        depth: usize,
        shape: &mut Vec<usize>,
        words: &mut Vec<&'a str>,
    ) -> Result<(), String> {
        self.expect("[")?;
        let mut length = 0;
        while !self.eat("]") {
            match self.rest.trim_start().starts_with('[') {
                true => self.brackets(depth + 1, shape, words)?,
                false => words.push(self.word()?),
            }
            length += 1;
            if self.eat(";") {
                length = self.word()?.parse().map_err(|_| "expected a count")?;
                let word = words.pop().unwrap_or("0");
                words.extend(std::iter::repeat_n(word, length));
            }
            self.eat(",");
        }
        if shape.len() <= depth {
            shape.resize(depth + 1, length);
        }
        shape[depth] = length;
        Ok(())
    }

    fn answer(&mut self, question: &Question) -> Result<Answer, String> {
        if self.eat("rejected:") {
            return Ok(Answer::Rejected(self.word()?.into()));
        }
        if self.eat("itself") {
            return Ok(Answer::Itself);
        }
        if self.eat("within") {
            return Ok(Answer::Within);
        }
        let format = match question {
            Question::Penalty(_, tensor)
            | Question::Gradient(_, tensor)
            | Question::Proximal(_, _, tensor)
            | Question::Activity(_, tensor) => tensor.format,
            Question::Interval(..) => Format::F64,
            _ => Format::F32,
        };
        match question {
            Question::Config(_) => Ok(Answer::Json(self.rest.trim().into())),
            Question::Make(_) | Question::Get(_) => {
                Ok(Answer::Regularizer(match self.eat("none") {
                    true => None,
                    false => Some(self.call()?),
                }))
            }
            Question::Minimum(..) => {
                let (mut shape, mut words) = (Vec::new(), Vec::new());
                self.brackets(0, &mut shape, &mut words)?;
                Ok(Answer::Flags(
                    words.iter().map(|word| *word == "true").collect(),
                ))
            }
            _ => {
                let (mut shape, mut words) = (Vec::new(), Vec::new());
                match self.rest.trim_start().starts_with('[') {
                    true => self.brackets(0, &mut shape, &mut words)?,
                    false => words.push(self.word()?),
                }
                let format = self.format(format)?;
                let bits = words.iter().map(|word| number(word, format));
                Ok(Answer::Numbers(format, bits.collect::<Result<_, _>>()?))
            }
        }
    }
}

/// The format of a name.
fn format_of(name: &str) -> Result<Format, String> {
    Ok(match name {
        "f16" => Format::F16,
        "bf16" => Format::BF16,
        "f32" => Format::F32,
        "f64" => Format::F64,
        _ => return Err(format!("no format {name:?}")),
    })
}

/// The bits of a decimal number: the nearest number of the format.
fn number(word: &str, format: Format) -> Result<u64, String> {
    let negative = word.starts_with('-');
    let magnitude = word.trim_start_matches(['-', '+']);
    match magnitude {
        "nan" => return Ok(format.nan()),
        "inf" => return Ok(format.infinity(negative)),
        _ => {}
    }
    let (digits, exponent) = magnitude.split_once('e').unwrap_or((magnitude, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let wrong = || format!("{word:?} is no number");
    let integer: BigInt = format!("{whole}{fraction}").parse().map_err(|_| wrong())?;
    let exponent: i32 = exponent.parse().map_err(|_| wrong())?;
    let exponent = exponent - fraction.len() as i32;
    let ten = BigRational::from_integer(10.into()).pow(exponent);
    let number = BigRational::from_integer(if negative { -integer } else { integer }) * ten;
    Ok(round(&number, format, negative))
}

//! The wire: what suite and subject say to each other, one JSON object per line. WIRE.md is the contract.

use regularize_core::{Mode, SHOWN, visible};
use regularize_oracle::Format;
use serde_json::{Map, Value, json};
use std::fmt;

/// The first number of the contract's version, as `hello` carries it.
pub const VERSION: u64 = 1;

/// A JSON of the other side in a message: on one line, and short.
pub(crate) fn shown(json: &Value) -> String {
    visible(&json.to_string(), SHOWN).to_string()
}

/// Names of a closed list: an enum whose variants are words of the wire.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident: $what:literal { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// All of them, in the order of the contract.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            fn parse(value: &Value) -> Result<Self, Malformed> {
                let known = Self::ALL.iter().find(|known| value == known.name());
                known.copied().ok_or_else(|| {
                    let words: Vec<&str> = Self::ALL.iter().map(|known| known.name()).collect();
                    Malformed(format!("{} is no {}: write {}", shown(value), $what, words.join(", ")))
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

words! {
    /// An operation that a subject may claim.
    Op: "operation" {
        /// Whether a regularizer can be made.
        Construct = "construct",
        /// Its value.
        Penalty = "penalty",
        /// What an output adds to the loss.
        Activity = "activity",
        /// The derivative of the value.
        Gradient = "gradient",
        /// The proximal points.
        Prox = "prox",
        /// A regularizer of an identifier.
        Get = "get",
        /// The JSON of a regularizer.
        Config = "config",
    }
}

words! {
    /// A floating-point type.
    Dtype: "dtype" {
        /// IEEE binary32.
        F32 = "f32",
        /// IEEE binary64.
        F64 = "f64",
        /// IEEE binary16.
        F16 = "f16",
        /// The upper half of binary32.
        BF16 = "bf16",
    }
}

words! {
    /// What becomes of numbers below the smallest normal one.
    Subnormals: "treatment of subnormals" {
        /// They are numbers.
        Gradual = "gradual",
        /// They may become 0.
        Flushed = "flushed",
    }
}

words! {
    /// Which gradient L1 has at 0.
    AtZero: "gradient at zero" {
        /// 0.
        Zero = "zero",
        /// +l1.
        Plus = "plus",
        /// −l1.
        Minus = "minus",
        /// l1 with the sign of the zero.
        Sign = "sign",
    }
}

words! {
    /// A constructor.
    Class: "regularizer" {
        /// `l1`.
        L1 = "l1",
        /// `l2`.
        L2 = "l2",
        /// `L1L2`.
        L1L2 = "l1l2",
        /// `OrthogonalRegularizer`.
        Orthogonal = "orthogonal",
    }
}

words! {
    /// The kind of an error.
    Kind: "kind of error" {
        /// A factor that is none.
        InvalidFactor = "invalid-factor",
        /// A shape that the regularizer does not take.
        InvalidShape = "invalid-shape",
        /// A name that no regularizer has.
        UnknownName = "unknown-name",
        /// What `get` cannot read.
        InvalidIdentifier = "invalid-identifier",
        /// Anything else that went wrong in the subject.
        Internal = "internal",
        /// A line that is no request.
        Malformed = "malformed",
    }
}

impl Dtype {
    /// How its bits are laid out.
    #[must_use]
    pub const fn format(self) -> Format {
        match self {
            Self::F32 => Format::F32,
            Self::F64 => Format::F64,
            Self::F16 => Format::F16,
            Self::BF16 => Format::BF16,
        }
    }

    /// The type of a format.
    #[must_use]
    pub fn of(format: Format) -> Self {
        let mut all = Self::ALL.iter().copied();
        all.find(|dtype| dtype.format() == format)
            .unwrap_or(Self::F32)
    }
}

/// A regularizer and its factors.
///
/// ```
/// use regularize_conformance::wire::Reg;
///
/// assert_eq!(Reg::L2(0.01).to_json().to_string(), r#"{"l2":"3f847ae147ae147b"}"#);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Reg {
    /// `l1(0.01)`.
    L1(f64),
    /// `l2(0.01)`.
    L2(f64),
    /// `l1_l2(0.01, 0.01)`.
    L1L2(f64, f64),
    /// `orthogonal(0.01, rows)`.
    Orthogonal(f64, Mode),
}

impl Reg {
    /// Its constructor.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::L1(_) => Class::L1,
            Self::L2(_) => Class::L2,
            Self::L1L2(..) => Class::L1L2,
            Self::Orthogonal(..) => Class::Orthogonal,
        }
    }

    /// As it is on the wire.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let arguments = match *self {
            Self::L1(factor) | Self::L2(factor) => json!(double(factor)),
            Self::L1L2(l1, l2) => json!([double(l1), double(l2)]),
            Self::Orthogonal(factor, mode) => json!([double(factor), mode_name(mode)]),
        };
        json!({ self.class().name(): arguments })
    }

    fn parse(value: &Value) -> Result<Self, Malformed> {
        let wrong = || {
            Malformed(format!(
                "{} is no regularizer: write an object of one key such as {{\"l1\":\"3f847ae147ae147b\"}}",
                shown(value)
            ))
        };
        let object = value.as_object().filter(|object| object.len() == 1);
        let (name, arguments) = object
            .and_then(|object| object.iter().next())
            .ok_or_else(wrong)?;
        let class = Class::parse(&Value::from(name.as_str()))?;
        match (class, arguments.as_array().map(Vec::as_slice)) {
            (Class::L1, None) => Ok(Self::L1(parse_double(arguments)?)),
            (Class::L2, None) => Ok(Self::L2(parse_double(arguments)?)),
            (Class::L1L2, Some([l1, l2])) => Ok(Self::L1L2(parse_double(l1)?, parse_double(l2)?)),
            (Class::Orthogonal, Some([factor, mode])) => {
                let mode = match mode.as_str() {
                    Some("rows") => Mode::Rows,
                    Some("columns") => Mode::Columns,
                    _ => return Err(wrong()),
                };
                Ok(Self::Orthogonal(parse_double(factor)?, mode))
            }
            _ => Err(wrong()),
        }
    }
}

/// The same constructor and the same bits; any NaN is any other.
impl PartialEq for Reg {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
        match (*self, *other) {
            (Self::L1(a), Self::L1(b)) | (Self::L2(a), Self::L2(b)) => same(a, b),
            (Self::L1L2(a, c), Self::L1L2(b, d)) => same(a, b) && same(c, d),
            (Self::Orthogonal(a, c), Self::Orthogonal(b, d)) => same(a, b) && c == d,
            _ => false,
        }
    }
}

/// In the notation of SPEC.md.
impl fmt::Display for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::L1(factor) => write!(f, "l1({factor:?})"),
            Self::L2(factor) => write!(f, "l2({factor:?})"),
            Self::L1L2(l1, l2) => write!(f, "l1_l2({l1:?}, {l2:?})"),
            Self::Orthogonal(factor, mode) => {
                write!(f, "orthogonal({factor:?}, {})", mode_name(mode))
            }
        }
    }
}

const fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Rows => "rows",
        Mode::Columns => "columns",
    }
}

/// Floats of one type, as their bits.
///
/// ```
/// use regularize_conformance::wire::{Dtype, Numbers};
///
/// let x = Numbers::from(&[1.0_f32, -0.0][..]);
/// assert_eq!((x.dtype, &x.bits[..]), (Dtype::F32, &[0x3f80_0000, 0x8000_0000][..]));
/// assert_eq!(x.to_f64(), [1.0, -0.0]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// Their type.
    pub dtype: Dtype,
    /// Their bits, each in the low end.
    pub bits: Vec<u64>,
}

impl Numbers {
    /// The numbers as `f32`: those of the types `f32`, `f16` and `bf16` exactly, those of `f64` rounded.
    #[must_use]
    pub fn to_f32(&self) -> Vec<f32> {
        let to =
            |&bits: &u64| f32::from_bits(Format::F32.convert(self.dtype.format(), bits) as u32);
        self.bits.iter().map(to).collect()
    }

    /// The numbers as `f64`, exactly.
    #[must_use]
    pub fn to_f64(&self) -> Vec<f64> {
        let to = |&bits: &u64| f64::from_bits(Format::F64.convert(self.dtype.format(), bits));
        self.bits.iter().map(to).collect()
    }

    fn to_json(&self) -> Value {
        self.bits
            .iter()
            .map(|&bits| hex(self.dtype, bits))
            .collect()
    }

    fn parse(dtype: Dtype, value: &Value) -> Result<Self, Malformed> {
        let list = value
            .as_array()
            .ok_or_else(|| Malformed(format!("{} is no list of numbers", shown(value))))?;
        let bits = list.iter().map(|word| parse_hex(dtype, word));
        Ok(Self {
            dtype,
            bits: bits.collect::<Result<_, _>>()?,
        })
    }
}

impl From<&[f32]> for Numbers {
    fn from(numbers: &[f32]) -> Self {
        Self {
            dtype: Dtype::F32,
            bits: numbers.iter().map(|x| x.to_bits().into()).collect(),
        }
    }
}

impl From<&[f64]> for Numbers {
    fn from(numbers: &[f64]) -> Self {
        Self {
            dtype: Dtype::F64,
            bits: numbers.iter().map(|x| x.to_bits()).collect(),
        }
    }
}

/// What the suite asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// The same numbers back.
    Echo {
        /// The numbers.
        x: Numbers,
    },
    /// Whether a regularizer can be made.
    Construct {
        /// The regularizer.
        reg: Reg,
    },
    /// Its value.
    Penalty {
        /// The regularizer.
        reg: Reg,
        /// The lengths of the axes; one axis unless the regularizer is orthogonal.
        shape: Vec<usize>,
        /// The weights.
        x: Numbers,
    },
    /// What an output adds to the loss.
    Activity {
        /// The regularizer.
        reg: Reg,
        /// The lengths of the axes, of which the first is the batch.
        shape: Vec<usize>,
        /// The output.
        x: Numbers,
    },
    /// The derivative of the value.
    Gradient {
        /// The regularizer.
        reg: Reg,
        /// The weights.
        x: Numbers,
    },
    /// The proximal points.
    Prox {
        /// The regularizer.
        reg: Reg,
        /// τ.
        step: f64,
        /// The points.
        x: Numbers,
    },
    /// What `get` makes.
    Get {
        /// The identifier.
        identifier: Value,
    },
    /// The JSON of a regularizer.
    Config {
        /// The regularizer.
        reg: Reg,
    },
}

/// What the subject answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Numbers in the type of the request, as bits; none if a regularizer was to be made.
    Numbers(Vec<u64>),
    /// What `get` made; `None` is Keras' None.
    Reg(Option<Reg>),
    /// A regularizer's JSON.
    Config(Value),
    /// An error.
    Error(Kind, String),
    /// Not something that the subject does, and why.
    Unsupported(String),
}

/// What is wrong with a line, of which the message has the beginnings only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

/// Who the subject is, and what it claims.
#[derive(Clone, Debug, PartialEq)]
pub struct Hello {
    /// The implementation's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The language and its version.
    pub language: String,
    /// What is asked of it.
    pub claims: Claims,
}

/// What a subject is asked. What is not claimed is counted as such.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// Operations.
    pub ops: Vec<Op>,
    /// Types of weights.
    pub dtypes: Vec<Dtype>,
    /// Regularizers.
    pub regs: Vec<Class>,
    /// What becomes of numbers below the smallest normal one.
    pub subnormals: Subnormals,
    /// The gradient of L1 at 0.
    pub at_zero: AtZero,
    /// The editions by name; `None` for all.
    pub editions: Option<Vec<String>>,
}

impl Claims {
    /// These operations on these types, of L1, L2 and L1L2.
    ///
    /// ```
    /// use regularize_conformance::wire::{Claims, Dtype, Op, Subnormals};
    ///
    /// let claims = Claims { subnormals: Subnormals::Flushed, ..Claims::new(&[Op::Penalty], &[Dtype::F32]) };
    /// assert!(claims.editions.is_none());
    /// ```
    #[must_use]
    pub fn new(ops: &[Op], dtypes: &[Dtype]) -> Self {
        Self {
            ops: ops.to_vec(),
            dtypes: dtypes.to_vec(),
            regs: vec![Class::L1, Class::L2, Class::L1L2],
            subnormals: Subnormals::Gradual,
            at_zero: AtZero::Zero,
            editions: None,
        }
    }
}

impl Answer {
    /// Numbers of the type `f32`.
    #[must_use]
    pub fn f32(numbers: &[f32]) -> Self {
        Self::Numbers(Numbers::from(numbers).bits)
    }

    /// Numbers of the type `f64`.
    #[must_use]
    pub fn f64(numbers: &[f64]) -> Self {
        Self::Numbers(Numbers::from(numbers).bits)
    }

    /// As it is on the wire; the request says the type of the numbers.
    #[must_use]
    pub fn to_json(&self, id: &Value, dtype: Option<Dtype>) -> Value {
        let mut answer = json!({ "id": id });
        match self {
            Self::Numbers(bits) => {
                let dtype = dtype.unwrap_or(Dtype::F64);
                answer["y"] = Numbers {
                    dtype,
                    bits: bits.clone(),
                }
                .to_json();
            }
            Self::Reg(reg) => answer["reg"] = reg.map_or(Value::Null, |reg| reg.to_json()),
            Self::Config(config) => answer["config"] = config.clone(),
            Self::Error(kind, message) => {
                answer["error"] = kind.name().into();
                if !message.is_empty() {
                    answer["message"] = message.as_str().into();
                }
            }
            Self::Unsupported(why) => answer["unsupported"] = why.as_str().into(),
        }
        answer
    }

    /// The answer of a line, and its id.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(line: &Value, dtype: Option<Dtype>) -> Result<Self, Malformed> {
        let object = line
            .as_object()
            .ok_or_else(|| Malformed(format!("{} is no object", shown(line))))?;
        let keys = ["y", "reg", "config", "error", "unsupported"];
        let mut found = keys.iter().filter(|key| object.contains_key(**key));
        let (Some(key), None) = (found.next(), found.next()) else {
            return Err(Malformed(format!(
                "an answer has one of {}: {}",
                keys.join(", "),
                shown(line)
            )));
        };
        let value = &object[*key];
        Ok(match *key {
            "y" => Self::Numbers(Numbers::parse(dtype.unwrap_or(Dtype::F64), value)?.bits),
            "reg" if value.is_null() => Self::Reg(None),
            "reg" => Self::Reg(Some(Reg::parse(value)?)),
            "config" => Self::Config(value.clone()),
            "error" => {
                let message = object.get("message").and_then(Value::as_str).unwrap_or("");
                Self::Error(Kind::parse(value)?, message.into())
            }
            _ => Self::Unsupported(
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned),
            ),
        })
    }
}

impl Request {
    /// Its operation; `None` of an echo.
    #[must_use]
    pub const fn op(&self) -> Option<Op> {
        Some(match self {
            Self::Echo { .. } => return None,
            Self::Construct { .. } => Op::Construct,
            Self::Penalty { .. } => Op::Penalty,
            Self::Activity { .. } => Op::Activity,
            Self::Gradient { .. } => Op::Gradient,
            Self::Prox { .. } => Op::Prox,
            Self::Get { .. } => Op::Get,
            Self::Config { .. } => Op::Config,
        })
    }

    /// The numbers that it is about.
    #[must_use]
    pub const fn numbers(&self) -> Option<&Numbers> {
        match self {
            Self::Echo { x }
            | Self::Penalty { x, .. }
            | Self::Activity { x, .. }
            | Self::Gradient { x, .. }
            | Self::Prox { x, .. } => Some(x),
            _ => None,
        }
    }

    /// The type of its numbers.
    #[must_use]
    pub fn dtype(&self) -> Option<Dtype> {
        self.numbers().map(|x| x.dtype)
    }

    /// The regularizer that it is about.
    #[must_use]
    pub const fn reg(&self) -> Option<&Reg> {
        match self {
            Self::Construct { reg }
            | Self::Penalty { reg, .. }
            | Self::Activity { reg, .. }
            | Self::Gradient { reg, .. }
            | Self::Prox { reg, .. }
            | Self::Config { reg } => Some(reg),
            _ => None,
        }
    }

    /// As it is on the wire.
    #[must_use]
    pub fn to_json(&self, id: u64) -> Value {
        let op = self.op().map_or("echo", Op::name);
        let mut request = json!({ "id": id, "op": op });
        if let Some(reg) = self.reg() {
            request["reg"] = reg.to_json();
        }
        if let Self::Get { identifier } = self {
            request["identifier"] = identifier.clone();
        }
        if let Self::Prox { step, .. } = self {
            request["step"] = double(*step).into();
        }
        if let Some(x) = self.numbers() {
            request["dtype"] = x.dtype.name().into();
            if let Some(shape) = self.shape() {
                request["shape"] = shape.into();
            }
            request["x"] = x.to_json();
        }
        request
    }

    /// The shape, where the request has one.
    fn shape(&self) -> Option<&[usize]> {
        match self {
            Self::Activity { shape, .. } => Some(shape),
            Self::Penalty {
                reg: Reg::Orthogonal(..),
                shape,
                ..
            } => Some(shape),
            _ => None,
        }
    }

    /// The request of a line.
    ///
    /// # Errors
    ///
    /// `Err(Some(_))` is the name of an operation that the contract does not have.
    pub fn parse(line: &Value) -> Result<Self, RequestError> {
        let object = line
            .as_object()
            .ok_or_else(|| Malformed(format!("{} is no object", shown(line))))?;
        let op = field(object, "op")?;
        if op == "echo" {
            return Ok(Self::Echo {
                x: parse_numbers(object)?,
            });
        }
        let op = match op {
            Value::String(name) => {
                Op::parse(op).map_err(|_| RequestError::UnknownOp(name.clone()))?
            }
            other => return Err(Malformed(format!("{} is no operation", shown(other))).into()),
        };
        let reg = || Reg::parse(field(object, "reg")?);
        Ok(match op {
            Op::Construct => Self::Construct { reg: reg()? },
            Op::Config => Self::Config { reg: reg()? },
            Op::Get => Self::Get {
                identifier: field(object, "identifier")?.clone(),
            },
            Op::Gradient => Self::Gradient {
                reg: reg()?,
                x: parse_numbers(object)?,
            },
            Op::Prox => {
                let step = parse_double(field(object, "step")?)?;
                if !(step >= 0.0 && step.is_finite()) {
                    return Err(
                        Malformed(format!("the step {step} is negative or not finite")).into(),
                    );
                }
                Self::Prox {
                    reg: reg()?,
                    step,
                    x: parse_numbers(object)?,
                }
            }
            Op::Penalty => {
                let (reg, x) = (reg()?, parse_numbers(object)?);
                let shape = match object.get("shape") {
                    Some(_) => parse_shape(object)?,
                    None => vec![x.bits.len()],
                };
                Self::Penalty { reg, shape, x }
            }
            Op::Activity => Self::Activity {
                reg: reg()?,
                shape: parse_shape(object)?,
                x: parse_numbers(object)?,
            },
        })
    }
}

/// In the notation of SPEC.md, shortened where there are many numbers.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Echo { .. } => f.write_str("echo")?,
            Self::Construct { reg } => return write!(f, "{reg}"),
            Self::Config { reg } => return write!(f, "config {reg}"),
            Self::Get { identifier } => return write!(f, "get {identifier}"),
            Self::Penalty { reg, .. } => write!(f, "{reg}")?,
            Self::Activity { reg, .. } => write!(f, "activity {reg}")?,
            Self::Gradient { reg, .. } => write!(f, "gradient {reg}")?,
            Self::Prox { reg, step, .. } => write!(f, "proximal {step:?} {reg}")?,
        }
        let Some(x) = self.numbers() else {
            return Ok(());
        };
        const SHOWN: usize = 6;
        let words: Vec<String> = x
            .bits
            .iter()
            .take(SHOWN)
            .map(|&bits| decimal(x.dtype, bits))
            .collect();
        write!(f, " [{}", words.join(", "))?;
        if x.bits.len() > SHOWN {
            write!(f, ", … {} more", x.bits.len() - SHOWN)?;
        }
        f.write_str("]")?;
        if let Some(shape) = self.shape() {
            let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
            write!(f, " of shape ({})", lengths.join(", "))?;
        }
        write!(f, " : {}", x.dtype)
    }
}

/// Why a line is no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// It cannot be read.
    Malformed(Malformed),
    /// Its operation is none of the contract.
    UnknownOp(String),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => what.fmt(f),
            Self::UnknownOp(name) => write!(f, "no operation \"{}\"", visible(name, SHOWN)),
        }
    }
}

impl std::error::Error for RequestError {}

impl From<Malformed> for RequestError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl Hello {
    /// As it is on the wire.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "hello": VERSION,
            "name": self.name,
            "version": self.version,
            "language": self.language,
            "claims": self.claims.to_json(),
        })
    }

    /// The greeting of a subject.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(line: &Value) -> Result<Self, Malformed> {
        let object = line
            .as_object()
            .ok_or_else(|| Malformed(format!("{} is no object", shown(line))))?;
        match field(object, "hello")? {
            version if version == VERSION => {}
            other => {
                return Err(Malformed(format!(
                    "the subject speaks version {} of the wire, and this suite {VERSION}",
                    shown(other)
                )));
            }
        }
        let text = |key: &str| {
            let text = field(object, key)?.as_str().unwrap_or("");
            match text {
                "" => Err(Malformed(format!("\"{key}\" is a text that is not empty"))),
                text => Ok(text.to_owned()),
            }
        };
        Ok(Self {
            name: text("name")?,
            version: text("version")?,
            language: text("language")?,
            claims: Claims::parse(field(object, "claims")?)?,
        })
    }
}

impl Claims {
    /// As they are on the wire.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut claims = json!({
            "ops": self.ops.iter().map(|op| op.name()).collect::<Vec<_>>(),
            "dtypes": self.dtypes.iter().map(|dtype| dtype.name()).collect::<Vec<_>>(),
            "regs": self.regs.iter().map(|class| class.name()).collect::<Vec<_>>(),
            "subnormals": self.subnormals.name(),
            "at_zero": self.at_zero.name(),
        });
        if let Some(editions) = &self.editions {
            claims["editions"] = editions.as_slice().into();
        }
        claims
    }

    fn parse(value: &Value) -> Result<Self, Malformed> {
        let object = value.as_object().ok_or_else(|| {
            Malformed(format!(
                "the claims are {}, which is no object",
                shown(value)
            ))
        })?;
        let known = ["ops", "dtypes", "regs", "subnormals", "at_zero", "editions"];
        if let Some(key) = object.keys().find(|key| !known.contains(&&***key)) {
            return Err(Malformed(format!(
                "there is no claim \"{}\": write {}",
                visible(key, SHOWN),
                known.join(", ")
            )));
        }
        let mut claims = Self::new(
            &list(field(object, "ops")?, Op::parse)?,
            &list(field(object, "dtypes")?, Dtype::parse)?,
        );
        if let Some(regs) = object.get("regs") {
            claims.regs = list(regs, Class::parse)?;
        }
        if let Some(subnormals) = object.get("subnormals") {
            claims.subnormals = Subnormals::parse(subnormals)?;
        }
        if let Some(at_zero) = object.get("at_zero") {
            claims.at_zero = AtZero::parse(at_zero)?;
        }
        if let Some(editions) = object.get("editions") {
            claims.editions = Some(list(editions, |name| {
                let name = name
                    .as_str()
                    .ok_or_else(|| Malformed(format!("{} is no edition", shown(name))))?;
                Ok(name.to_owned())
            })?);
        }
        Ok(claims)
    }
}

fn list<T>(
    value: &Value,
    parse: impl Fn(&Value) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let list = value
        .as_array()
        .ok_or_else(|| Malformed(format!("{} is no list", shown(value))))?;
    list.iter().map(parse).collect()
}

fn field<'a>(object: &'a Map<String, Value>, key: &str) -> Result<&'a Value, Malformed> {
    object
        .get(key)
        .ok_or_else(|| Malformed(format!("\"{key}\" is missing")))
}

fn parse_numbers(object: &Map<String, Value>) -> Result<Numbers, Malformed> {
    Numbers::parse(Dtype::parse(field(object, "dtype")?)?, field(object, "x")?)
}

fn parse_shape(object: &Map<String, Value>) -> Result<Vec<usize>, Malformed> {
    list(field(object, "shape")?, |length| {
        let length = length
            .as_u64()
            .and_then(|length| usize::try_from(length).ok());
        length.ok_or_else(|| Malformed("a shape is a list of lengths".into()))
    })
}

/// The bits of a number as the wire writes them.
pub(crate) fn hex(dtype: Dtype, bits: u64) -> String {
    format!(
        "{bits:0digits$x}",
        digits = dtype.format().width() as usize / 4
    )
}

fn double(x: f64) -> String {
    hex(Dtype::F64, x.to_bits())
}

fn parse_hex(dtype: Dtype, word: &Value) -> Result<u64, Malformed> {
    let digits = dtype.format().width() as usize / 4;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let text = word
        .as_str()
        .filter(|text| text.len() == digits && text.bytes().all(is_digit));
    let bits = text.and_then(|text| u64::from_str_radix(text, 16).ok());
    bits.ok_or_else(|| {
        Malformed(format!(
            "{} is no {dtype}: write its bits as {digits} lower-case hexadecimal digits",
            shown(word)
        ))
    })
}

fn parse_double(word: &Value) -> Result<f64, Malformed> {
    parse_hex(Dtype::F64, word).map(f64::from_bits)
}

/// A number as a reader knows it: the shortest digits of its type that are it.
pub(crate) fn decimal(dtype: Dtype, bits: u64) -> String {
    let double = f64::from_bits(Format::F64.convert(dtype.format(), bits));
    match dtype {
        Dtype::F64 => shortest(format!("{double:?}")),
        // Digits that are it among numbers of f32 are more than f16 needs, and right.
        _ => shortest(format!("{:?}", double as f32)),
    }
}

fn shortest(text: String) -> String {
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text.to_lowercase(),
    }
}

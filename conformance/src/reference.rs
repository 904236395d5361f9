//! The reference as a subject: `regularize-core` behind the wire.

use crate::subject::Subject;
use crate::wire::{Answer, Claims, Class, Dtype, Hello, Kind, Numbers, Op, Reg, Request};
use half::{bf16, f16};
use regularize_core::{
    AnyRegularizer, ConfigError, Edition, Factor, Float, Step, Sums, Terms, edition,
};
use serde_json::Value;

/// What `regularize-conformance subject` runs.
///
/// ```
/// use regularize_conformance::{Edition, Reference};
///
/// regularize_conformance::test(&mut Reference::new(Edition::TF_2_3), Edition::TF_2_3).assert();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    edition: Edition,
}

impl Reference {
    /// The reference in an edition, until the suite names another.
    #[must_use]
    pub const fn new(edition: Edition) -> Self {
        Self { edition }
    }
}

impl Subject for Reference {
    fn hello(&mut self, edition: Edition) -> Hello {
        self.edition = edition;
        let mut claims = Claims::new(Op::ALL, Dtype::ALL);
        if edition.rules().norm_floor.is_some() {
            claims.regs.push(Class::Orthogonal);
        }
        Hello {
            name: "regularize".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            language: "rust".into(),
            claims,
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        self.try_answer(request)
            .unwrap_or_else(|(kind, message)| Answer::Error(kind, message))
    }
}

impl Reference {
    fn try_answer(&self, request: &Request) -> Result<Answer, (Kind, String)> {
        if let Request::Get { identifier } = request {
            let made = self
                .edition
                .from_value(identifier)
                .map_err(|error| (kind_of(&error), error.to_string()))?;
            return Ok(Answer::Reg(made.map(|made| kept(&made))));
        }
        let Some(reg) = request.reg() else {
            return Ok(Answer::Numbers(
                request.numbers().map_or(Vec::new(), |x| x.bits.clone()),
            ));
        };
        let made = make(self.edition, reg)?;
        Ok(match request {
            Request::Config { .. } => {
                let text = made.to_json().to_string();
                let json = serde_json::from_str(&text);
                Answer::Config(json.map_err(|_| (Kind::Internal, format!("{text} is no JSON")))?)
            }
            Request::Penalty { shape, x, .. } => self.on(x, &made, shape, Ask::Penalty)?,
            Request::Activity { shape, x, .. } => {
                if !fits(shape, x.bits.len()) {
                    let message = format!("{} numbers have not the shape {shape:?}", x.bits.len());
                    return Err((Kind::InvalidShape, message));
                }
                self.on(x, &made, shape, Ask::Activity)?
            }
            Request::Gradient { x, .. } => self.on(x, &made, &[], Ask::Gradient)?,
            Request::Prox { step, x, .. } => {
                let step =
                    Step::new(*step).map_err(|error| (Kind::Malformed, error.to_string()))?;
                self.on(x, &made, &[], Ask::Proximal(step))?
            }
            _ => Answer::Numbers(Vec::new()),
        })
    }

    fn on(
        &self,
        x: &Numbers,
        made: &AnyRegularizer,
        shape: &[usize],
        ask: Ask,
    ) -> Result<Answer, (Kind, String)> {
        match x.dtype {
            Dtype::F32 => of_type::<f32>(x, made, shape, ask),
            Dtype::F64 => of_type::<f64>(x, made, shape, ask),
            Dtype::F16 => of_type::<f16>(x, made, shape, ask),
            Dtype::BF16 => of_type::<bf16>(x, made, shape, ask),
        }
        .map(Answer::Numbers)
    }
}

/// The regularizer that an edition makes.
pub(crate) fn make(edition: Edition, reg: &Reg) -> Result<AnyRegularizer, (Kind, String)> {
    let called = |class, factors: [Option<f64>; 2]| {
        let argument = |name: &str| factors[usize::from(name == "l2")].map(Factor::Number);
        edition
            .call(class, argument)
            .map_err(|error| (Kind::InvalidFactor, error.to_string()))
    };
    match *reg {
        Reg::L1(l1) => called(edition::Class::L1, [Some(l1), None]),
        Reg::L2(l2) => called(edition::Class::L2, [None, Some(l2)]),
        Reg::L1L2(l1, l2) => called(edition::Class::L1L2, [Some(l1), Some(l2)]),
        Reg::Orthogonal(factor, mode) => {
            // `call` checks the factor, and the constant factory has the mode.
            if edition.rules().norm_floor.is_none() {
                let message = format!("{edition} has no orthogonal regularizer");
                return Err((Kind::UnknownName, message));
            }
            called(edition::Class::Orthogonal, [Some(factor), None])?;
            Ok(edition.orthogonal(factor, mode).into())
        }
    }
}

/// The class and the factors that a regularizer keeps: those that its JSON has.
pub(crate) fn kept(made: &AnyRegularizer) -> Reg {
    let json: Value = serde_json::from_str(&made.to_json().to_string()).unwrap_or_default();
    let factor = |name: &str| json["config"][name].as_f64();
    match (made, json["class_name"].as_str()) {
        (AnyRegularizer::Orthogonal(made), _) => {
            Reg::Orthogonal(factor("factor").unwrap_or(made.factor()), made.mode())
        }
        (AnyRegularizer::L1(made), Some("L1")) => Reg::L1(factor("l1").unwrap_or(made.l1())),
        (AnyRegularizer::L2(made), Some("L2")) => Reg::L2(factor("l2").unwrap_or(made.l2())),
        _ => {
            // NaN and infinities are no JSON.
            let terms = made.terms();
            let [l1, l2] = [
                terms.and_then(|terms| terms.l1()),
                terms.and_then(|terms| terms.l2()),
            ];
            Reg::L1L2(
                factor("l1").or(l1).unwrap_or(0.0),
                factor("l2").or(l2).unwrap_or(0.0),
            )
        }
    }
}

/// Whether so many numbers have a shape with an axis.
fn fits(shape: &[usize], numbers: usize) -> bool {
    let length = shape
        .iter()
        .try_fold(1_usize, |product, &length| product.checked_mul(length));
    !shape.is_empty() && length == Some(numbers)
}

/// The kind of an error on the wire.
fn kind_of(error: &ConfigError) -> Kind {
    match error {
        ConfigError::Unknown { .. } | ConfigError::Own { .. } => Kind::UnknownName,
        ConfigError::Call(_) | ConfigError::Factor { .. } => Kind::InvalidFactor,
        _ => Kind::InvalidIdentifier,
    }
}

/// What is asked of numbers.
#[derive(Clone, Copy)]
enum Ask {
    Penalty,
    Activity,
    Gradient,
    Proximal(Step),
}

/// A float of core, by its bits.
trait Bits: Float {
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

fn of_type<T: Bits>(
    x: &Numbers,
    made: &AnyRegularizer,
    shape: &[usize],
    ask: Ask,
) -> Result<Vec<u64>, (Kind, String)> {
    let weights: Vec<T> = x.bits.iter().map(|&bits| T::of(bits)).collect();
    let of_terms = |terms: Terms| match ask {
        Ask::Penalty => vec![terms.penalty(&weights).bits()],
        Ask::Activity => {
            let mut sums = Sums::new();
            sums.extend(&weights);
            vec![terms.penalty_per_sample::<T>(&sums, shape[0]).bits()]
        }
        Ask::Gradient => weights
            .iter()
            .map(|&x| terms.subgradient(x).bits())
            .collect(),
        Ask::Proximal(step) => weights
            .iter()
            .map(|&v| terms.proximal(step, v).bits())
            .collect(),
    };
    match (made, ask) {
        (AnyRegularizer::Orthogonal(made), Ask::Penalty) => match *shape {
            // Without numbers any count of rows would fit, and every pair of them would be looked at.
            [rows, columns] if fits(shape, weights.len()) && !weights.is_empty() => {
                let at = |row, column| weights[row * columns + column];
                Ok(vec![made.matrix_penalty(rows, columns, at).bits()])
            }
            _ => Err((
                Kind::InvalidShape,
                "the orthogonal regularizer takes a matrix".into(),
            )),
        },
        _ => match made.terms() {
            Some(terms) => Ok(of_terms(terms)),
            None => Err((
                Kind::InvalidShape,
                "the orthogonal regularizer has a penalty only".into(),
            )),
        },
    }
}

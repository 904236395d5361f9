//! An implementation of every edition in plain floating-point arithmetic: what the suite has to accept in each legal
//! variant, and to reject with each mistake.
//!
//! It shares the table of editions with `regularize-core`, and no code that computes.
//!
//! | file | knows |
//! |---|---|
//! | `arithmetic` | the operations of a type |
//! | `sum` | the orders of summation: [`Variant`] |
//! | `value` | penalties, of outputs too |
//! | `slope` | gradients and proximal points |
//! | `matrix` | the orthogonal regularizer |
//! | `keras` | factors, identifiers and configs |

mod arithmetic;
mod keras;
mod matrix;
mod slope;
mod sum;
mod value;

pub use sum::Variant;

use crate::mistake::Mistake;
use crate::subject::Subject;
use crate::wire::{Answer, AtZero, Claims, Class, Dtype, Hello, Kind, Numbers, Op, Reg, Request};
use arithmetic::Arithmetic;
use regularize_core::Edition;

/// Keras' regularizers as an implementer writes them, in a legal [`Variant`], and with a [`Mistake`] or without.
///
/// It claims everything that there is in the edition.
///
/// ```
/// use regularize_conformance::{Edition, Mistake, Model, Variant};
///
/// let edition = Edition::TF_2_10;
/// regularize_conformance::test(&mut Model::new(edition, Variant::Lanes), edition).assert();
/// let mut wrong = Model::new(edition, Variant::Lanes).with_mistake(Mistake::RejectsNegative);
/// assert!(!regularize_conformance::test(&mut wrong, edition).passes());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Model {
    edition: Edition,
    variant: Variant,
    mistake: Option<Mistake>,
    at_zero: AtZero,
}

impl Model {
    /// The model of an edition, until the suite names another, without a mistake.
    #[must_use]
    pub const fn new(edition: Edition, variant: Variant) -> Self {
        Self {
            edition,
            variant,
            mistake: None,
            at_zero: AtZero::Zero,
        }
    }

    /// The same with a mistake.
    #[must_use]
    pub const fn with_mistake(self, mistake: Mistake) -> Self {
        Self {
            mistake: Some(mistake),
            ..self
        }
    }

    /// The same with another gradient at 0, which it claims.
    #[must_use]
    pub const fn with_at_zero(self, at_zero: AtZero) -> Self {
        Self { at_zero, ..self }
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    /// The arithmetic of a type, or of f64 in the variant that rounds at the end.
    fn arithmetic(&self, dtype: Dtype) -> Arithmetic {
        Arithmetic {
            flushes: self.makes(Mistake::FlushesSubnormals),
            ..Arithmetic::of(match self.variant {
                Variant::Wide => Dtype::F64,
                _ => dtype,
            })
        }
    }

    /// The arithmetic of what comes in and goes out.
    fn boundary(&self, dtype: Dtype) -> Arithmetic {
        Arithmetic {
            flushes: self.makes(Mistake::FlushesSubnormals),
            ..Arithmetic::of(dtype)
        }
    }

    fn weights(&self, x: &Numbers) -> Vec<f64> {
        let of = self.boundary(x.dtype);
        let weights = x.bits.iter().map(|&bits| of.round(of.decode(bits)));
        match self.makes(Mistake::NarrowsF64) {
            true => weights.map(|x| f64::from(x as f32)).collect(),
            false => weights.collect(),
        }
    }

    fn try_answer(&self, request: &Request) -> Result<Answer, Kind> {
        let numbers = |dtype: Dtype, y: Vec<f64>| {
            let of = self.boundary(dtype);
            Answer::Numbers(y.into_iter().map(|y| of.encode(y)).collect())
        };
        Ok(match request {
            Request::Echo { x } => Answer::Numbers(x.bits.clone()),
            Request::Construct { reg } => self.make(reg).map(|_| Answer::Numbers(Vec::new()))?,
            Request::Config { reg } => Answer::Config(self.config(&self.make(reg)?)),
            Request::Get { identifier } => Answer::Reg(self.get(identifier)?),
            Request::Penalty { reg, shape, x } => match self.make(reg)?.reg {
                Reg::Orthogonal(factor, mode) => {
                    numbers(x.dtype, vec![self.orthogonal(factor, mode, shape, x)?])
                }
                _ => numbers(x.dtype, vec![self.penalty(&self.terms(reg, x.dtype)?, x)]),
            },
            Request::Activity { reg, shape, x } => numbers(
                x.dtype,
                vec![self.activity(&self.terms(reg, x.dtype)?, shape, x)?],
            ),
            Request::Gradient { reg, x } => {
                numbers(x.dtype, self.gradient(&self.terms(reg, x.dtype)?, x))
            }
            Request::Prox { reg, step, x } => {
                numbers(x.dtype, self.proximal(&self.terms(reg, x.dtype)?, *step, x))
            }
        })
    }

    /// The terms that a regularizer has for weights of a type.
    fn terms(&self, reg: &Reg, dtype: Dtype) -> Result<Terms, Kind> {
        let kept = self.make(reg)?;
        let is_both = reg.class() == Class::L1L2;
        let (l1, l2) = match kept.reg {
            Reg::L1(l1) => (Some(l1), None),
            Reg::L2(l2) => (None, Some(l2)),
            Reg::L1L2(l1, l2) => (Some(l1), Some(l2)),
            Reg::Orthogonal(..) => return Err(Kind::InvalidShape),
        };
        let (l1, l2) = match is_both {
            true if self.makes(Mistake::SwapsTerms) => (l2, l1),
            true if self.makes(Mistake::IgnoresL1) => (None, l2),
            true if self.makes(Mistake::IgnoresL2) => (l1, None),
            _ => (l1, l2),
        };
        let is_summed = matches!(kept.reg, Reg::L1L2(..));
        let leaves_out = match is_summed {
            true => !self.makes(Mistake::KeepsZeroFactor),
            false => self.makes(Mistake::SkipsZeroFactor),
        };
        let cast = |factor: f64| match self.makes(Mistake::LeavesFactorUncast) {
            true => factor,
            false => self.boundary(dtype).round(factor),
        };
        let present = |factor: Option<f64>| {
            factor
                .filter(|factor| !(leaves_out && *factor == 0.0))
                .map(cast)
        };
        Ok(Terms {
            l1: present(l1),
            l2: present(l2),
            is_summed: is_summed && !self.makes(Mistake::DoesNotAddToZero),
            is_both,
        })
    }
}

/// The factors of the terms that are present, in the type of the weights.
#[derive(Clone, Copy, Debug)]
struct Terms {
    l1: Option<f64>,
    l2: Option<f64>,
    /// Whether they are added to 0.
    is_summed: bool,
    /// Whether they were asked for as an L1L2.
    is_both: bool,
}

impl Subject for Model {
    fn hello(&mut self, edition: Edition) -> Hello {
        self.edition = edition;
        let mut claims = Claims::new(Op::ALL, Dtype::ALL);
        claims.at_zero = self.at_zero;
        if edition.rules().norm_floor.is_some() {
            claims.regs.push(Class::Orthogonal);
        }
        Hello {
            name: self
                .mistake
                .map_or(self.variant.name(), Mistake::name)
                .into(),
            version: env!("CARGO_PKG_VERSION").into(),
            language: "rust".into(),
            claims,
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        self.try_answer(request)
            .unwrap_or_else(|kind| Answer::Error(kind, String::new()))
    }
}

//! A framework behind the wire of the conformance suite: a layer of one weight that derives `Regularize`.

use regularize::edition::Class;
use regularize::extend::Terms;
use regularize::{AnyRegularizer, Edition, Factor, L1, L1L2, L2, Regularize};
use regularize_conformance::Subject;
use regularize_conformance::wire::{Answer, Claims, Dtype, Hello, Kind, Numbers, Op, Reg, Request};
use std::fmt::Display;

/// What a framework is asked. Numbers come and go by their bits.
pub trait Engine {
    /// The framework, and the version of it that was built.
    const NAME: &'static str;

    /// What it says when it refuses.
    type Error: Display;

    /// The penalty of a weight.
    ///
    /// # Errors
    ///
    /// The framework's, here and below.
    fn penalty(&self, made: &AnyRegularizer, x: &Numbers) -> Result<Vec<u64>, Self::Error>;

    /// The penalty of an output of a shape.
    ///
    /// # Errors
    ///
    /// The framework's.
    fn activity(
        &self,
        terms: &Terms,
        shape: &[usize],
        x: &Numbers,
    ) -> Result<Vec<u64>, Self::Error>;

    /// The derivative of the penalty, from the framework's own tape.
    ///
    /// # Errors
    ///
    /// The framework's.
    fn gradient(&self, made: &AnyRegularizer, x: &Numbers) -> Result<Vec<u64>, Self::Error>;

    /// The weight after a proximal step.
    ///
    /// # Errors
    ///
    /// The framework's.
    fn proximal(
        &self,
        made: &AnyRegularizer,
        step: f64,
        x: &Numbers,
    ) -> Result<Vec<u64>, Self::Error>;
}

/// A layer of one weight, of any framework.
#[derive(Debug, Regularize)]
pub enum Layer<W> {
    /// Under an L1.
    L1 {
        /// The weight.
        #[regularize(regularizer)]
        weight: W,
        /// Its regularizer.
        regularizer: L1,
    },
    /// Under an L2.
    L2 {
        /// The weight.
        #[regularize(regularizer)]
        weight: W,
        /// Its regularizer.
        regularizer: L2,
    },
    /// Under an L1L2.
    L1L2 {
        /// The weight.
        #[regularize(regularizer)]
        weight: W,
        /// Its regularizer.
        regularizer: L1L2,
    },
}

impl<W> Layer<W> {
    /// The weight under a regularizer; `None` if that is orthogonal.
    pub fn new(made: &AnyRegularizer, weight: W) -> Option<Self> {
        Some(match *made {
            AnyRegularizer::L1(regularizer) => Self::L1 {
                weight,
                regularizer,
            },
            AnyRegularizer::L2(regularizer) => Self::L2 {
                weight,
                regularizer,
            },
            AnyRegularizer::L1L2(regularizer) => Self::L1L2 {
                weight,
                regularizer,
            },
            AnyRegularizer::Orthogonal(_) => return None,
        })
    }

    /// The weight.
    pub const fn weight(&self) -> &W {
        match self {
            Self::L1 { weight, .. } | Self::L2 { weight, .. } | Self::L1L2 { weight, .. } => weight,
        }
    }
}

/// Numbers as they lie in memory.
#[must_use]
pub fn buffer(x: &Numbers, bytes: usize) -> Vec<u8> {
    let words = x.bits.iter().map(|bits| bits.to_le_bytes());
    words
        .flat_map(|word| word.into_iter().take(bytes))
        .collect()
}

/// A framework as a subject, in the edition that the suite names.
#[derive(Debug)]
pub struct Framework<E> {
    engine: E,
    edition: Edition,
}

impl<E> Framework<E> {
    /// The newest edition, until the suite names another.
    pub const fn new(engine: E) -> Self {
        Self {
            engine,
            edition: Edition::LATEST,
        }
    }

    fn make(&self, reg: &Reg) -> Result<AnyRegularizer, Answer> {
        let (class, l1, l2) = match *reg {
            Reg::L1(l1) => (Class::L1, Some(l1), None),
            Reg::L2(l2) => (Class::L2, None, Some(l2)),
            Reg::L1L2(l1, l2) => (Class::L1L2, Some(l1), Some(l2)),
            Reg::Orthogonal(..) => return Err(Answer::Unsupported("is not claimed".into())),
        };
        let argument = |name: &str| match name {
            "l1" => l1.map(Factor::Number),
            "l2" => l2.map(Factor::Number),
            _ => None,
        };
        let made = self.edition.call(class, argument);
        made.map_err(|error| Answer::Error(Kind::InvalidFactor, error.to_string()))
    }
}

impl<E: Engine> Subject for Framework<E> {
    fn hello(&mut self, edition: Edition) -> Hello {
        self.edition = edition;
        Hello {
            name: format!("regularize on {}", E::NAME),
            version: env!("CARGO_PKG_VERSION").into(),
            language: "rust".into(),
            claims: Claims::new(
                &[
                    Op::Construct,
                    Op::Penalty,
                    Op::Activity,
                    Op::Gradient,
                    Op::Prox,
                ],
                Dtype::ALL,
            ),
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let made = match request.reg().map(|reg| self.make(reg)) {
            Some(Ok(made)) => made,
            Some(Err(answer)) => return answer,
            None => return Answer::Unsupported("is not claimed".into()),
        };
        let numbers = match request {
            Request::Penalty { x, .. } => self.engine.penalty(&made, x),
            Request::Activity { shape, x, .. } => match made.terms() {
                Some(terms) => self.engine.activity(&terms, shape, x),
                None => return Answer::Unsupported("is not claimed".into()),
            },
            Request::Gradient { x, .. } => self.engine.gradient(&made, x),
            Request::Prox { step, x, .. } => self.engine.proximal(&made, *step, x),
            _ => Ok(Vec::new()),
        };
        match numbers {
            Ok(numbers) => Answer::Numbers(numbers),
            Err(error) => Answer::Error(Kind::Internal, error.to_string()),
        }
    }
}

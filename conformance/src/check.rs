//! What a subject is asked in an edition: the cases of SPEC.md that fit on the wire, and the probes.

use crate::case::{Answer, Argument, Call, Case, Question, Tensor};
use crate::clause::clauses;
use crate::expect::{Expect, Number, expect};
use crate::probe::probes;
use crate::reference::{kept, make};
use crate::wire::{AtZero, Claims, Dtype, Kind, Numbers, Reg, Request, Subnormals};
use regularize_core::{Edition, Mode};
use regularize_oracle::{Dyadic, Format, Value as Exact};
use serde_json::Value;
use std::collections::BTreeSet;

/// A request, and what is right.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The clause that it witnesses.
    pub clause: &'static str,
    /// The line of the case in SPEC.md; of a probe the clause's heading.
    pub line: usize,
    /// What is asked.
    pub request: Request,
    /// What is right.
    pub expect: Expect,
}

/// All that there is to ask in an edition, in the order of SPEC.md. `at_zero` is the gradient that a subject claims to
/// have at 0.
///
/// ```
/// use regularize_conformance::{Edition, checks, wire::AtZero};
///
/// let checks = checks(Edition::LATEST, AtZero::Zero);
/// assert_eq!(checks[0].clause, "editions.newest");
/// assert_eq!(checks[0].request.to_string(), "config l2(0.01)");
/// ```
#[must_use]
pub fn checks(edition: Edition, at_zero: AtZero) -> Vec<Check> {
    // SPEC.md is part of this crate, and a test reads all of it.
    let clauses = clauses().unwrap_or_default();
    let mut checks: Vec<Check> = Vec::new();
    let probes = probes(edition);
    for clause in &clauses {
        let cases = clause.cases.iter().filter(|case| {
            case.editions.floatx.is_none()
                && case.editions.names().any(|name| name == edition.name())
        });
        checks.extend(cases.filter_map(|case| {
            let (request, expect) = on_the_wire(edition, at_zero, case)?;
            Some(Check {
                clause: clause.id,
                line: case.line,
                request,
                expect,
            })
        }));
        let probes = probes.iter().filter(|(id, _)| *id == clause.id);
        checks.extend(probes.map(|(id, request)| Check {
            clause: id,
            line: clause.line,
            expect: expect(edition, at_zero, request),
            request: request.clone(),
        }));
    }
    // A probe may be a case.
    let mut seen = BTreeSet::new();
    checks.retain(|check| seen.insert((check.clause, check.request.to_json(0).to_string())));
    checks
}

impl Check {
    /// Whether a subject that claims this is asked.
    #[must_use]
    pub fn is_claimed(&self, claims: &Claims) -> bool {
        self.request.op().is_none_or(|op| claims.ops.contains(&op))
            && self
                .request
                .dtype()
                .is_none_or(|dtype| claims.dtypes.contains(&dtype))
            && self
                .reg()
                .is_none_or(|reg| claims.regs.contains(&reg.class()))
            && (claims.subnormals == Subnormals::Gradual
                || !needs_subnormals(&self.request, &self.expect))
    }

    /// The regularizer that it is about: what is asked of, or what is made.
    fn reg(&self) -> Option<&Reg> {
        match &self.expect {
            Expect::Reg(made) => made.as_ref(),
            _ => self.request.reg(),
        }
    }
}

/// Whether a number that occurs on the way is below the smallest normal one.
pub(crate) fn needs_subnormals(request: &Request, expect: &Expect) -> bool {
    let Some(x) = request.numbers() else {
        return false;
    };
    let format = x.dtype.format();
    let least = Dyadic::one().scaled(format.quantum() + i64::from(format.precision()) - 1);
    let is_small = |number: &Dyadic| !number.is_zero() && number.abs() < least;
    let finite = |bits: u64| format.decode(bits).finite();
    let factor = |factor: f64| match format.decode(format.convert(Format::F64, factor.to_bits())) {
        Exact::Finite { number, .. } => Some(number),
        _ => None,
    };
    let (l1, l2) = match request.reg() {
        Some(Reg::L1(l1)) => (factor(*l1), None),
        Some(Reg::L2(l2)) => (None, factor(*l2)),
        Some(Reg::L1L2(l1, l2)) => (factor(*l1), factor(*l2)),
        _ => (None, None),
    };
    let of_weight = |bits: u64| {
        let Some(x) = finite(bits) else { return false };
        let square = l2.as_ref().map(|_| &x * &x);
        // TensorFlow takes halves of squares.
        let half = square.as_ref().map(|square| square.scaled(-1));
        is_small(&x)
            || half.as_ref().is_some_and(is_small)
            || l1.as_ref().is_some_and(|l1| is_small(&(l1 * &x)))
            || l2.as_ref().is_some_and(|l2| is_small(&(l2 * &x)))
            || l2
                .as_ref()
                .zip(square)
                .is_some_and(|(l2, square)| is_small(&(l2 * &square)))
    };
    let of_answer = |number: &Number| match number {
        Number::Is(bits) => finite(*bits).is_some_and(|number| is_small(&number)),
        _ => false,
    };
    [&l1, &l2].into_iter().flatten().any(is_small)
        || x.bits.iter().any(|&bits| of_weight(bits))
        || matches!(expect, Expect::Numbers(numbers) if numbers.iter().any(of_answer))
}

/// The request of a case and what is right; `None` if the wire has no such question.
fn on_the_wire(edition: Edition, at_zero: AtZero, case: &Case) -> Option<(Request, Expect)> {
    let request = match &case.question {
        Question::Penalty(call, x) => {
            let reg = reg(call)?;
            // Only the orthogonal regularizer sees a shape.
            let shape = match reg {
                Reg::Orthogonal(..) => x.shape.clone(),
                _ => vec![x.bits.len()],
            };
            Request::Penalty {
                reg,
                shape,
                x: numbers(x),
            }
        }
        Question::Gradient(call, x) => Request::Gradient {
            reg: reg(call)?,
            x: numbers(x),
        },
        Question::Proximal(step, call, x) => Request::Prox {
            reg: reg(call)?,
            step: *step,
            x: numbers(x),
        },
        Question::Activity(call, x) => Request::Activity {
            reg: reg(call)?,
            shape: x.shape.clone(),
            x: numbers(x),
        },
        Question::Make(call) => Request::Construct { reg: reg(call)? },
        Question::Config(call) => Request::Config { reg: reg(call)? },
        Question::Get(identifier) => Request::Get {
            identifier: serde_json::from_str(identifier).ok()?,
        },
        Question::Interval(..) | Question::Minimum(..) | Question::Losses(_) => return None,
    };
    let expect = match &case.answer {
        Answer::Rejected(kind) => Expect::Error(kind_of(kind)?),
        Answer::Json(json) => Expect::Config(serde_json::from_str::<Value>(json).ok()?),
        Answer::Regularizer(_) if matches!(request, Request::Construct { .. }) => {
            Expect::Numbers(Vec::new())
        }
        Answer::Regularizer(None) => Expect::Reg(None),
        Answer::Regularizer(Some(call)) => {
            Expect::Reg(Some(kept(&make(edition, &reg(call)?).ok()?)))
        }
        // The numbers of SPEC.md are the oracle's, rounded once, which a test compares.
        Answer::Numbers(..) | Answer::Within => expect(edition, at_zero, &request),
        Answer::Flags(_) | Answer::Itself => return None,
    };
    Some((request, expect))
}

fn numbers(x: &Tensor) -> Numbers {
    Numbers {
        dtype: Dtype::of(x.format),
        bits: x.bits.clone(),
    }
}

/// The regularizer of a call whose factors are all numbers: the wire has no defaults, no None and no texts.
fn reg(call: &Call) -> Option<Reg> {
    let number = |argument: &(Option<String>, Argument)| match argument {
        (None, Argument::Number(number)) => Some(*number),
        _ => None,
    };
    match (call.name.as_str(), &call.arguments[..]) {
        ("l1" | "L1", [l1]) => Some(Reg::L1(number(l1)?)),
        ("l2" | "L2", [l2]) => Some(Reg::L2(number(l2)?)),
        ("l1_l2" | "L1L2", [l1, l2]) => Some(Reg::L1L2(number(l1)?, number(l2)?)),
        ("orthogonal", [factor, (None, Argument::Word(mode))]) => {
            let mode = if mode == "rows" {
                Mode::Rows
            } else {
                Mode::Columns
            };
            Some(Reg::Orthogonal(number(factor)?, mode))
        }
        _ => None,
    }
}

/// The kind of an error on the wire, of its name in SPEC.md.
fn kind_of(name: &str) -> Option<Kind> {
    Some(match name {
        "factor" => Kind::InvalidFactor,
        "unknown" | "missing" => Kind::UnknownName,
        "argument" | "config" | "type" => Kind::InvalidIdentifier,
        _ => return None,
    })
}

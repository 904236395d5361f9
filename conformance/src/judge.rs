//! Asks a subject everything that it claims, and judges what it answers.

use crate::check::{Check, checks};
use crate::clause::clauses;
use crate::diagnose::diagnose;
use crate::expect::Miss;
use crate::explore::Regression;
use crate::run::{ClauseResult, Failure, Known, Run};
use crate::subject::Subject;
use crate::wire::{Answer, Hello, Numbers, Request, shown};
use regularize_core::{Edition, SHOWN, visible};
use serde_json::Value;
use std::fmt;
use std::time::Instant;

/// A subject somewhere: in this process, or at the end of a pipe.
pub(crate) trait Session {
    /// Its greeting.
    fn hello(&mut self, edition: Edition) -> Result<Hello, Broken>;
    /// Its answer.
    fn ask(&mut self, id: u64, request: &Request) -> Result<Answer, Broken>;
    /// The end of it.
    fn bye(&mut self) -> Result<(), Broken>;
}

/// Why a subject cannot be asked any further: it broke the protocol, and no clause is blamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why nothing was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The protocol was broken before the first clause.
    Broken(Broken),
    /// The subject does not claim the edition.
    NotClaimed(String),
}

impl From<Broken> for Stop {
    fn from(why: Broken) -> Self {
        Self::Broken(why)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(why) => why.fmt(f),
            Self::NotClaimed(why) => f.write_str(why),
        }
    }
}

/// A subject of this process, which cannot break.
pub(crate) struct Direct<'a>(pub(crate) &'a mut dyn Subject);

impl Session for Direct<'_> {
    fn hello(&mut self, edition: Edition) -> Result<Hello, Broken> {
        Ok(self.0.hello(edition))
    }

    fn ask(&mut self, _: u64, request: &Request) -> Result<Answer, Broken> {
        Ok(match request {
            // `serve` does this for one that speaks the wire.
            Request::Echo { x } => Answer::Numbers(x.bits.clone()),
            request => self.0.answer(request),
        })
    }

    fn bye(&mut self) -> Result<(), Broken> {
        Ok(())
    }
}

/// What is asked, and what is expected to fail.
pub(crate) struct Plan<'a> {
    pub(crate) edition: Edition,
    pub(crate) seed: u64,
    /// Which checks; the others are left out as if they did not exist.
    pub(crate) only: &'a dyn Fn(&Check) -> bool,
    /// Why an answer to a check is expected to be wrong.
    pub(crate) known: &'a dyn Fn(&Check) -> Option<Known>,
    /// What an earlier search found.
    pub(crate) regressions: &'a [Regression],
    /// Called with how many are done, of how many.
    pub(crate) progress: &'a mut dyn FnMut(usize, usize),
}

/// The greeting of a subject that claims the edition and loses no bits.
pub(crate) fn greet(session: &mut dyn Session, edition: Edition) -> Result<Hello, Stop> {
    let hello = session.hello(edition)?;
    if let Some(editions) = &hello.claims.editions
        && !editions.iter().any(|name| name == edition.name())
    {
        let name = visible(&hello.name, SHOWN);
        let hint = match &editions[..] {
            [] => "it claims none".to_owned(),
            editions => format!("try --edition {}", visible(&editions.join(", "), SHOWN)),
        };
        return Err(Stop::NotClaimed(format!(
            "{name} does not claim {edition}: {hint}"
        )));
    }
    for &dtype in &hello.claims.dtypes {
        echo(session, dtype.into())?;
    }
    Ok(hello)
}

/// Runs a plan. What breaks ends the run, which then says so.
pub(crate) fn judge(session: &mut dyn Session, plan: &mut Plan<'_>) -> Result<Run, Stop> {
    let begun = Instant::now();
    let hello = greet(session, plan.edition)?;
    let claims = &hello.claims;

    let mut checks = checks(plan.edition, claims.at_zero);
    checks.retain(|check| (plan.only)(check));
    let mut order: Vec<usize> = (0..checks.len())
        .filter(|&at| checks[at].is_claimed(claims))
        .collect();
    let mut random = fastrand::Rng::with_seed(plan.seed);
    random.shuffle(&mut order);
    // Ids tell nothing: neither the place in SPEC.md, nor how many there are.
    let mut id = random.u64(1..1 << 40);
    let mut answers: Vec<Option<Answer>> = vec![None; checks.len()];
    let mut broken = None;
    for (done, &at) in order.iter().enumerate() {
        (plan.progress)(done, order.len());
        id += random.u64(1..1 << 20);
        match session.ask(id, &checks[at].request) {
            Ok(answer) => answers[at] = Some(answer),
            Err(why) => {
                broken = Some(format!("{why}, asked {}", checks[at].request));
                break;
            }
        }
    }
    (plan.progress)(order.len(), order.len());
    let mut replayed: Vec<(&Regression, Option<Miss>)> = Vec::new();
    for regression in plan
        .regressions
        .iter()
        .filter(|regression| regression.is_claimed(claims))
    {
        if broken.is_some() {
            break;
        }
        let mut ask = |request| {
            id += 1;
            session.ask(id, request)
        };
        match regression
            .requests
            .iter()
            .map(&mut ask)
            .collect::<Result<Vec<_>, _>>()
        {
            Ok(answers) => {
                replayed.push((regression, regression.judge(plan.edition, claims, &answers)))
            }
            Err(why) => broken = Some(why.0),
        }
    }
    if broken.is_none()
        && let Err(why) = session.bye()
    {
        broken = Some(why.0);
    }

    let asked: Vec<(&Check, &Answer)> = checks
        .iter()
        .zip(&answers)
        .filter_map(|(check, answer)| Some((check, answer.as_ref()?)))
        .collect();
    // A mistake explains everything or is none: what an earlier search found, and what was not asked, is not looked at.
    let is_whole = broken.is_none() && replayed.iter().all(|(_, miss)| miss.is_none());
    let mistake = if is_whole {
        diagnose(plan.edition, claims, &asked)
    } else {
        None
    };
    let mut results: Vec<ClauseResult> = Vec::new();
    for clause in clauses().unwrap_or_default() {
        let mut result = ClauseResult::new(&clause);
        let of_clause = checks
            .iter()
            .zip(&answers)
            .filter(|(check, _)| check.clause == clause.id);
        let mut count = 0;
        for (check, answer) in of_clause {
            count += 1;
            match answer {
                // What was left when the subject broke was claimed, and is in no count.
                None if !check.is_claimed(claims) => result.not_claimed += 1,
                None => {}
                Some(answer) => match check.expect.judge(check.request.dtype(), answer) {
                    None => result.conforms += 1,
                    Some(miss) => result
                        .failures
                        .push(failure(check, miss, (plan.known)(check))),
                },
            }
        }
        for (regression, miss) in replayed
            .iter()
            .filter(|(regression, _)| regression.clause == clause.id)
        {
            count += 1;
            match miss {
                None => result.conforms += 1,
                Some(miss) => result.failures.push(Failure {
                    asked: regression
                        .requests
                        .iter()
                        .map(Request::to_string)
                        .collect::<Vec<_>>()
                        .join("; "),
                    line: clause.line,
                    want: miss.want.clone(),
                    got: miss.got.clone(),
                    off: miss.off.clone(),
                    known: None,
                }),
            }
        }
        if count > 0 {
            results.push(result);
        }
    }
    Ok(Run {
        suite: env!("CARGO_PKG_VERSION").into(),
        edition: plan.edition.name().into(),
        seed: plan.seed,
        command: String::new(),
        clauses: results,
        mistake: mistake.map(str::to_owned),
        broken,
        seconds: begun.elapsed().as_secs_f64(),
        hello,
    })
}

fn failure(check: &Check, miss: Miss, known: Option<Known>) -> Failure {
    Failure {
        asked: check.request.to_string(),
        line: check.line,
        want: miss.want,
        got: miss.got,
        off: miss.off,
        known,
    }
}

/// Asks for numbers back whose bits a careless adapter loses.
fn echo(session: &mut dyn Session, x: Numbers) -> Result<(), Broken> {
    let (dtype, sent) = (x.dtype, x.bits.clone());
    let answer = session.ask(1, &Request::Echo { x })?;
    let lost = match &answer {
        Answer::Numbers(bits) if bits.len() == sent.len() => {
            let format = dtype.format();
            let is_lost = |(a, b): &(&u64, &u64)| !format.is_between([**a, **a], **b);
            sent.iter()
                .zip(bits)
                .find(is_lost)
                .map(|(a, b)| format!("{a:x} came back as {b:x}"))
        }
        Answer::Numbers(bits) => Some(format!(
            "{} numbers came back as {}",
            sent.len(),
            bits.len()
        )),
        other => {
            let other = other.to_json(&Value::Null, None);
            Some(format!("instead of numbers came {}", shown(&other)))
        }
    };
    match lost {
        None => Ok(()),
        Some(lost) => Err(Broken(format!(
            "the adapter loses bits of {dtype}: {lost}; no clause is blamed"
        ))),
    }
}

impl From<crate::wire::Dtype> for Numbers {
    /// Zeros of both signs, the least and the greatest numbers, 1, a number of all digits, infinities and a NaN.
    fn from(dtype: crate::wire::Dtype) -> Self {
        let format = dtype.format();
        let [minus, _] = format.zeros();
        let inf = format.infinity(false);
        let positive = [0, 1, inf - 1, inf, inf / 2 + inf / 3, format.nan()];
        let bits = positive
            .into_iter()
            .chain(positive.map(|bits| bits | minus))
            .collect();
        Self { dtype, bits }
    }
}

/// Judges a subject of this process in an edition: everything that it claims.
///
/// ```
/// use regularize_conformance::{Edition, Reference};
///
/// let run = regularize_conformance::test(&mut Reference::new(Edition::LATEST), Edition::LATEST);
/// assert_eq!(run.counts().fail, 0);
/// run.assert();
/// ```
#[must_use]
pub fn test(subject: &mut dyn Subject, edition: Edition) -> Run {
    let mut plan = Plan {
        edition,
        seed: 0,
        only: &|_| true,
        known: &|_| None,
        regressions: &[],
        progress: &mut |_, _| (),
    };
    let hello = subject.hello(edition);
    judge(&mut Direct(subject), &mut plan).unwrap_or_else(|why: Stop| Run {
        suite: env!("CARGO_PKG_VERSION").into(),
        edition: edition.name().into(),
        seed: 0,
        command: String::new(),
        clauses: Vec::new(),
        mistake: None,
        broken: Some(why.to_string()),
        seconds: 0.0,
        hello,
    })
}

impl Run {
    /// Ends a test with the report if an answer is wrong, or if nothing was asked.
    ///
    /// # Panics
    ///
    /// With the report, then.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.passes(), "{}", crate::report::text(self, false, 100));
    }
}

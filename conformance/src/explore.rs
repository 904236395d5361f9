//! Searches for numbers that a subject gets wrong, and for the least of them.

use crate::expect::{Miss, expect};
use crate::judge::{Broken, Session, Stop, greet};
use crate::property::{Asked, PROPERTIES, Property, wants};
use crate::wire::{Answer, Claims, Hello, Malformed, Request};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use regularize_core::{Edition, SHOWN, visible};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

/// What a search may take.
pub(crate) struct Search<'a> {
    pub(crate) edition: Edition,
    pub(crate) seed: u64,
    /// Random requests for each property.
    pub(crate) cases: u32,
    /// No new requests after that; the least of what was found is still looked for.
    pub(crate) time: Option<Duration>,
    /// Which properties.
    pub(crate) only: &'a dyn Fn(&str) -> bool,
    /// Called with the property, and how many requests it has made.
    pub(crate) progress: &'a mut dyn FnMut(&str, usize),
}

/// Numbers for which a property does not hold, the least that were found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) property: &'static str,
    pub(crate) clause: &'static str,
    pub(crate) requests: Vec<Request>,
    pub(crate) want: String,
    pub(crate) got: String,
    /// How many requests it took.
    pub(crate) calls: usize,
}

/// What a search came to.
pub(crate) struct Searched {
    pub(crate) hello: Hello,
    /// The properties that were searched, and how many requests each made.
    pub(crate) asked: Vec<(&'static str, usize)>,
    pub(crate) findings: Vec<Finding>,
    /// Why it ended early.
    pub(crate) broken: Option<Broken>,
}

/// Searches in every property whose operations are claimed.
pub(crate) fn explore(
    session: &mut dyn Session,
    search: &mut Search<'_>,
) -> Result<Searched, Stop> {
    let begun = Instant::now();
    let hello = greet(session, search.edition)?;
    let selected =
        |property: &&Property| (search.only)(property.name) && property.is_claimed(&hello.claims);
    let properties: Vec<&Property> = PROPERTIES.iter().filter(selected).collect();
    let mut asker = Asker {
        session: RefCell::new(session),
        edition: search.edition,
        claims: &hello.claims,
        calls: Cell::new(0),
        next_id: Cell::new(1),
        broken: RefCell::new(None),
    };
    let (mut asked, mut findings) = (Vec::new(), Vec::new());
    for (index, property) in properties.iter().enumerate() {
        // Each has its share of the time that is left.
        let share = search.time.map(|time| {
            let left = time.saturating_sub(begun.elapsed());
            begun.elapsed() + left / (properties.len() - index) as u32
        });
        let is_late = || share.is_some_and(|share| begun.elapsed() > share);
        asker.calls.set(0);
        findings.extend(asker.search(property, search, is_late));
        asked.push((property.name, asker.calls.get()));
        if asker.broken.get_mut().is_some() {
            break;
        }
    }
    let mut broken = asker.broken.take();
    if broken.is_none() {
        broken = asker.session.get_mut().bye().err();
    }
    Ok(Searched {
        hello,
        asked,
        findings,
        broken,
    })
}

/// Asks the requests of properties. The closure that proptest calls may not change anything.
struct Asker<'a> {
    session: RefCell<&'a mut dyn Session>,
    edition: Edition,
    claims: &'a Claims,
    calls: Cell<usize>,
    next_id: Cell<u64>,
    broken: RefCell<Option<Broken>>,
}

impl Asker<'_> {
    /// What is wrong with the answers to some requests; nothing after a break.
    fn ask(&self, property: &Property, requests: &[Request]) -> Option<Miss> {
        let mut answers = Vec::new();
        for request in requests {
            if self.broken.borrow().is_some() {
                return None;
            }
            self.next_id.set(self.next_id.get() + 1);
            self.calls.set(self.calls.get() + 1);
            match self.session.borrow_mut().ask(self.next_id.get(), request) {
                Ok(answer) => answers.push(answer),
                Err(why) => {
                    *self.broken.borrow_mut() = Some(why);
                    return None;
                }
            }
        }
        let (edition, claims, answers) = (self.edition, self.claims, &answers);
        (property.judge)(&Asked {
            edition,
            claims,
            requests,
            wants: &wants(edition, claims, requests),
            answers,
        })
    }

    /// Makes requests until one is answered wrong, there are enough, or it is late; then looks for the least.
    fn search(
        &self,
        property: &Property,
        search: &mut Search<'_>,
        is_late: impl Fn() -> bool,
    ) -> Option<Finding> {
        let strategy = (property.requests)(self.claims);
        let mut runner = runner(search.seed, property, search.cases);
        for _ in 0..search.cases {
            if is_late() || self.broken.borrow().is_some() {
                return None;
            }
            let tree = strategy.new_tree(&mut runner).ok()?;
            let found = runner.run_one(tree, |requests| match self.ask(property, &requests) {
                None => Ok(()),
                Some(miss) => Err(TestCaseError::fail(miss.want)),
            });
            (search.progress)(property.name, self.calls.get());
            if let Err(TestError::Fail(_, requests)) = found {
                return self.finding(property, requests);
            }
        }
        None
    }

    /// Asks once more: a subject that answers otherwise the second time is told as it answers now.
    fn finding(&self, property: &Property, requests: Vec<Request>) -> Option<Finding> {
        let miss = self.ask(property, &requests);
        if self.broken.borrow().is_some() {
            return None;
        }
        let (want, got) = match miss {
            Some(miss) => (miss.want, miss.got),
            None => (
                "the same answer to the same request".into(),
                "another the second time".into(),
            ),
        };
        let (property, clause, calls) = (property.name, property.clause, self.calls.get());
        Some(Finding {
            property,
            clause,
            requests,
            want,
            got,
            calls,
        })
    }
}

fn runner(seed: u64, property: &Property, cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 4096,
        ..Config::default()
    };
    // A stream of its own for each property, whichever others are asked.
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    for (byte, letter) in bytes[8..].iter_mut().zip(property.name.bytes()) {
        *byte = letter;
    }
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// A finding that is asked again by every `test`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Regression {
    property: String,
    pub(crate) clause: &'static str,
    pub(crate) requests: Vec<Request>,
}

impl Finding {
    /// Its file.
    pub(crate) fn to_json(&self, edition: Edition, claims: &Claims) -> Value {
        let requests = self.requests.iter().map(|request| {
            let mut json = request.to_json(0);
            if let Some(object) = json.as_object_mut() {
                object.shift_remove("id");
            }
            let expect = expect(edition, claims.at_zero, request).to_json(request.dtype());
            json!({ "asked": request.to_string(), "request": json, "expect": expect })
        });
        json!({
            "property": self.property, "clause": self.clause, "edition": edition.name(),
            "requests": requests.collect::<Vec<_>>(), "got": self.got,
        })
    }

    /// A name for its file: the property and what is asked, so that the same finding has the same.
    pub(crate) fn file_name(&self) -> String {
        let text: String = self
            .requests
            .iter()
            .map(|request| request.to_json(0).to_string())
            .collect();
        // FNV-1a: a name, not a proof.
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{}-{:08x}.json", self.property, hash as u32)
    }
}

impl Regression {
    /// A regression of its file.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        let json: Value =
            serde_json::from_str(text).map_err(|error| Malformed(error.to_string()))?;
        let name = json["property"].as_str().unwrap_or_default();
        let property = PROPERTIES.iter().find(|property| property.name == name);
        let property = property.ok_or_else(|| {
            let name = visible(name, SHOWN);
            Malformed(format!("there is no property \"{name}\""))
        })?;
        let requests = json["requests"].as_array().map_or(&[][..], Vec::as_slice);
        let wrong = |what: String| Malformed(format!("a request of \"{name}\": {what}"));
        let mut parsed = Vec::new();
        for json in requests {
            let request =
                Request::parse(&json["request"]).map_err(|error| wrong(error.to_string()))?;
            if !request.op().is_some_and(|op| property.ops.contains(&op)) {
                let request = request.to_string();
                let request = visible(&request, SHOWN);
                return Err(wrong(format!("{request} is none that it makes")));
            }
            parsed.push(request);
        }
        match parsed.len() == property.together {
            true => Ok(Self {
                property: name.into(),
                clause: property.clause,
                requests: parsed,
            }),
            false => Err(Malformed(format!(
                "\"{name}\" judges {} requests together, and there are {}",
                property.together,
                parsed.len()
            ))),
        }
    }

    /// Whether a subject claims what it needs.
    pub(crate) fn is_claimed(&self, claims: &Claims) -> bool {
        self.requests.iter().all(|request| {
            request.op().is_none_or(|op| claims.ops.contains(&op))
                && request
                    .dtype()
                    .is_none_or(|dtype| claims.dtypes.contains(&dtype))
                && request
                    .reg()
                    .is_none_or(|reg| claims.regs.contains(&reg.class()))
        })
    }

    /// What is wrong with the answers.
    pub(crate) fn judge(
        &self,
        edition: Edition,
        claims: &Claims,
        answers: &[Answer],
    ) -> Option<Miss> {
        let property = PROPERTIES
            .iter()
            .find(|property| property.name == self.property)?;
        let asked = Asked {
            edition,
            claims,
            requests: &self.requests,
            wants: &wants(edition, claims, &self.requests),
            answers,
        };
        (property.judge)(&asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Dtype, Op};
    use crate::{Model, Reference, Subject, Variant};

    /// Asks every property of the reference and of every legal variant: as many cases each as `PROPTEST_CASES` says, and
    /// 256 without it. The editions take turns. All of them answer the same requests, so the right answers are computed once.
    #[test]
    fn the_reference_and_every_legal_variant_have_every_property() {
        let claims = Claims::new(Op::ALL, Dtype::ALL);
        let subjects = |edition: Edition| {
            let variants = Variant::ALL
                .iter()
                .map(move |&variant| -> Box<dyn Subject> {
                    Box::new(Model::new(edition, variant))
                });
            std::iter::once(Box::new(Reference::new(edition)) as Box<dyn Subject>).chain(variants)
        };
        let mut editions: Vec<(Edition, Vec<Box<dyn Subject>>)> = Edition::ALL
            .iter()
            .map(|&edition| (edition, subjects(edition).collect()))
            .collect();
        let cases = Config::default().cases;
        for property in &PROPERTIES {
            let strategy = (property.requests)(&claims);
            let mut runner = runner(1, property, cases);
            for case in 0..cases {
                let turn = case as usize % editions.len();
                let (edition, subjects) = &mut editions[turn];
                let requests = strategy.new_tree(&mut runner).unwrap().current();
                let wants = wants(*edition, &claims, &requests);
                for subject in subjects {
                    let answers = requests.iter().map(|request| subject.answer(request));
                    let answers: Vec<Answer> = answers.collect();
                    let miss = (property.judge)(&Asked {
                        edition: *edition,
                        claims: &claims,
                        requests: &requests,
                        wants: &wants,
                        answers: &answers,
                    });
                    assert!(
                        miss.is_none(),
                        "{} of {} in {edition}, asked {requests:?}: {miss:?}",
                        property.name,
                        subject.hello(*edition).name,
                    );
                }
                if case % 10_000 == 9_999 {
                    eprintln!("{}: {} of {cases} cases", property.name, case + 1);
                }
            }
        }
    }

    /// What the test above assumes.
    #[test]
    fn the_reference_and_every_legal_variant_claim_everything() {
        for edition in Edition::ALL {
            let all = Claims::new(Op::ALL, Dtype::ALL);
            let is_whole = |hello: Hello| {
                let claims = hello.claims;
                let (same, known) = (
                    (&claims.ops, &claims.dtypes, claims.at_zero),
                    (&all.ops, &all.dtypes, all.at_zero),
                );
                // An orthogonal regularizer has no property here.
                let has_regs = claims.regs.starts_with(&all.regs);
                assert!(same == known && has_regs, "{}", hello.name);
            };
            is_whole(Reference::new(edition).hello(edition));
            for &variant in Variant::ALL {
                is_whole(Model::new(edition, variant).hello(edition));
            }
        }
    }
}

//! Searches for numbers that a subject gets wrong, and for the least of them.

use crate::expect::{Miss, expect};
use crate::judge::{Broken, Session};
use crate::property::{Asked, PROPERTIES, Property};
use crate::wire::{Answer, Claims, Hello, Malformed, Request};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use regularize_core::Edition;
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
    /// The properties that were asked of, and how many times.
    pub(crate) asked: Vec<(&'static str, usize)>,
    pub(crate) findings: Vec<Finding>,
}

/// Searches in every property whose operations are claimed.
pub(crate) fn explore(
    session: &mut dyn Session,
    search: &mut Search<'_>,
) -> Result<Searched, Broken> {
    let begun = Instant::now();
    let hello = session.hello(search.edition)?;
    let mut searched = Searched {
        hello,
        asked: Vec::new(),
        findings: Vec::new(),
    };
    let claims = searched.hello.claims.clone();
    let session = RefCell::new(session);
    let next_id = Cell::new(1);
    for property in PROPERTIES
        .iter()
        .filter(|property| (search.only)(property.name) && property.is_claimed(&claims))
    {
        let calls = Cell::new(0);
        let broken = RefCell::new(None);
        let ask = |requests: &[Request]| -> Option<Vec<Answer>> {
            let mut answers = Vec::new();
            for request in requests {
                next_id.set(next_id.get() + 1);
                calls.set(calls.get() + 1);
                match session.borrow_mut().ask(next_id.get(), request) {
                    Ok(answer) => answers.push(answer),
                    Err(why) => {
                        *broken.borrow_mut() = Some(why);
                        return None;
                    }
                }
            }
            Some(answers)
        };
        let progress = RefCell::new(&mut *search.progress);
        let is_late = || search.time.is_some_and(|time| begun.elapsed() > time);
        let edition = search.edition;
        let has_failed = Cell::new(false);
        let test = |requests: Vec<Request>| {
            // After a break, and after the time, the rest passes.
            if broken.borrow().is_some() || !has_failed.get() && is_late() {
                return Ok(());
            }
            let Some(answers) = ask(&requests) else {
                return Ok(());
            };
            (progress.borrow_mut())(property.name, calls.get());
            let asked = Asked {
                edition,
                claims: &claims,
                requests: &requests,
                answers: &answers,
            };
            match (property.judge)(&asked) {
                None => Ok(()),
                Some(miss) => {
                    has_failed.set(true);
                    Err(TestCaseError::fail(miss.want))
                }
            }
        };
        let strategy = (property.requests)(&claims);
        let found = runner(search.seed, property, search.cases).run(&strategy, test);
        if let Err(TestError::Fail(_, requests)) = found
            && let Some(answers) = ask(&requests)
        {
            let asked = Asked {
                edition,
                claims: &claims,
                requests: &requests,
                answers: &answers,
            };
            // Once more: a subject that answers otherwise the second time is told as it answers now.
            let (want, got) = match (property.judge)(&asked) {
                Some(miss) => (miss.want, miss.got),
                None => (
                    "the same answer to the same request".into(),
                    "another the second time".into(),
                ),
            };
            let (property, clause, calls) = (property.name, property.clause, calls.get());
            let finding = Finding {
                property,
                clause,
                requests: requests.clone(),
                want,
                got,
                calls,
            };
            searched.findings.push(finding);
        }
        let why = broken.borrow_mut().take();
        if let Some(why) = why {
            return Err(why);
        }
        searched.asked.push((property.name, calls.get()));
    }
    session.borrow_mut().bye()?;
    Ok(searched)
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
        let property =
            property.ok_or_else(|| Malformed(format!("there is no property \"{name}\"")))?;
        let requests = json["requests"].as_array().map_or(&[][..], Vec::as_slice);
        let requests: Result<Vec<Request>, _> = requests
            .iter()
            .map(|request| Request::parse(&request["request"]))
            .collect();
        match requests {
            Ok(requests) if !requests.is_empty() => Ok(Self {
                property: name.into(),
                clause: property.clause,
                requests,
            }),
            Ok(_) => Err(Malformed("there are no requests".into())),
            Err(error) => Err(Malformed(format!("a request cannot be read: {error:?}"))),
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
            answers,
        };
        (property.judge)(&asked)
    }
}

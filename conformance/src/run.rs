//! What came of a run: counts by clause, the failures, and the file that has them.

use crate::clause::Clause;
use crate::wire::{Hello, Malformed, shown};
use serde_json::{Value, json};
use std::fmt::Write;

/// How many characters of a subject's message, and of its JSON for a regularizer, are kept.
pub(crate) const MESSAGE: usize = 2000;

/// The result of asking a subject all that it claims, in one edition.
///
/// Every count is of requests: what was sent conforms, fails, or fails as was expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The suite's version.
    pub suite: String,
    /// The edition by its name.
    pub edition: String,
    /// What shuffled the requests.
    pub seed: u64,
    /// How the subject is started, as a shell reads it; empty for one in this process.
    pub command: String,
    /// Who the subject is, and what it claims.
    pub hello: Hello,
    /// The clauses that have something to ask in this edition, in the order of SPEC.md.
    pub clauses: Vec<ClauseResult>,
    /// The one mistake that explains every wrong answer, as a sentence: "it computes …".
    pub mistake: Option<String>,
    /// Why the run ended early. Nothing is said of what was not asked then.
    pub broken: Option<String>,
    /// How long it took; 0 of a run that was read from its file, which is the same after every run.
    pub seconds: f64,
}

/// What came of a clause.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClauseResult {
    /// Its name.
    pub clause: String,
    /// What it states.
    pub title: String,
    /// The chapter of SPEC.md.
    pub chapter: String,
    /// The line of its heading in SPEC.md.
    pub line: usize,
    /// How many requests were answered as they should be.
    pub conforms: usize,
    /// How many requests were not sent, since the subject does not claim what they need.
    pub not_claimed: usize,
    /// The answers that are wrong.
    pub failures: Vec<Failure>,
}

/// A wrong answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The request in the notation of SPEC.md.
    pub asked: String,
    /// The line of the case in SPEC.md, or of the clause.
    pub line: usize,
    /// What is right, as a line for each number: decimal, bits, and how it is compared.
    pub want: String,
    /// What was answered, in the same way; of a message or a JSON the first 2,000 characters, with the others counted.
    pub got: String,
    /// How far a number is off, in words.
    pub off: Option<String>,
    /// Why it is wrong, if that was expected.
    pub known: Option<Known>,
}

/// Why an answer is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What a reader should know.
    pub reason: String,
    /// Where it is discussed.
    pub issue: Option<String>,
}

/// How a clause came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All answers are right, and there is one.
    Conforms,
    /// Nothing was claimed.
    NotClaimed,
    /// Wrong answers, whose reason is known.
    Expected,
    /// Wrong answers.
    Fails,
}

/// How many requests, and what came of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Answered as they should be.
    pub conform: usize,
    /// Answered wrong.
    pub fail: usize,
    /// Answered wrong as was expected.
    pub expected: usize,
    /// Not sent.
    pub not_claimed: usize,
}

impl Counts {
    /// What was sent and answered.
    #[must_use]
    pub const fn sent(&self) -> usize {
        self.conform + self.fail + self.expected
    }
}

impl ClauseResult {
    pub(crate) fn new(clause: &Clause) -> Self {
        Self {
            clause: clause.id.into(),
            title: clause.title.into(),
            chapter: clause.chapter.into(),
            line: clause.line,
            ..Self::default()
        }
    }

    /// How it came out.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let counts = self.counts();
        match (counts.fail, counts.expected, counts.conform) {
            (0, 0, 0) => Verdict::NotClaimed,
            (0, 0, _) => Verdict::Conforms,
            (0, ..) => Verdict::Expected,
            _ => Verdict::Fails,
        }
    }

    /// Its requests.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let expected = self
            .failures
            .iter()
            .filter(|failure| failure.known.is_some())
            .count();
        Counts {
            conform: self.conforms,
            fail: self.failures.len() - expected,
            expected,
            not_claimed: self.not_claimed,
        }
    }
}

impl Run {
    /// All requests.
    #[must_use]
    pub fn counts(&self) -> Counts {
        sum(&self.clauses)
    }

    /// The clauses by chapter, in the order of SPEC.md.
    #[must_use]
    pub fn chapters(&self) -> Vec<(&str, &[ClauseResult])> {
        let same = |a: &ClauseResult, b: &ClauseResult| a.chapter == b.chapter;
        let chapters = self.clauses.chunk_by(same);
        chapters
            .map(|clauses| (clauses[0].chapter.as_str(), clauses))
            .collect()
    }

    /// Whether everything that was claimed was asked, and answered as it should be or as was expected.
    #[must_use]
    pub fn passes(&self) -> bool {
        let counts = self.counts();
        self.broken.is_none() && counts.fail == 0 && counts.sent() > 0
    }

    /// The file of a run: a line of JSON for the header, for each clause, and for the footer.
    #[must_use]
    pub fn to_jsonl(&self) -> String {
        let mut text = String::new();
        let header = json!({
            "suite": self.suite, "edition": self.edition, "seed": self.seed, "command": self.command,
            "subject": self.hello.to_json(),
        });
        // A `String` takes whatever is written.
        let _ = writeln!(text, "{header}");
        for clause in &self.clauses {
            let _ = writeln!(text, "{}", clause.to_json());
        }
        let counts = self.counts();
        let footer = json!({
            "sent": counts.sent(), "conform": counts.conform, "fail": counts.fail, "expected": counts.expected,
            "not_claimed": counts.not_claimed, "mistake": self.mistake, "broken": self.broken,
        });
        let _ = writeln!(text, "{footer}");
        text
    }

    /// A run of its file.
    ///
    /// # Errors
    ///
    /// What is missing, which names the line. A file without a footer was not finished.
    pub fn from_jsonl(text: &str) -> Result<Self, Malformed> {
        let mut lines = Vec::new();
        for (index, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            let value = serde_json::from_str::<Value>(line);
            lines.push(value.map_err(|error| Malformed(format!("line {}: {error}", index + 1)))?);
        }
        let [header, clauses @ .., footer] = &lines[..] else {
            return Err(Malformed("a run has a header and a footer".into()));
        };
        if footer.get("sent").is_none() {
            return Err(Malformed(
                "the last line is no footer: the run was not finished".into(),
            ));
        }
        let missing = |what: &str| Malformed(format!("the header has no \"{what}\""));
        let text = |key: &'static str| {
            header[key]
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| missing(key))
        };
        let run = Self {
            suite: text("suite")?,
            edition: text("edition")?,
            seed: header["seed"].as_u64().ok_or_else(|| missing("seed"))?,
            command: text("command")?,
            hello: Hello::parse(&header["subject"])?,
            clauses: clauses
                .iter()
                .map(ClauseResult::parse)
                .collect::<Result<_, _>>()?,
            mistake: footer["mistake"].as_str().map(str::to_owned),
            broken: footer["broken"].as_str().map(str::to_owned),
            seconds: 0.0,
        };
        let counts = run.counts();
        let said = ["conform", "fail", "expected", "not_claimed"].map(|key| footer[key].as_u64());
        let found = [
            counts.conform,
            counts.fail,
            counts.expected,
            counts.not_claimed,
        ];
        match said == found.map(|count| Some(count as u64)) {
            true => Ok(run),
            false => Err(Malformed(
                "the footer's counts are not those of the clauses: lines are missing".into(),
            )),
        }
    }
}

/// The requests of several clauses.
#[must_use]
pub fn sum(clauses: &[ClauseResult]) -> Counts {
    clauses
        .iter()
        .map(ClauseResult::counts)
        .fold(Counts::default(), |a, b| Counts {
            conform: a.conform + b.conform,
            fail: a.fail + b.fail,
            expected: a.expected + b.expected,
            not_claimed: a.not_claimed + b.not_claimed,
        })
}

impl ClauseResult {
    fn to_json(&self) -> Value {
        let mut json = json!({
            "clause": self.clause, "title": self.title, "chapter": self.chapter, "line": self.line,
            "conforms": self.conforms, "not_claimed": self.not_claimed,
        });
        if !self.failures.is_empty() {
            json["failures"] = self.failures.iter().map(Failure::to_json).collect();
        }
        json
    }

    fn parse(json: &Value) -> Result<Self, Malformed> {
        let missing = |key: &str| Malformed(format!("a clause has no \"{key}\": {}", shown(json)));
        let text = |key: &'static str| {
            json[key]
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| missing(key))
        };
        // A sum of some does not overflow.
        let count = |key: &'static str| {
            let count = json[key]
                .as_u64()
                .and_then(|count| u32::try_from(count).ok());
            count
                .map(|count| count as usize)
                .ok_or_else(|| missing(key))
        };
        let failures = json["failures"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(Self {
            clause: text("clause")?,
            title: text("title")?,
            chapter: text("chapter")?,
            line: count("line")?,
            conforms: count("conforms")?,
            not_claimed: count("not_claimed")?,
            failures: failures
                .iter()
                .map(Failure::parse)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl Failure {
    fn to_json(&self) -> Value {
        let known = self.known.as_ref();
        let known = known.map(|known| json!({ "reason": known.reason, "issue": known.issue }));
        json!({
            "asked": self.asked, "line": self.line, "want": self.want, "got": self.got, "off": self.off,
            "known": known,
        })
    }

    fn parse(json: &Value) -> Result<Self, Malformed> {
        let text = |key: &'static str| {
            json[key]
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| Malformed(format!("a failure has no \"{key}\": {}", shown(json))))
        };
        Ok(Self {
            asked: text("asked")?,
            line: json["line"].as_u64().unwrap_or(0) as usize,
            want: text("want")?,
            got: text("got")?,
            off: json["off"].as_str().map(str::to_owned),
            known: json["known"]["reason"].as_str().map(|reason| Known {
                reason: reason.into(),
                issue: json["known"]["issue"].as_str().map(str::to_owned),
            }),
        })
    }
}

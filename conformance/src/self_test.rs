//! The suite proves itself: it accepts what is legal, rejects each mistake, and tells mistakes apart.

use crate::check::{Check, checks};
use crate::diagnose::the_mistake;
use crate::mistake::Mistake;
use crate::model::{Model, Variant};
use crate::reference::Reference;
use crate::subject::Subject;
use crate::wire::{Answer, AtZero, Claims};
use regularize_core::Edition;
use std::collections::BTreeMap;
use std::fmt;

/// What the suite says of the reference, of the legal variants and of the mistakes.
///
/// Its text is the table of `self-test`.
#[derive(Clone, Debug)]
pub struct SelfTest {
    /// The reference and each legal variant in each edition.
    pub legal: Vec<Legal>,
    /// Each mistake.
    pub mistakes: Vec<Caught>,
    /// The clauses that have a check, in the order of SPEC.md, and how many mistakes fail each.
    pub clauses: Vec<(&'static str, usize)>,
}

/// A subject that is right, in an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Legal {
    /// `reference`, or the name of the variant.
    pub name: &'static str,
    /// The edition.
    pub edition: Edition,
    /// How many answers there were.
    pub asked: usize,
    /// The requests whose answers were called wrong.
    pub wrong: Vec<String>,
}

/// What the suite says of a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// The mistake.
    pub mistake: Mistake,
    /// The editions where it is one, the oldest first.
    pub editions: Vec<Told>,
}

/// What the suite says of a mistake in an edition where it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The edition.
    pub edition: Edition,
    /// How many checks it fails of each clause, in the order of SPEC.md.
    pub clauses: Vec<(&'static str, usize)>,
    /// The order of summation of the subject that makes it, which is not that of the diagnosis.
    pub variant: Variant,
    /// Which mistake the subject is said to make.
    pub diagnosis: Option<Mistake>,
    /// Whether that mistake is the same in this edition: it answers everything alike.
    pub is_same: bool,
}

impl Told {
    /// How many checks it fails.
    #[must_use]
    pub fn failing(&self) -> usize {
        self.clauses.iter().map(|(_, failing)| failing).sum()
    }
}

/// Asks the reference, every legal variant and every mistake everything, in every edition.
///
/// `progress` is called with how many of them are done, of how many.
///
/// ```no_run
/// let result = regularize_conformance::self_test(&mut |_, _| ());
/// assert!(result.complaints().is_empty(), "{result}");
/// ```
pub fn self_test(progress: &mut dyn FnMut(usize, usize)) -> SelfTest {
    let total = Edition::ALL.len() * (1 + Variant::ALL.len() + Mistake::ALL.len());
    let mut done = 0;
    let mut step = || {
        progress(done, total);
        done += 1;
    };
    let mut legal = Vec::new();
    let mut editions: BTreeMap<Mistake, Vec<Told>> = BTreeMap::new();
    let mut clauses: Vec<&'static str> = Vec::new();
    for (row, edition) in Edition::ALL.into_iter().enumerate() {
        let asked = Asked::new(edition);
        clauses.extend(asked.checks.iter().map(|check| check.clause));
        let mut accept = |name, subject: &mut dyn Subject| {
            step();
            let answers = asked.answers(subject);
            let wrong = asked.wrong(&answers).map(|check| check.request.to_string());
            legal.push(Legal {
                name,
                edition,
                asked: answers.len(),
                wrong: wrong.collect(),
            });
        };
        accept("reference", &mut Reference::new(edition));
        for &variant in Variant::ALL {
            accept(variant.name(), &mut Model::new(edition, variant));
        }
        for (index, &mistake) in Mistake::ALL.iter().enumerate() {
            step();
            // Every order of summation has its turn.
            let variant = Variant::ALL[1 + (index + row) % (Variant::ALL.len() - 1)];
            if let Some(told) = asked.tell(mistake, variant) {
                editions.entry(mistake).or_default().push(told);
            }
        }
    }
    progress(total, total);
    let caught = |&mistake: &Mistake| {
        let editions = editions.remove(&mistake).unwrap_or_default();
        Caught { mistake, editions }
    };
    let mistakes: Vec<Caught> = Mistake::ALL.iter().map(caught).collect();
    SelfTest {
        legal,
        clauses: catches(&clauses, &mistakes),
        mistakes,
    }
}

/// How many mistakes fail each clause.
fn catches(clauses: &[&'static str], mistakes: &[Caught]) -> Vec<(&'static str, usize)> {
    let ids = crate::clause::IDS
        .iter()
        .copied()
        .filter(|id| clauses.contains(id));
    let fails = |caught: &Caught, id: &str| {
        let mut clauses = caught.editions.iter().flat_map(|told| &told.clauses);
        clauses.any(|(clause, _)| *clause == id)
    };
    ids.map(|id| {
        (
            id,
            mistakes.iter().filter(|caught| fails(caught, id)).count(),
        )
    })
    .collect()
}

/// What a subject that claims everything is asked in an edition.
struct Asked {
    edition: Edition,
    claims: Claims,
    checks: Vec<Check>,
}

impl Asked {
    fn new(edition: Edition) -> Self {
        let claims = Model::new(edition, Variant::InOrder).hello(edition).claims;
        let mut checks = checks(edition, AtZero::Zero);
        checks.retain(|check| check.is_claimed(&claims));
        Self {
            edition,
            claims,
            checks,
        }
    }

    fn answers(&self, subject: &mut dyn Subject) -> Vec<Answer> {
        self.checks
            .iter()
            .map(|check| subject.answer(&check.request))
            .collect()
    }

    /// The checks that are answered wrong.
    fn wrong<'a>(&'a self, answers: &'a [Answer]) -> impl Iterator<Item = &'a Check> {
        let asked = self.checks.iter().zip(answers);
        let wrong = asked
            .filter(|(check, answer)| check.expect.judge(check.request.dtype(), answer).is_some());
        wrong.map(|(check, _)| check)
    }

    /// What is said of a mistake; `None` where it is none.
    fn tell(&self, mistake: Mistake, variant: Variant) -> Option<Told> {
        let model = |mistake, variant| Model::new(self.edition, variant).with_mistake(mistake);
        let answers = self.answers(&mut model(mistake, variant));
        let mut clauses: Vec<(&'static str, usize)> = Vec::new();
        for check in self.wrong(&answers) {
            match clauses.last_mut() {
                Some((clause, failing)) if *clause == check.clause => *failing += 1,
                _ => clauses.push((check.clause, 1)),
            }
        }
        if clauses.is_empty() {
            return None;
        }
        let asked: Vec<(&Check, &Answer)> = self.checks.iter().zip(&answers).collect();
        let diagnosis = the_mistake(self.edition, &self.claims, &asked);
        let is_same = diagnosis.is_some_and(|told| {
            told == mistake || self.answers(&mut model(told, variant)) == answers
        });
        Some(Told {
            edition: self.edition,
            clauses,
            variant,
            diagnosis,
            is_same,
        })
    }
}

impl SelfTest {
    /// What is legal, and called wrong.
    #[must_use]
    pub fn rejected(&self) -> Vec<String> {
        let rejected = self
            .legal
            .iter()
            .filter(|legal| !legal.wrong.is_empty() || legal.asked == 0);
        let rejected = rejected.map(|legal| {
            let (name, edition, wrong) = (legal.name, legal.edition, legal.wrong.len());
            let first = legal
                .wrong
                .first()
                .map_or("nothing was asked", String::as_str);
            format!(
                "{name} is right, and {wrong} of its answers are called wrong in {edition}: {first}"
            )
        });
        rejected.collect()
    }

    /// The mistakes that fail no check in any edition.
    #[must_use]
    pub fn survivors(&self) -> Vec<String> {
        let survivors = self
            .mistakes
            .iter()
            .filter(|caught| caught.editions.is_empty());
        let survivors = survivors.map(|Caught { mistake, .. }| {
            format!(
                "{mistake} fails nothing: no check sees that it {}",
                mistake.sentence()
            )
        });
        survivors.collect()
    }

    /// The clauses that have a check and fail for no mistake.
    #[must_use]
    pub fn idle(&self) -> Vec<String> {
        let idle = self.clauses.iter().filter(|(_, mistakes)| *mistakes == 0);
        idle.map(|(clause, _)| format!("{clause} catches no mistake"))
            .collect()
    }

    /// The mistakes that are taken for another, or that no edition tells apart.
    #[must_use]
    pub fn confused(&self) -> Vec<String> {
        let mut confused = Vec::new();
        for Caught { mistake, editions } in &self.mistakes {
            for told in editions.iter().filter(|told| !told.is_same) {
                let (edition, variant) = (told.edition, told.variant.name());
                let other = told.diagnosis.map_or("nothing", Mistake::name);
                confused.push(format!(
                    "{mistake} is taken for {other} in {edition}, summed {variant}"
                ));
            }
            if !editions.is_empty() && !editions.iter().any(|told| told.diagnosis == Some(*mistake))
            {
                confused.push(format!("{mistake} is told apart in no edition"));
            }
        }
        confused
    }

    /// Everything that the suite promises of itself and does not keep.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        [
            self.rejected(),
            self.survivors(),
            self.idle(),
            self.confused(),
        ]
        .concat()
    }
}

/// How many clauses a line has.
const SHOWN: usize = 4;

/// A line for each subject: how many checks it fails in the newest edition where it is wrong, and of which clauses.
impl fmt::Display for SelfTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self
            .mistakes
            .iter()
            .map(|caught| caught.mistake.name().len());
        let width = names.max().unwrap_or(0);
        let mut legal: Vec<(&str, usize)> = Vec::new();
        for Legal { name, wrong, .. } in &self.legal {
            match legal.iter_mut().find(|(known, _)| known == name) {
                Some((_, failing)) => *failing += wrong.len(),
                None => legal.push((name, wrong.len())),
            }
        }
        for (name, failing) in &legal {
            writeln!(f, "{name:width$}  {failing:3} failing  every edition")?;
        }
        for Caught { mistake, editions } in &self.mistakes {
            let Some(newest) = editions.last() else {
                writeln!(f, "{mistake:width$}    0 failing")?;
                continue;
            };
            let (failing, edition) = (newest.failing(), newest.edition.name());
            write!(f, "{mistake:width$}  {failing:3} failing  {edition:13}")?;
            let mut clauses = newest.clauses.clone();
            clauses.sort_by_key(|(_, failing)| std::cmp::Reverse(*failing));
            for (clause, failing) in clauses.iter().take(SHOWN) {
                write!(f, " {clause}×{failing}")?;
            }
            match clauses.len().saturating_sub(SHOWN) {
                0 => writeln!(f)?,
                1 => writeln!(f, " and of one clause more")?,
                more => writeln!(f, " and of {more} clauses more")?,
            }
        }
        let (legal, mistakes, clauses) = (legal.len(), self.mistakes.len(), self.clauses.len());
        let editions = Edition::ALL.len();
        writeln!(
            f,
            "\n{legal} legal subjects, {mistakes} mistakes, {clauses} clauses, {editions} editions"
        )?;
        let complaints = self.complaints();
        for complaint in &complaints {
            writeln!(f, "✗ {complaint}")?;
        }
        match complaints.len() {
            0 => f.write_str(
                "Nothing legal is rejected, every mistake is caught and told apart, and every clause catches one.\n",
            ),
            1 => f.write_str("One promise is not kept.\n"),
            count => writeln!(f, "{count} promises are not kept."),
        }
    }
}

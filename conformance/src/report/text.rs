//! A run for a terminal.

use super::shown::{self, line, sentence};
use crate::run::{ClauseResult, Counts, Run, sum};
use crate::wire::{AtZero, Claims, Class, Op, Subnormals};
use std::fmt::{Display, Write};

/// How many wrong answers of a clause are shown.
const FAILURES: usize = 3;

/// How many lines of an answer are shown.
const LINES: usize = 4;

/// How long a bar is.
const BAR: usize = 20;

/// The column at which what was asked, wanted and answered begins.
const ROW: usize = 14;

/// The narrowest terminal for which lines are laid out.
const NARROWEST: usize = 60;

/// The report of a run, in lines of `width` columns; what a reader copies is not broken.
///
/// ```
/// use regularize_conformance::report::text;
/// use regularize_conformance::run::Run;
/// use regularize_conformance::wire::{Claims, Dtype, Hello, Op};
///
/// let run = Run {
///     suite: "0.1.0".into(),
///     edition: "keras-3.14.1".into(),
///     seed: 24301,
///     command: "python3 subject.py".into(),
///     hello: Hello {
///         name: "py-stdlib".into(),
///         version: "1.2.0".into(),
///         language: "python 3.11.7".into(),
///         claims: Claims::new(&[Op::Penalty], &[Dtype::F32]),
///     },
///     clauses: Vec::new(),
///     mistake: None,
///     broken: Some("the subject was silent for 10 s".into()),
///     seconds: 10.0,
/// };
/// assert!(text(&run, false, 80).contains("The run ended early: the subject was silent for 10 s."));
/// ```
#[must_use]
pub fn text(run: &Run, colour: bool, width: usize) -> String {
    let mut page = Page {
        text: String::new(),
        colour,
        width: width.max(NARROWEST),
    };
    page.header(run);
    page.chapters(run);
    for clause in run.clauses.iter().filter(|clause| clause.counts().fail > 0) {
        page.failing(run, clause);
    }
    for clause in run
        .clauses
        .iter()
        .filter(|clause| clause.counts().expected > 0)
    {
        page.expected(clause);
    }
    page.conclusion(run);
    page.counts(run);
    page.text
}

/// What a subject claims, as a reader knows it; a default is left out where it goes without saying.
pub(super) fn claims(claims: &Claims) -> String {
    fn words<T: Display>(words: &[T]) -> String {
        words.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
    }
    let mut parts = vec![words(&claims.ops), words(&claims.dtypes)];
    if claims.regs != [Class::L1, Class::L2, Class::L1L2] {
        parts.push(words(&claims.regs));
    }
    parts.push(match claims.subnormals {
        Subnormals::Gradual => "gradual underflow".into(),
        Subnormals::Flushed => "subnormals flushed".into(),
    });
    if claims.ops.contains(&Op::Gradient) {
        match claims.at_zero {
            AtZero::Zero => {}
            AtZero::Plus => parts.push("gradient +l1 at 0".into()),
            AtZero::Minus => parts.push("gradient −l1 at 0".into()),
            AtZero::Sign => parts.push("gradient ±l1 at ±0".into()),
        }
    }
    parts.retain(|part| !part.is_empty());
    // A claim may be repeated.
    line(&parts.join(" · "))
}

/// The command that asks a clause again, if the subject is a program.
pub(super) fn replay(run: &Run, clause: &ClauseResult) -> Option<String> {
    let [edition, clause, command] =
        [&run.edition, &clause.clause, &run.command].map(|text| shown::whole(text));
    let replay =
        format!("regularize-conformance test --edition {edition} --only {clause} -- {command}");
    (!command.is_empty()).then_some(replay)
}

/// What a count of right answers does not count.
pub(super) fn asides(counts: &Counts) -> String {
    let asides = [
        (counts.expected, "expected"),
        (counts.not_claimed, "not claimed"),
    ];
    let asides = asides.iter().filter(|(count, _)| *count > 0);
    asides
        .map(|(count, what)| format!(" · {count} {what}"))
        .collect()
}

/// What a text says.
#[derive(Clone, Copy)]
enum Tone {
    Good,
    Bad,
    Known,
    Aside,
}

struct Page {
    text: String,
    colour: bool,
    width: usize,
}

impl Page {
    fn header(&mut self, run: &Run) {
        let [suite, edition] = [&run.suite, &run.edition].map(|text| line(text));
        let [name, version, language] =
            [&run.hello.name, &run.hello.version, &run.hello.language].map(|text| line(text));
        self.paragraph(
            &format!(
                "regularize-conformance {suite} · {edition} · seed {}",
                run.seed
            ),
            2,
        );
        self.paragraph(
            &format!(
                "subject {name} {version} ({language}) claims {}",
                claims(&run.hello.claims)
            ),
            2,
        );
        self.end();
    }

    fn chapters(&mut self, run: &Run) {
        let chapters = run.chapters();
        let chapters: Vec<(String, Counts)> = chapters
            .iter()
            .map(|(name, clauses)| (line(name).to_lowercase(), sum(clauses)))
            .collect();
        let widest = |of: &dyn Fn(&String, &Counts) -> usize| {
            chapters
                .iter()
                .map(|(name, counts)| of(name, counts))
                .max()
                .unwrap_or(0)
        };
        let name_width = widest(&|name, _| columns(name));
        let count_width = widest(&|_, counts| columns(counts.conform));
        let of = |counts: &Counts| format!("{:count_width$} of {}", counts.conform, counts.sent());
        let rest = widest(&|_, counts| columns(of(counts)) + columns(asides(counts)));
        // With what is between the columns.
        let bar_width = BAR.min(self.width.saturating_sub(name_width + rest + 6));
        for (name, counts) in &chapters {
            let _ = write!(self.text, "  {name:name_width$}  ");
            if counts.sent() == 0 {
                let why = if counts.not_claimed > 0 {
                    "not claimed"
                } else {
                    "not asked"
                };
                self.tell(Tone::Aside, why);
                self.end();
                continue;
            }
            self.bar(counts, bar_width);
            self.text += "  ";
            match (counts.fail, counts.expected) {
                (0, 0) => self.text += &of(counts),
                (0, _) => self.tell(Tone::Known, &of(counts)),
                _ => self.tell(Tone::Bad, &of(counts)),
            }
            self.tell(Tone::Aside, &asides(counts));
            self.end();
        }
        if !chapters.is_empty() {
            self.end();
        }
    }

    /// A bar is full only if all is right, and empty only if nothing is.
    fn bar(&mut self, counts: &Counts, width: usize) {
        let part = |count: usize| match count.saturating_mul(width) / counts.sent() {
            0 if count > 0 => 1.min(width),
            part => part,
        };
        let expected = part(counts.expected);
        let fail = part(counts.fail);
        let conform = if counts.conform == 0 {
            0
        } else {
            width.saturating_sub(expected + fail)
        };
        self.tell(Tone::Good, &"█".repeat(conform));
        self.tell(Tone::Known, &"▒".repeat(expected));
        self.tell(
            Tone::Bad,
            &"░".repeat(width.saturating_sub(conform + expected)),
        );
    }

    fn failing(&mut self, run: &Run, clause: &ClauseResult) {
        self.title(Tone::Bad, "✗", clause);
        let failures = clause
            .failures
            .iter()
            .filter(|failure| failure.known.is_none());
        for (index, failure) in failures.take(FAILURES).enumerate() {
            if index > 0 {
                self.end();
            }
            let place = if failure.line == clause.line {
                None
            } else {
                Some(failure.line)
            };
            self.row("asked", &line(&failure.asked), place);
            let [want, got] = shown::excerpts(&failure.want, &failure.got, LINES);
            self.rows("want", &want);
            self.rows("got", &got);
            if let Some(off) = &failure.off {
                self.row("off", &line(off), None);
            }
        }
        let more = clause.counts().fail.saturating_sub(FAILURES);
        if more > 0 {
            self.text += &format!("\n    … and {more} more");
            self.end();
        }
        if let Some(replay) = replay(run, clause) {
            self.text += "    ";
            self.tell(Tone::Aside, "replay    ");
            self.text += &replay;
            self.end();
        }
        self.end();
    }

    fn expected(&mut self, clause: &ClauseResult) {
        self.title(Tone::Known, "~", clause);
        for (known, count) in shown::reasons(clause) {
            let wrong = if count == 1 {
                "wrong answer"
            } else {
                "wrong answers"
            };
            self.paragraph(
                &format!(
                    "    {count} {wrong}, as expected: {}",
                    sentence(&known.reason)
                ),
                4,
            );
            if let Some(issue) = &known.issue {
                let _ = writeln!(self.text, "    {}", shown::whole(issue));
            }
        }
        self.end();
    }

    fn conclusion(&mut self, run: &Run) {
        let mut sentences = Vec::new();
        if let Some(mistake) = &run.mistake {
            sentences.push(format!(
                "Every wrong answer is explained by one mistake: {}",
                sentence(mistake)
            ));
        }
        if let Some(broken) = &run.broken {
            let broken = sentence(broken);
            sentences.push(format!(
                "The run ended early: {broken} Nothing is said of what was not asked."
            ));
        } else if run.counts().sent() == 0 {
            sentences.push(match run.counts().not_claimed {
                0 => "Nothing was tested: no case is selected.".into(),
                _ => "Nothing was tested: the subject claims nothing that was selected.".into(),
            });
        }
        for sentence in sentences {
            self.paragraph(&sentence, 0);
            self.end();
        }
    }

    fn counts(&mut self, run: &Run) {
        let counts = run.counts();
        let fail = if counts.fail == 1 { "fails" } else { "fail" };
        let conform = if counts.conform == 1 {
            "conforms"
        } else {
            "conform"
        };
        let text = format!(
            "{sent} sent · {sent} answered · {} {conform} · {} {fail} · {} expected · {} not claimed",
            counts.conform,
            counts.fail,
            counts.expected,
            counts.not_claimed,
            sent = counts.sent(),
        );
        match run.seconds > 0.0 {
            true => self.ends(&text, &format!("{:.1} s", run.seconds)),
            false => {
                self.text += &wrap(&text, self.width, 4).join("\n");
                self.end();
            }
        }
    }

    /// A clause's name and title, and where it is.
    fn title(&mut self, tone: Tone, sign: &str, clause: &ClauseResult) {
        let (name, title) = (line(&clause.clause), line(&clause.title));
        let start = self.text.len();
        self.ends(
            &format!("{sign} {name} — {title}"),
            &format!("SPEC.md:{}", clause.line),
        );
        // Painted last, so that no column is counted for it.
        let head = format!("{sign} {name}");
        let rest = self.text.split_off(start);
        match rest.strip_prefix(&head) {
            Some(rest) => {
                self.tell(tone, &head);
                self.text += rest;
            }
            None => self.text += &rest,
        }
    }

    fn rows(&mut self, name: &str, lines: &[String]) {
        for (index, line) in lines.iter().enumerate() {
            self.row(if index == 0 { name } else { "" }, line, None);
        }
    }

    /// What something is called, it, and where it is.
    fn row(&mut self, name: &str, text: &str, place: Option<usize>) {
        self.text += "    ";
        self.tell(Tone::Aside, &format!("{name:10}"));
        let width = self.width - ROW;
        let lines = match columns(text) > width {
            true => wrap(text, width, 2),
            false => vec![text.to_owned()],
        };
        self.text += &lines.join(&format!("\n{}", " ".repeat(ROW)));
        if let Some(place) = place {
            self.at_end(
                ROW + lines.last().map_or(0, columns),
                &format!("SPEC.md:{place}"),
            );
        }
        self.end();
    }

    /// A text, and another one at the end of its last line.
    fn ends(&mut self, text: &str, end: &str) {
        let lines = wrap(text, self.width, 4);
        self.text += &lines.join("\n");
        self.at_end(lines.last().map_or(0, columns), end);
        self.end();
    }

    /// A text at the end of a line that has some columns, or of the next one if there is no room.
    fn at_end(&mut self, taken: usize, end: &str) {
        let free = self.width.saturating_sub(columns(end));
        match free.checked_sub(taken) {
            Some(gap) if gap >= 2 => self.text += &" ".repeat(gap),
            _ => {
                self.end();
                self.text += &" ".repeat(free);
            }
        }
        self.tell(Tone::Aside, end);
    }

    fn paragraph(&mut self, text: &str, indent: usize) {
        self.text += &wrap(text, self.width, indent).join("\n");
        self.end();
    }

    fn tell(&mut self, tone: Tone, text: &str) {
        let code = match tone {
            Tone::Good => 32,
            Tone::Bad => 31,
            Tone::Known => 33,
            Tone::Aside => 2,
        };
        match self.colour && !text.trim().is_empty() {
            true => {
                let _ = write!(self.text, "\u{1b}[{code}m{text}\u{1b}[0m");
            }
            false => self.text += text,
        }
    }

    fn end(&mut self) {
        // No line ends in spaces.
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }
}

/// How many columns a text takes, taking every character for one.
fn columns(text: impl Display) -> usize {
    text.to_string().chars().count()
}

/// Lines of at most `width` columns where words are short enough, all but the first indented.
fn wrap(text: &str, width: usize, indent: usize) -> Vec<String> {
    let start = text.len() - text.trim_start().len();
    let mut lines = vec![text[..start].to_owned()];
    for word in text.split_whitespace() {
        // `vec!` made the first.
        let Some(last) = lines.last_mut() else { break };
        let is_first = last.trim().is_empty();
        if !is_first && columns(&*last) + 1 + columns(word) > width {
            lines.push(" ".repeat(indent) + word);
        } else {
            if !is_first {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

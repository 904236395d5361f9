//! The command line: what each command reads, prints and ends with.

use crate::check::checks;
use crate::clause::{SPEC, clauses};
use crate::explore::{Finding, Regression, Search, Searched, explore};
use crate::judge::{Plan, Stop, judge};
use crate::known::{Expectations, FileError, pattern};
use crate::mistake::Mistake;
use crate::model::{Model, Variant};
use crate::process::Process;
use crate::reference::Reference;
use crate::report;
use crate::report::shown::{excerpts, line, whole};
use crate::run::Run;
use crate::subject::{Subject, serve};
use crate::wire::{AtZero, Request};
use clap::{Args, Parser, Subcommand, ValueEnum};
use glob::Pattern;
use indicatif::{ProgressBar, ProgressStyle};
use regularize_core::Edition;
use serde_json::json;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::slice;
use std::time::Duration;

/// Does it regularize like Keras?
#[derive(Parser)]
#[command(name = "regularize-conformance", version, arg_required_else_help = true, after_help = STATUSES)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

const STATUSES: &str = "\
exit status
  0  conforms to everything it claims
  1  a claimed clause fails
  2  usage
  3  the subject broke the protocol (no clause is blamed)
  4  nothing was tested, or an expectation in --expect no longer holds";

#[derive(Subcommand)]
enum Command {
    /// Run every clause that the subject claims
    Test(Test),
    /// Search for counterexamples and shrink them
    Explore(Explore),
    /// Print a clause: prose, examples, sources
    Explain {
        /// Its name, as in special.zero-factor
        clause: String,
    },
    /// Print all cases as JSON lines, with expectations
    Cases {
        #[command(flatten)]
        selection: Selection,
    },
    /// Render saved runs
    Report {
        /// Files of `test --save`
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The form
        #[arg(long = "as", value_enum, default_value = "text")]
        form: Form,
    },
    /// Prove the suite: every mistake caught and told apart, every legal variant passed
    SelfTest,
    /// Be a subject: the reference, on stdin and stdout
    Subject {
        /// The edition, whichever the suite asks for
        #[arg(long, value_parser = edition)]
        edition: Option<Edition>,
        /// Make a mistake, as the table of `self-test` names them: to see what a report says of it
        #[arg(long, value_name = "NAME", value_parser = mistake)]
        mistake: Option<Mistake>,
    },
}

/// Which cases.
#[derive(Args)]
struct Selection {
    /// The generation of Keras; by default that of conformance.toml, or the newest
    #[arg(long, value_parser = edition)]
    edition: Option<Edition>,
    /// Only clauses, chapters or cases that match, `*` being any text; may be repeated
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    only: Vec<Pattern>,
}

/// Which subject, and how long it is waited for.
#[derive(Args)]
struct Asked {
    /// How long the subject may be silent
    #[arg(long, default_value = "10s", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// No progress
    #[arg(long)]
    quiet: bool,
    /// The subject and its arguments; by default that of conformance.toml
    #[arg(last = true)]
    subject: Vec<String>,
}

#[derive(Args)]
struct Test {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    subject: Asked,
    /// Known failures; conformance.toml if it is there
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Findings of `explore`, asked again; regressions if it is there
    #[arg(long, value_name = "FOLDER")]
    regressions: Option<PathBuf>,
    /// Where the run is written, as JSON lines
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// What shuffles the requests; random by default
    #[arg(long)]
    seed: Option<u64>,
    /// Colours
    #[arg(long, value_enum, default_value = "auto")]
    color: When,
}

#[derive(Args)]
struct Explore {
    /// The generation of Keras; by default that of conformance.toml, or the newest
    #[arg(long, value_parser = edition)]
    edition: Option<Edition>,
    #[command(flatten)]
    subject: Asked,
    /// How long to search; by default until --cases is reached
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
    time: Option<Duration>,
    /// Random requests for each property
    #[arg(long)]
    cases: Option<u32>,
    /// What they start from; random by default
    #[arg(long)]
    seed: Option<u64>,
    /// Only properties that match, `*` being any text; may be repeated
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    property: Vec<Pattern>,
    /// Where findings are written, for `test` to ask again
    #[arg(long, value_name = "FOLDER", default_value = "regressions")]
    save: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    Text,
    Md,
    Html,
    Junit,
    Badge,
}

fn edition(name: &str) -> Result<Edition, String> {
    name.parse()
        .map_err(|error: regularize_core::EditionError| error.to_string())
}

fn mistake(name: &str) -> Result<Mistake, String> {
    let mut all = Mistake::ALL.iter().copied();
    let found = all.find(|mistake| mistake.name() == name);
    found.ok_or_else(|| "no such mistake: `regularize-conformance self-test` lists them".into())
}

fn glob(text: &str) -> Result<Pattern, String> {
    pattern(text).map_err(|error| error.to_string())
}

/// How a command ends.
enum End {
    Conforms,
    Fails,
    Usage(String),
    Broken(String),
    Nothing(String),
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    // A subject is in a group of its own, which an interrupt from the terminal does not reach.
    let _ = ctrlc::set_handler(|| {
        crate::process::end();
        std::process::exit(130);
    });
    let end = match Line::parse().command {
        Command::Test(arguments) => test(&arguments),
        Command::Explore(arguments) => search(&arguments),
        Command::Explain { clause } => explain(&clause),
        Command::Cases { selection } => cases(&selection),
        Command::Report { files, form } => render(&files, form),
        Command::SelfTest => self_test(),
        Command::Subject { edition, mistake } => subject(edition, mistake),
    };
    let (status, message) = match end {
        End::Conforms => (0, None),
        End::Fails => (1, None),
        End::Usage(message) => (2, Some(message)),
        End::Broken(message) => (3, Some(message)),
        End::Nothing(message) => (4, Some(message)),
    };
    if let Some(message) = message {
        complain(&message);
    }
    ExitCode::from(status)
}

/// Writes a message to stderr. A message of a parser has several lines; a text of the subject in one has none.
fn complain(message: &str) {
    let lines: Vec<String> = message.lines().map(whole).collect();
    eprintln!("regularize-conformance: {}", lines.join("\n"));
}

/// Writes to stdout. A reader that has seen enough is no error.
fn print(text: &str) -> End {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => End::Conforms,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => End::Conforms,
        Err(error) => End::Usage(format!("stdout: {error}")),
    }
}

impl Selection {
    fn edition(&self, file: &Expectations) -> Result<Edition, End> {
        match (self.edition, &file.edition) {
            (Some(edition), _) => Ok(edition),
            (None, Some(name)) => edition(name).map_err(End::Usage),
            (None, None) => Ok(Edition::LATEST),
        }
    }

    fn selects(&self, clause: &str, requests: &[Request]) -> bool {
        let of = |pattern: &Pattern| {
            let chapter = clause.split('.').next().unwrap_or("");
            let mut asked = requests.iter().map(Request::to_string);
            pattern.matches(clause)
                || pattern.matches(chapter)
                || asked.any(|asked| pattern.matches(&asked))
        };
        self.only.is_empty() || self.only.iter().any(of)
    }
}

impl Asked {
    fn command(&self, file: &Expectations) -> Result<Vec<String>, End> {
        match (&self.subject[..], &file.subject) {
            ([], Some(subject)) => Ok(subject.clone()),
            ([], None) => Err(End::Usage(
                "which subject? write -- and how it is started, as in: test -- python3 subject.py"
                    .into(),
            )),
            (subject, _) => Ok(subject.to_vec()),
        }
    }

    fn progress(&self) -> ProgressBar {
        // It is drawn on stderr, and only on a terminal.
        if self.quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(0).with_style(style())
        }
    }
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("  {msg:20} {bar:40} {pos} of {len}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The file with what is known to fail: the one that is named, or the usual one.
fn expectations(named: Option<&Path>) -> Result<Expectations, End> {
    let path = named.unwrap_or(Path::new("conformance.toml"));
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(End::Usage(format!("{}: {error}", path.display()))),
    };
    Expectations::parse(&text).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        match error {
            FileError::Syntax(_) => End::Usage(message),
            FileError::Entry(_) => End::Nothing(message),
        }
    })
}

/// The findings in a folder: the one that is named, or the usual one.
fn regressions(named: Option<&Path>) -> Result<Vec<Regression>, String> {
    let folder = named.unwrap_or(Path::new("regressions"));
    if named.is_none() && !folder.is_dir() {
        return Ok(Vec::new());
    }
    let of = |error: io::Error| format!("{}: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(of)? {
        paths.push(entry.map_err(of)?.path());
    }
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    let read = |path: &PathBuf| {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Regression::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    };
    paths.iter().map(read).collect()
}

fn test(arguments: &Test) -> End {
    let prepared = || {
        let file = expectations(arguments.expect.as_deref())?;
        let command = arguments.subject.command(&file)?;
        let edition = arguments.selection.edition(&file)?;
        let regressions = regressions(arguments.regressions.as_deref()).map_err(End::Usage)?;
        Ok((file, command, edition, regressions))
    };
    let (file, command, edition, mut regressions) = match prepared() {
        Ok(prepared) => prepared,
        Err(end) => return end,
    };
    regressions.retain(|regression| {
        arguments
            .selection
            .selects(regression.clause, &regression.requests)
    });
    let bar = arguments.subject.progress().with_message(edition.name());
    let mut plan = Plan {
        edition,
        seed: arguments.seed.unwrap_or_else(|| fastrand::u64(..100_000)),
        only: &|check| {
            arguments
                .selection
                .selects(check.clause, slice::from_ref(&check.request))
        },
        known: &|check| file.known(check),
        regressions: &regressions,
        progress: &mut |done, of| {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        },
    };
    let mut process = Process::new(command.clone(), arguments.subject.timeout);
    let judged = judge(&mut process, &mut plan);
    bar.finish_and_clear();
    if let Some(why) = process.first_break() {
        complain(&format!("the subject was started again: {why}"));
    }
    let mut run = match judged {
        Ok(run) => run,
        Err(Stop::Broken(why)) => return End::Broken(why.to_string()),
        Err(Stop::NotClaimed(why)) => return End::Nothing(format!("nothing was tested: {why}")),
    };
    run.command = shell(&command);
    let colour = match arguments.color {
        When::Always => true,
        When::Never => false,
        When::Auto => console::colors_enabled(),
    };
    let width = usize::from(console::Term::stdout().size().1);
    if let End::Usage(message) = print(&report::text(&run, colour, width.clamp(60, 120))) {
        return End::Usage(message);
    }
    if let Some(path) = &arguments.save
        && let Err(error) = fs::write(path, run.to_jsonl())
    {
        return End::Usage(format!("{}: {error}", path.display()));
    }
    let counts = run.counts();
    if let Some(why) = run.broken {
        return End::Broken(why);
    }
    // Of a part nothing is known.
    let is_whole = arguments.selection.only.is_empty();
    let stale: Vec<String> = file.stale().filter(|_| is_whole).collect();
    let has_stale = !stale.is_empty();
    let stale = stale.join(", ");
    let stale = format!("known failures that no longer fail, or are not asked: {stale}");
    match (counts.sent(), counts.fail, has_stale) {
        (0, ..) => End::Nothing("nothing was tested: no case is both selected and claimed".into()),
        (_, 0, true) => End::Nothing(stale),
        (_, 0, false) => End::Conforms,
        (_, _, true) => {
            complain(&stale);
            End::Fails
        }
        (_, _, false) => End::Fails,
    }
}

/// A command as a shell reads it.
fn shell(words: &[String]) -> String {
    let quoted = |word: &String| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
        match !word.is_empty() && word.chars().all(is_plain) {
            true => word.clone(),
            false => format!("'{}'", word.replace('\'', r"'\''")),
        }
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

fn search(arguments: &Explore) -> End {
    let prepared = || {
        let file = expectations(None)?;
        let command = arguments.subject.command(&file)?;
        Ok((
            command,
            Selection {
                edition: arguments.edition,
                only: Vec::new(),
            }
            .edition(&file)?,
        ))
    };
    let (command, edition): (Vec<String>, Edition) = match prepared() {
        Ok(prepared) => prepared,
        Err(end) => return end,
    };
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..100_000));
    // With a time and no count, the time decides.
    let cases = arguments.cases.unwrap_or(if arguments.time.is_some() {
        u32::MAX
    } else {
        256
    });
    let bar = arguments.subject.progress();
    let mut at = Vec::new();
    let mut search = Search {
        edition,
        seed,
        cases,
        time: arguments.time,
        only: &|name| {
            arguments.property.is_empty()
                || arguments.property.iter().any(|glob| glob.matches(name))
        },
        progress: &mut |name, calls| {
            if at.last() != Some(&name.to_owned()) {
                at.push(name.to_owned());
                bar.set_message(name.to_owned());
                bar.set_length(u64::from(cases));
            }
            bar.set_position(calls as u64);
        },
    };
    let mut process = Process::new(command, arguments.subject.timeout);
    let searched = explore(&mut process, &mut search);
    bar.finish_and_clear();
    if let Some(why) = process.first_break() {
        complain(&format!("the subject was started again: {why}"));
    }
    match searched {
        Err(Stop::Broken(why)) => End::Broken(why.to_string()),
        Err(Stop::NotClaimed(why)) => End::Nothing(format!("nothing was tested: {why}")),
        Ok(searched) => found(arguments, edition, seed, &searched),
    }
}

/// How many lines of an answer a search prints.
const LINES: usize = 20;

/// Prints what a search found, and writes it down.
fn found(arguments: &Explore, edition: Edition, seed: u64, searched: &Searched) -> End {
    let mut text = format!(
        "{edition} · {} {} · seed {seed}\n\n",
        line(&searched.hello.name),
        line(&searched.hello.version)
    );
    for (name, calls) in &searched.asked {
        let finding = searched
            .findings
            .iter()
            .find(|finding| finding.property == *name);
        let sign = match (finding, calls) {
            (Some(_), _) => "✗",
            (None, 0) => "–",
            (None, _) => "✓",
        };
        text += &format!("  {sign} {name:20} {calls:>7} requests\n");
    }
    for finding in &searched.findings {
        let Finding {
            clause,
            want,
            got,
            calls,
            ..
        } = finding;
        let asked: Vec<String> = finding.requests.iter().map(ToString::to_string).collect();
        text += &format!(
            "\n✗ {} ({clause}), the least after {calls} requests\n",
            finding.property
        );
        for asked in asked {
            text += &format!("    asked     {}\n", line(&asked));
        }
        let [want, got] = excerpts(want, got, LINES).map(|lines| lines.join("\n              "));
        text += &format!("    want      {want}\n    got       {got}\n");
        let path = arguments.save.join(finding.file_name());
        let json = format!("{:#}\n", finding.to_json(edition, &searched.hello.claims));
        if let Err(error) =
            fs::create_dir_all(&arguments.save).and_then(|()| fs::write(&path, json))
        {
            return End::Usage(format!("{}: {error}", path.display()));
        }
        text += &format!("    written   {}\n", path.display());
    }
    if let End::Usage(message) = print(&text) {
        return End::Usage(message);
    }
    if let Some(why) = &searched.broken {
        return End::Broken(why.to_string());
    }
    let is_nothing = searched.asked.iter().all(|(_, calls)| *calls == 0);
    match (searched.findings.is_empty(), is_nothing) {
        (false, _) => End::Fails,
        (true, true) => {
            End::Nothing("nothing was tested: no property is both selected and claimed".into())
        }
        (true, false) => End::Conforms,
    }
}

fn explain(name: &str) -> End {
    let clauses = clauses().unwrap_or_default();
    let Some(clause) = clauses.iter().find(|clause| clause.id == name) else {
        let close: Vec<&str> = clauses
            .iter()
            .map(|clause| clause.id)
            .filter(|id| {
                let chapter = name.split('.').next().unwrap_or(name);
                id.starts_with(chapter) || id.ends_with(name)
            })
            .collect();
        let hint = match &close[..] {
            [] => "SPEC.md lists them".to_owned(),
            close => format!("write {}", close.join(", ")),
        };
        return End::Usage(format!("SPEC.md has no clause \"{name}\": {hint}"));
    };
    let lines = SPEC.lines().skip(clause.line);
    let body: Vec<&str> = lines
        .take_while(|line| !line.starts_with("## ") && !line.starts_with("### "))
        .collect();
    let body = body.join("\n");
    print(&format!(
        "{} — {}\n{}, SPEC.md:{}\n\n{}\n",
        clause.id,
        clause.title,
        clause.chapter,
        clause.line,
        body.trim()
    ))
}

fn cases(selection: &Selection) -> End {
    let edition = match expectations(None).and_then(|file| selection.edition(&file)) {
        Ok(edition) => edition,
        Err(end) => return end,
    };
    let mut text = String::new();
    for check in checks(edition, AtZero::Zero)
        .iter()
        .filter(|check| selection.selects(check.clause, slice::from_ref(&check.request)))
    {
        let mut request = check.request.to_json(0);
        if let Some(request) = request.as_object_mut() {
            request.shift_remove("id");
        }
        let case = json!({
            "clause": check.clause, "line": check.line, "asked": check.request.to_string(),
            "request": request, "expect": check.expect.to_json(check.request.dtype()),
        });
        text += &format!("{case}\n");
    }
    match text.is_empty() {
        true => End::Nothing("no case is selected".into()),
        false => print(&text),
    }
}

fn render(files: &[PathBuf], form: Form) -> End {
    let mut runs = Vec::new();
    for path in files {
        let run = fs::read_to_string(path)
            .map_err(|error| error.to_string())
            .and_then(|text| Run::from_jsonl(&text).map_err(|error| error.to_string()));
        match run {
            Ok(run) => runs.push(run),
            Err(error) => return End::Usage(format!("{}: {error}", path.display())),
        }
    }
    match (form, &runs[..]) {
        (Form::Text, runs) => {
            let texts: Vec<String> = runs
                .iter()
                .map(|run| report::text(run, false, 100))
                .collect();
            print(&texts.join("\n"))
        }
        (Form::Md, runs) => print(&report::markdown(runs)),
        (Form::Html, runs) => print(&report::html(runs)),
        (Form::Junit, runs) => match report::junit(runs) {
            Ok(xml) => print(&xml),
            Err(error) => End::Usage(error.to_string()),
        },
        (Form::Badge, [run]) => print(&report::badge(run)),
        (Form::Badge, _) => End::Usage("a badge is of one run".into()),
    }
}

fn self_test() -> End {
    let bar = ProgressBar::new(0)
        .with_style(style())
        .with_message("self-test");
    let result = crate::self_test(&mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let complaints = result.complaints();
    let mut text = result.to_string();
    for complaint in &complaints {
        text += &format!("✗ {complaint}\n");
    }
    match (print(&text), complaints.is_empty()) {
        (End::Conforms, false) => End::Fails,
        (end, _) => end,
    }
}

fn subject(edition: Option<Edition>, mistake: Option<Mistake>) -> End {
    let newest = edition.unwrap_or(Edition::LATEST);
    let mut subject: Box<dyn Subject> = match mistake {
        None => Box::new(Reference::new(newest)),
        Some(mistake) => Box::new(Model::new(newest, Variant::InOrder).with_mistake(mistake)),
    };
    match serve(
        &mut *subject,
        edition,
        io::stdin().lock(),
        io::stdout().lock(),
    ) {
        Ok(()) => End::Conforms,
        // Who asked has gone.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => End::Conforms,
        Err(error) => End::Usage(error.to_string()),
    }
}

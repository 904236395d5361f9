//! A subject at the end of a pipe, which may be silent, talk too much, or die.

use crate::judge::{Broken, Session};
use crate::run::MESSAGE;
use crate::wire::{Answer, Hello, Request, VERSION};
use regularize_core::{Edition, SHOWN, visible};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long a line of a subject may be. The longest answer has a thousandth of it.
const LONGEST: u64 = 16_000_000;

/// How many characters of an id are shown, which has 13 digits at most.
const ID: usize = 40;

/// Lines that wait to be read; who floods is stopped by the pipe.
const WAITING: usize = 64;

/// How long the status of one that has closed its stdout is waited for.
const SOON: Duration = Duration::from_secs(2);

/// A program that speaks the wire, restarted once if it breaks the protocol.
pub(crate) struct Process {
    command: Vec<String>,
    timeout: Duration,
    edition: Edition,
    running: Option<Running>,
    /// What went wrong the first time, and that the program was started again.
    first: Option<Broken>,
}

/// The group of the subject that runs, for an interrupt.
static GROUP: AtomicI32 = AtomicI32::new(0);

/// Ends the subject that runs, and what it has started.
pub(crate) fn end() {
    #[cfg(unix)]
    if let Some(group) = rustix::process::Pid::from_raw(GROUP.load(Ordering::Relaxed)) {
        // It may have ended by itself.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// What a subject writes.
enum Line {
    Text(Vec<u8>),
    TooLong,
    End,
}

struct Running {
    child: Child,
    to: Option<Sender<Vec<u8>>>,
    from: Receiver<Line>,
    timeout: Duration,
}

impl Process {
    /// The program and its arguments, and how long it may be silent. Nothing is started yet.
    pub(crate) fn new(command: Vec<String>, timeout: Duration) -> Self {
        Self {
            command,
            timeout,
            edition: Edition::LATEST,
            running: None,
            first: None,
        }
    }

    /// What went wrong before the program was started again.
    pub(crate) fn first_break(&self) -> Option<&Broken> {
        self.first.as_ref()
    }

    fn start(&mut self) -> Result<Hello, Broken> {
        let running = Running::start(&self.command, self.timeout)?;
        let running = self.running.insert(running);
        let hello = json!({
            "hello": VERSION, "suite": env!("CARGO_PKG_VERSION"), "edition": self.edition.name(),
        });
        running.say(&hello);
        let answer = running.line("hello")?;
        if let Some(message) = answer.get("message").and_then(Value::as_str) {
            let message = visible(message, MESSAGE);
            return Err(Broken(format!("the subject does not greet: {message}")));
        }
        Hello::parse(&answer)
            .map_err(|what| Broken(format!("the answer to hello is wrong: {what}")))
    }

    /// Does it, and once more with a new process if that breaks the protocol.
    fn twice<T>(
        &mut self,
        mut of: impl FnMut(&mut Self) -> Result<T, Broken>,
    ) -> Result<T, Broken> {
        let why = match of(self) {
            Ok(done) => return Ok(done),
            Err(why) => why,
        };
        // What was never there is not started again.
        let is_there = self.running.take().is_some();
        if self.first.is_some() || !is_there {
            return Err(why);
        }
        self.first = Some(why);
        of(self)
    }
}

impl Session for Process {
    fn hello(&mut self, edition: Edition) -> Result<Hello, Broken> {
        self.edition = edition;
        self.twice(Self::start)
    }

    fn ask(&mut self, id: u64, request: &Request) -> Result<Answer, Broken> {
        self.twice(|process| {
            if process.running.is_none() {
                process.start()?;
            }
            match &mut process.running {
                Some(running) => running.ask(id, request),
                None => Err(Broken("the subject does not run".into())),
            }
        })
    }

    fn bye(&mut self) -> Result<(), Broken> {
        match self.running.take() {
            Some(running) => running.bye(),
            None => Ok(()),
        }
    }
}

impl Running {
    fn start(command: &[String], timeout: Duration) -> Result<Self, Broken> {
        let (program, arguments) = command
            .split_first()
            .ok_or_else(|| Broken("no program is given".into()))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        #[cfg(unix)]
        {
            // A group of its own, so that what the program starts ends with it.
            use std::os::unix::process::CommandExt;
            command.process_group(0);
        }
        let mut child = command
            .spawn()
            .map_err(|error| Broken(format!("{program} cannot be started: {error}")))?;
        GROUP.store(i32::try_from(child.id()).unwrap_or(0), Ordering::Relaxed);
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Broken(format!("{program} has no stdin or stdout")));
        };
        let (to, lines) = channel();
        thread::spawn(move || write_lines(stdin, &lines));
        let (lines, from) = sync_channel(WAITING);
        thread::spawn(move || read_lines(stdout, &lines));
        Ok(Self {
            child,
            to: Some(to),
            from,
            timeout,
        })
    }

    /// Writes a line from another thread: a subject that does not read must not stop this one.
    fn say(&self, line: &Value) {
        if let Some(to) = &self.to {
            let mut line = line.to_string().into_bytes();
            line.push(b'\n');
            // It fails if the subject has ended, which reading finds out.
            let _ = to.send(line);
        }
    }

    fn line(&mut self, to: &str) -> Result<Value, Broken> {
        match self.from.recv_timeout(self.timeout) {
            Ok(Line::Text(text)) => serde_json::from_slice(&text).map_err(|error| {
                Broken(format!(
                    "the answer to {to} is not JSON: {error}: {}",
                    shortened(&text)
                ))
            }),
            Ok(Line::TooLong) => Err(Broken(format!(
                "the answer to {to} is longer than {} MB",
                LONGEST / 1_000_000
            ))),
            Ok(Line::End) | Err(RecvTimeoutError::Disconnected) => Err(Broken(format!(
                "the subject ended before it answered {to}{}",
                self.status()
            ))),
            Err(RecvTimeoutError::Timeout) => {
                let seconds = self.timeout.as_secs_f64();
                Err(Broken(format!(
                    "the subject was silent for {seconds} s after {to} (--timeout)"
                )))
            }
        }
    }

    fn ask(&mut self, id: u64, request: &Request) -> Result<Answer, Broken> {
        // What is there already answers nothing.
        if let Ok(Line::Text(text)) = self.from.try_recv() {
            return Err(Broken(format!(
                "a line answers nothing, where there is one line for each request: {}",
                shortened(&text)
            )));
        }
        self.say(&request.to_json(id));
        let op = request.op().map_or("echo", |op| op.name());
        let answer = self.line(op)?;
        match answer.get("id") {
            Some(found) if *found == id => {}
            Some(found) => {
                let found = found.to_string();
                return Err(Broken(format!(
                    "an answer has the id {} where {id} was asked: one line for each request, with its id as it came",
                    visible(&found, ID)
                )));
            }
            None => {
                return Err(Broken(format!(
                    "an answer has no id: {}",
                    shortened(answer.to_string().as_bytes())
                )));
            }
        }
        Answer::parse(&answer, request.dtype())
            .map_err(|what| Broken(format!("the answer to {op} is wrong: {what}")))
    }

    fn bye(mut self) -> Result<(), Broken> {
        self.say(&json!({ "bye": 1 }));
        self.to = None;
        match self.from.recv_timeout(self.timeout) {
            Ok(Line::Text(text)) => Err(Broken(format!(
                "the subject answered bye: {}",
                shortened(&text)
            ))),
            Ok(Line::TooLong) => Err(Broken("the subject answered bye".into())),
            Ok(Line::End) | Err(RecvTimeoutError::Disconnected) => match self.wait() {
                Some(status) if !status.success() => {
                    Err(Broken(format!("after bye the subject ended with {status}")))
                }
                _ => Ok(()),
            },
            Err(RecvTimeoutError::Timeout) => Err(Broken(format!(
                "the subject did not end within {} s after bye",
                self.timeout.as_secs_f64()
            ))),
        }
    }

    /// How the subject ended, for a sentence.
    fn status(&mut self) -> String {
        // Of a pipeline the last program has ended, and the others read until there is no more.
        self.to = None;
        self.wait()
            .map_or_else(String::new, |status| format!(" ({status})"))
    }

    /// The status, if the subject ends soon: its pipe may be closed before it is gone.
    fn wait(&mut self) -> Option<ExitStatus> {
        let begun = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(None) if begun.elapsed() < self.timeout.min(SOON) => {
                    thread::sleep(Duration::from_millis(1))
                }
                Ok(status) => return status,
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The threads end when its pipes are closed.
        end();
        let _ = self.child.kill();
        let _ = self.child.wait();
        GROUP.store(0, Ordering::Relaxed);
    }
}

fn write_lines(mut stdin: ChildStdin, lines: &Receiver<Vec<u8>>) {
    while let Ok(line) = lines.recv() {
        if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

fn read_lines(stdout: impl Read, lines: &SyncSender<Line>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut text = Vec::new();
        let line = match stdout.by_ref().take(LONGEST).read_until(b'\n', &mut text) {
            Err(_) | Ok(0) => Line::End,
            Ok(_) if text.len() as u64 == LONGEST => Line::TooLong,
            Ok(_) => Line::Text(text),
        };
        let is_last = !matches!(line, Line::Text(_));
        // Nobody listens any more, or nothing follows.
        if lines.send(line).is_err() || is_last {
            return;
        }
    }
}

/// The begin of a line, for a message.
fn shortened(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    format!("\"{}\"", visible(text.trim_end(), SHOWN))
}

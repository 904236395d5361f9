//! Reads times, prints the goals and what was reached, and draws others' times over ours.
//!
//!     cargo bench --bench summary                                           # of the last `cargo bench --bench penalty`
//!     cargo bench --bench summary -- peers.jsonl python.jsonl               # with other programs' lines
//!     cargo bench --bench summary -- --record NAME peers.jsonl python.jsonl # and writes benches/record/NAME.*
//!     cargo bench --bench summary -- --test                                 # what is recorded is what would be written
//!
//! A time is the least of its samples, and a ratio is of two times of one run.

mod draw;
#[path = "../penalty/folder.rs"]
mod folder;
mod goals;
mod machine;
mod record;
mod results;
mod tables;

use lexopt::Arg::{Long, Value};
use lexopt::ValueExt as _;
use record::Record;
use results::Results;
use std::error::Error;
use std::path::PathBuf;

struct Arguments {
    files: Vec<PathBuf>,
    record: Option<String>,
    test: bool,
}

fn arguments() -> Result<Arguments, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let mut arguments = Arguments {
        files: Vec::new(),
        record: None,
        test: false,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("bench") => {} // what cargo says
            Long("test") => arguments.test = true,
            Long("record") => arguments.record = Some(parser.value()?.string()?),
            Value(file) => arguments.files.push(file.into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(arguments)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = arguments()?;
    if arguments.test {
        return record::assert_all();
    }
    let mut results = Results::of_criterion()?;
    for file in &arguments.files {
        results.read_lines(file)?;
    }
    if results.times().is_empty() {
        println!("no times: run `cargo bench --bench penalty` first");
        return Ok(());
    }
    let record = Record {
        machine: machine::describe(),
        results,
    };
    print!("{}", tables::all(&record.results));
    match arguments.record {
        Some(name) => record.write(&name),
        None => Ok(()),
    }
}

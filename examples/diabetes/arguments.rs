//! The command line.

use lexopt::{Arg, Parser, ValueExt};
use std::path::{Path, PathBuf};

pub(crate) const USAGE: &str = "usage: diabetes [--seed N] [--epochs N] [--out FILE.svg]";

pub(crate) struct Arguments {
    pub(crate) seed: u64,
    pub(crate) epochs: usize,
    pub(crate) out: PathBuf,
}

impl Arguments {
    /// The arguments, or nothing for a question about them.
    pub(crate) fn parse() -> Result<Option<Self>, lexopt::Error> {
        let mut arguments = Self {
            seed: 1,
            epochs: 2000,
            out: Path::new("target").join("diabetes-path.svg"),
        };
        let mut parser = Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("seed") => arguments.seed = parser.value()?.parse()?,
                Arg::Long("epochs") => arguments.epochs = parser.value()?.parse()?,
                Arg::Long("out") => arguments.out = parser.value()?.into(),
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(arguments))
    }
}

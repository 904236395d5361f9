//! Lists the regularizers of a model that Keras saved, by layer and role.
//!
//! ```sh
//! cargo run --features keras-file --example keras_regularizers -- model.keras
//! ```
//!
//! `--help` says what else it reads. Without a file, a model of Keras 3.15 from the tests is listed.

use lexopt::{Arg, Parser, ValueExt};
use regularize::errors::KerasFileError;
use regularize::{Edition, KerasModel};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
usage: keras_regularizers [--edition NAME] [FILE]

Lists what the layers of a model regularize.

  FILE            a .keras file, or what model.to_json() returns; by default a model of the tests
  --edition NAME  the edition of the Keras that wrote it, where the file does not say it: keras-2.2,
                  tf-2.0, tf-2.3, tf-2.4, tf-2.10, keras-3.0, keras-3.14.0 or keras-3.14.1
  -h, --help      this text";

fn main() -> ExitCode {
    match output(Parser::from_env()) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("keras_regularizers: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the text that the command prints, or the reason why it fails.
pub(crate) fn output(parser: Parser) -> Result<String, String> {
    let arguments = Arguments::parse(parser).map_err(|error| format!("{error}\n\n{USAGE}"))?;
    let Some(Arguments { edition, file }) = arguments else {
        return Ok(USAGE.into());
    };
    let model = read(&file, edition).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(model.to_string())
}

struct Arguments {
    edition: Option<Edition>,
    file: PathBuf,
}

impl Arguments {
    /// The arguments, or nothing for a question about them.
    fn parse(mut parser: Parser) -> Result<Option<Self>, lexopt::Error> {
        let (mut edition, mut file) = (None, None);
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("edition") => edition = Some(parser.value()?.parse()?),
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Value(path) if file.is_none() => file = Some(path.into()),
                other => return Err(other.unexpected()),
            }
        }
        let default = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keras-3.15.keras");
        let file = file.unwrap_or_else(|| default.into());
        Ok(Some(Self { edition, file }))
    }
}

fn read(path: &PathBuf, edition: Option<Edition>) -> Result<KerasModel, String> {
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let model = match (is_json(&mut file), edition) {
        (true, edition) => {
            let text = io::read_to_string(file).map_err(|error| error.to_string())?;
            match edition {
                Some(edition) => KerasModel::from_json_in(edition, &text),
                None => KerasModel::from_json(&text),
            }
        }
        (false, Some(edition)) => KerasModel::from_keras_in(edition, file),
        (false, None) => KerasModel::from_keras(file),
    };
    model.map_err(|error| match error {
        KerasFileError::Version { found, possible } => {
            let names: Vec<&str> = possible.iter().map(|edition| edition.name()).collect();
            let what = match found {
                Some(_) => {
                    "its keras_version has no edition here: name one that regularizes as it does"
                }
                None => "it does not say which Keras wrote it: name the edition",
            };
            format!("{what}, with --edition and one of {}", names.join(", "))
        }
        error => error.to_string(),
    })
}

/// Returns whether the first character that is not a space begins an object.
fn is_json(file: &mut File) -> bool {
    let mut begin = [0; 64];
    let length = file.read(&mut begin).unwrap_or(0);
    let first = begin[..length].trim_ascii_start().first();
    // A folder cannot be read, which is said where the model is read.
    let _ = file.rewind();
    first == Some(&b'{')
}

//! A subject in Rust: the trait of one that is judged in this process, and the loop that lets one speak the wire.

use crate::wire::{Answer, Hello, Kind, Request, RequestError};
use regularize_core::Edition;
use serde_json::{Value, json};
use std::io::{self, BufRead, Write};

/// An implementation of Keras' regularizers.
///
/// ```
/// use regularize_conformance::wire::{Answer, Claims, Dtype, Hello, Op, Reg, Request};
/// use regularize_conformance::{Edition, Subject};
///
/// struct Mine;
///
/// impl Subject for Mine {
///     fn hello(&mut self, _: Edition) -> Hello {
///         Hello {
///             name: "mine".into(),
///             version: "0.1.0".into(),
///             language: "rust".into(),
///             claims: Claims::new(&[Op::Penalty], &[Dtype::F32]),
///         }
///     }
///
///     fn answer(&mut self, request: &Request) -> Answer {
///         let Request::Penalty { reg, x, .. } = request else {
///             return Answer::Unsupported("is not claimed".into());
///         };
///         // Not `sum`, which is −0 of no weights.
///         let l1 = |x: &[f32]| x.iter().fold(0.0, |sum, x| sum + x.abs());
///         let l2 = |x: &[f32]| x.iter().fold(0.0, |sum, x| sum + x * x);
///         let x = x.to_f32();
///         Answer::f32(&[match *reg {
///             Reg::L1(factor) => factor as f32 * l1(&x),
///             Reg::L2(factor) => factor as f32 * l2(&x),
///             Reg::L1L2(a, b) => {
///                 let first = if a == 0.0 { 0.0 } else { a as f32 * l1(&x) };
///                 first + if b == 0.0 { 0.0 } else { b as f32 * l2(&x) }
///             }
///             _ => return Answer::Unsupported("is not claimed".into()),
///         }])
///     }
/// }
///
/// regularize_conformance::test(&mut Mine, Edition::LATEST).assert();
/// ```
pub trait Subject {
    /// Who it is, and what it claims in an edition. Called before anything is asked.
    fn hello(&mut self, edition: Edition) -> Hello;

    /// The answer to a request.
    fn answer(&mut self, request: &Request) -> Answer;
}

/// Lets a subject speak the wire: reads requests until `bye` or the end, and writes an answer to each.
///
/// A line that is no request is answered with an error. `forced` is an edition that is taken instead of the one that
/// the suite names.
///
/// # Errors
///
/// Those of reading and writing.
///
/// ```
/// use regularize_conformance::{Edition, Reference, serve};
///
/// let lines = "{\"id\":2,\"op\":\"construct\",\"reg\":{\"l2\":\"bff0000000000000\"}}\nnonsense\n";
/// let mut answers = Vec::new();
/// serve(&mut Reference::new(Edition::LATEST), None, lines.as_bytes(), &mut answers)?;
/// let answers = String::from_utf8(answers).unwrap();
/// assert!(answers.starts_with(r#"{"id":2,"error":"invalid-factor","message":"#));
/// assert!(answers.lines().nth(1).unwrap().starts_with(r#"{"id":null,"error":"malformed","message":"#));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn serve(
    subject: &mut dyn Subject,
    forced: Option<Edition>,
    mut input: impl BufRead,
    mut output: impl Write,
) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        // Not by way of a string: bytes that are no UTF-8 are an error of that line and not of reading.
        let answer = match serde_json::from_slice::<Value>(&line) {
            Err(error) => malformed(&Value::Null, &format!("not JSON: {error}")),
            Ok(value) if value.get("bye").is_some() => return Ok(()),
            Ok(value) if value.get("hello").is_some() => greet(subject, forced, &value),
            Ok(value) => reply(subject, &value),
        };
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
}

fn greet(subject: &mut dyn Subject, forced: Option<Edition>, hello: &Value) -> Value {
    let asked = hello.get("edition").and_then(Value::as_str).unwrap_or("");
    match forced.map_or_else(|| asked.parse(), Ok) {
        Ok(edition) => subject.hello(edition).to_json(),
        Err(error) => malformed(&Value::Null, &error.to_string()),
    }
}

fn reply(subject: &mut dyn Subject, value: &Value) -> Value {
    let id = value.get("id").unwrap_or(&Value::Null);
    match Request::parse(value) {
        Ok(Request::Echo { x }) => Answer::Numbers(x.bits).to_json(id, Some(x.dtype)),
        Ok(request) => subject.answer(&request).to_json(id, request.dtype()),
        Err(RequestError::Malformed(what)) => malformed(id, &what.to_string()),
        Err(RequestError::UnknownOp(name)) => {
            Answer::Unsupported(format!("no operation \"{name}\"")).to_json(id, None)
        }
    }
}

fn malformed(id: &Value, what: &str) -> Value {
    json!({ "id": id, "error": Kind::Malformed.name(), "message": what })
}

//! The wire between suite and subject: each line of any text as a request, a greeting and an answer, and all of them as a session
//! with the reference.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regularize_conformance::wire::{Answer, Dtype, Hello, Request};
use regularize_conformance::{Edition, Reference, serve};
use regularize_fuzz::one_line;
use serde_json::{Value, json};

fuzz_target!(|data: &[u8]| {
    // A digit before the text is an edition.
    let (text, edition) = match data {
        [edition @ b'0'..=b'7', text @ ..] => (text, Edition::ALL[usize::from(edition - b'0')]),
        text => (text, Edition::LATEST),
    };
    for line in text.split(|&byte| byte == b'\n') {
        if let Ok(value) = serde_json::from_slice(line) {
            request(&value);
            hello(&value);
            answer(&value);
        }
    }
    session(edition, text);
});

fn request(value: &Value) {
    match Request::parse(value) {
        Ok(request) => {
            let written = request.to_json(7);
            let again = Request::parse(&written).unwrap();
            assert_eq!(again.to_json(7), written);
            assert!(!request.to_string().is_empty());
        }
        Err(error) => one_line(&error),
    }
}

fn hello(value: &Value) {
    match Hello::parse(value) {
        Ok(hello) => {
            let written = hello.to_json();
            let again = Hello::parse(&written).unwrap();
            assert_eq!(again.to_json(), written);
        }
        Err(error) => one_line(&error),
    }
}

fn answer(value: &Value) {
    for dtype in Dtype::ALL {
        match Answer::parse(value, Some(*dtype)) {
            Ok(answer) => {
                let written = answer.to_json(&json!(7), Some(*dtype));
                assert_eq!(
                    Answer::parse(&written, Some(*dtype)),
                    Ok(answer),
                    "{written}"
                );
            }
            Err(error) => one_line(&error),
        }
    }
}

/// Asserts that every line before `bye` has an answer of one line, unless it is empty.
fn session(edition: Edition, text: &[u8]) {
    let mut output = Vec::new();
    serve(&mut Reference::new(edition), None, text, &mut output).unwrap();
    let asked = text
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty());
    let is_bye = |line: &&[u8]| {
        serde_json::from_slice::<Value>(line).is_ok_and(|line| line.get("bye").is_some())
    };
    let asked: Vec<&[u8]> = asked.take_while(|line| !is_bye(line)).collect();
    let answers: Vec<Value> = String::from_utf8(output)
        .unwrap()
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(asked.len(), answers.len());
    for (asked, answer) in asked.iter().zip(&answers) {
        let asked = serde_json::from_slice::<Value>(asked).unwrap_or(Value::Null);
        if asked.get("hello").is_some() {
            assert!(Hello::parse(answer).is_ok() || Answer::parse(answer, None).is_ok());
            continue;
        }
        assert_eq!(answer["id"], *asked.get("id").unwrap_or(&Value::Null));
        let dtype = Request::parse(&asked)
            .ok()
            .and_then(|request| request.dtype());
        Answer::parse(answer, dtype).unwrap();
    }
}

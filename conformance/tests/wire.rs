//! The wire: its schema, its document, and that the reference survives every line.

use jsonschema::Validator;
use proptest::prelude::*;
use regularize_conformance::wire::{Answer, AtZero, Claims, Dtype, Hello, Op, Reg, Request};
use regularize_conformance::{Edition, Reference, Subject, checks, serve};
use serde_json::{Value, json};
use std::sync::LazyLock;

const SCHEMA: &str = include_str!("../schema/wire-v1.json");
const WIRE: &str = include_str!("../WIRE.md");

/// The schema of one side.
fn side(name: &str) -> Validator {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let object = schema.as_object_mut().unwrap();
    object.remove("oneOf");
    object.insert("$ref".into(), format!("#/$defs/{name}").into());
    jsonschema::validator_for(&schema).unwrap()
}

/// What the reference says to these lines.
fn answers(lines: &[u8]) -> Vec<Value> {
    let mut output = Vec::new();
    serve(
        &mut Reference::new(Edition::LATEST),
        None,
        lines,
        &mut output,
    )
    .unwrap();
    let output = String::from_utf8(output).unwrap();
    output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_line_of_a_run_is_in_the_schema() {
    let (suite, subject) = (side("fromSuite"), side("fromSubject"));
    for edition in Edition::ALL {
        let hello = json!({ "hello": 1, "suite": "0.1.0", "edition": edition.name() });
        assert!(suite.is_valid(&hello), "{hello}");
        let mut reference = Reference::new(edition);
        let greeting = reference.hello(edition).to_json();
        assert!(subject.is_valid(&greeting), "{greeting}");
        for (id, check) in checks(edition, AtZero::Zero).iter().enumerate() {
            let request = check.request.to_json(id as u64);
            assert!(suite.is_valid(&request), "{request}");
            assert_eq!(Request::parse(&request).as_ref(), Ok(&check.request));
            let dtype = check.request.dtype();
            let answer = reference.answer(&check.request).to_json(&id.into(), dtype);
            assert!(subject.is_valid(&answer), "{answer}");
        }
    }
    assert!(suite.is_valid(&json!({ "bye": 1 })));
}

#[test]
fn what_the_schema_refuses_the_parser_refuses() {
    let (suite, subject) = (side("fromSuite"), side("fromSubject"));
    for request in [
        json!({ "op": "echo" }),
        json!({ "id": 1, "op": "echo", "dtype": "f32", "x": ["3F800000"] }),
        json!({ "id": 1, "op": "echo", "dtype": "f32", "x": ["3f8000"] }),
        json!({ "id": 1, "op": "echo", "dtype": "f64", "x": ["3f800000"] }),
        json!({ "id": 1, "op": "echo", "dtype": "f32", "x": [1.0] }),
        json!({ "id": 1, "op": "construct" }),
        json!({ "id": 1, "op": "construct", "reg": { "l3": "3ff0000000000000" } }),
        json!({ "id": 1, "op": "construct", "reg": { "l1": 0.5 } }),
        json!({ "id": 1, "op": "construct", "reg": { "l1l2": ["3ff0000000000000"] } }),
        json!({ "id": 1, "op": "construct", "reg": { "l1": "3ff0000000000000", "l2": "3ff0000000000000" } }),
        json!({ "id": 1, "op": "construct", "reg": { "orthogonal": ["3ff0000000000000", "diagonal"] } }),
        json!({ "id": 1, "op": "activity", "reg": { "l1": "3ff0000000000000" }, "dtype": "f32", "x": [] }),
        json!({ "id": 1, "op": "prox", "reg": { "l1": "3ff0000000000000" }, "dtype": "f32", "x": [] }),
        json!({ "id": 1, "op": "get" }),
        json!([]),
    ] {
        assert!(!suite.is_valid(&request), "{request}");
        let line = format!("{request}\n");
        let answer = &answers(line.as_bytes())[0];
        // Without an id there is no request, but what it asks may be read.
        assert!(
            answer["error"] == "malformed" || request["id"].is_null(),
            "{request}: {answer}"
        );
        assert!(subject.is_valid(answer), "{answer}");
    }
    for answer in [
        json!({ "id": 1 }),
        json!({ "id": 1, "y": [], "error": "internal" }),
        json!({ "id": 1, "y": ["zz"] }),
        json!({ "id": 1, "y": [1.0] }),
        json!({ "id": 1, "error": "oops" }),
        json!({ "id": 1, "reg": "l1" }),
    ] {
        assert!(!subject.is_valid(&answer), "{answer}");
        assert!(
            Answer::parse(&answer, Some(Dtype::F32)).is_err(),
            "{answer}"
        );
    }
    for claims in [
        json!({ "ops": ["hessian"], "dtypes": [] }),
        json!({ "ops": [] }),
        json!({ "ops": [], "dtypes": ["f8"] }),
        json!({ "ops": [], "dtypes": [], "tolerance": 1e-6 }),
        json!({ "ops": [], "dtypes": [], "at_zero": "any" }),
    ] {
        let greeting =
            json!({ "hello": 1, "name": "a", "version": "b", "language": "c", "claims": claims });
        assert!(!subject.is_valid(&greeting), "{greeting}");
        assert!(Hello::parse(&greeting).is_err(), "{greeting}");
    }
}

/// The lines of WIRE.md: those that begin at the margin of an example are the suite's.
#[test]
fn the_examples_of_the_document_are_true() {
    let mut shown = 0;
    let lines: Vec<&str> = WIRE.lines().collect();
    for pair in lines.windows(2) {
        let (request, answer) = (pair[0], pair[1].trim());
        if !request.starts_with("    {\"id\"") || request.contains('…') {
            continue;
        }
        let found = &answers(format!("{}\n", request.trim()).as_bytes())[0];
        let said: Value = serde_json::from_str(answer).unwrap();
        assert_eq!(
            (&found["id"], &found["y"]),
            (&said["id"], &said["y"]),
            "{request}"
        );
        assert_eq!(found["reg"], said["reg"], "{request}");
        assert_eq!(found["config"], said["config"], "{request}");
        assert_eq!(found["error"], said["error"], "{request}");
        shown += 1;
    }
    assert_eq!(shown, 7, "an example is no longer found");
    let words = |line: &str| {
        line.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let row = |name: &str| {
        words(
            WIRE.lines()
                .find(|line| line.starts_with(&format!("| `{name}` | of")))
                .unwrap(),
        )
    };
    let ops: Vec<&str> = Op::ALL.iter().map(|op| op.name()).collect();
    assert_eq!(row("ops")[1..], ops);
    let dtypes: Vec<&str> = Dtype::ALL.iter().map(|dtype| dtype.name()).collect();
    assert_eq!(row("dtypes")[1..], dtypes);
}

#[test]
fn ids_of_any_kind_come_back() {
    let lines = concat!(
        "{\"id\":18446744073709551615,\"op\":\"echo\",\"dtype\":\"f16\",\"x\":[\"7e01\"]}\n",
        "{\"id\":\"a\",\"op\":\"echo\",\"dtype\":\"f16\",\"x\":[]}\n",
        "\n",
        "{\"id\":3,\"op\":\"hessian\"}\n",
        "{\"bye\":1}\n",
        "{\"id\":4,\"op\":\"echo\",\"dtype\":\"f16\",\"x\":[]}\n",
    );
    let answers = answers(lines.as_bytes());
    assert_eq!(answers[0], json!({ "id": u64::MAX, "y": ["7e01"] }));
    assert_eq!(answers[1], json!({ "id": "a", "y": [] }));
    assert_eq!(
        answers[2],
        json!({ "id": 3, "unsupported": "no operation \"hessian\"" })
    );
    assert_eq!(answers.len(), 3, "nothing is answered after bye");
}

#[test]
fn numbers_are_not_read_as_decimals() {
    let line = "{\"id\":1,\"op\":\"penalty\",\"reg\":{\"l1\":\"3fe0000000000000\"},\"dtype\":\"f32\",\"x\":[\"00000001\"]}\n";
    // Half of the least number: a tie, which goes to the even 0.
    assert_eq!(answers(line.as_bytes())[0]["y"], json!(["00000000"]));
}

proptest! {
    #[test]
    fn no_bytes_stop_the_reference(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..8)) {
        let lines: Vec<u8> = lines.iter().flat_map(|line| line.iter().copied().chain([b'\n'])).collect();
        let _ = answers(&lines);
    }

    /// A request with a part cut out, doubled or replaced is answered, with whatever.
    #[test]
    fn no_request_stops_the_reference(at in 0..800_usize, from in 0..200_usize, length in 0..20_usize, with in "[\\[\\]{}\":,0-9a-z-]{0,6}") {
        static CHECKS: LazyLock<Vec<regularize_conformance::Check>> =
            LazyLock::new(|| checks(Edition::LATEST, AtZero::Zero));
        let mut line = CHECKS[at % CHECKS.len()].request.to_json(1).to_string();
        let from = from.min(line.len());
        let to = (from + length).min(line.len());
        line.replace_range(from..to, &with);
        line.push('\n');
        prop_assert_eq!(answers(line.as_bytes()).len(), usize::from(line.trim() != "{\"bye\":1}"));
    }

    #[test]
    fn regularizers_survive_the_wire(l1 in any::<f64>(), l2 in any::<f64>()) {
        for reg in [Reg::L1(l1), Reg::L2(l2), Reg::L1L2(l1, l2)] {
            let request = Request::Construct { reg };
            prop_assert_eq!(Request::parse(&request.to_json(1)), Ok(request));
        }
    }
}

/// Claims survive it too.
#[test]
fn claims_survive_the_wire() {
    let mut hello = Reference::new(Edition::LATEST).hello(Edition::LATEST);
    hello.claims = Claims {
        editions: Some(vec!["tf-2.3".into()]),
        at_zero: AtZero::Sign,
        ..hello.claims
    };
    assert_eq!(Hello::parse(&hello.to_json()), Ok(hello));
}

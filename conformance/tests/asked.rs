//! What a subject hears: every request that it claims and no other, in an order and with ids that tell it nothing.
//!
//! The subjects are the reference behind a `tee`, whose file is what it heard.

#![cfg(all(unix, feature = "command"))]

use regularize_conformance::wire::AtZero;
use regularize_conformance::{Edition, checks};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SUITE: &str = env!("CARGO_BIN_EXE_regularize-conformance");

/// Writes what is asked to the file `heard`, and answers it.
const SUBJECT: &str = "tee heard | \"$SUITE\" subject";

/// A folder of its own for a test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("asked-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The requests that a script of the shell hears, without the greeting, the echoes and the end.
fn heard(folder: &Path, seed: &str, script: &str) -> Vec<Value> {
    let output = Command::new(SUITE)
        .args(["test", "--quiet", "--seed", seed, "--", "sh", "-c", script])
        .env("SUITE", SUITE)
        .current_dir(folder)
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{message}");
    let lines = fs::read_to_string(folder.join("heard")).unwrap();
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line.get("op").is_some_and(|op| op != "echo"))
        .collect()
}

/// A request without its id.
fn asked(request: &Value) -> String {
    let mut request = request.clone();
    if let Some(request) = request.as_object_mut() {
        request.shift_remove("id");
    }
    request.to_string()
}

fn ids(requests: &[Value]) -> Vec<u64> {
    let id = |request: &Value| request["id"].as_u64().unwrap();
    requests.iter().map(id).collect()
}

/// A subject that answers by place, or that keeps something from one request to the next, is right once and wrong once.
#[test]
fn the_seed_shuffles_the_requests() {
    let folder = folder("order");
    let order = |seed| -> Vec<String> {
        let heard = heard(&folder, seed, SUBJECT);
        heard.iter().map(asked).collect()
    };
    let [one, two] = ["1", "2"].map(order);
    assert_eq!(one, order("1"), "a seed is not one order");
    assert!(one != two, "two seeds are one order");
    let spec: Vec<String> = checks(Edition::LATEST, AtZero::Zero)
        .iter()
        .map(|check| asked(&check.request.to_json(0)))
        .collect();
    let sorted = |requests: &[String]| {
        let mut requests = requests.to_vec();
        requests.sort();
        requests
    };
    for order in [&one, &two] {
        assert!(sorted(order) == sorted(&spec), "not all were asked once");
        // Also not backwards, or from somewhere in the middle: few are followed by what follows them in SPEC.md. A request
        // may stand there twice, so that what follows is looked up.
        let follows: BTreeSet<_> = spec.iter().zip(&spec[1..]).collect();
        let neighbours = order
            .iter()
            .zip(&order[1..])
            .filter(|(a, b)| follows.contains(&(*a, *b)) || follows.contains(&(*b, *a)));
        assert!(neighbours.count() * 20 < spec.len(), "SPEC.md's order");
    }
}

/// Neither the place of a request, nor how many there are, nor which it is.
#[test]
fn ids_tell_nothing() {
    let folder = folder("ids");
    let [one, two] = ["1", "2"].map(|seed| heard(&folder, seed, SUBJECT));
    for requests in [&one, &two] {
        let ids = ids(requests);
        let gaps: BTreeSet<u64> = ids.windows(2).map(|ids| ids[1].abs_diff(ids[0])).collect();
        // Of a million gaps, a few of a thousand are drawn twice.
        assert!(gaps.len() * 10 > ids.len() * 9, "ids are counted: {ids:?}");
        assert!(!gaps.contains(&0), "an id is there twice");
        assert!(ids[0] > ids.len() as u64, "ids begin where counting does");
    }
    // Where they begin is drawn from more than what the first gap is.
    assert!(ids(&one)[0].abs_diff(ids(&two)[0]) > 1 << 20);
    // The same request has another id under another seed.
    let of = |requests: &[Value]| -> BTreeSet<String> {
        requests.iter().map(Value::to_string).collect()
    };
    assert!(of(&one).is_disjoint(&of(&two)));
}

/// What a search has found is asked of those only that claim its operation, its type and its regularizer.
#[test]
fn a_regression_that_is_not_claimed_is_not_asked() {
    let folder = folder("regressions");
    fs::create_dir(folder.join("regressions")).unwrap();
    // A half as the factor, and 10.5 as the weight, which no clause asks for.
    let half = "3fe0000000000000";
    let penalty = |reg: Value, dtype: &str, x: &str| json!({ "op": "penalty", "reg": reg, "dtype": dtype, "x": [x] });
    let regressions = [
        ("lattice", penalty(json!({ "l2": half }), "f32", "41280000")),
        (
            "lattice",
            penalty(json!({ "l2": half }), "f64", "4025000000000000"),
        ),
        (
            "lattice",
            penalty(json!({ "l1l2": [half, half] }), "f32", "41280000"),
        ),
        (
            "proximal-points",
            json!({ "op": "prox", "reg": { "l2": half }, "step": half, "dtype": "f32", "x": ["41280000"] }),
        ),
    ];
    for (index, (property, request)) in regressions.iter().enumerate() {
        let text =
            json!({ "property": property, "requests": [{ "request": request }] }).to_string();
        fs::write(folder.join(format!("regressions/{index}.json")), text).unwrap();
    }
    let found = |requests: Vec<Value>| -> Vec<Value> {
        let is_found = |request: &Value| {
            regressions
                .iter()
                .any(|(_, found)| asked(found) == asked(request))
        };
        requests.into_iter().filter(is_found).collect()
    };
    // The reference claims everything, and hears all.
    assert_eq!(found(heard(&folder, "1", SUBJECT)).len(), regressions.len());
    let greeting = json!({
        "hello": 1, "name": "few", "version": "1", "language": "sh",
        "claims": { "ops": ["penalty"], "dtypes": ["f32"], "regs": ["l1", "l2"] },
    });
    let few = format!("read -r line; echo '{greeting}'; {SUBJECT}");
    let found = found(heard(&folder, "1", &few));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(asked(&found[0]), asked(&regressions[0].1));
}

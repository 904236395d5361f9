//! The goals, each with its number, where that is worst, and whether it was reached.

use crate::results::{OURS, PARTIAL, Results, before_comma};
use crate::tables::{digits, markdown, power};
use comfy_table::Table;

/// What is in a cache, and what is not in most.
const CACHE: [usize; 3] = [10_000, 100_000, 1_000_000];
const MEMORY: [usize; 1] = [100_000_000];

/// Whom a value is to be ahead of, and from where.
const PEERS: [&str; 11] = [
    "loop",
    "ndarray",
    "nalgebra",
    "faer",
    "candle",
    "burn",
    "OpenBLAS",
    "numpy",
    "Keras on jax",
    "Keras on tensorflow",
    "torch",
];
const FROM: usize = 1000;

#[derive(Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}
use Bound::{AtLeast, AtMost};

impl Bound {
    fn holds(self, number: f64) -> bool {
        match self {
            AtLeast(bound) => number >= bound,
            AtMost(bound) => number <= bound,
        }
    }

    fn worse(self, a: f64, b: f64) -> bool {
        match self {
            AtLeast(_) => a < b,
            AtMost(_) => a > b,
        }
    }
}

/// Numbers with their places, and places without.
#[derive(Default)]
struct Found {
    numbers: Vec<(f64, String)>,
    missing: Vec<String>,
}

impl Found {
    fn add(&mut self, place: String, number: Option<f64>) {
        match number {
            Some(number) => self.numbers.push((number, place)),
            None => self.missing.push(place),
        }
    }

    fn at(sizes: impl IntoIterator<Item = usize>, number: impl Fn(usize) -> Option<f64>) -> Self {
        let mut found = Self::default();
        for n in sizes {
            found.add(power(n), number(n));
        }
        found
    }
}

pub(crate) fn table(results: &Results) -> Table {
    let mut table = markdown(["goal", "wanted", "number", "where", ""]);
    for (name, bound, found) in goals(results) {
        let wanted = match bound {
            AtLeast(bound) => format!("≥ {bound}"),
            AtMost(bound) => format!("≤ {bound}"),
        };
        let worst = found.numbers.iter();
        let worst = worst.reduce(|a, b| if bound.worse(b.0, a.0) { b } else { a });
        let (number, place, verdict) = match worst {
            None => (String::new(), "", "not measured".into()),
            Some((number, place)) => {
                let reached = match bound.holds(*number) {
                    true => "reached",
                    false => "**not reached**",
                };
                let verdict = match &*found.missing {
                    [] => reached.to_string(),
                    [one] => format!("{reached}; not measured: {one}"),
                    [one, rest @ ..] => {
                        format!("{reached}; not measured: {one} and {} more", rest.len())
                    }
                };
                (digits(*number), place.as_str(), verdict)
            }
        };
        table.add_row([name, &wanted, &number, place, &verdict]);
    }
    table
}

fn goals(results: &Results) -> Vec<(&'static str, Bound, Found)> {
    // A time over another of the same weights.
    let over = |operation, dtype, one, other| {
        let ns = move |n, subject| results.ns(operation, dtype, n, subject);
        move |n| Some(ns(n, one)? / ns(n, other)?)
    };
    let of_limit = |operation, subject| move |n| results.of_limit(operation, "f32", n, subject);
    let half = |dtype| {
        let (one, other) = (
            over("value", dtype, "loop", OURS),
            over("value", dtype, "loop in f32", OURS),
        );
        Found::at(CACHE, move |n| Some(one(n)?.min(other(n)?)))
    };
    let all = || results.sizes();
    vec![
        (
            "f32 value over one plain fold, 10⁴ to 10⁶",
            AtLeast(9.0),
            Found::at(CACHE, over("value", "f32", "loop", OURS)),
        ),
        (
            "f32 value over one plain fold at 100",
            AtLeast(3.0),
            Found::at([100], over("value", "f32", "loop", OURS)),
        ),
        (
            "f32 value, of the read bandwidth at 10⁸",
            AtLeast(0.85),
            Found::at(MEMORY, of_limit("value", OURS)),
        ),
        (
            "f32 value over each other library and loop, from 10³",
            AtLeast(1.0),
            peers(results),
        ),
        (
            "exact partial's time over the plain widened sum's in cache",
            AtMost(2.7),
            Found::at(CACHE, over("value", "f32", PARTIAL, "widened")),
        ),
        (
            "the same from memory",
            AtMost(1.75),
            Found::at(MEMORY, over("value", "f32", PARTIAL, "widened")),
        ),
        (
            "exact partial's time over two plain loops', ordinary weights",
            AtMost(1.0),
            Found::at(all(), over("value", "f32", PARTIAL, "two loops")),
        ),
        (
            "the same on hard weights",
            AtMost(1.0),
            hard(results, |set| set),
        ),
        (
            "the same on hard weights, over loops on ordinary ones",
            AtMost(1.0),
            hard(results, |_| "value"),
        ),
        (
            "gradient, of the read-read-write limit at 10⁸",
            AtLeast(0.95),
            Found::at(MEMORY, of_limit("gradient", OURS)),
        ),
        (
            "gradient, of the limit in cache",
            AtLeast(0.75),
            Found::at(CACHE, of_limit("gradient", OURS)),
        ),
        (
            "fused with the value, of the limit at 10⁸",
            AtLeast(0.95),
            Found::at(MEMORY, of_limit("fused", OURS)),
        ),
        (
            "fused with the exact partial, of the limit at 10⁸",
            AtLeast(0.85),
            Found::at(MEMORY, of_limit("fused", PARTIAL)),
        ),
        (
            "prox, of the in-place limit at 10⁸",
            AtLeast(0.85),
            Found::at(MEMORY, of_limit("prox", OURS)),
        ),
        (
            "f64 value over one plain fold, every size",
            AtLeast(1.0),
            Found::at(all(), over("value", "f64", "loop", OURS)),
        ),
        (
            "f16 value over the faster scalar loop of half, 10⁴ to 10⁶",
            AtLeast(8.0),
            half("f16"),
        ),
        ("bf16 value over the same", AtLeast(8.0), half("bf16")),
        (
            "1,000 slices of 100 over one of 100,000",
            AtMost(1.0),
            Found::at(
                [100_000],
                over(
                    "tensors",
                    "f32",
                    "regularize, 1000 slices",
                    "regularize, 1 tensor",
                ),
            ),
        ),
        (
            "a layer of 1,000 tensors of 100 over one of 100,000",
            AtMost(1.0),
            Found::at(
                [100_000],
                over(
                    "tensors",
                    "f32",
                    "regularize, a layer of 1000",
                    "regularize, 1 tensor",
                ),
            ),
        ),
    ]
}

/// Each other subject's time over ours. Nobody of `PEERS` is forgotten at any size.
fn peers(results: &Results) -> Found {
    let mut found = Found::default();
    let others = results.over_ours("value", "f32");
    for peer in PEERS {
        for n in results.sizes().into_iter().filter(|&n| n >= FROM) {
            let is = |name: &str| before_comma(name) == peer;
            let ratios = others.iter().filter(|other| is(&other.0));
            let at = ratios.flat_map(|other| other.1.iter().filter(|ratio| ratio.0 == n));
            let least = at.map(|ratio| ratio.1).reduce(f64::min);
            found.add(format!("{peer}, {}", power(n)), least);
        }
    }
    found
}

/// The exact partial of each set of hard weights over two loops of the operation that it gives.
fn hard(results: &Results, loops: impl Fn(&str) -> &str) -> Found {
    let mut found = Found::default();
    for set in results.adversaries() {
        for n in results.sizes() {
            let Some(ours) = results.ns(set, "f32", n, PARTIAL) else {
                continue; // hard weights are of a few sizes
            };
            let other = results.ns(loops(set), "f32", n, "two loops");
            let name = set.trim_start_matches("value of ");
            found.add(
                format!("{name}, {}", power(n)),
                other.map(|other| ours / other),
            );
        }
    }
    found
}

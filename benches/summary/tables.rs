//! The text: goals, ratios, errors and times, as Markdown that a terminal shows too.

use crate::goals;
use crate::results::{OURS, PARTIAL, Results};
use comfy_table::{Table, presets};

/// The operations in the order of the tables.
const OPERATIONS: [&str; 4] = ["value", "gradient", "fused", "prox"];
const TYPES: [&str; 4] = ["f32", "f64", "f16", "bf16"];

/// A name, and a number for each size that has one.
type Row = (String, Vec<(usize, f64)>);

pub(crate) fn all(results: &Results) -> String {
    let mut text = format!("## Goals\n\n{}\n", goals::table(results));
    let mut add = |title: &str, rows: Vec<Row>| {
        if !rows.is_empty() {
            let table = of_sizes(results, rows);
            text += &format!("\n## {title}\n\n{table}\n");
        }
    };
    for dtype in TYPES {
        for operation in OPERATIONS {
            let title = format!("{operation}, {dtype}: others' time over ours");
            add(&title, results.over_ours(operation, dtype));
        }
    }
    add("value, f32: error in ulps", results.errors("value", "f32"));
    add(
        "Ours, of what the memory allows one core",
        ours(
            |operation, dtype, n, subject| results.of_limit(operation, dtype, n, subject),
            results,
        ),
    );
    add(
        "Ours, in ns a weight",
        ours(
            |operation, dtype, n, subject| results.ns(operation, dtype, n, subject),
            results,
        ),
    );
    text
}

/// Rows of ours, by type and operation.
fn ours(at: impl Fn(&str, &str, usize, &str) -> Option<f64>, results: &Results) -> Vec<Row> {
    let operations = [
        ("value", "value", OURS),
        ("value, exact partial", "value", PARTIAL),
        ("gradient", "gradient", OURS),
        ("fused", "fused", OURS),
        ("fused, exact partial", "fused", PARTIAL),
        ("prox", "prox", OURS),
    ];
    let mut rows = Vec::new();
    for dtype in TYPES {
        for (name, operation, subject) in operations {
            let sizes = results.sizes().into_iter();
            let numbers: Vec<_> = sizes
                .filter_map(|n| Some((n, at(operation, dtype, n, subject)?)))
                .collect();
            if !numbers.is_empty() {
                rows.push((format!("{dtype} {name}"), numbers));
            }
        }
    }
    rows
}

/// A column for each size.
fn of_sizes(results: &Results, rows: Vec<Row>) -> Table {
    let sizes = results.sizes();
    let header = sizes.iter().map(|&n| power(n));
    let mut table = markdown([String::new()].into_iter().chain(header));
    for (name, numbers) in rows {
        let cell = |&n| {
            let number = numbers.iter().find(|number| number.0 == n);
            number.map(|number| digits(number.1)).unwrap_or_default()
        };
        table.add_row([name].into_iter().chain(sizes.iter().map(cell)));
    }
    table
}

/// A table that is Markdown too.
pub(crate) fn markdown<T: Into<comfy_table::Cell>>(header: impl IntoIterator<Item = T>) -> Table {
    let mut table = Table::new();
    let header: Vec<comfy_table::Cell> = header.into_iter().map(Into::into).collect();
    table.load_style(presets::ASCII_MARKDOWN).set_header(header);
    table
}

/// Three digits, or as many as four places have.
pub(crate) fn digits(x: f64) -> String {
    match x {
        x if x < 0.1 => format!("{x:.4}"),
        x if x < 1.0 => format!("{x:.3}"),
        x if x < 10.0 => format!("{x:.2}"),
        x if x < 100.0 => format!("{x:.1}"),
        x => format!("{x:.0}"),
    }
}

/// A power of ten as one writes it.
pub(crate) fn power(n: usize) -> String {
    let digits = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"];
    match n.ilog10() as usize {
        power if n != 10_usize.pow(power as u32) => n.to_string(),
        1 => "10".into(),
        power => format!("10{}", digits.get(power).unwrap_or(&"⁺")),
    }
}

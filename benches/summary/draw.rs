//! The picture: a row for each library, and in it a dot for each size, at its time over ours.

use crate::results::{Results, before_comma};
use crate::tables::power;
use std::fmt::Write;

/// Units of the picture. It is shown from 360 to 1000 pixels wide, so that a text of 24 has at least 12.
const WIDTH: f64 = 720.0;
const TEXT: f64 = 24.0;
const ROW: f64 = 46.0;
/// Where the names end and the numbers begin.
const LEFT: f64 = 262.0;
const RIGHT: f64 = 610.0;
const TOP: f64 = 152.0;

/// From few weights to many: darker, for those who do not see hues too.
const COLOURS: [&str; 6] = [
    "#a9d6e5", "#72b5d4", "#3f90c0", "#2469a3", "#1b4379", "#10203f",
];

/// A library and its ratios by size, those of its fastest way.
type Row = (String, Vec<(usize, f64)>);

fn rows(results: &Results) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (name, ratios) in results.over_ours("value", "f32") {
        let name = match before_comma(&name) {
            "loop" => "one f32 loop",
            "two loops" => continue, // one is enough here
            library => library,
        };
        let at = rows
            .iter()
            .position(|row| row.0 == name)
            .unwrap_or_else(|| {
                rows.push((name.to_string(), Vec::new()));
                rows.len() - 1
            });
        for (n, ratio) in ratios.into_iter().filter(|ratio| ratio.0 >= 1000) {
            match rows[at].1.iter_mut().find(|known| known.0 == n) {
                Some(known) => known.1 = known.1.min(ratio),
                None => rows[at].1.push((n, ratio)),
            }
        }
    }
    rows.retain(|row| !row.1.is_empty());
    rows.iter_mut()
        .for_each(|row| row.1.sort_by_key(|ratio| ratio.0));
    rows.sort_by(|a, b| middle(&a.1).total_cmp(&middle(&b.1)));
    rows
}

fn middle(ratios: &[(usize, f64)]) -> f64 {
    let logarithms = ratios.iter().map(|ratio| ratio.1.ln());
    logarithms.sum::<f64>() / ratios.len() as f64
}

pub(crate) fn picture(results: &Results) -> String {
    let rows = rows(results);
    let ratios = || {
        rows.iter()
            .flat_map(|row| row.1.iter().map(|ratio| ratio.1))
    };
    let low = ratios().fold(1.0, f64::min).log10();
    let high = ratios().fold(10.0, f64::max).log10();
    let low = if low < 0.0 { low - 0.1 } else { 0.0 };
    let x = |ratio: f64| LEFT + 10.0 + (RIGHT - LEFT - 20.0) * (ratio.log10() - low) / (high - low);
    let bottom = TOP + ROW * rows.len() as f64;
    let height = bottom + 50.0;

    let mut svg = String::new();
    let mut add = |line: String| writeln!(svg, "{line}").expect("a string takes all");
    add(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" font-family="sans-serif" font-size="{TEXT}">"#
    ));
    add(
        "<title>f32 penalty: others' time over ours, by library and number of weights</title>"
            .into(),
    );
    add(format!(
        r##"<rect width="{WIDTH}" height="{height}" fill="#fff"/>"##
    ));
    let text = |x: f64, y: f64, anchor: &str, text: &str| {
        format!(r##"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" fill="#222">{text}</text>"##)
    };
    add(text(
        16.0,
        34.0,
        "start",
        "f32 penalty: others’ time over ours",
    ));

    let sizes: Vec<usize> = results.sizes().into_iter().filter(|&n| n >= 1000).collect();
    // From 0 to 1, from few weights to many.
    let place = |n: usize| {
        let at = sizes.iter().position(|&size| size == n).unwrap_or_default();
        at as f64 / sizes.len().saturating_sub(1).max(1) as f64
    };
    let colour = |n| COLOURS[((COLOURS.len() - 1) as f64 * place(n)).round() as usize];
    // No dot hides another of its row.
    let below = |n| 20.0 * (place(n) - 0.5);
    add(text(16.0, 78.0, "start", "weights:"));
    for (i, &n) in sizes.iter().enumerate() {
        let at = 140.0 + 95.0 * i as f64;
        add(dot(at, 70.0, colour(n)));
        add(text(at + 16.0, 78.0, "start", &power(n)));
    }

    // A line for each power of ten, and 1, where ours is, darker.
    for exponent in low.ceil() as i32..=high.floor() as i32 {
        let at = x(10_f64.powi(exponent));
        let (stroke, width) = if exponent == 0 {
            ("#222", 2)
        } else {
            ("#ccc", 1)
        };
        add(format!(
            r#"<path d="M{at:.1} {TOP}V{bottom}" stroke="{stroke}" stroke-width="{width}"/>"#
        ));
        let name = if exponent == 0 {
            "ours".into()
        } else {
            10_f64.powi(exponent).to_string()
        };
        add(text(at, TOP - 14.0, "middle", &name));
        add(text(at, bottom + 32.0, "middle", &name));
    }
    for (i, (name, ratios)) in rows.iter().enumerate() {
        let y = TOP + ROW * (i as f64 + 0.5);
        let least = ratios
            .iter()
            .map(|ratio| ratio.1)
            .fold(f64::INFINITY, f64::min);
        let most = ratios.iter().map(|ratio| ratio.1).fold(0.0, f64::max);
        let points = ratios
            .iter()
            .map(|&(n, ratio)| format!("{:.1},{:.1}", x(ratio), y + below(n)));
        let points: Vec<_> = points.collect();
        add(format!(
            r##"<polyline points="{}" fill="none" stroke="#bbb" stroke-width="3"/>"##,
            points.join(" ")
        ));
        for &(n, ratio) in ratios {
            add(dot(x(ratio), y + below(n), colour(n)));
        }
        add(text(LEFT - 6.0, y + 8.0, "end", name));
        let range = format!("{}–{}", short(least), short(most));
        add(text(WIDTH - 8.0, y + 8.0, "end", &range));
    }
    add("</svg>".into());
    svg
}

fn dot(x: f64, y: f64, colour: &str) -> String {
    format!(
        r##"<circle cx="{x:.1}" cy="{y:.1}" r="7" fill="{colour}" stroke="#fff" stroke-width="1"/>"##
    )
}

/// Two digits.
fn short(ratio: f64) -> String {
    match ratio {
        x if x < 9.95 => format!("{x:.1}"),
        x => format!("{x:.0}"),
    }
}

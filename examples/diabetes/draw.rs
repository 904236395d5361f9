//! The picture of the path: every coefficient against λ.

use crate::data::FEATURES;
use crate::path::Path;
use plotters::prelude::*;
use std::error::Error;

/// Ten colours that differ in hue or lightness, for those who do not see all hues too.
const COLOURS: [RGBColor; 10] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(150, 110, 0),
    RGBColor(110, 60, 160),
    RGBColor(230, 159, 0),
    RGBColor(90, 90, 90),
    RGBColor(170, 30, 60),
];

const SIZE: (u32, u32) = (1600, 1000);

/// Draws the path as an SVG.
pub(crate) fn draw(path: &Path, file: &std::path::Path) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let of = |feature: usize| {
        let points = path.points.iter();
        points.map(move |point| (-point.lambda.log10(), point.coefficients[feature]))
    };
    let all = || (0..FEATURES.len()).flat_map(of);
    let (left, right) = all().fold((f64::MAX, f64::MIN), |(a, b), (x, _)| (a.min(x), b.max(x)));
    let (low, high) = all().fold((0.0, 0.0), |(a, b): (f64, f64), (_, y)| {
        (a.min(y), b.max(y))
    });
    let margin = (high - low) / 20.0;

    let mut chart = ChartBuilder::on(&root)
        .caption(
            "The lasso on the diabetes data: every coefficient against λ",
            ("sans-serif", 34),
        )
        .margin(24)
        .margin_right(110)
        .x_label_area_size(90)
        .y_label_area_size(115)
        .build_cartesian_2d(left..right, low - margin..high + margin)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_labels(7)
        .x_label_formatter(&|x| three_digits(10_f64.powf(-x)))
        .y_label_formatter(&|y| format!("{y:.0}"))
        .x_desc("λ, falling: more and more coefficients leave zero")
        .y_desc("coefficient (columns of norm 1)")
        .label_style(("sans-serif", 24))
        .axis_desc_style(("sans-serif", 26))
        .draw()?;
    chart.draw_series(LineSeries::new(
        [(left, 0.0), (right, 0.0)],
        BLACK.stroke_width(2),
    ))?;
    for (feature, colour) in COLOURS.iter().enumerate() {
        chart.draw_series(LineSeries::new(of(feature), colour.stroke_width(3)))?;
    }

    // The names at the right ends, in their order, with room for each.
    let mut ends: Vec<(usize, i32)> = (0..FEATURES.len())
        .map(|feature| {
            let end = of(feature).next_back().unwrap_or((right, 0.0));
            (feature, chart.backend_coord(&end).1)
        })
        .collect();
    ends.sort_by_key(|end| end.1);
    let edge = chart.backend_coord(&(right, 0.0)).0;
    let mut next = i32::MIN;
    for (feature, end) in ends {
        let y = (end - 13).max(next);
        next = y + 27;
        let style = ("sans-serif", 26).into_font().color(&COLOURS[feature]);
        root.draw(&Text::new(FEATURES[feature], (edge + 12, y), style))?;
    }
    root.present()?;
    Ok(())
}

/// Three digits of a number.
fn three_digits(x: f64) -> String {
    let places = 2 - x.log10().floor() as i32;
    format!("{x:.*}", places.max(0) as usize)
}

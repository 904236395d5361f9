//! The report as a person reads it.

use regularize::extend::{Path, Regularizer, Visit, visit};
use regularize::{Count, Error, Losses, Regularize, l1};

#[derive(Regularize)]
struct Model {
    #[regularize(l1(1.0))]
    values: Vec<Vec<f64>>,
}

/// The penalty column of one weight.
fn printed(x: f64) -> String {
    let report = Model {
        values: vec![vec![x]],
    };
    let table = report.report().unwrap().to_string();
    let row = table.lines().nth(1).unwrap();
    row.split_whitespace().nth(2).unwrap().to_string()
}

#[test]
fn penalties_have_six_digits() {
    assert_eq!(printed(0.0), "0");
    assert_eq!(printed(1.0), "1");
    assert_eq!(printed(1.0 / 3.0), "0.333333");
    assert_eq!(printed(123456.7), "123457");
    assert_eq!(printed(100000.0), "100000");
    assert_eq!(printed(1234567.0), "1.23457e6");
    assert_eq!(printed(0.00012345678), "0.000123457");
    assert_eq!(printed(0.000012345678), "1.23457e-5");
    assert_eq!(printed(f64::INFINITY), "inf");
    assert_eq!(printed(f64::NAN), "NaN");
}

#[test]
fn columns_are_aligned_and_shares_add_up() {
    let model = Model {
        values: vec![vec![1.0, 0.0], vec![-2.0], vec![0.0, -0.0, 1.0]],
    };
    let report = model.report().unwrap();
    assert_eq!(
        report.to_string(),
        "\
weight    regularizer  penalty   share  zeros
values.0  l1(1.0)            1  25.0 %  1 of 2
values.1  l1(1.0)            2  50.0 %  0 of 1
values.2  l1(1.0)            1  25.0 %  2 of 3
total                        4          3 of 6"
    );
    assert_eq!(report.count(), Count { zeros: 3, len: 6 });
}

/// No share of nothing, of infinity and of NaN.
#[test]
fn a_total_without_shares_prints_none() {
    for x in [0.0, f64::INFINITY, f64::NAN] {
        let model = Model {
            values: vec![vec![x]],
        };
        assert!(!model.report().unwrap().to_string().contains('%'));
    }
}

#[test]
fn a_model_without_weights_is_a_total_of_nothing() {
    let report = Model { values: vec![] }.report().unwrap();
    assert!(report.rows().is_empty());
    assert!(report.to_string().ends_with("0 of 0"), "{report}");
}

/// A name of 70,000 characters is shortened, where a format takes no width over 65,535; another row is not made as wide.
#[test]
fn long_names_are_shortened_in_tables() {
    struct Long;

    impl Regularize for Long {
        type Penalty = f64;

        fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, f64>) -> Result<(), Error> {
            let name = "x".repeat(70_000);
            visit(&[3.0, 0.0], &l1(1.0), &at.field(&name), f)?;
            visit(&[1.0], &Notation, &at.field("y\u{1b}[1A\n"), f)
        }
    }

    struct Notation;

    impl Regularizer<[f64]> for Notation {
        fn penalty(&self, weight: &[f64]) -> f64 {
            weight[0]
        }

        fn notation(&self) -> String {
            "λ".repeat(70_000)
        }
    }

    let cut = |letter: &str| format!("{}… (69880 characters more)", letter.repeat(120));
    let report = Long.report().unwrap();
    assert_eq!(report.rows()[0].path().len(), 70_000);
    let table = report.to_string();
    let lines: Vec<&str> = table.lines().collect();
    let [_, x, y, total] = lines[..] else {
        panic!("{table}")
    };
    assert!(x.starts_with(&format!("{}  l1(1.0)", cut("x"))), "{x}");
    assert!(y.starts_with("y\\u{1b}[1A\\n  "), "{y}");
    assert!(y.contains(&format!("  {}        1  ", cut("λ"))), "{y}");
    assert!(total.ends_with("1 of 3"), "{total}");

    let mut losses = Losses::new();
    losses.push("x".repeat(70_000), 1.5);
    losses.push("y\u{1b}[1A\ntotal", 2.0);
    assert_eq!(losses.iter().next().unwrap().0.len(), 70_000);
    let width = cut("x").chars().count();
    let expected = format!(
        "{}  1.5\n{:width$}  2\n{:width$}  3.5",
        cut("x"),
        "y\\u{1b}[1A\\ntotal",
        "total"
    );
    assert_eq!(losses.to_string(), expected);
}

#[test]
fn losses_are_empty_without_one() {
    let mut losses = regularize::Losses::new();
    assert!(losses.is_empty());
    losses.push("mse", 0.5_f32);
    assert!(!losses.is_empty());
}

#[test]
fn numbers_that_are_not_ordinary_are_printed_as_they_are() {
    #[derive(Regularize)]
    struct Weight(#[regularize(l1(1.0))] f64);

    for (weight, printed) in [(0.0, "0"), (f64::INFINITY, "inf"), (f64::NAN, "NaN")] {
        let report = Weight(weight).report().unwrap().to_string();
        let total = report.lines().last().unwrap();
        assert_eq!(total.split_whitespace().nth(1), Some(printed));
    }
}

//! The linear path of the example against the lasso computed to 100 digits: `tests/data/lasso.tsv`, whose header says
//! how it was made.

#[path = "../examples/diabetes/data.rs"]
#[allow(dead_code)]
mod data;
#[path = "../examples/diabetes/path.rs"]
#[allow(dead_code)]
mod path;

use ndarray::Array1;
use num_rational::BigRational;
use num_traits::{FromPrimitive, Signed, Zero};
use path::{Path, Problem, UNIT};
use std::sync::LazyLock;

/// A row of the table.
struct Row {
    lambda: f64,
    active: usize,
    coefficients: Vec<f64>,
}

/// The lines of a table without its remarks, in cells.
fn table(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.skip(1).map(|line| line.split('\t').collect())
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    table(include_str!("data/lasso.tsv"))
        .map(|cells| Row {
            lambda: cells[0].parse().unwrap(),
            active: cells[1].parse().unwrap(),
            coefficients: cells[3..]
                .iter()
                .map(|cell| cell.parse().unwrap())
                .collect(),
        })
        .collect()
});

static PROBLEM: LazyLock<Problem> = LazyLock::new(|| Problem::new(&data::patients().unwrap()));

static PATH: LazyLock<Path> = LazyLock::new(|| {
    let lambdas: Vec<f64> = ROWS.iter().map(|row| row.lambda).collect();
    Path::new(&PROBLEM, &lambdas).unwrap()
});

/// A lower bound of the least eigenvalue of XᵀX, by `tools/lasso/path.py`.
const MU: f64 = 0.008560729827052962;

fn norm<'a>(xs: impl IntoIterator<Item = &'a f64>) -> f64 {
    xs.into_iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// XᵀX − μI is positive definite if A − μ·diag(A) is, where A is the integer matrix of the products of the centred
/// columns: XᵀX is A with its rows and columns scaled. Every pivot of the exact elimination is above 0.
#[test]
fn the_least_eigenvalue_is_above_the_bound() {
    let patients = data::patients().unwrap();
    let n = patients.len() as i128;
    let sum = |f: &dyn Fn(&data::Patient) -> i128| patients.iter().map(f).sum::<i128>();
    let column = |i: usize| move |patient: &data::Patient| i128::from(patient.measurements[i]);
    let mu = BigRational::from_f64(MU).unwrap();
    let mut rows: Vec<Vec<BigRational>> = (0..10)
        .map(|i| {
            (0..10)
                .map(|j| {
                    let (a, b) = (column(i), column(j));
                    let product = n * sum(&|patient| a(patient) * b(patient)) - sum(&a) * sum(&b);
                    let entry = BigRational::from_integer(product.into());
                    if i == j { &entry - &mu * &entry } else { entry }
                })
                .collect()
        })
        .collect();
    for k in 0..10 {
        let pivot = rows[k].clone();
        assert!(pivot[k].is_positive(), "pivot {k}");
        for row in &mut rows[k + 1..] {
            let factor = &row[k] / &pivot[k];
            for (entry, above) in row.iter_mut().zip(&pivot) {
                *entry -= &factor * above;
            }
            assert!(row[k].is_zero());
        }
    }
}

#[test]
fn the_same_coefficients_are_zero() {
    assert_eq!(ROWS.len(), 100);
    for (row, point) in ROWS.iter().zip(&PATH.points) {
        let zeros = |xs: &mut dyn Iterator<Item = &f64>| xs.map(|x| *x == 0.0).collect::<Vec<_>>();
        let ours = zeros(&mut point.coefficients.iter());
        assert_eq!(
            ours,
            zeros(&mut row.coefficients.iter()),
            "λ = {}",
            row.lambda
        );
        assert_eq!(ours.iter().filter(|zero| !**zero).count(), row.active);
    }
}

/// With r ∈ ∇L(β) + ∂Ω(β) and a least eigenvalue of at least μ, ‖β − β*‖ ≤ ‖r‖/μ: the objective is strongly convex.
///
/// Optimality was found to hold for a gradient within its bound e of the computed one, which is itself within e of the
/// gradient: ‖r‖ ≤ ‖2e‖. The coefficients of the table are rounded, each by u relatively. The norms here have ten
/// roundings and less; γ₂₀ covers them.
#[test]
fn coefficients_are_within_the_bound_of_strong_convexity() {
    let gamma = 20.0 * UNIT / (1.0 - 20.0 * UNIT);
    for (row, point) in ROWS.iter().zip(&PATH.points) {
        let (_, error) = PROBLEM.gradient(&point.coefficients);
        let bound = 2.0 * norm(&error) / MU + UNIT * norm(&row.coefficients);
        let expected = Array1::from(row.coefficients.clone());
        let distance = norm(&(&point.coefficients - &expected));
        assert!(
            distance <= bound * (1.0 + gamma),
            "{distance} > {bound} at λ = {}",
            row.lambda
        );
    }
}

#[test]
fn every_point_is_optimal() {
    assert!(PATH.points.iter().all(|point| point.is_optimal(&PROBLEM)));
}

/// A coefficient that is off by five times what the gradient is known by is told from an optimal one: with ones on
/// the diagonal of XᵀX the gradient moves by as much as the coefficient.
#[test]
fn a_point_next_to_an_optimal_one_is_not_optimal() {
    for point in &PATH.points {
        let (_, error) = PROBLEM.gradient(&point.coefficients);
        for (feature, &error) in error.iter().enumerate() {
            if point.coefficients[feature] != 0.0 {
                let mut moved = point.clone();
                moved.coefficients[feature] += 5.0 * error;
                assert!(
                    !moved.is_optimal(&PROBLEM),
                    "λ = {}, feature {feature}",
                    point.lambda
                );
            }
        }
    }
}

/// The largest moment is the least λ of the zero model: a little below it is none.
#[test]
fn the_path_begins_where_the_first_coefficient_enters() {
    let first = &PATH.points[0];
    assert!(first.coefficients.iter().all(|x| *x == 0.0));
    let (_, error) = PROBLEM.gradient(&first.coefficients);
    let mut below = first.clone();
    below.lambda = first.lambda - 3.0 * error.iter().fold(0.0, |most: f64, e| most.max(*e));
    below.regularizer = regularize::L1L2::new(below.lambda, 0.0).unwrap();
    assert!(!below.is_optimal(&PROBLEM));
}

#[test]
fn features_enter_in_the_order_of_the_knots() {
    let mut order: Vec<&str> = Vec::new();
    for cells in table(include_str!("data/lasso-knots.tsv")) {
        if let Some(feature) = cells[2].strip_prefix("enter ")
            && !order.contains(&feature)
        {
            order.push(feature);
        }
    }
    let entries = PATH.entries();
    let ours: Vec<&str> = entries
        .iter()
        .map(|entry| data::FEATURES[entry.0])
        .collect();
    assert_eq!(ours, order);
}

//! The orthogonal penalty lies within its own bound of the real number, rounded once.
//!
//! The real number is factor · Σ_{i<j} |nᵢ·nⱼ| / (n(n−1)/2) with nᵢ = xᵢ/max(‖xᵢ‖, 10⁻⁷): Keras 3,
//! `keras/src/regularizers/regularizers.py`, `OrthogonalRegularizer`, over `keras/src/backend/config.py`,
//! `epsilon`.

use crate::common::*;

use proptest::prelude::*;
use regularize_core::{Mode, Orthogonal, orthogonal};
use regularize_oracle::{BigRational, Dyadic};

/// A matrix as its rows.
#[derive(Clone, Debug)]
struct Matrix<T> {
    rows: usize,
    columns: usize,
    entries: Vec<T>,
}

impl<T: Real> Matrix<T> {
    fn at(&self, row: usize, column: usize) -> T {
        self.entries[row * self.columns + column]
    }

    fn penalty(&self, regularizer: &Orthogonal) -> T {
        regularizer.matrix_penalty(self.rows, self.columns, |row, column| self.at(row, column))
    }

    fn transposed(&self) -> Self {
        let entries = (0..self.columns)
            .flat_map(|column| (0..self.rows).map(move |row| (row, column)))
            .map(|(row, column)| self.at(row, column))
            .collect();
        Self {
            rows: self.columns,
            columns: self.rows,
            entries,
        }
    }

    fn vectors(&self) -> Vec<Vec<Dyadic>> {
        let row = |row| {
            (0..self.columns)
                .map(|column| exact(self.at(row, column)))
                .collect()
        };
        (0..self.rows).map(row).collect()
    }
}

fn matrix<T: Real, S: Strategy<Value = T> + Clone>(
    entry: S,
    most: usize,
) -> impl Strategy<Value = Matrix<T>> {
    (2..=most, 0..=most).prop_flat_map(move |(rows, columns)| {
        prop::collection::vec(entry.clone(), rows * columns).prop_map(move |entries| Matrix {
            rows,
            columns,
            entries,
        })
    })
}

/// Entries of any size, of one size, on a lattice, and around the floor of the norm.
fn matrices<T: Real>() -> impl Strategy<Value = Matrix<T>> {
    let floor =
        (-12..=12_i32, -20_i32..=-18).prop_map(|(k, e)| T::from_f64(f64::from(k) * two_to(e - 3)));
    prop_oneof![
        2 => matrix(finite::<T>(), 4),
        2 => matrix((-64_i32..=64).prop_map(|k| T::from_f64(f64::from(k) / 16.0)), 5),
        1 => matrix(integer::<T>(1), 5),
        1 => matrix(floor, 4),
    ]
}

/// Factors of the usual sizes, through f32 as Keras keeps them.
fn factors() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::sample::select(&[0.0, 0.01, 0.1, 0.5, 1.0, 3.0][..]),
        power(-20, 8),
        (0_u32..1 << 20).prop_map(|k| f64::from(k) / 1024.0),
    ]
}

fn rational(x: f64) -> BigRational {
    dyadic(x).to_rational()
}

properties! {
    /// A value in bits between the rounded ends of bracket ± bound: rounding keeps order.
    fn the_value_is_within_the_bound_and_one_rounding<T>(
        factor in factors(), weights in matrices::<T>(),
    ) {
        let regularizer = Orthogonal::new(factor, Mode::Rows).unwrap();
        let kept = dyadic(f64::from(factor as f32));
        let [low, high] =
            regularize_oracle::orthogonal(&kept, &dyadic(1e-7), &weights.vectors()).unwrap();
        let bound = rational(regularizer.error_bound(weights.rows, weights.columns));
        let round = |x: &BigRational| T::of(regularize_oracle::round(x, T::FORMAT, false));
        let (low, high) = (round(&(low - &bound)), round(&(high + &bound)));
        let value = weights.penalty(&regularizer);
        prop_assert!(low <= value && value <= high, "{:?} in [{:?}, {:?}]", value, low, high);
    }

    fn the_columns_are_the_rows_of_the_transpose<T>(
        factor in factors(), weights in matrices::<T>(),
    ) {
        let rows = weights.penalty(&orthogonal(factor, Mode::Rows));
        same(weights.transposed().penalty(&orthogonal(factor, Mode::Columns)), rows.pattern())?;
    }

    fn orthogonal_rows_cost_nothing<T>(
        factor in factors(), size in 2..6_usize, k in integer::<T>(64),
    ) {
        let entry = |row, column| if row == column { k } else { T::ZERO };
        same(orthogonal(factor, Mode::Rows).matrix_penalty(size, size, entry), 0)?;
    }

    fn the_sign_of_a_row_does_not_matter<T>(
        factor in factors(), weights in matrices::<T>(), row in any::<prop::sample::Index>(),
    ) {
        let regularizer = orthogonal(factor, Mode::Rows);
        let mut mirrored = weights.clone();
        let start = row.index(weights.rows) * weights.columns;
        for entry in &mut mirrored.entries[start..start + weights.columns] {
            *entry = negated(*entry);
        }
        same(mirrored.penalty(&regularizer), weights.penalty(&regularizer).pattern())?;
    }

    /// Fewer than two vectors have no pair: Keras computes 0/0.
    fn fewer_than_two_vectors_are_nan<T>(
        factor in factors(), n in 0..4_usize, x in anything::<T>(),
    ) {
        for rows in 0..2 {
            same(orthogonal(factor, Mode::Rows).matrix_penalty(rows, n, |_, _| x), T::FORMAT.nan())?;
            same(orthogonal(factor, Mode::Columns).matrix_penalty(n, rows, |_, _| x), T::FORMAT.nan())?;
        }
    }

    fn rows_without_a_column_cost_nothing<T>(factor in factors(), rows in 2..5_usize) {
        same(orthogonal(factor, Mode::Rows).matrix_penalty(rows, 0, |_, _| T::ZERO), 0)?;
    }

    fn a_zero_row_has_products_of_zero<T>(
        factor in factors(), x in finite::<T>(), y in finite::<T>(),
    ) {
        let at = |row, column| match (row, column) {
            (0, _) => T::ZERO,
            (_, 0) => x,
            _ => y,
        };
        same(orthogonal(factor, Mode::Rows).matrix_penalty(2, 2, at), 0)?;
    }

    fn nan_is_nan<T>(weights in matrices::<T>(), at in any::<prop::sample::Index>()) {
        prop_assume!(!weights.entries.is_empty());
        let mut weights = weights;
        let at = at.index(weights.entries.len());
        weights.entries[at] = T::of(T::FORMAT.nan());
        same(weights.penalty(&orthogonal(0.5, Mode::Rows)), T::FORMAT.nan())?;
    }
}

/// The bound is of the size of the rounding errors: with two rows of d weights a few d units of 2⁻⁵³ of
/// the factor, and it says nothing more than that.
#[test]
fn the_bound_is_proportional_to_the_factor_and_grows_with_the_length() {
    let bound = |factor, columns| orthogonal(factor, Mode::Rows).error_bound(4, columns);
    assert_eq!(bound(0.5, 8), bound(1.0, 8) / 2.0);
    assert_eq!(bound(0.0, 8), 0.0);
    for columns in 1..1000 {
        assert!(bound(1.0, columns) <= bound(1.0, columns + 1));
    }
    // Seen from outside a bound of all digits would pass every other test.
    assert!(bound(1.0, 8) <= 100.0 * f64::EPSILON);
    let across = orthogonal(1.0, Mode::Columns);
    assert_eq!(across.error_bound(8, 4), bound(1.0, 8));
}

#[test]
fn equal_rows_cost_the_factor() {
    let ones = orthogonal(0.5, Mode::Rows).matrix_penalty(2, 4, |_, _| 1.0_f32);
    assert_eq!(ones, 0.5);
    let opposite = orthogonal(0.5, Mode::Rows).matrix_penalty(2, 2, |row, column| {
        [[1.0_f32, 0.0], [-1.0, 0.0]][row][column]
    });
    assert_eq!(opposite, 0.5);
}

/// 10⁻⁷ is the floor of a norm, below which a row is no longer of norm one.
#[test]
fn a_short_row_is_divided_by_the_floor() {
    let pair = |x: f64| {
        orthogonal(0.5, Mode::Rows)
            .matrix_penalty(2, 2, |row, column| [[x, 0.0], [1.0, 0.0]][row][column])
    };
    assert_eq!(pair(1.0), 0.5);
    assert_eq!(pair(2e-7), 0.5);
    // 0.5·(10⁻⁸/10⁻⁷) and its bound: the quotient is 0.1 up to the two decimals' own rounding.
    let bound = orthogonal(0.5, Mode::Rows).error_bound(2, 2);
    assert!((pair(1e-8) - 0.05).abs() <= bound);
}

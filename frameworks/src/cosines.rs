//! What the orthogonal regularizer is on any framework: hostile matrices, the right answer, and how far from it one may be.

use regularize::{Mode, Orthogonal, orthogonal};

/// A matrix, whose numbers are of any of the formats.
pub struct Case {
    /// The regularizer.
    pub regularizer: Orthogonal,
    /// How many rows there are.
    pub rows: usize,
    /// How many columns there are.
    pub columns: usize,
    /// The numbers, row by row.
    pub numbers: Vec<f64>,
}

/// f64, f32, bf16 and f16: the binary digits that are computed in, those of the answer, and the exponents of rows.
///
/// The squares of the numbers themselves would be infinite in all but f64, and 0.
pub const FORMATS: [(i32, i32, &[i32]); 4] = [
    (53, 53, &[0, 900, -900, -40]),
    (24, 24, &[0, 100, -100, -40]),
    (24, 8, &[0, 100, -100, -40]),
    (24, 11, &[0, 8, -14]),
];

/// Matrices of every small shape: of rows that are long, short, below the floor, equal, opposite and of zeros.
///
/// Two numbers of one row differ by less than 2¹⁰, so that no square underflows.
#[must_use]
pub fn cases(exponents: &[i32]) -> Vec<Case> {
    let mut bits = 1_u64;
    let mut next = move || {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        bits >> 33
    };
    let mut cases = Vec::new();
    for rows in 2..6 {
        for columns in 2..9 {
            for mode in [Mode::Rows, Mode::Columns] {
                let mut numbers = Vec::new();
                for _ in 0..rows {
                    let exponent = exponents[next() as usize % exponents.len()];
                    let is_zero = next() % 8 == 0;
                    for _ in 0..columns {
                        // Of 7 bits, as bf16 has.
                        let x = (next() % 255) as f64 - 127.0;
                        numbers.push(if is_zero {
                            0.0
                        } else {
                            x * 2_f64.powi(exponent)
                        });
                    }
                }
                if next() % 4 == 0 {
                    let (first, second) = numbers.split_at_mut(columns);
                    second[..columns].copy_from_slice(first);
                }
                cases.push(Case {
                    regularizer: orthogonal(0.5, mode),
                    rows,
                    columns,
                    numbers,
                });
            }
        }
    }
    cases
}

impl Case {
    /// Asserts that an answer in numbers of `digits` binary digits, rounded to `short` of them at the end, is as near as it must be.
    ///
    /// The bound is that of [the guides](regularize::guide): factor·k·u/(1 − k·u) with k = 2d + p + 12.
    ///
    /// # Panics
    ///
    /// If it is not.
    pub fn assert(&self, found: f64, digits: i32, short: i32) {
        let (n, d) = match self.regularizer.mode() {
            Mode::Rows => (self.rows, self.columns),
            Mode::Columns => (self.columns, self.rows),
        };
        let at = |row, column| self.numbers[row * self.columns + column];
        let real: f64 = self.regularizer.matrix_penalty(self.rows, self.columns, at);
        let k = (2 * d + n * (n - 1) / 2 + 12) as f64 * 2_f64.powi(-digits);
        let computed = self.regularizer.kept() * (k / (1.0 - k));
        // The last rounding, of a number of at most the factor and that error, and the error of `real`.
        let rounded = match short < digits {
            true => (self.regularizer.kept() + computed) * 2_f64.powi(-short),
            false => 0.0,
        };
        let bound = computed + rounded + self.regularizer.error_bound(self.rows, self.columns);
        assert!(
            (found - real).abs() <= bound,
            "{} of {}×{} numbers {:?}: {found} and not {real}, {} of the bound",
            self.regularizer,
            self.rows,
            self.columns,
            self.numbers,
            (found - real).abs() / bound,
        );
    }
}

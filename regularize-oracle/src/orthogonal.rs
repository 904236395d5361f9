//! The orthogonal penalty, which is irrational, between two rational bounds.

use crate::Dyadic;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

/// The binary digits of each cosine after the point.
const DIGITS: i64 = 160;

/// Two rationals around factor · Σ_{i<j} |nᵢ·nⱼ| / (n(n−1)/2) with nᵢ = xᵢ / max(‖xᵢ‖, floor).
///
/// Each |nᵢ·nⱼ| is the square root of (xᵢ·xⱼ)²/(max(‖xᵢ‖², floor²)·max(‖xⱼ‖², floor²)), whose floor on the
/// grid 2⁻¹⁶⁰ is the integer square root of a floor, and whose ceiling is at most one step above. So the
/// bounds are at most factor·2⁻¹⁶⁰ apart. `None` for fewer than two vectors, where Keras has 0/0.
///
/// Source: `keras/src/regularizers/regularizers.py`, `OrthogonalRegularizer`, Keras 3.
///
/// ```
/// use num_rational::BigRational;
/// use regularize_oracle::{Dyadic, orthogonal};
///
/// let dyadic = |x| Dyadic::from_f64(x).unwrap();
/// let rows = [vec![dyadic(1.0), dyadic(1.0)], vec![dyadic(1.0), dyadic(0.0)]];
/// let [low, high] = orthogonal(&dyadic(1.0), &dyadic(1e-7), &rows).unwrap();
/// // √½ lies between them.
/// let half = BigRational::new(1.into(), 2.into());
/// assert!(&low * &low <= half && half <= &high * &high);
/// ```
#[must_use]
pub fn orthogonal(
    factor: &Dyadic,
    floor: &Dyadic,
    vectors: &[Vec<Dyadic>],
) -> Option<[BigRational; 2]> {
    let pairs = vectors.len() * vectors.len().saturating_sub(1) / 2;
    if pairs == 0 {
        return None;
    }
    let least = floor * floor;
    let squares: Vec<Dyadic> = vectors
        .iter()
        .map(|x| product(x, x).max(least.clone()))
        .collect();
    let (mut low, mut high) = (BigInt::zero(), BigInt::zero());
    for (j, y) in vectors.iter().enumerate() {
        for (i, x) in vectors[..j].iter().enumerate() {
            let dot = product(x, y);
            if dot.is_zero() {
                continue;
            }
            let root = (&dot * &dot)
                .scaled(2 * DIGITS)
                .quotient(&(&squares[i] * &squares[j]))
                .sqrt();
            high += &root + BigInt::one();
            low += root;
        }
    }
    let per = factor.scaled(-DIGITS).to_rational() / BigInt::from(pairs);
    Some([low, high].map(|sum| &per * sum))
}

/// x·y.
fn product(x: &[Dyadic], y: &[Dyadic]) -> Dyadic {
    x.iter()
        .zip(y)
        .fold(Dyadic::zero(), |sum, (x, y)| &sum + &(x * y))
}

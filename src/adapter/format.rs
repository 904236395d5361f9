//! The number formats of frameworks' tensors, which say their type at run time, and what is decided before any of
//! their operations.

use half::{bf16, f16};
use regularize_core::{Float, Orthogonal, Step, Sums, Terms};

/// A number format that a penalty is computed in.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Format {
    F16,
    BF16,
    F32,
    F64,
}

/// The effect of a proximal step on every weight. A zero keeps the sign of the weight.
pub(crate) enum Shrinkage {
    Nothing,
    /// The factors have no minimum.
    Nan,
    /// A finite number becomes 0, and an infinite one NaN.
    Zero,
    /// sign(v)·(|v| − threshold), and 0 below it, divided by one and by the other.
    By {
        threshold: f64,
        divisors: [f64; 2],
    },
}

/// What the orthogonal regularizer computes of n vectors.
///
/// In units of roundoff u of the type that is computed in (2⁻²⁴ of f32, 2⁻⁵³ of f64), to first order, the error of the penalty
/// over the factor is at most k = 2d + p + 12 for vectors of d weights and p = n(n − 1)/2 pairs, whatever the order of the sums, and so
/// it is at most k·u/(1 − k·u):
///
/// * Each weight over the largest, or over the floor: 1. The length: d/2 of the sum of d squares, and 1 of its root, or else 3.5 of
///   the floor, so less than d/2 + 3. Divided by it: 1. So each vector is d/2 + 5 off, and a pair of them d + 10.
/// * The product of a pair, relative to the product of the lengths, which is 1: d.
/// * The sum of p cosines: p − 1. The division by p, p itself, and the factor: 3.
///
/// Weights that underflow are below all that.
pub(crate) enum Cosines {
    /// There are fewer than two vectors: 0/0 in Keras.
    Undefined,
    /// The vectors have no weights.
    Zero,
    /// factor·Σ|cosine|/pairs, where a vector is divided by `floor` if it is shorter.
    Mean { floor: f64, factor: f64, pairs: f64 },
}

impl Cosines {
    pub(crate) fn new(
        format: Format,
        regularizer: &Orthogonal,
        vectors: usize,
        length: usize,
    ) -> Self {
        match (vectors, length) {
            (0 | 1, _) => Self::Undefined,
            (_, 0) => Self::Zero,
            (n, _) => Self::Mean {
                floor: regularizer.floor(),
                factor: format.factor(regularizer.kept()),
                // One of n and n − 1 is even.
                pairs: (n / 2) as f64 * (n - 1 + n % 2) as f64,
            },
        }
    }
}

impl Format {
    /// Returns whether sums are taken in f32, as f16 and bf16 do not hold them.
    #[cfg(feature = "burn")]
    pub(crate) const fn is_short(self) -> bool {
        matches!(self, Self::F16 | Self::BF16)
    }

    /// The largest number of the type that is computed in, and the largest power of two.
    const fn largest(self) -> [f64; 2] {
        match self {
            Self::F64 => [f64::MAX, f64::from_bits(0x7FE0_0000_0000_0000)],
            _ => [f32::MAX as f64, (1_u128 << 127) as f64],
        }
    }

    /// Returns whether 0 must be added to the terms. An L1L2 is never −0, which negative factors of old editions make.
    pub(crate) fn adds_zero(terms: &Terms) -> bool {
        let is_negative = |factor: Option<f64>| factor.is_some_and(|factor| factor < 0.0);
        terms.is_summed() && (is_negative(terms.l1()) || is_negative(terms.l2()))
    }

    /// The factor as a number of that format: Keras casts it to the type of the weights.
    pub(crate) fn factor(self, factor: f64) -> f64 {
        match self {
            Self::F16 => Float::to_f64(<f16 as Float>::from_f64(factor)),
            Self::BF16 => Float::to_f64(<bf16 as Float>::from_f64(factor)),
            Self::F32 => f64::from(factor as f32),
            Self::F64 => factor,
        }
    }

    /// Both factors as numbers of that format, an absent one as 0.
    pub(crate) fn factors(self, terms: &Terms) -> [f64; 2] {
        [terms.l1(), terms.l2()].map(|factor| factor.map_or(0.0, |factor| self.factor(factor)))
    }

    /// The penalty of a tensor by its sums, rounded once to a number of that format.
    pub(crate) fn penalty_of(self, terms: &Terms, sums: &Sums) -> f64 {
        match self {
            Self::F16 => Float::to_f64(terms.penalty_of::<f16>(sums)),
            Self::BF16 => Float::to_f64(terms.penalty_of::<bf16>(sums)),
            Self::F32 => f64::from(terms.penalty_of::<f32>(sums)),
            Self::F64 => terms.penalty_of(sums),
        }
    }

    /// The cases of [`Terms::proximal`]. Under a negative l1, which old editions accept, a zero stays 0.
    pub(crate) fn shrinkage(self, terms: &Terms, step: Step) -> Shrinkage {
        let ([l1, l2], step) = (self.factors(terms), step.get());
        let divisor = 1.0 + 2.0 * step * l2;
        let has_no_minimum = |factor: f64| factor.is_nan() || factor == f64::NEG_INFINITY;
        if step == 0.0 || (l1 == 0.0 && l2 == 0.0) {
            return Shrinkage::Nothing;
        }
        if has_no_minimum(l1) || has_no_minimum(l2) {
            return Shrinkage::Nan;
        }
        if l1.is_infinite() || l2.is_infinite() {
            return Shrinkage::Zero;
        }
        if divisor <= 0.0 {
            return Shrinkage::Nan;
        }
        // Neither may become infinite in the type, as an infinite weight stays.
        let [max, power] = self.largest();
        Shrinkage::By {
            threshold: (step * l1).clamp(-max, max),
            divisors: match divisor > power {
                true => [power, divisor.min(f64::MAX) / power],
                false => [divisor, 1.0],
            },
        }
    }
}

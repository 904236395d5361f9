//! Computes Keras' L1, L2 and orthogonal regularizers over big integers, and rounds once.
//!
//! Floats go in and come out as *bits* in the low end of a `u64`, beside the [`Format`] that gives them a
//! meaning, so the oracle computes with no float type and needs no crate for `f16` or `bf16`.
//!
//! | file | knows |
//! |---|---|
//! | `dyadic` | integers times powers of two, added and multiplied exactly |
//! | `format` | bits to numbers and back: [`Format::decode`], [`round`] |
//! | `bound` | what an order of operations may give |
//! | `exactness` | where every order gives the same |
//! | `penalty` | Ω(x) = l1·Σ\|xᵢ\| + l2·Σxᵢ² and its share per sample |
//! | `gradient` | ∂Ω(x), its element of least norm, and the test at zero |
//! | `proximal` | sign(v)·max(\|v\| − τ·l1, 0)/(1 + 2·τ·l2) |
//! | `orthogonal` | the orthogonal penalty between two rational bounds |
//!
//! ```
//! use regularize_oracle::{Factors, Format};
//!
//! let weights = [1.0_f32, -2.0].map(|x| u64::from(x.to_bits()));
//! let omega = Factors::new(Some(0.5), Some(0.25)).penalty(Format::F32, &weights);
//! assert_eq!(f32::from_bits(omega as u32), 0.5 * 3.0 + 0.25 * 5.0);
//! ```

#![forbid(unsafe_code)]

mod bound;
mod dyadic;
mod exactness;
mod format;
mod gradient;
mod orthogonal;
mod penalty;
mod proximal;

pub use dyadic::Dyadic;
pub use format::{Direction, Format, Value, round, round_ratio};
#[doc(no_inline)]
pub use num_rational::BigRational;
pub use orthogonal::orthogonal;

/// The factors of a penalty as they were given: a term is absent or present, and a present one may be 0.
///
/// Every method rounds the factors once to the format of the weights, as Keras casts them to the weights'
/// type. A factor may become 0 or infinite by that.
///
/// ```
/// use regularize_oracle::{Factors, Format, Value};
///
/// let factors = Factors::new(Some(0.1), None);
/// let Value::Finite { number, .. } = factors.l1(Format::F32).unwrap() else { unreachable!() };
/// assert_eq!(Some(number), regularize_oracle::Dyadic::from_f64(f64::from(0.1_f32)));
/// assert_eq!(factors.l2(Format::F32), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    l1: Option<f64>,
    l2: Option<f64>,
    added_to_zero: bool,
}

impl Factors {
    /// The factors of the two terms, `None` for an absent one.
    ///
    /// Nothing is checked: what an edition of Keras accepts is not the oracle's to say.
    ///
    /// ```
    /// # use regularize_oracle::{Factors, Format};
    /// assert_eq!(Factors::new(None, None).penalty(Format::F64, &[f64::NAN.to_bits()]), 0);
    /// ```
    #[must_use]
    pub const fn new(l1: Option<f64>, l2: Option<f64>) -> Self {
        Self {
            l1,
            l2,
            added_to_zero: false,
        }
    }

    /// The same factors, whose terms are added to +0 as Keras' L1L2 adds them: the penalty is never −0.
    ///
    /// ```
    /// # use regularize_oracle::{Factors, Format};
    /// let term = Factors::new(Some(-0.0), None);
    /// assert_eq!(term.penalty(Format::F64, &[]), (-0.0_f64).to_bits());
    /// assert_eq!(term.added_to_zero().penalty(Format::F64, &[]), 0);
    /// ```
    #[must_use]
    pub const fn added_to_zero(self) -> Self {
        Self {
            added_to_zero: true,
            ..self
        }
    }

    /// The factor of Σ|xᵢ| in the format: rounded to nearest, ties to even; `None` if the term is absent.
    ///
    /// ```
    /// # use regularize_oracle::{Factors, Format, Value};
    /// let huge = Factors::new(Some(1e39), None);
    /// assert_eq!(huge.l1(Format::F32), Some(Value::Infinite { negative: false }));
    /// ```
    #[must_use]
    pub fn l1(&self, format: Format) -> Option<Value> {
        self.l1.map(|factor| cast(factor, format))
    }

    /// The factor of Σxᵢ² in the format: rounded to nearest, ties to even; `None` if the term is absent.
    ///
    /// ```
    /// # use regularize_oracle::{Dyadic, Factors, Format, Value};
    /// let tiny = Factors::new(None, Some(1e-46));
    /// let zero = Value::Finite { negative: false, number: Dyadic::zero() };
    /// assert_eq!(tiny.l2(Format::F32), Some(zero));
    /// ```
    #[must_use]
    pub fn l2(&self, format: Format) -> Option<Value> {
        self.l2.map(|factor| cast(factor, format))
    }
}

/// A double in another format.
fn cast(factor: f64, format: Format) -> Value {
    format.decode(format.convert(Format::F64, factor.to_bits()))
}

/// The README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

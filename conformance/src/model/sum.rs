//! Sums in the orders that implementations have: SPEC.md, `order.any`.

use super::arithmetic::Arithmetic;

/// The words of a list of ways, each with what it says.
macro_rules! variants {
    ($($variant:ident = $name:literal: $says:literal,)+) => {
        /// A way to compute that SPEC.md allows: which operations there are, in which order, and how precise.
        ///
        /// ```
        /// use regularize_conformance::{Edition, Model, Variant};
        ///
        /// let mut model = Model::new(Edition::LATEST, Variant::Pairwise);
        /// regularize_conformance::test(&mut model, Edition::LATEST).assert();
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Variant {
            $(
                #[doc = concat!("Sums ", $says, ".")]
                $variant,
            )+
        }

        impl Variant {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name: `in-order`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Completes 'It sums …'.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self {
                    $(Self::$variant => $says,)+
                }
            }
        }
    };
}

variants! {
    InOrder = "in-order": "from the first weight to the last",
    Backwards = "backwards": "from the last weight to the first",
    Ascending = "ascending": "from the least term to the greatest",
    Pairwise = "pairwise": "halves, and their halves",
    Lanes = "eight-lanes": "every eighth weight, as a vector of eight does, and then the eight",
    Wide = "in-f64": "in f64, and rounds once at the end",
    Compensated = "compensated": "with what each addition lost (Kahan)",
    Fused = "fused": "with fused multiply-add",
    Inside = "factor-inside": "weights that are multiplied by the factor already",
    Halves = "halves": "halves of squares, times twice the factor, as TensorFlow writes it",
    HalfOfSum = "half-of-sum": "squares, and multiplies half of that by twice the factor, as TensorFlow's kernel does",
    OneSum = "one-sum": "l1·|x| and (l2·x)·x of each weight, all in one sum",
    FusedInside = "fused-inside": "l1·|x| and (l2·x)·x of each weight, with fused multiply-add",
}

impl Variant {
    /// The sum of numbers of the arithmetic.
    pub(super) fn sum(self, of: Arithmetic, terms: &[f64]) -> f64 {
        let add = |a: f64, b: &f64| of.add(a, *b);
        match self {
            Self::Backwards => terms.iter().rev().fold(0.0, add),
            Self::Ascending => {
                let mut terms = terms.to_vec();
                terms.sort_by(f64::total_cmp);
                terms.iter().fold(0.0, add)
            }
            Self::Pairwise => halves(of, terms),
            Self::Lanes => {
                let mut lanes = [0.0; 8];
                for (index, term) in terms.iter().enumerate() {
                    lanes[index % 8] = of.add(lanes[index % 8], *term);
                }
                halves(of, &lanes)
            }
            Self::Compensated => compensated(of, terms),
            _ => terms.iter().fold(0.0, add),
        }
    }

    /// Whether it multiplies each weight by the factors, and not the sums.
    pub(super) const fn is_inside(self) -> bool {
        matches!(self, Self::Inside | Self::OneSum | Self::FusedInside)
    }

    /// The sum of squares.
    pub(super) fn squares(self, of: Arithmetic, x: &[f64]) -> f64 {
        if self == Self::Fused {
            return x.iter().fold(0.0, |sum, x| of.fused(*x, *x, sum));
        }
        let squares: Vec<f64> = x.iter().map(|x| of.multiply(*x, *x)).collect();
        self.sum(of, &squares)
    }
}

fn halves(of: Arithmetic, terms: &[f64]) -> f64 {
    match terms {
        [] => 0.0,
        [term] => *term,
        _ => {
            let (left, right) = terms.split_at(terms.len() / 2);
            of.add(halves(of, left), halves(of, right))
        }
    }
}

fn compensated(of: Arithmetic, terms: &[f64]) -> f64 {
    let (mut sum, mut lost) = (0.0, 0.0);
    for term in terms {
        let term = of.subtract(*term, lost);
        let next = of.add(sum, term);
        lost = of.subtract(of.subtract(next, sum), term);
        sum = next;
    }
    match sum.is_finite() {
        true => sum,
        // ∞ − ∞ is no loss.
        false => terms.iter().fold(0.0, |sum, term| of.add(sum, *term)),
    }
}

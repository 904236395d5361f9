//! Many weights at once: which code runs on this processor, and what it promises.
//!
//! | file | knows |
//! |---|---|
//! | `near` | sums of doubles with a bound, and the test whether they round as the real number does |
//! | `bins` | sums without rounding, by the exponents of the weights |
//! | `vectors` | what the vectors of a processor do |
//! | `sum`, `exact`, `slope`, `shrink` | value, exact sums, gradient and proximal step by vectors |
//! | `pair` | doubles and what is missing from them |
//! | `short` | f16 and bf16 by way of f32 |
//! | `parallel` | all cores |
//!
//! A path may be slower than another, and never answers otherwise: `tests/kernels.rs` compares them.

mod bins;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod exact;
mod near;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod pair;
#[cfg(feature = "rayon")]
pub(crate) mod parallel;
#[cfg(all(feature = "simd", feature = "half", target_arch = "x86_64"))]
mod short;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod shrink;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod slope;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod sum;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod vectors;

use bins::Bins;

use crate::float::Float;
use crate::{Step, Sums, Terms};

/// Which code runs.
#[derive(Clone, Copy, Debug)]
pub enum Path {
    /// Any processor's.
    Portable,
    /// AVX2 and FMA: vectors of 256 bits.
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    V3(pulp::x86::V3),
    /// AVX-512: vectors of 512 bits.
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    V4(pulp::x86::V4),
}

impl Path {
    /// The fastest that this processor has.
    #[must_use]
    #[inline]
    pub fn detect() -> Self {
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        {
            if let Some(simd) = pulp::x86::V4::try_new() {
                return Self::V4(simd);
            }
            if let Some(simd) = pulp::x86::V3::try_new() {
                return Self::V3(simd);
            }
        }
        Self::Portable
    }

    /// All that this processor has, the slowest first.
    pub fn all() -> impl Iterator<Item = Self> {
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        let vectors = [
            pulp::x86::V3::try_new().map(Self::V3),
            pulp::x86::V4::try_new().map(Self::V4),
        ];
        #[cfg(not(all(feature = "simd", target_arch = "x86_64")))]
        let vectors: [Option<Self>; 0] = [];
        core::iter::once(Self::Portable).chain(vectors.into_iter().flatten())
    }
}

/// Runs one code with the vectors of a path, and another where it has none.
macro_rules! with_vectors {
    ($path:expr, $simd:ident => $with:expr, else $without:expr) => {
        match $path {
            Path::Portable => $without,
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            Path::V3($simd) => $with,
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            Path::V4($simd) => $with,
        }
    };
}

/// What a type does with many weights at once. What it does not offer is done weight by weight.
pub trait Kernels: Sized {
    /// Ω(x), where a bound decides how it is rounded.
    fn value(path: Path, terms: &Terms, x: &[Self]) -> Option<Self> {
        let _ = (path, terms, x);
        None
    }

    /// Adds |xᵢ| and xᵢ² without rounding; whether it did.
    fn extend(path: Path, x: &[Self], sums: &mut Sums) -> bool {
        let _ = (path, x, sums);
        false
    }

    /// Adds the subgradient of each weight to its gradient, of slices of one length; whether it did.
    fn add_subgradient(path: Path, terms: &Terms, x: &[Self], g: &mut [Self]) -> bool {
        let _ = (path, terms, x, g);
        false
    }

    /// Both in one pass: whether the gradients were added, and Ω(x) where a bound decides.
    fn value_and_add_subgradient(
        path: Path,
        terms: &Terms,
        x: &[Self],
        g: &mut [Self],
    ) -> (bool, Option<Self>) {
        let _ = (path, terms, x, g);
        (false, None)
    }

    /// The same with exact sums; whether it did.
    fn extend_and_add_subgradient(
        path: Path,
        terms: &Terms,
        x: &[Self],
        g: &mut [Self],
        sums: &mut Sums,
    ) -> bool {
        let _ = (path, terms, x, g, sums);
        false
    }

    /// Replaces each point by its proximal point; whether it did.
    fn proximal_step(path: Path, terms: &Terms, step: Step, x: &mut [Self]) -> bool {
        let _ = (path, terms, step, x);
        false
    }
}

/// What the vectors do for both types of floats.
macro_rules! floats {
    () => {
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        fn add_subgradient(path: Path, terms: &Terms, x: &[Self], g: &mut [Self]) -> bool {
            with_vectors!(path, simd => {
                slope::Slope::of::<Self>(terms)
                    .map(|slope| slope::add_subgradient(simd, slope, x, g))
                    .is_some()
            }, else false)
        }

        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        fn proximal_step(path: Path, terms: &Terms, step: Step, x: &mut [Self]) -> bool {
            with_vectors!(path, simd => {
                shrink::Shrink::of::<Self, _>(simd, terms, step.get())
                    .map(|shrink| {
                        let slow = |v| terms.proximal(step, v);
                        shrink::proximal_step(simd, shrink, x, #[inline(always)] |ends| ends, slow)
                    })
                    .is_some()
            }, else false)
        }
    };
}

impl Kernels for f32 {
    fn value(path: Path, terms: &Terms, x: &[Self]) -> Option<Self> {
        let near =
            |x: &[Self]| with_vectors!(path, simd => sum::near_f32(simd, x), else near::of_f32(x));
        #[cfg(feature = "rayon")]
        if let Some(near) = parallel::near(x, near) {
            return terms.rounded(&near);
        }
        terms.rounded(&near(x))
    }

    fn extend(path: Path, x: &[Self], sums: &mut Sums) -> bool {
        with_vectors!(path, simd => exact::extend_f32(simd, x, sums), else {
            // Bins take as long to empty as some weights to add.
            if x.len() < 64 {
                return false;
            }
            Bins::new().extend(x, sums);
        });
        true
    }

    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn value_and_add_subgradient(
        path: Path,
        terms: &Terms,
        x: &[Self],
        g: &mut [Self],
    ) -> (bool, Option<Self>) {
        with_vectors!(path, simd => match slope::Slope::of::<Self>(terms) {
            Some(slope) => {
                let both = |x: &[Self], g: &mut [Self]| sum::near_and_add_subgradient_f32(simd, slope, x, g);
                #[cfg(feature = "rayon")]
                if let Some(near) = parallel::near_with(x, g, both) {
                    return (true, terms.rounded(&near));
                }
                (true, terms.rounded(&both(x, g)))
            }
            None => (false, None),
        }, else (false, None))
    }

    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn extend_and_add_subgradient(
        path: Path,
        terms: &Terms,
        x: &[Self],
        g: &mut [Self],
        sums: &mut Sums,
    ) -> bool {
        with_vectors!(path, simd => {
            slope::Slope::of::<Self>(terms)
                .map(|slope| exact::extend_and_add_subgradient_f32(simd, slope, x, g, sums))
                .is_some()
        }, else false)
    }

    floats!();
}

impl Kernels for f64 {
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn value(path: Path, terms: &Terms, x: &[Self]) -> Option<Self> {
        with_vectors!(path, simd => sum::value_f64(simd, terms, x), else None)
    }

    floats!();
}

#[cfg(feature = "half")]
macro_rules! shorts {
    ($($type:ty),*) => {$(
        impl Kernels for $type {
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            fn value(path: Path, terms: &Terms, x: &[Self]) -> Option<Self> {
                with_vectors!(path, simd => {
                    let near = |x: &[Self]| short::near(simd, x);
                    #[cfg(feature = "rayon")]
                    if let Some(near) = parallel::near(x, near) {
                        return terms.rounded(&near);
                    }
                    terms.rounded(&near(x))
                }, else None)
            }

            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            fn extend(path: Path, x: &[Self], sums: &mut Sums) -> bool {
                with_vectors!(path, simd => { short::extend(simd, x, sums); true }, else false)
            }

            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            fn add_subgradient(path: Path, terms: &Terms, x: &[Self], g: &mut [Self]) -> bool {
                with_vectors!(path, simd => {
                    slope::Slope::of::<Self>(terms)
                        .map(|slope| short::add_subgradient(simd, terms, slope, x, g))
                        .is_some()
                }, else false)
            }

            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            fn proximal_step(path: Path, terms: &Terms, step: Step, x: &mut [Self]) -> bool {
                with_vectors!(path, simd => {
                    shrink::Shrink::of::<Self, _>(simd, terms, step.get())
                        .map(|shrink| short::step(simd, terms, step, shrink, x))
                        .is_some()
                }, else false)
            }
        }
    )*};
}
#[cfg(feature = "half")]
shorts!(half::f16, half::bf16);

/// A factor that can be computed with as it is, a number that is not negative; 0 for an absent one.
fn plain<T: Float>(factor: Option<f64>) -> Option<f64> {
    let Some(factor) = factor else {
        return Some(0.0);
    };
    let factor = T::from_f64(factor).to_f64();
    (factor.is_finite() && factor.is_sign_positive()).then_some(factor)
}

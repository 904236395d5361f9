//! Many weights at once: which code runs on this processor, and what it promises.
//!
//! | file | knows |
//! |---|---|
//! | `near` | sums of doubles with a bound, and the test whether they round as the real number does |
//! | `bins` | sums without rounding, by the exponents of the weights |
//! | `x86` | vectors of AVX2 and FMA |
//! | `parallel` | all cores |
//!
//! A path may be slower than another, and never answers otherwise: `tests/kernels.rs` compares them.

mod bins;
mod near;
#[cfg(feature = "rayon")]
pub(crate) mod parallel;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod x86;

use bins::Bins;
#[cfg(any(feature = "rayon", all(feature = "simd", target_arch = "x86_64")))]
use near::Near;

use crate::float::Float;
use crate::{Step, Sums, Terms};

/// Which code runs.
#[derive(Clone, Copy, Debug)]
pub enum Path {
    /// Any processor's.
    Portable,
    /// AVX2 and FMA.
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    V3(pulp::x86::V3),
}

impl Path {
    /// The fastest that this processor has.
    #[must_use]
    #[inline]
    pub fn detect() -> Self {
        #[cfg(all(feature = "simd", target_arch = "x86_64"))]
        if let Some(simd) = pulp::x86::V3::try_new() {
            return Self::V3(simd);
        }
        Self::Portable
    }
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

impl Kernels for f32 {
    fn value(path: Path, terms: &Terms, x: &[Self]) -> Option<Self> {
        let near = |x: &[Self]| match path {
            Path::Portable => near::of_f32(x),
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            Path::V3(simd) => x86::near_f32(simd, x),
        };
        #[cfg(feature = "rayon")]
        if let Some(near) = parallel::near(x, near) {
            return terms.rounded(&near);
        }
        terms.rounded(&near(x))
    }

    fn extend(path: Path, x: &[Self], sums: &mut Sums) -> bool {
        match path {
            Path::Portable => Bins::new().extend(x, sums),
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            Path::V3(simd) => x86::extend_f32(simd, x, sums),
        }
        true
    }

    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn add_subgradient(path: Path, terms: &Terms, x: &[Self], g: &mut [Self]) -> bool {
        let (Path::V3(simd), Some(slope)) = (path, x86::Slope::of(terms)) else {
            return false;
        };
        x86::add_subgradient_f32(simd, slope, x, g);
        true
    }

    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn value_and_add_subgradient(
        path: Path,
        terms: &Terms,
        x: &[Self],
        g: &mut [Self],
    ) -> (bool, Option<Self>) {
        let (Path::V3(simd), Some(slope)) = (path, x86::Slope::of(terms)) else {
            return (false, None);
        };
        let near = x86::near_and_add_subgradient_f32(simd, slope, x, g);
        (true, terms.rounded(&near))
    }

    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn extend_and_add_subgradient(
        path: Path,
        terms: &Terms,
        x: &[Self],
        g: &mut [Self],
        sums: &mut Sums,
    ) -> bool {
        let (Path::V3(simd), Some(slope)) = (path, x86::Slope::of(terms)) else {
            return false;
        };
        x86::extend_and_add_subgradient_f32(simd, slope, x, g, sums);
        true
    }

    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn proximal_step(path: Path, terms: &Terms, step: Step, x: &mut [Self]) -> bool {
        let Path::V3(simd) = path else { return false };
        let Some(shrink) = x86::Shrink::of(simd, terms, step.get()) else {
            return false;
        };
        x86::proximal_step_f32(simd, shrink, x, |v| terms.proximal(step, v));
        true
    }
}

impl Kernels for f64 {
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn value(path: Path, terms: &Terms, x: &[Self]) -> Option<Self> {
        match path {
            Path::Portable => None,
            Path::V3(simd) => x86::value_f64(simd, terms, x),
        }
    }
}

/// The short types by way of f32, which has each of their numbers.
#[cfg(feature = "half")]
macro_rules! half {
    ($type:ty, $widen:ident) => {
        impl Kernels for $type {
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            fn value(path: Path, terms: &Terms, x: &[Self]) -> Option<Self> {
                let Path::V3(simd) = path else { return None };
                let mut staged = [0.0; x86::STAGED];
                let mut near = Near::nothing();
                for x in x.chunks(x86::STAGED) {
                    let length = x86::$widen(simd, x, &mut staged)?;
                    near = near.plus(&x86::near_f32(simd, &staged[..length]));
                }
                terms.rounded(&near)
            }

            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            fn extend(path: Path, x: &[Self], sums: &mut Sums) -> bool {
                let Path::V3(simd) = path else { return false };
                let mut staged = [0.0; x86::STAGED];
                for x in x.chunks(x86::STAGED) {
                    match x86::$widen(simd, x, &mut staged) {
                        Some(length) => x86::extend_f32(simd, &staged[..length], sums),
                        None => x.iter().for_each(|&x| sums.add(x)),
                    }
                }
                true
            }
        }
    };
}
#[cfg(feature = "half")]
half!(half::f16, widen_f16);
#[cfg(feature = "half")]
half!(half::bf16, widen_bf16);

/// Whether a factor can be computed with as it is: a number that is not negative.
fn is_plain<T: Float>(factor: Option<f64>) -> bool {
    factor.is_none_or(|factor| {
        let factor = T::from_f64(factor).to_f64();
        factor.is_finite() && factor.is_sign_positive()
    })
}

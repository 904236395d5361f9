//! The mathematics of the regularizers as properties, each over f32, f64, f16 and bf16, judged by exact
//! arithmetic. A module is a chapter; a test is named after what it proves.

mod common;

mod convexity;
mod editions;
#[cfg(feature = "half")]
mod exhaustive;
mod factor;
mod float;
mod gradient;
mod interval;
mod orthogonal;
mod proximal;
mod special;
mod sums;
mod value;

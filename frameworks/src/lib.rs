//! What the examples and tests of both frameworks share.
//!
//! | file | knows |
//! |---|---|
//! | `digits` | the data |
//! | `recording` | what real Keras did with it |
//! | `training` | the training loop, and the comparison with Keras |
//! | `cosines` | the orthogonal regularizer, and its bound |
//! | `show` | what the examples print |
//! | `subject` | a framework behind the wire of the conformance suite |
//! | `burn`, `candle` | the frameworks there |

#[cfg(feature = "burn")]
pub mod burn;
#[cfg(feature = "candle")]
pub mod candle;
pub mod cosines;
pub mod digits;
pub mod recording;
pub mod show;
pub mod subject;
pub mod training;

/// The examples of the pages about the frameworks.
#[cfg(doctest)]
mod pages {
    #[cfg(feature = "burn")]
    #[doc = include_str!("../../src/guide/burn.md")]
    struct Burn;

    #[cfg(feature = "candle")]
    #[doc = include_str!("../../src/guide/candle.md")]
    struct Candle;
}

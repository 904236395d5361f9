//! Pages for readers who come from Keras, have many devices, or use burn or candle.
#![allow(clippy::doc_markdown)] // names of layers are plain words here

#[doc = include_str!("guide/coming-from-keras.md")]
pub mod coming_from_keras {}

#[cfg_attr(any(feature = "ndarray", not(doctest)), doc = include_str!("guide/many-devices.md"))]
pub mod many_devices {}

// The examples of these two run in `frameworks/`, where the frameworks have a backend.

#[cfg(all(feature = "burn", not(doctest)))]
#[doc = include_str!("guide/burn.md")]
pub mod burn {}

#[cfg(all(feature = "candle", not(doctest)))]
#[doc = include_str!("guide/candle.md")]
pub mod candle {}

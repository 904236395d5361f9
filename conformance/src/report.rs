//! Runs for a reader: on a terminal, in a README, for a build server, as a badge and as a page.
//!
//! What a subject says is untrusted: every text passes through `shown`, and then through the escaping of its format.

#[cfg(feature = "command")]
mod badge;
#[cfg(feature = "command")]
mod block;
#[cfg(feature = "command")]
mod html;
#[cfg(feature = "command")]
mod junit;
#[cfg(feature = "command")]
mod markdown;
#[cfg(feature = "command")]
mod matrix;
#[cfg(feature = "command")]
mod outcome;
pub(crate) mod shown;
pub mod text;

#[cfg(feature = "command")]
pub use badge::badge;
#[cfg(feature = "command")]
pub use html::html;
#[cfg(feature = "command")]
pub use junit::junit;
#[cfg(feature = "command")]
pub use markdown::markdown;
pub use text::text;

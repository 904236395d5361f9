//! A model over many machines: sharded weights, replicas, and exact sums that are merged in any order.
//!
//! Every shard of a model makes [`Partials`], which are merged in any order and any tree. The losses of the whole model follow from
//! them, and are the bits of the model on one machine. [`Distributed`] has the methods, and every
//! [`Regularize`](crate::Regularize) has it. The [guide](crate::guide::many_devices) has complete programs.
//!
//! ```
//! use regularize::Regularize;
//! use regularize::distributed::{Distributed, Shard};
//!
//! #[derive(Regularize)]
//! #[regularize(sharded, kernel = l2(0.5))]
//! struct Dense {
//!     kernel: Vec<f32>,
//! }
//!
//! let [left, right] = [vec![1.0], vec![-2.0]].map(|kernel| Dense { kernel });
//! let mut merged = left.partials(Shard::new(0, 2)?)?;
//! merged.merge(&right.partials(Shard::new(1, 2)?)?)?;
//! assert_eq!(left.losses_of(&merged)?.get("kernel"), Some(&2.5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod partial;
mod partials;
mod replicas;
mod shard;
mod traversal;

pub use error::{Error, ErrorKind};
pub use partial::Partial;
pub use partials::Partials;
#[doc(no_inline)]
pub use regularize_core::{BytesError, Sums};
pub use replicas::Replicas;
pub use shard::{NoShardError, Shard, ShardsError};
pub use traversal::Distributed;

//! Weights, outputs and layers of other crates, each behind the feature of its name.

#[cfg(feature = "burn")]
mod burn;
#[cfg(feature = "candle")]
mod candle;
#[cfg(any(feature = "burn", feature = "candle"))]
mod format;
#[cfg(any(feature = "nalgebra", feature = "ndarray"))]
mod gather;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "ndarray")]
mod ndarray;

/// Implements a role of a framework's layer: how its tensors are presented, and how to be changed.
#[cfg(any(feature = "burn", feature = "candle"))]
macro_rules! implement {
    ($layer:ty, $role:ident: $tensor:ty, |$this:ident, $at:ident, $f:ident| $read:expr, $change:expr) => {
        impl $crate::weight::Weight<$crate::role::$role> for $layer {
            type Tensor = $tensor;

            fn each_tensor(
                &$this,
                $at: &$crate::path::Path<'_>,
                $f: &mut $crate::weight::Each<'_, $tensor>,
            ) -> Result<(), $crate::error::Error> {
                $read
            }

            fn each_tensor_mut(
                &mut $this,
                $at: &$crate::path::Path<'_>,
                $f: &mut $crate::weight::EachMut<'_, $tensor>,
            ) -> Result<(), $crate::error::Error> {
                $change
            }
        }
    };
}
#[cfg(any(feature = "burn", feature = "candle"))]
use implement;

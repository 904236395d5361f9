//! A penalty: a number that is added to the loss.

use crate::error::ErrorKind;
use regularize_core::Float;

/// The type of a layer's penalty: the type of its weights, and for a framework's weights the type of its scalars.
///
/// Each loss is rounded once to this type; a sum of losses is rounded once per addition, in the order in
/// which the fields are declared, as Keras adds them.
///
/// ```
/// use regularize::extend::Penalty;
///
/// assert_eq!(f32::zero().plus(0.5).plus(0.25), 0.75);
/// assert_eq!(1.0_f64.divided_by(4), 0.25);
/// assert_eq!(0.5_f32.to_f64(), Ok(0.5));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of penalties",
    label = "not a penalty",
    note = "penalties are of type f32 or f64, as the weights are: write `penalty = f32`",
    note = "of a type parameter write `T: regularize::extend::Float + regularize::extend::Penalty`"
)]
pub trait Penalty: Sized {
    /// The penalty of nothing: +0.
    #[must_use]
    fn zero() -> Self;

    /// `self` + `other`, rounded once.
    #[must_use]
    fn plus(self, other: Self) -> Self;

    /// `self` / `count`, rounded once.
    #[must_use]
    fn divided_by(self, count: usize) -> Self;

    /// Another of the same number: on a framework's tape the same node.
    #[must_use]
    fn duplicate(&self) -> Self;

    /// The number, exactly, for a report. A framework waits for its device.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Framework`] where a framework could not compute it.
    fn to_f64(&self) -> Result<f64, ErrorKind>;
}

macro_rules! penalty {
    ($($type:ty),+) => {$(
        impl Penalty for $type {
            fn zero() -> Self {
                <$type as Float>::ZERO
            }

            fn plus(self, other: Self) -> Self {
                self + other
            }

            fn divided_by(self, count: usize) -> Self {
                // The quotient of doubles has more than twice the digits of the narrower types, so that
                // rounding it again is rounding the quotient once.
                <$type as Float>::from_f64(Float::to_f64(self) / count as f64)
            }

            fn duplicate(&self) -> Self {
                *self
            }

            fn to_f64(&self) -> Result<f64, ErrorKind> {
                Ok(Float::to_f64(*self))
            }
        }
    )+};
}
penalty!(f32, f64);
#[cfg(feature = "half")]
penalty!(half::f16, half::bf16);

/// Adds a loss to those before.
#[inline]
pub(crate) fn add<P: Penalty>(total: &mut Option<P>, loss: P) {
    *total = Some(match total.take() {
        Some(total) => total.plus(loss),
        None => loss,
    });
}

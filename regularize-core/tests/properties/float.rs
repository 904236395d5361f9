//! Conversions of the types of weights: exact to f64, and rounded once from it.

use crate::common::*;
use proptest::prelude::*;
use regularize_oracle::{Format, Value};

properties! {
    fn a_weight_is_its_double<T>(x in anything::<T>()) {
        let double = Format::F64.decode(x.to_f64().to_bits());
        prop_assert_eq!(double, T::FORMAT.decode(x.pattern()));
        same(T::from_f64(x.to_f64()), x.pattern())?;
    }

    fn a_double_is_rounded_once<T>(double in any::<f64>()) {
        same(T::from_f64(double), rounded::<T>(double))?;
    }

    /// Just over a tie by less than any format between would keep.
    fn a_double_next_to_a_tie_is_rounded_once<T>(x in finite::<T>(), places in -2_i64..=2) {
        let next = moved(x, 1);
        let tie = (x.to_f64() + next.to_f64()) / 2.0;
        let double = moved(tie, places);
        same(T::from_f64(double), rounded::<T>(double))?;
    }
}

fn rounded<T: Real>(double: f64) -> u64 {
    match Format::F64.decode(double.to_bits()) {
        Value::Finite { negative, number } => number.round(T::FORMAT, negative),
        Value::Infinite { negative } => T::FORMAT.infinity(negative),
        Value::Nan => T::FORMAT.nan(),
    }
}

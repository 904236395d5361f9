//! A weight over several machines: the value of all of it, and the gradient of the part that is here.

use super::*;
use regularize::distributed::{Distributed, Partials, Replicas, Shard};
use regularize::extend::Float;
use regularize::l1_l2;
use std::num::NonZero;

#[derive(Regularize)]
struct Dense(#[regularize(l1_l2(0.1, 0.3), sharded)] Var);

/// A view of a tensor, which is not contiguous.
#[derive(Regularize)]
struct View(#[regularize(l1(0.5), sharded)] Tensor);

fn dense(numbers: &[f64], dtype: DType) -> Result<Dense> {
    let tensor = tensor(numbers)?.to_dtype(dtype)?;
    Ok(Dense(Var::from_tensor(&tensor)?))
}

fn merged<L: Regularize>(shards: &[L]) -> Partials {
    let of = shards.len() as u32;
    let each = (0..).zip(shards);
    let each = each.map(|(index, model)| model.partials(Shard::new(index, of).unwrap()).unwrap());
    each.reduce(|mut left, right| {
        left.merge(&right).unwrap();
        left
    })
    .unwrap()
}

fn gradient(loss: Result<Tensor>, weight: &Var) -> Result<Vec<f64>> {
    numbers(loss?.backward()?.get(weight).unwrap())
}

/// Numbers of every type here, so that the sums of all are exact.
const PARTS: [&[f64]; 3] = [&[1.0, -0.375, 0.0078125], &[], &[-200.0, 0.0]];

fn rounded<T: Float>() -> f64 {
    let all: Vec<T> = PARTS.concat().into_iter().map(T::from_f64).collect();
    l1_l2(0.1, 0.3).terms().penalty(&all).to_f64()
}

/// The value is the real number, rounded once: what candle sums itself is within a bound of it.
#[test]
fn the_value_is_cores_and_the_gradient_is_that_of_the_part() -> Result<()> {
    for (dtype, expected) in [
        (DType::F64, rounded::<f64>()),
        (DType::F32, rounded::<f32>()),
        (DType::F16, rounded::<half::f16>()),
        (DType::BF16, rounded::<half::bf16>()),
    ] {
        let shards = [0, 1, 2].map(|index| dense(PARTS[index], dtype).unwrap());
        let whole = merged(&shards);
        for shard in &shards {
            let loss = shard.losses_of(&whole)?.total();
            assert_eq!(loss.as_ref().unwrap().dtype(), dtype);
            assert_eq!(
                gradient(loss, &shard.0)?,
                gradient(shard.penalty(), &shard.0)?
            );
            assert_eq!(
                number(shard.losses_of(&whole)?.total())?,
                expected,
                "{dtype:?}"
            );
        }
        let count = whole.get("0").unwrap().count();
        assert_eq!((count.zeros, count.len), (1, 5));
    }
    Ok(())
}

#[derive(Regularize)]
struct Small(#[regularize(l1_l2(1e-20, 1e-30), sharded)] Var);

/// The value of the whole is infinite, or NaN, or is not although the sum of a part is: the gradient is that of one machine.
#[test]
fn what_is_too_large_or_no_number_has_its_gradient() -> Result<()> {
    fn check<L: Regularize<Penalty = Result<Tensor>>>(
        shards: [L; 2],
        weight: impl Fn(&L) -> &Var,
        is: impl Fn(f64) -> bool,
    ) -> Result<()> {
        let whole = merged(&shards);
        for shard in &shards {
            assert!(is(number(shard.losses_of(&whole)?.total())?));
            let bits = |loss| -> Result<Vec<u64>> {
                Ok(gradient(loss, weight(shard))?
                    .into_iter()
                    .map(f64::to_bits)
                    .collect())
            };
            assert_eq!(
                bits(shard.losses_of(&whole)?.total())?,
                bits(shard.penalty())?
            );
        }
        Ok(())
    }
    let of_dense = |numbers: &[f64], dtype, is: fn(f64) -> bool| {
        check(
            [dense(numbers, dtype)?, dense(&[1.0], dtype)?],
            |layer| &layer.0,
            is,
        )
    };
    // 0.3·Σx² is beyond f16, and beyond f64.
    of_dense(&[1000.0, -300.0], DType::F16, |value| {
        value == f64::INFINITY
    })?;
    of_dense(&[1e200], DType::F64, |value| value == f64::INFINITY)?;
    of_dense(&[f64::INFINITY, 1.0], DType::F32, |value| {
        value == f64::INFINITY
    })?;
    of_dense(&[f64::NAN, 1.0], DType::F32, f64::is_nan)?;
    // Σx² is beyond f32 in the part, and 1e-30·Σx² is not.
    let small = |numbers: &[f64]| dense(numbers, DType::F32).map(|layer| Small(layer.0));
    check(
        [small(&[1e20, -1.0])?, small(&[1.0])?],
        |layer| &layer.0,
        f64::is_finite,
    )?;
    // f64 has numbers that f32 has not.
    let lasso = |x| variable(&[x]).map(Lasso);
    check(
        [lasso(1e200)?, lasso(-1e200)?],
        |layer| &layer.0,
        |value| value == 1e200,
    )
}

#[derive(Regularize)]
struct Lasso(#[regularize(l1(0.5), sharded)] Var);

#[test]
fn columns_are_shards() -> Result<()> {
    let whole = tensor(&[1.0, -2.0, 3.0, 4.0, -5.0, 6.0])?.reshape((2, 3))?;
    let shards = [
        View(whole.narrow(1, 0, 1)?),
        View(whole.narrow(1, 1, 2)?.t()?),
    ];
    assert!(!shards[1].0.is_contiguous());
    assert_eq!(
        number(shards[0].losses_of(&merged(&shards))?.total())?,
        10.5
    );
    Ok(())
}

/// What has no penalty has no sums either.
#[test]
fn integers_are_refused_with_the_path() -> Result<()> {
    let layer = View(tensor(&[1.0])?.to_dtype(DType::U8)?);
    let error = layer.partials(Shard::WHOLE).unwrap_err();
    assert_eq!(error.path(), "0");
    assert!(error.to_string().contains("U8"), "{error}");
    Ok(())
}

#[derive(Regularize)]
struct Copied(#[regularize(l1_l2(0.1, 0.3))] Var);

#[test]
fn the_gradients_of_replicas_are_one_penaltys() -> Result<()> {
    let on_replica = |replicas| {
        let layer = Copied(dense(&[4.0, -2.0], DType::F64)?.0);
        gradient(
            layer
                .add_penalty_on_replica(tensor(&[0.0])?.sum_all(), replicas)
                .unwrap(),
            &layer.0,
        )
    };
    let averaged = on_replica(Replicas::Averaged)?;
    let summed = on_replica(Replicas::Summed(NonZero::new(4).unwrap()))?;
    let sum: Vec<f64> = summed.iter().map(|share| 4.0 * share).collect();
    assert_eq!(sum, averaged);
    Ok(())
}

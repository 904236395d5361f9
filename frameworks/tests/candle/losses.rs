//! Losses by name, each a `Result`, and where an error goes.

use super::*;
use regularize::extend::Penalty;
use regularize::{Losses, l1};

#[derive(Regularize)]
#[regularize(kernel = l2(0.5), bias = l1(0.25))]
struct Dense {
    kernel: Var,
    bias: Var,
}

fn dense() -> Result<Dense> {
    Ok(Dense {
        kernel: variable(&[1.0, -2.0])?,
        bias: variable(&[4.0])?,
    })
}

/// A layer whose bias candle has no penalty for.
fn failing() -> Result<Dense> {
    Ok(Dense {
        bias: Var::new(&[4_i64], &Device::Cpu)?,
        ..dense()?
    })
}

#[test]
fn losses_have_a_total_and_are_added_to_a_loss() -> Result<()> {
    let losses = dense()?.losses();
    assert_eq!(number(losses.total())?, 2.5 + 1.0);
    let loss = losses.add_to(Tensor::new(8.0_f32, &Device::Cpu))?;
    assert_eq!((loss.dtype(), number(Ok(loss))?), (DType::F32, 11.5));
    assert_eq!(losses.get("bias").unwrap().to_f64(), Ok(1.0));
    Ok(())
}

#[test]
fn a_total_is_on_the_tape_as_often_as_it_is_taken() -> Result<()> {
    let layer = dense()?;
    let losses = layer.losses();
    let twice = (losses.total()? + losses.total()?)?;
    let gradients = twice.backward()?;
    let gradient = gradients.get(&layer.kernel).unwrap();
    assert_eq!(numbers(gradient)?, [2.0, -4.0]);
    Ok(())
}

#[test]
fn a_forward_pass_fills_losses_with_those_of_outputs() -> Result<()> {
    let mut outputs = Losses::<Result<Tensor>>::new();
    outputs.add(
        "relu",
        &l1(0.5),
        &Tensor::ones((2, 3), DType::F64, &Device::Cpu)?,
    );
    outputs.push("mse", Tensor::new(0.25_f64, &Device::Cpu));
    outputs.extend(dense()?.losses());
    let names: Vec<&str> = outputs.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["relu", "mse", "kernel", "bias"]);
    assert_eq!(number(outputs.total())?, 1.5 + 0.25 + 2.5 + 1.0);
    Ok(())
}

#[test]
fn no_losses_are_0_and_leave_a_loss_as_it_is() -> Result<()> {
    let losses = Losses::<Result<Tensor>>::new();
    assert_eq!(number(losses.total())?, 0.0);
    let loss = losses.add_to(Tensor::new(3.0_f64, &Device::Cpu))?;
    assert_eq!((loss.dtype(), number(Ok(loss))?), (DType::F64, 3.0));
    Ok(())
}

#[test]
fn an_error_of_one_weight_is_that_of_every_sum_and_of_no_other_loss() -> Result<()> {
    let layer = failing()?;
    let losses = layer.losses();
    assert_eq!(losses.get("kernel").unwrap().to_f64(), Ok(2.5));
    let sums = [
        losses.total(),
        losses.add_to(Tensor::new(1.0_f32, &Device::Cpu)),
        layer.penalty(),
        layer.add_penalty(Tensor::new(1.0_f32, &Device::Cpu)),
    ];
    for sum in sums {
        let said = sum.unwrap_err().to_string();
        assert!(said.contains("a tensor of I64 has no penalty"), "{said}");
    }
    Ok(())
}

#[test]
fn a_report_names_the_weight_that_has_no_penalty() -> Result<()> {
    for error in [
        failing()?.report().unwrap_err(),
        failing()?.check().unwrap_err(),
    ] {
        let said = error.to_string();
        assert_eq!(error.path(), "bias");
        assert!(
            said.starts_with("bias: candle: a tensor of I64 has no penalty"),
            "{said}"
        );
    }
    Ok(())
}

#[test]
fn a_report_is_the_table_of_every_weight() -> Result<()> {
    assert_eq!(
        dense()?.report()?.to_string(),
        "\
weight  regularizer  penalty   share  zeros
kernel  l2(0.5)          2.5  71.4 %  0 of 2
bias    l1(0.25)           1  28.6 %  0 of 1
total                    3.5          0 of 3"
    );
    Ok(())
}

#[test]
fn a_penalty_is_a_number_that_is_divided_and_duplicated() -> Result<()> {
    let three = || Tensor::new(3.0_f32, &Device::Cpu);
    assert_eq!(three().divided_by(4).to_f64(), Ok(0.75));
    assert_eq!(three().duplicate().plus(three()).to_f64(), Ok(6.0));
    assert_eq!(<Result<Tensor> as Penalty>::zero().to_f64(), Ok(0.0));
    Ok(())
}

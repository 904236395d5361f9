//! Layouts and ranks: a penalty is that of the numbers that a tensor shows.

use super::*;
use candle_core::IndexOp;
use regularize::l1_l2;

#[derive(Regularize)]
struct Weight(#[regularize(l1_l2(0.5, 0.25))] Tensor);

#[derive(Regularize)]
#[regularize(penalty = Result<Tensor>, activity = l1_l2(0.5, 0.25))]
struct Relu;

/// Rows of 4: 0 to 11, every second one negative.
fn matrix() -> Result<Var> {
    let numbers = (0..12).map(|k| if k % 2 == 0 { k.into() } else { -f64::from(k) });
    Var::from_vec(numbers.collect(), (3, 4), &Device::Cpu)
}

/// Every tensor of the matrix that is no slice of its memory in order.
fn views(matrix: &Var) -> Result<Vec<Tensor>> {
    let views = vec![
        matrix.t()?,
        matrix.narrow(1, 1, 2)?,
        matrix.narrow(0, 1, 2)?.narrow(1, 2, 2)?.t()?,
        matrix.i((.., 2))?,
        matrix.i(1)?.broadcast_as((2, 4))?,
    ];
    assert!(views.iter().all(|view| !view.is_contiguous()));
    Ok(views)
}

#[test]
fn a_view_costs_what_its_numbers_cost() -> Result<()> {
    for view in views(&matrix()?)? {
        let numbers = numbers(&view)?;
        let expected = l1_l2(0.5, 0.25).terms().penalty(&numbers);
        let layer = Weight(view);
        assert_eq!(number(layer.penalty())?, expected);
        let zeros = numbers.iter().filter(|x| **x == 0.0).count();
        let count = layer.report()?.count();
        assert_eq!((count.zeros, count.len), (zeros, numbers.len()));
    }
    Ok(())
}

#[test]
fn the_gradient_of_a_view_is_at_the_numbers_that_it_shows() -> Result<()> {
    let matrix = matrix()?;
    let gradients = Weight(matrix.narrow(1, 1, 2)?.t()?).penalty()?.backward()?;
    let gradient = numbers(gradients.get(&matrix).unwrap())?;
    let expected = |k: usize, x: f64| match k % 4 {
        1 | 2 => 0.5 * x.signum() + 0.5 * x,
        _ => 0.0,
    };
    let weights = numbers(&matrix)?.into_iter().enumerate();
    let expected: Vec<f64> = weights.map(|(k, x)| expected(k, x)).collect();
    assert_eq!(gradient, expected);
    Ok(())
}

/// A variable that is made of a view has memory of its own, so that it can be changed.
#[test]
fn a_variable_of_a_view_takes_a_step() -> Result<()> {
    #[derive(Regularize)]
    struct Own(#[regularize(l1(1.0))] Var);

    let matrix = matrix()?;
    for view in views(&matrix)? {
        let mut layer = Own(Var::from_tensor(&view.detach())?);
        layer.proximal_step(1.0)?;
        let expected = numbers(&view)?.into_iter();
        let expected: Vec<f64> = expected
            .map(|x| x.signum() * (x.abs() - 1.0).max(0.0))
            .collect();
        assert_eq!(numbers(&layer.0)?, expected);
    }
    Ok(())
}

#[test]
fn an_empty_tensor_costs_0() -> Result<()> {
    for shape in [&[0][..], &[3, 0], &[2, 0, 4]] {
        let layer = Weight(Tensor::zeros(shape, DType::F64, &Device::Cpu)?);
        let penalty = layer.penalty()?;
        assert_eq!((penalty.rank(), number(Ok(penalty))?), (0, 0.0));
        assert_eq!(layer.report()?.count().len, 0);
        assert_eq!(number(Relu.activity_penalty(&layer.0))?, 0.0);
    }
    Ok(())
}

#[test]
fn an_output_of_any_rank_is_divided_by_its_first_axis() -> Result<()> {
    let of_ones = 0.5 + 0.25;
    for (shape, expected) in [
        (&[][..], of_ones), // no axis: not divided
        (&[4], of_ones),
        (&[4, 3], of_ones * 3.0),
        (&[4, 3, 2], of_ones * 6.0),
        (&[4, 3, 2, 5], of_ones * 30.0),
        (&[1, 3], of_ones * 3.0),
    ] {
        let output = Tensor::ones(shape, DType::F64, &Device::Cpu)?;
        let penalty = Relu.activity_penalty(&output)?;
        assert_eq!(penalty.rank(), 0);
        assert_eq!(number(Ok(penalty))?, expected, "{shape:?}");
    }
    Ok(())
}

#[test]
fn an_output_that_is_a_view_is_divided_by_the_first_axis_that_it_shows() -> Result<()> {
    for view in views(&matrix()?)? {
        let numbers = numbers(&view)?;
        let mut sums = regularize::extend::Sums::new();
        sums.extend(&numbers);
        let terms = l1_l2(0.5, 0.25).terms();
        let expected: f64 = terms.penalty_per_sample(&sums, view.dims()[0]);
        assert_eq!(number(Relu.activity_penalty(&view))?, expected);
    }
    Ok(())
}

#[test]
fn an_output_has_the_gradient_of_its_penalty() -> Result<()> {
    let output = Var::new(&[[2.0_f64, 0.0], [-4.0, -0.0]], &Device::Cpu)?;
    let gradients = Relu.activity_penalty(output.as_tensor())?.backward()?;
    let gradient = numbers(gradients.get(&output).unwrap())?;
    assert_eq!(gradient, [(0.5 + 1.0) / 2.0, 0.0, (-0.5 - 2.0) / 2.0, 0.0]);
    Ok(())
}

#[test]
fn an_edition_that_does_not_divide_does_not() -> Result<()> {
    #[derive(Regularize)]
    #[regularize(edition = KERAS_2_2, penalty = Result<Tensor>, activity = l1(0.5))]
    struct Old;

    let output = Tensor::ones((4, 3), DType::F64, &Device::Cpu)?;
    assert_eq!(number(Old.activity_penalty(&output))?, 6.0);
    Ok(())
}

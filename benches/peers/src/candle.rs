//! candle: operations on tensors, and its automatic differentiation.

use crate::check::Expected;
use crate::subject::{Operation, Subject};
use crate::{L1, L2, STEP};
use candle_core::{Device, Result, Tensor, Var};
use std::hint::black_box;

fn penalty(x: &Tensor) -> Result<Tensor> {
    (x.abs()?.sum_all()? * f64::from(L1))? + (x.sqr()?.sum_all()? * f64::from(L2))?
}

fn gradient(x: &Tensor, g: &Tensor) -> Result<Tensor> {
    (g + (x.sign()? * f64::from(L1))?)? + (x * f64::from(2.0 * L2))?
}

/// The gradient is one of the tape's.
fn differentiated(x: &Var) -> Result<(f32, Tensor)> {
    let penalty = penalty(x)?;
    let gradient = penalty.backward()?.remove(x).expect("a gradient");
    Ok((penalty.to_scalar()?, gradient))
}

fn proximal(x: &Tensor) -> Result<Tensor> {
    let kept = (x.abs()? - f64::from(STEP * L1))?.relu()?;
    (x.sign()? * kept)? / f64::from(1.0 + 2.0 * STEP * L2)
}

pub(crate) fn subject<'a>(operation: Operation, expected: &Expected<'a>) -> Result<Subject<'a>> {
    let x = Tensor::from_slice(expected.x, expected.x.len(), &Device::Cpu)?;
    Ok(match operation {
        Operation::Value => {
            let value = move || penalty(black_box(&x))?.to_scalar::<f32>();
            Subject::new("candle", expected.value("candle", value()?), value)
        }
        Operation::Gradient => {
            let g = x.zeros_like()?;
            let ulps = expected.gradient("candle", &gradient(&x, &g)?.to_vec1()?);
            let run = move || gradient(black_box(&x), black_box(&g));
            Subject::new("candle", ulps, run)
        }
        Operation::Fused => {
            let (name, x) = ("candle, backward", Var::from_tensor(&x)?);
            let (value, gradient) = differentiated(&x)?;
            expected.gradient(name, &gradient.to_vec1()?);
            let ulps = expected.value(name, value);
            Subject::new(name, ulps, move || differentiated(black_box(&x)))
        }
        Operation::Prox => {
            let ulps = expected.prox("candle", &proximal(&x)?.to_vec1()?);
            Subject::new("candle", ulps, move || proximal(black_box(&x)))
        }
    })
}

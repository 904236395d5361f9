//! Weights, outputs and penalties of candle: rank 0, on the tensor's device, in a `Result`.

mod layers;
mod rules;

use super::format::{Cosines, Format, Shrinkage};
use crate::error::{Error, ErrorKind, ShapeError};
use crate::path::Path;
use crate::tensor::{Activity, Count, Identity, Matrix, Penalty, Tensor};
use crate::weight::{Each, EachMut, Weight};
use candle_core::{DType, Device, Result, Var, bail};
use regularize_core::edition::Activity as Division;
use regularize_core::{Mode, Orthogonal, Step, Sums, Terms};

/// The format of a tensor's numbers.
fn format(x: &candle_core::Tensor) -> Result<Format> {
    match x.dtype() {
        DType::F32 => Ok(Format::F32),
        DType::F64 => Ok(Format::F64),
        DType::F16 => Ok(Format::F16),
        DType::BF16 => Ok(Format::BF16),
        other => bail!(
            "a tensor of {other:?} has no penalty: weights are of f16, bf16, f32 or f64, and `to_dtype` converts"
        ),
    }
}

/// The format of a tensor's numbers, and the tensor in the type that its sums are taken in.
fn widened(x: &candle_core::Tensor) -> Result<(Format, candle_core::Tensor)> {
    let format = format(x)?;
    let wide = match format {
        Format::F16 | Format::BF16 => x.to_dtype(DType::F32)?,
        Format::F32 | Format::F64 => x.clone(),
    };
    Ok((format, wide))
}

/// A tensor of rank 0, since an operation with a number adds 0 to it, and −0 + 0 is 0.
fn scalar(number: f64, like: &candle_core::Tensor) -> Result<candle_core::Tensor> {
    match like.dtype() {
        DType::F64 => candle_core::Tensor::new(number, like.device()),
        dtype => candle_core::Tensor::new(number as f32, like.device())?.to_dtype(dtype),
    }
}

/// |x| with the derivative 0 at 0, where that of candle's `abs` is 1.
fn magnitude(x: &candle_core::Tensor) -> Result<candle_core::Tensor> {
    x.mul(&x.detach().sign()?)
}

/// (l1·Σ|xᵢ| + l2·Σxᵢ²)/by, in the type of `x`.
fn penalty(x: &candle_core::Tensor, terms: &Terms, by: usize) -> Result<candle_core::Tensor> {
    let (format, wide) = widened(x)?;
    let term = |sum: candle_core::Tensor, factor| sum.mul(&scalar(format.factor(factor), &sum)?);
    let first = terms.l1().map(|l1| term(magnitude(&wide)?.sum_all()?, l1));
    let second = terms.l2().map(|l2| term(wide.sqr()?.sum_all()?, l2));
    let sum = match (first, second) {
        (Some(first), Some(second)) => first?.add(&second?)?,
        (Some(one), None) | (None, Some(one)) => one?,
        (None, None) => scalar(0.0, &wide)?,
    };
    let sum = match Format::adds_zero(terms) {
        true => sum.add(&scalar(0.0, &sum)?)?,
        false => sum,
    };
    let quotient = match by {
        1 => sum,
        by => sum.div(&scalar(by as f64, &sum)?)?,
    };
    quotient.to_dtype(x.dtype())
}

/// 0 of finite numbers, with the gradient of their penalty.
fn nothing(x: &candle_core::Tensor, terms: &Terms) -> Result<candle_core::Tensor> {
    let (format, wide) = widened(x)?;
    let here = wide.detach();
    let slope = slope(format, &here, terms)?;
    wide.sub(&here)?.mul(&slope)?.sum_all()?.to_dtype(x.dtype())
}

/// Σ|xᵢ| and Σxᵢ² without rounding, of numbers that are copied from the device.
fn sums(x: &candle_core::Tensor) -> Result<Sums> {
    let numbers = x.detach().flatten_all()?.to_device(&Device::Cpu)?;
    let mut sums = Sums::new();
    match x.dtype() {
        DType::F64 => sums.extend(&numbers.to_vec1::<f64>()?),
        // f16 and bf16 become f32 without rounding, and what has no penalty is refused.
        _ => sums.extend(&widened(&numbers)?.1.to_vec1::<f32>()?),
    }
    Ok(sums)
}

/// sign(v)·max(|v| − τ·l1, 0)/(1 + 2·τ·l2), with the sign of v at 0; NaN stays. `None` if nothing changes.
fn proximal(
    v: &candle_core::Tensor,
    terms: &Terms,
    step: Step,
) -> Result<Option<candle_core::Tensor>> {
    let (format, wide) = widened(&v.detach())?;
    let times = |factor| wide.broadcast_mul(&scalar(factor, &wide)?);
    let w = match format.shrinkage(terms, step) {
        Shrinkage::Nothing => return Ok(None),
        Shrinkage::Nan => times(f64::NAN)?,
        Shrinkage::Zero => times(0.0)?,
        Shrinkage::By {
            threshold,
            divisors,
        } => {
            let limit = scalar(threshold, &wide)?;
            let mut w = wide.sub(&wide.sign()?.broadcast_mul(&limit)?)?;
            if threshold > 0.0 {
                let is_zero = wide.abs()?.broadcast_le(&limit)?;
                w = is_zero.where_cond(&times(0.0)?, &w)?;
            }
            for divisor in divisors {
                w = w.broadcast_div(&scalar(divisor, &w)?)?;
            }
            w
        }
    };
    w.to_dtype(v.dtype()).map(Some)
}

/// l1·sign(x) + 2·l2·x, in the type of `x`.
fn subgradient(x: &candle_core::Tensor, terms: &Terms) -> Result<candle_core::Tensor> {
    let (format, wide) = widened(&x.detach())?;
    slope(format, &wide, terms)?.to_dtype(x.dtype())
}

/// l1·sign(x) + 2·l2·x, of numbers that are [`widened`].
fn slope(format: Format, x: &candle_core::Tensor, terms: &Terms) -> Result<candle_core::Tensor> {
    let times =
        |tensor: &candle_core::Tensor, number| tensor.broadcast_mul(&scalar(number, tensor)?);
    let [l1, l2] = format.factors(terms);
    times(&x.sign()?, l1)?.add(&times(&times(x, l2)?, 2.0)?)
}

/// factor·Σ_{i<j} |nᵢ·nⱼ| / (n(n − 1)/2) of a matrix, as [`Cosines`] says.
fn orthogonal(x: &candle_core::Tensor, regularizer: &Orthogonal) -> Result<candle_core::Tensor> {
    let (format, wide) = widened(x)?;
    let wide = match regularizer.mode() {
        Mode::Rows => wide,
        Mode::Columns => wide.t()?,
    };
    let (vectors, length) = wide.dims2()?;
    let penalty = match Cosines::new(format, regularizer, vectors, length) {
        Cosines::Undefined => scalar(f64::NAN, &wide)?,
        Cosines::Zero => scalar(0.0, &wide)?,
        Cosines::Mean {
            floor,
            factor,
            pairs,
        } => {
            // Divided by its largest weight no vector overflows.
            let floor = scalar(floor, &wide)?;
            let scale = wide.detach().abs()?.max_keepdim(1)?;
            let scale = scale.broadcast_maximum(&floor)?;
            let x = wide.broadcast_div(&scale)?;
            // No root is one of 0, which has no derivative: a length is at least 1, or the floor is.
            let floor = floor.broadcast_div(&scale)?.sqr()?;
            let squares = x.sqr()?.sum_keepdim(1)?.maximum(&floor)?;
            let unit = x.broadcast_div(&squares.sqrt()?)?;
            let cosines = magnitude(&unit.matmul(&unit.t()?)?)?;
            let upper = candle_core::Tensor::triu2(vectors, wide.dtype(), wide.device())?;
            let diagonal = candle_core::Tensor::eye(vectors, wide.dtype(), wide.device())?;
            let sum = cosines.mul(&upper.sub(&diagonal)?)?.sum_all()?;
            sum.div(&scalar(pairs, &sum)?)?
                .mul(&scalar(factor, &sum)?)?
        }
    };
    penalty.to_dtype(x.dtype())
}

fn said(error: candle_core::Error) -> ErrorKind {
    ErrorKind::Framework(format!("candle: {}", message(&error)))
}

/// Returns the message of candle, without the backtrace that it adds where one is asked for.
fn message(error: &candle_core::Error) -> String {
    match error {
        candle_core::Error::WithBacktrace { inner, .. } => message(inner),
        error => error.to_string(),
    }
}

/// So that `?` works in a function that returns candle's `Result`.
impl From<Error> for candle_core::Error {
    fn from(error: Error) -> Self {
        Self::wrap(error)
    }
}

/// So that `?` works there with a model over many machines as well.
impl From<crate::distributed::Error> for candle_core::Error {
    fn from(error: crate::distributed::Error) -> Self {
        Self::wrap(error)
    }
}

/// One number on a device, on the tape that computed it, or candle's error.
///
/// A sum is of the type and on the device of its first number, which in training is the loss.
impl Penalty for Result<candle_core::Tensor> {
    fn zero() -> Self {
        candle_core::Tensor::new(0.0_f32, &Device::Cpu)
    }

    fn plus(self, other: Self) -> Self {
        let (sum, other) = (self?, other?);
        if !sum.dtype().is_float() {
            bail!(
                "a loss of {:?} takes no penalty: its type is that of the sum",
                sum.dtype()
            );
        }
        sum.add(&other.to_dtype(sum.dtype())?.to_device(sum.device())?)
    }

    fn divided_by(self, count: usize) -> Self {
        let sum = self?;
        let (_, wide) = widened(&sum)?;
        wide.div(&scalar(count as f64, &wide)?)?
            .to_dtype(sum.dtype())
    }

    fn duplicate(&self) -> Self {
        match self {
            Ok(number) => Ok(number.clone()),
            Err(error) => Err(candle_core::Error::Msg(message(error))),
        }
    }

    fn to_f64(&self) -> std::result::Result<f64, ErrorKind> {
        match self {
            Ok(number) if number.dtype() == DType::F64 => number.to_scalar().map_err(said),
            // Not every device converts to f64.
            Ok(number) => number
                .to_dtype(DType::F32)
                .and_then(|number| number.to_scalar::<f32>())
                .map(f64::from)
                .map_err(said),
            Err(error) => Err(ErrorKind::Framework(format!("candle: {}", message(error)))),
        }
    }
}

/// Any rank and layout. Σ is candle's, of f16 and bf16 in f32.
impl Tensor for candle_core::Tensor {
    type Penalty = Result<Self>;

    fn penalty(&self, terms: &Terms) -> Result<Self> {
        penalty(self, terms, 1)
    }

    fn penalty_per_sample(&self, terms: &Terms, batch: usize) -> Result<Self> {
        match (terms.edition().rules().activity, batch) {
            (Division::Sum, _) => penalty(self, terms, 1),
            (Division::Mean, 0) => scalar(0.0, &widened(self)?.1)?.to_dtype(self.dtype()),
            (Division::Mean | Division::MeanOrNan, _) => penalty(self, terms, batch),
        }
    }

    fn sums(&self) -> std::result::Result<Sums, ErrorKind> {
        sums(self).map_err(said)
    }

    fn penalty_of(&self, terms: &Terms, whole: &Sums) -> Result<Self> {
        let number = format(self)?.penalty_of(terms, whole);
        let (local, value) = (penalty(self, terms, 1)?, scalar(number, &self.detach())?);
        match Ok(local.detach()).to_f64() {
            Ok(local_number) if local_number.is_finite() => local.sub(&local.detach())?.add(&value),
            // Where the sum was too large here alone: 0 with the gradient.
            _ if number.is_finite() => nothing(self, terms)?.add(&value),
            _ => local.add(&value),
        }
    }

    fn is_matrix(&self) -> bool {
        self.rank() == 2
    }

    fn orthogonal(&self, regularizer: &Orthogonal) -> Option<Result<Self>> {
        self.is_matrix().then(|| orthogonal(self, regularizer))
    }

    fn count(&self) -> std::result::Result<Count, ErrorKind> {
        let zeros = || {
            let zeros = self.detach().eq(0.0)?.to_dtype(DType::I64)?.sum_all()?;
            zeros.to_scalar::<i64>()
        };
        Ok(Count {
            zeros: zeros().map_err(said)?.unsigned_abs() as usize,
            len: self.elem_count(),
        })
    }

    fn identity(&self) -> Option<Identity> {
        Some(Identity::candle(self.id()))
    }

    fn add_gradient(
        &self,
        terms: &Terms,
        gradient: &mut Self,
    ) -> std::result::Result<(), ErrorKind> {
        ShapeError::compare(self.dims(), gradient.dims())?;
        let added = subgradient(self, terms).and_then(|slope| gradient.add(&slope));
        *gradient = added.map_err(said)?;
        Ok(())
    }

    // Through `Var::set`, so that whoever holds the variable sees the step.
    fn proximal_step(&mut self, terms: &Terms, step: Step) -> std::result::Result<(), ErrorKind> {
        let set = || match proximal(self, terms, step)? {
            Some(stepped) => Var::from_tensor(self)?.set(&stepped),
            None => Ok(()),
        };
        set().map_err(said)
    }

    fn check_change(&self) -> std::result::Result<(), ErrorKind> {
        widened(&self.detach()).map_err(said)?;
        let refused = match (self.is_variable(), self.is_contiguous()) {
            (true, true) => return Ok(()),
            (true, false) => "the variable is not contiguous, and candle sets no such one",
            (false, _) => {
                "the weight is not a `Var`, so it cannot be changed: make its layer with a `VarBuilder` of a `VarMap`, \
                 or write `trainable = false`"
            }
        };
        Err(ErrorKind::Framework(refused.into()))
    }
}

/// If its rank is 2.
impl Matrix for candle_core::Tensor {}

/// One tensor. Two places that hold one variable hold one weight.
impl Weight for candle_core::Tensor {
    type Tensor = Self;

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, Self>) -> std::result::Result<(), Error> {
        f(&at.shared(), self)
    }

    fn each_tensor_mut(
        &mut self,
        at: &Path<'_>,
        f: &mut EachMut<'_, Self>,
    ) -> std::result::Result<(), Error> {
        f(&at.shared(), self)
    }
}

/// The tensor within.
impl Weight for Var {
    type Tensor = candle_core::Tensor;

    fn each_tensor(
        &self,
        at: &Path<'_>,
        f: &mut Each<'_, Self::Tensor>,
    ) -> std::result::Result<(), Error> {
        self.as_tensor().each_tensor(at, f)
    }

    fn each_tensor_mut(
        &mut self,
        at: &Path<'_>,
        f: &mut EachMut<'_, Self::Tensor>,
    ) -> std::result::Result<(), Error> {
        self.as_tensor().clone().each_tensor_mut(at, f)
    }
}

/// The first axis is the batch.
impl Activity for candle_core::Tensor {
    type Tensor = Self;

    fn tensor(&self) -> &Self {
        self
    }

    fn batch(&self) -> Option<usize> {
        self.dims().first().copied()
    }
}

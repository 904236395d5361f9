//! Weights, outputs and penalties of burn: everything on the tape of the tensors' device.

mod cross_attention;
mod layers;
mod orthogonal;
mod rules;

use super::format::{Format, Shrinkage};
use crate::error::{ErrorKind, Result, ShapeError};
use crate::path::Path;
use crate::regularizer::nothing;
use crate::tensor::{Activity, Count, Identity, Penalty, Tensor};
use crate::weight::{Each, EachMut, Weight, refuse};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{self, DType, Device, TensorData};
use regularize_core::edition::Activity as Division;
use regularize_core::{Orthogonal, Step, Sums, Terms};
use std::any::Any;
use std::fmt::{Debug, Display};

/// The format of a tensor's numbers.
fn format<const D: usize>(x: &tensor::Tensor<D>) -> Format {
    match x.dtype() {
        DType::F64 => Format::F64,
        DType::F16 => Format::F16,
        DType::BF16 => Format::BF16,
        _ => Format::F32,
    }
}

/// The format of a tensor's numbers, and the tensor in the type that its sums are taken in.
fn widened<const D: usize>(x: tensor::Tensor<D>) -> (Format, tensor::Tensor<D>) {
    let format = format(&x);
    let wide = match x.dtype() {
        DType::F16 | DType::BF16 => x.cast(DType::F32),
        DType::QFloat(_) => x.dequantize(),
        _ => x,
    };
    (format, wide)
}

/// A result in the type of the tensor that was [`widened`].
fn narrowed<const D: usize>(
    format: Format,
    x: tensor::Tensor<D>,
    dtype: DType,
) -> tensor::Tensor<D> {
    match format.is_short() {
        true => x.cast(dtype),
        false => x,
    }
}

/// Σ of no numbers is +0, which not every backend says.
fn total<const D: usize>(x: tensor::Tensor<D>) -> tensor::Tensor<1> {
    match x.shape().num_elements() {
        0 => tensor::Tensor::zeros([1], (&x.device(), x.dtype())),
        _ => x.sum(),
    }
}

/// (l1·Σ|xᵢ| + l2·Σxᵢ²)/by, in the type of `x`.
fn penalty<const D: usize>(x: tensor::Tensor<D>, terms: &Terms, by: usize) -> tensor::Tensor<1> {
    let dtype = x.dtype();
    let (format, x) = widened(x);
    let first = terms.l1().map(|l1| {
        let sum = total(x.clone().abs());
        sum.mul_scalar(format.factor(l1))
    });
    let second = terms.l2().map(|l2| {
        let sum = total(x.clone().square());
        sum.mul_scalar(format.factor(l2))
    });
    let sum = match (first, second) {
        (Some(first), Some(second)) => first + second,
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => tensor::Tensor::zeros([1], (&x.device(), x.dtype())),
    };
    let sum = match Format::adds_zero(terms) {
        true => sum.add_scalar(0.0),
        false => sum,
    };
    let quotient = match by {
        1 => sum,
        by => sum.div_scalar(by as f64),
    };
    narrowed(format, quotient, dtype)
}

/// The numbers, [`widened`] and copied from the device.
fn numbers<const D: usize>(x: tensor::Tensor<D>) -> Result<(Format, TensorData), ErrorKind> {
    let (format, numbers) = widened(x.detach());
    Ok((format, numbers.try_into_data().map_err(unread)?))
}

/// Σ|xᵢ| and Σxᵢ² without rounding.
fn sums<const D: usize>(x: tensor::Tensor<D>) -> Result<Sums, ErrorKind> {
    let (format, numbers) = numbers(x)?;
    let mut sums = Sums::new();
    match format {
        Format::F64 => sums.extend(numbers.as_slice::<f64>().map_err(unread)?),
        // f16 and bf16 became f32 without rounding.
        _ => sums.extend(numbers.as_slice::<f32>().map_err(unread)?),
    }
    Ok(sums)
}

fn unread(error: impl Debug) -> ErrorKind {
    said(format!("{error:?}"))
}

/// The penalty of a whole tensor, of which `x` is a part that has the gradient.
fn penalty_of<const D: usize>(
    x: tensor::Tensor<D>,
    terms: &Terms,
    whole: &Sums,
) -> tensor::Tensor<1> {
    let number = format(&x).penalty_of(terms, whole);
    let local = penalty(x.clone(), terms, 1);
    let value = local.clone().detach();
    let whole = value.full_like(number);
    match value.to_f64() {
        Ok(local_number) if local_number.is_finite() => local - value + whole,
        // Where the sum was too large here alone: 0 with the gradient.
        _ if number.is_finite() => only_gradient(x, terms) + whole,
        _ => local + whole,
    }
}

/// 0 of finite numbers, with the gradient of their penalty.
fn only_gradient<const D: usize>(x: tensor::Tensor<D>, terms: &Terms) -> tensor::Tensor<1> {
    let dtype = x.dtype();
    let (format, x) = widened(x);
    let here = x.clone().detach();
    let slope = slope(format, here.clone(), terms);
    narrowed(format, total((x - here) * slope), dtype)
}

/// l1·sign(x) + 2·l2·x, of numbers that are [`widened`].
fn slope<const D: usize>(format: Format, x: tensor::Tensor<D>, terms: &Terms) -> tensor::Tensor<D> {
    let [l1, l2] = format.factors(terms);
    x.clone().sign().mul_scalar(l1) + x.mul_scalar(l2).mul_scalar(2.0)
}

/// l1·sign(x) + 2·l2·x, in the type of `x`.
fn subgradient<const D: usize>(x: tensor::Tensor<D>, terms: &Terms) -> tensor::Tensor<D> {
    let dtype = x.dtype();
    let (format, x) = widened(x.detach());
    narrowed(format, slope(format, x, terms), dtype)
}

/// sign(v)·max(|v| − τ·l1, 0)/(1 + 2·τ·l2), with the sign of v at 0; NaN stays.
fn proximal<const D: usize>(v: tensor::Tensor<D>, terms: &Terms, step: Step) -> tensor::Tensor<D> {
    let dtype = v.dtype();
    let (format, v) = widened(v);
    let w = match format.shrinkage(terms, step) {
        Shrinkage::Nothing => v,
        Shrinkage::Nan => v.full_like(f64::NAN),
        Shrinkage::Zero => v.mul_scalar(0.0),
        Shrinkage::By {
            threshold,
            divisors,
        } => {
            let w = v.clone() - v.clone().sign().mul_scalar(threshold);
            let w = match threshold > 0.0 {
                true => {
                    let is_zero = v.clone().abs().lower_equal_elem(threshold);
                    w.mask_where(is_zero, v.mul_scalar(0.0))
                }
                false => w,
            };
            let divided = divisors.into_iter().filter(|divisor| *divisor != 1.0);
            divided.fold(w, |w, divisor| w.div_scalar(divisor))
        }
    };
    narrowed(format, w, dtype)
}

fn said(error: impl Display) -> ErrorKind {
    ErrorKind::Framework(format!("burn: {error}"))
}

/// One number on a device, on the tape that computed it.
///
/// A sum is of the type and on the device of its first number, which in training is the loss.
impl Penalty for tensor::Tensor<1> {
    fn zero() -> Self {
        Self::zeros([1], &Device::default())
    }

    fn plus(self, other: Self) -> Self {
        let other = match other.dtype() == self.dtype() {
            true => other,
            false => other.cast(self.dtype()),
        };
        let device = self.device();
        match other.device() == device {
            true => self + other,
            false => self + other.to_device(&device),
        }
    }

    fn divided_by(self, count: usize) -> Self {
        let dtype = self.dtype();
        let (format, x) = widened(self);
        narrowed(format, x.div_scalar(count as f64), dtype)
    }

    fn duplicate(&self) -> Self {
        self.clone()
    }

    fn to_f64(&self) -> Result<f64, ErrorKind> {
        self.clone().try_into_scalar().map_err(said)
    }
}

/// Any rank. Σ is the backend's, of f16 and bf16 in f32; the derivative of |x| at 0 is burn's, 0.
impl<const D: usize> Tensor for tensor::Tensor<D> {
    type Penalty = tensor::Tensor<1>;

    fn penalty(&self, terms: &Terms) -> tensor::Tensor<1> {
        penalty(self.clone(), terms, 1)
    }

    fn penalty_per_sample(&self, terms: &Terms, batch: usize) -> tensor::Tensor<1> {
        match (terms.edition().rules().activity, batch) {
            (Division::Sum, _) => penalty(self.clone(), terms, 1),
            (Division::Mean, 0) => penalty(self.clone(), &nothing(), 1),
            (Division::Mean | Division::MeanOrNan, _) => penalty(self.clone(), terms, batch),
        }
    }

    fn sums(&self) -> Result<Sums, ErrorKind> {
        sums(self.clone())
    }

    fn penalty_of(&self, terms: &Terms, whole: &Sums) -> tensor::Tensor<1> {
        penalty_of(self.clone(), terms, whole)
    }

    fn count(&self) -> Result<Count, ErrorKind> {
        let len = self.shape().num_elements();
        if len == 0 {
            return Ok(Count::default());
        }
        let (_, numbers) = widened(self.clone().detach());
        let zeros: i64 = numbers
            .equal_elem(0.0)
            .int()
            .sum()
            .try_into_scalar()
            .map_err(said)?;
        Ok(Count {
            zeros: usize::try_from(zeros).map_err(said)?,
            len,
        })
    }

    fn is_matrix(&self) -> bool {
        D == 2
    }

    fn orthogonal(&self, regularizer: &Orthogonal) -> Option<tensor::Tensor<1>> {
        orthogonal::penalty(self, regularizer)
    }

    fn identity(&self) -> Option<Identity> {
        None
    }

    fn add_gradient(&self, terms: &Terms, gradient: &mut Self) -> Result<(), ErrorKind> {
        ShapeError::compare(&self.dims(), &gradient.dims())?;
        *gradient = gradient.clone() + subgradient(self.clone(), terms);
        Ok(())
    }

    fn proximal_step(&mut self, terms: &Terms, step: Step) -> Result<(), ErrorKind> {
        let new = proximal(self.clone().detach(), terms, step).detach();
        *self = new.set_require_grad(self.is_tracked());
        Ok(())
    }

    fn check_change(&self) -> Result<(), ErrorKind> {
        match self.dtype() {
            DType::QFloat(_) => Err(ErrorKind::Framework(
                "a quantized weight takes no step: step it before it is quantized, or write `trainable = false`".into(),
            )),
            _ => Ok(()),
        }
    }

    fn kept(&self) -> Option<Box<dyn Any>> {
        Some(Box::new(self.clone()))
    }

    fn has_drifted(&self, kept: &dyn Any) -> Result<bool, ErrorKind> {
        let kept = kept.downcast_ref::<Self>();
        // A copy of another shape or type has numbers of its own.
        let is_alike = |kept: &&Self| kept.shape() == self.shape() && kept.dtype() == self.dtype();
        let Some(kept) = kept.filter(is_alike) else {
            return Ok(false);
        };
        let (_, own) = numbers(self.clone())?;
        let (_, first) = numbers(kept.clone())?;
        Ok(own.as_bytes() != first.as_bytes())
    }

    fn take(&mut self, kept: &dyn Any) -> bool {
        let kept = kept.downcast_ref::<Self>();
        let Some(kept) = kept.filter(|kept| kept.shape() == self.shape()) else {
            return false;
        };
        let is_alike = self.device() == kept.device() && self.dtype() == kept.dtype();
        *self = match (self.is_tracked(), is_alike) {
            // The same leaf, so that a gradient from either place reaches both.
            (true, true) => kept.clone().require_grad(),
            (is_tracked, _) => {
                let new = kept.clone().detach().to_device(&self.device());
                new.cast(self.dtype()).detach().set_require_grad(is_tracked)
            }
        };
        true
    }
}

/// The name of what computes a weight from its parameter: burn shows it as a module within.
struct Computed(Option<String>);

impl ModuleVisitor for Computed {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.0.get_or_insert_with(|| name.into());
    }
}

/// Returns whether the weight is trained, or its parameter, or would be after `train`: unlike `is_require_grad` that
/// is kept by `valid`. A parameter that was moved to another device is trained through what it was.
fn is_active<const D: usize>(param: &Param<tensor::Tensor<D>>) -> bool {
    param.val().is_tracked() || param.clone().train().val().is_tracked()
}

/// One tensor, its [`val`](Param::val). A frozen parameter is a frozen weight.
///
/// The number of the parameter is its identity: two copies of one are one weight, unless one has more numbers.
impl<const D: usize> Weight for Param<tensor::Tensor<D>> {
    type Tensor = tensor::Tensor<D>;

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, Self::Tensor>) -> Result<()> {
        let (at, identity) = (at.shared().trainable(is_active(self)), identity(self));
        f(&at.identified(&identity), &self.val())
    }

    fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, Self::Tensor>) -> Result<()> {
        let (at, identity) = (at.shared().trainable(is_active(self)), identity(self));
        let at = at.identified(&identity);
        let mut computed = Computed(None);
        self.visit(&mut computed);
        if let Some(name) = computed.0 {
            return refuse(&at, || {
                ErrorKind::Framework(format!(
                    "this weight is computed from its parameter ({name}), and a step of the parameter is none of the weight: \
                     fold them by `materialize()`, or write `trainable = false`"
                ))
            });
        }
        let old = self.val();
        let mut new = old.clone();
        f(&at, &mut new)?;
        // A parameter is a leaf of the tape, whatever computed its new value.
        if old.is_require_grad() && !new.is_require_grad() {
            new = new.detach().require_grad();
        }
        *self = self.clone().map(|_| new);
        Ok(())
    }
}

fn identity<const D: usize>(param: &Param<tensor::Tensor<D>>) -> Identity {
    Identity::numbered(param.id.val(), param.shape().num_elements())
}

/// The first axis is the batch.
impl<const D: usize> Activity for tensor::Tensor<D> {
    type Tensor = Self;

    fn tensor(&self) -> &Self {
        self
    }

    fn batch(&self) -> Option<usize> {
        self.dims().first().copied()
    }
}

//! Weights, outputs and penalties of burn: everything on the tape of the tensors' device.

#[path = "burn/layers.rs"]
mod layers;

use crate::activity::Activity;
use crate::error::{Error, ErrorKind};
use crate::format::Format;
use crate::path::Path;
use crate::penalty::Penalty;
use crate::tensor::{Count, Identity, Tensor, TensorMut};
use crate::weight::{Weight, WeightMut};
use crate::{Step, Terms};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{self, DType, Device};
use regularize_core::edition::Activity as Division;
use std::any::Any;
use std::fmt::Display;

/// The format of a tensor's numbers, and the tensor in the type that its sums are taken in.
fn widened<const D: usize>(x: tensor::Tensor<D>) -> (Format, tensor::Tensor<D>) {
    match x.dtype() {
        DType::F64 => (Format::F64, x),
        DType::F16 => (Format::F16, x.cast(DType::F32)),
        DType::BF16 => (Format::BF16, x.cast(DType::F32)),
        _ => (Format::F32, x),
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
    match format.is_short() {
        true => quotient.cast(dtype),
        false => quotient,
    }
}

/// sign(v)·max(|v| − τ·l1, 0)/(1 + 2·τ·l2), with the sign of v at 0; NaN stays.
fn proximal<const D: usize>(v: tensor::Tensor<D>, terms: &Terms, step: Step) -> tensor::Tensor<D> {
    let dtype = v.dtype();
    let (format, v) = widened(v);
    let step = step.get();
    let threshold = terms.l1().map_or(0.0, |l1| step * format.factor(l1));
    let divisor = 1.0 + 2.0 * terms.l2().map_or(0.0, |l2| step * format.factor(l2));
    let mut w = v.clone();
    if threshold > 0.0 {
        let is_zero = v.clone().abs().lower_equal_elem(threshold);
        w = w - v.clone().sign().mul_scalar(threshold);
        w = w.mask_where(is_zero, v.mul_scalar(0.0));
    }
    if divisor != 1.0 {
        w = w.div_scalar(divisor);
    }
    match format.is_short() {
        true => w.cast(dtype),
        false => w,
    }
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
        // The tape is no other device: a constant and a tracked number are added.
        match other.device().without_autodiff() == device.clone().without_autodiff() {
            true => self + other,
            false => self + other.to_device(&device),
        }
    }

    fn divided_by(self, count: usize) -> Self {
        let dtype = self.dtype();
        let (format, x) = widened(self);
        let quotient = x.div_scalar(count as f64);
        match format.is_short() {
            true => quotient.cast(dtype),
            false => quotient,
        }
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
            (Division::Mean, 0) => tensor::Tensor::zeros([1], (&self.device(), self.dtype())),
            (Division::Mean | Division::MeanOrNan, _) => penalty(self.clone(), terms, batch),
        }
    }

    fn count(&self) -> Result<Count, ErrorKind> {
        let len = self.shape().num_elements();
        let zeros = self.clone().detach().equal_elem(0.0).int().sum();
        let zeros: i64 = match len {
            0 => 0,
            _ => zeros.try_into_scalar().map_err(said)?,
        };
        Ok(Count {
            zeros: usize::try_from(zeros).map_err(said)?,
            len,
        })
    }

    fn identity(&self) -> Option<Identity> {
        None
    }
}

/// The number of the parameter is its identity: two copies of one are one weight.
impl<const D: usize> Tensor for Param<tensor::Tensor<D>> {
    type Penalty = tensor::Tensor<1>;

    fn penalty(&self, terms: &Terms) -> tensor::Tensor<1> {
        penalty(self.val(), terms, 1)
    }

    fn penalty_per_sample(&self, terms: &Terms, batch: usize) -> tensor::Tensor<1> {
        self.val().penalty_per_sample(terms, batch)
    }

    fn count(&self) -> Result<Count, ErrorKind> {
        self.val().count()
    }

    fn identity(&self) -> Option<Identity> {
        Some(Identity::numbered(self.id.val()))
    }
}

/// The parameter with another value: a leaf that is trained if the parameter is.
fn replace<const D: usize>(
    param: &mut Param<tensor::Tensor<D>>,
    value: impl FnOnce(tensor::Tensor<D>) -> tensor::Tensor<D>,
) {
    *param = param.clone().map(|old| {
        let is_tracked = old.is_require_grad();
        let new = value(old.detach()).detach();
        match is_tracked {
            true => new.require_grad(),
            false => new,
        }
    });
}

impl<const D: usize> TensorMut for Param<tensor::Tensor<D>> {
    fn proximal_step(&mut self, terms: &Terms, step: Step) -> Result<(), ErrorKind> {
        replace(self, |value| proximal(value, terms, step));
        Ok(())
    }

    fn check_change(&self) -> Result<(), ErrorKind> {
        let mut computed = Computed(None);
        self.visit(&mut computed);
        match computed.0 {
            None => Ok(()),
            Some(name) => Err(ErrorKind::Framework(format!(
                "this weight is computed from its parameter ({name}), and a step of the parameter is none of the weight: \
                 fold them by `materialize()`, or write `trainable = false`"
            ))),
        }
    }

    fn kept(&self) -> Option<Box<dyn Any>> {
        Some(Box::new(self.val()))
    }

    fn take(&mut self, kept: &dyn Any) {
        let Some(kept) = kept.downcast_ref::<tensor::Tensor<D>>() else {
            return;
        };
        // The same leaf, so that a gradient from either place reaches both.
        *self = self.clone().map(|old| match old.is_require_grad() {
            true => kept.clone().require_grad(),
            false => kept.clone().detach(),
        });
    }
}

/// The name of what computes a weight from its parameter: burn shows it as a module within.
struct Computed(Option<String>);

impl ModuleVisitor for Computed {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.0.get_or_insert_with(|| name.into());
    }
}

/// Whether `train` would have the weight trained, or what it is computed from. `is_require_grad` is lost by `valid`, and
/// this is not.
fn is_active<const D: usize>(param: &Param<tensor::Tensor<D>>) -> bool {
    param.clone().train().val().is_tracked()
}

/// One tensor of its [`val`](Param::val). A frozen parameter is a frozen weight.
impl<const D: usize> Weight for Param<tensor::Tensor<D>> {
    type Tensor = Self;

    fn each_tensor<F>(&self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &Self) -> Result<(), Error>,
    {
        f(&at.shared().trainable(is_active(self)), self)
    }
}

impl<const D: usize> WeightMut for Param<tensor::Tensor<D>> {
    type Tensor = Self;

    fn each_tensor_mut<F>(&mut self, at: &Path<'_>, f: &mut F) -> Result<(), Error>
    where
        F: FnMut(&Path<'_>, &mut Self) -> Result<(), Error>,
    {
        f(&at.shared().trainable(is_active(self)), self)
    }
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

//! The layer's side: every regularized weight of a model, and what is done with all of them.

use crate::activity::Activity;
use crate::error::{Error, ErrorKind};
use crate::gradient;
use crate::losses::Losses;
use crate::partials::{Partials, Whole};
use crate::path::Path;
use crate::penalty::{Penalty, Same};
use crate::regularizer::{Proximal, Regularizer};
use crate::replicas::{Replicas, Shares};
use crate::report::{Report, Reporter};
use crate::shard::Shard;
use crate::sharded::{EachLossOf, Sum};
use crate::tensor::{Tensor, TensorMut};
use crate::visit::{Met, Visitor, VisitorMut, VisitorWith};
use crate::weight::{Weight, WeightMut};
use crate::{Step, Terms};
use std::any::Any;
use std::collections::hash_map::Entry;
use std::mem::ManuallyDrop;

/// A layer, or a model of layers, with regularized weights. Derived by `#[derive(Regularize)]`.
///
/// Lists, options, boxes, references, `Rc`, `Arc`, cells and locks of layers are layers.
///
/// ```
/// use regularize::Regularize;
///
/// #[derive(Regularize)]
/// #[regularize(kernel = l2(0.5), bias = l1(0.25))]
/// struct Dense {
///     kernel: Vec<f32>,
///     bias: Vec<f32>,
/// }
///
/// let layer = Dense { kernel: vec![1.0, -2.0], bias: vec![-1.0] };
/// assert_eq!(layer.penalty(), 0.5 * 5.0 + 0.25 * 1.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer with regularized weights",
    label = "not `Regularize`",
    note = "write `#[derive(Regularize)]` on it and say which fields are regularized: `#[regularize(kernel = l2(0.01))]`"
)]
pub trait Regularize {
    /// The type of the penalty: that of the first regularized weight.
    type Penalty: Penalty;

    /// Presents every regularized weight to a visitor, in the order of declaration.
    ///
    /// # Errors
    ///
    /// The visitor's first error, and [`ErrorKind::Borrowed`] for a `RefCell` that is mutably borrowed.
    fn visit_weights<V>(&self, at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
    where
        V: Visitor<Self::Penalty>;

    /// The sum of all losses: each rounded once, added in the order of declaration. +0 without any weight.
    ///
    /// In training code [`add_penalty`](Self::add_penalty) adds it to the loss.
    ///
    /// # Panics
    ///
    /// Like `RefCell::borrow`, if a weight's `RefCell` is mutably borrowed.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l2(0.5))] [f64; 2]);
    ///
    /// assert_eq!(Dense([1.0, 2.0]).penalty(), 2.5);
    /// ```
    #[inline]
    fn penalty(&self) -> Self::Penalty {
        sum(self, None).unwrap_or_else(Self::Penalty::zero)
    }

    /// `loss` plus every loss of the model, one after the other, in the order of declaration.
    ///
    /// So rounded as Keras adds them to the loss: not always `loss + penalty()` to the last bit.
    ///
    /// # Panics
    ///
    /// As [`penalty`](Self::penalty) does.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l2(0.5))] [f64; 2]);
    ///
    /// assert_eq!(Dense([1.0, 2.0]).add_penalty(0.25), 2.75);
    /// ```
    #[inline]
    fn add_penalty(&self, loss: Self::Penalty) -> Self::Penalty {
        sum(self, Some(loss)).unwrap_or_else(Self::Penalty::zero)
    }

    /// Every loss by its path, in the order of declaration.
    ///
    /// # Panics
    ///
    /// As [`penalty`](Self::penalty) does.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// #[derive(Regularize)]
    /// struct Dense {
    ///     #[regularize(l1(0.5))]
    ///     blocks: Vec<Vec<f32>>,
    /// }
    ///
    /// let losses = Dense { blocks: vec![vec![1.0], vec![-3.0]] }.losses();
    /// assert!(losses.iter().eq([("blocks.0", &0.5), ("blocks.1", &1.5)]));
    /// ```
    fn losses(&self) -> Losses<Self::Penalty> {
        let mut losses = Losses::new();
        each_loss(self, |at, loss| losses.push(at.to_string(), loss));
        losses
    }

    /// `loss` plus what this replica of the model adds of the penalty, so that all replicas add it once.
    ///
    /// That is the [sum of all losses](Self::penalty), divided by the replicas whose gradients an engine sums, and rounded once more.
    /// On a [mesh](Replicas::Mesh) it is the sum of those that are not divided, as [`add_penalty`](Self::add_penalty) adds them, and
    /// then of the others by what they are divided by.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Mesh`] for a sharded weight where only [`Replicas::Summed`] is said, and [`ErrorKind::Borrowed`] for a `RefCell`
    /// that is mutably borrowed.
    ///
    /// ```
    /// # use regularize::{Regularize, Replicas};
    /// use std::num::NonZero;
    ///
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l2(0.5))] [f64; 2]);
    ///
    /// let layer = Dense([1.0, 2.0]);
    /// let four = Replicas::Summed(NonZero::new(4).unwrap());
    /// assert_eq!(layer.add_penalty_on_replica(0.25, four)?, 0.25 + 2.5 / 4.0);
    /// assert_eq!(layer.add_penalty_on_replica(0.25, Replicas::Averaged)?, layer.add_penalty(0.25));
    /// # Ok::<(), regularize::Error>(())
    /// ```
    fn add_penalty_on_replica(
        &self,
        loss: Self::Penalty,
        replicas: Replicas,
    ) -> Result<Self::Penalty, Error> {
        let mut shares = Shares::new(loss, replicas);
        try_each_loss(self, |at, loss| shares.add(at, loss))?;
        Ok(shares.total())
    }

    /// Σ|xᵢ| and Σxᵢ² of every regularized weight of this shard of a model, to be merged with those of the other shards.
    ///
    /// A weight that `sharded` is written on is a part, and the others are on the other shards. Any other is whole here, and
    /// on every shard. For a weight of a shard, [`add_penalty_gradient`](Self::add_penalty_gradient) and
    /// [`proximal_step`](Self::proximal_step) are what they are for the whole: they look at one number after the other, and
    /// need no other shard. [`penalty`](Self::penalty), [`losses`](Self::losses) and [`report`](Self::report) are of this shard
    /// alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsplit`] for a sharded weight whose regularizer is no sum of its numbers' (an orthogonal one, a closure),
    /// [`ErrorKind::Conflict`] for a weight of two places that is sharded at one of them,
    /// [`ErrorKind::Borrowed`] for a `RefCell` that is mutably borrowed, and [`ErrorKind::Framework`] where a framework could
    /// not read its weight.
    ///
    /// ```
    /// # use regularize::{Regularize, Shard};
    /// #[derive(Regularize)]
    /// #[regularize(sharded, kernel = l2(0.5))]
    /// struct Dense {
    ///     kernel: Vec<f32>,
    /// }
    ///
    /// let [left, right] = [vec![1.0], vec![-2.0]].map(|kernel| Dense { kernel });
    /// let mut merged = left.partials(Shard::new(0, 2)?)?;
    /// merged.merge(&right.partials(Shard::new(1, 2)?)?)?;
    /// assert_eq!(left.losses_of(&merged)?.get("kernel"), Some(&2.5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn partials(&self, shard: Shard) -> Result<Partials, Error> {
        let mut sum = Sum::new(shard);
        self.visit_weights(&Path::of(self), &mut sum)?;
        Ok(sum.partials)
    }

    /// Every loss of the whole model, of which this is a shard: the bits of [`losses`](Self::losses) on one machine.
    ///
    /// On a framework's tape the loss of a sharded weight has the value of the whole weight, as a number that is rounded once, where
    /// the framework's own sum on one machine is in a bound of that; and it has the gradient of this shard's part. The loss of a
    /// weight that is whole here is the framework's own.
    ///
    /// The partials must be of the weights as they are. After a step they are of those before it, which is an error if one
    /// weight is whole on every shard and has changed; nothing tells of what is sharded.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Shards`] if not every shard is merged once, [`ErrorKind::Disagreement`] if the partials are not of this
    /// model, [`ErrorKind::Stale`] if they are of other weights than these, and those of [`partials`](Self::partials).
    fn losses_of(&self, merged: &Partials) -> Result<Losses<Self::Penalty>, Error> {
        let mut losses = Losses::new();
        let push = |at: &Path<'_>, loss| losses.push(at.to_string(), loss);
        let mut visitor = EachLossOf::new(Whole::new(merged)?, push);
        self.visit_weights(&Path::of(self), &mut visitor)?;
        visitor.whole.finish()?;
        Ok(losses)
    }

    /// The penalty of this layer's output: l1·Σ|y| + l2·Σy², divided by the length of the output's first axis.
    ///
    /// Rounded once. An empty batch costs +0. The quotient is that of Keras 3.14 and later
    /// (`keras/src/layers/layer.py`, `Layer.__call__`, tag v3.14.0), and of tf.keras; Keras 2.2 and 2.3 and Keras 3.0
    /// to 3.13 do not divide, and a layer of one of these [editions](crate::Edition) does not either.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// #[derive(Regularize)]
    /// #[regularize(penalty = f32, activity = l1(0.5))]
    /// struct Relu;
    ///
    /// let batch = [[1.0_f32, 2.0], [0.0, 3.0]];
    /// assert_eq!(Relu.activity_penalty(&batch), 0.5 * 6.0 / 2.0);
    /// ```
    fn activity_penalty<O>(&self, output: &O) -> <O::Tensor as Tensor>::Penalty
    where
        O: Activity + ?Sized,
        Self: RegularizeActivity,
    {
        output.penalty(&self.activity())
    }

    /// Adds l1·sign(w) + 2·l2·w of every regularized weight to its gradient.
    ///
    /// Each is rounded once, then added and rounded again; at 0 it is 0, the element of ∂Ω of least norm.
    /// A weight that layers share is differentiated at its first place.
    ///
    /// # Errors
    ///
    /// The path of the first gradient that has not the shape of its weight, is missing, or belongs to another
    /// variant. All are compared before one is changed.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1_l2(0.5, 0.25))] Vec<f32>);
    ///
    /// let layer = Dense(vec![2.0, 0.0, -2.0]);
    /// let mut gradients = Dense(vec![1.0; 3]);
    /// layer.add_penalty_gradient(&mut gradients)?;
    /// assert_eq!(gradients.0, [2.5, 1.0, -0.5]);
    /// # Ok::<(), regularize::Error>(())
    /// ```
    fn add_penalty_gradient<G>(&self, gradients: &mut G) -> Result<(), Error>
    where
        G: ?Sized,
        Self: RegularizeWith<G>,
    {
        gradient::add(self, gradients, Replicas::Averaged)
    }

    /// Adds what this replica of the model adds of the penalty's gradient, so that all replicas add it once.
    ///
    /// That is the gradient divided by the replicas whose gradients an engine sums: [`Terms::share_of`] says how exactly. Where
    /// the gradients are there after they were summed, [`add_penalty_gradient`](Self::add_penalty_gradient) adds it to
    /// them undivided, for any regularizer and without the rounding of the quotient.
    ///
    /// # Errors
    ///
    /// Those of [`add_penalty_gradient`](Self::add_penalty_gradient), [`ErrorKind::Undivided`] for a regularizer that is no
    /// L1, L2 or L1L2, and [`ErrorKind::Mesh`] for a sharded weight where only [`Replicas::Summed`] is said. All are found before
    /// a gradient is changed.
    ///
    /// ```
    /// # use regularize::{Regularize, Replicas};
    /// use std::num::NonZero;
    ///
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1(0.5))] Vec<f32>);
    ///
    /// let mut gradients = Dense(vec![1.0, 1.0]);
    /// let two = Replicas::Summed(NonZero::new(2).unwrap());
    /// Dense(vec![3.0, -3.0]).add_penalty_gradient_on_replica(&mut gradients, two)?;
    /// assert_eq!(gradients.0, [1.25, 0.75]);
    /// # Ok::<(), regularize::Error>(())
    /// ```
    fn add_penalty_gradient_on_replica<G>(
        &self,
        gradients: &mut G,
        replicas: Replicas,
    ) -> Result<(), Error>
    where
        G: ?Sized,
        Self: RegularizeWith<G>,
    {
        gradient::add(self, gradients, replicas)
    }

    /// Replaces every regularized weight v by argmin_w ½(w − v)² + step·Ω(w): L1 that reaches zero.
    ///
    /// sign(v)·max(|v| − step·l1, 0)/(1 + 2·step·l2), rounded once. `step` is the learning rate of the gradient
    /// step on the loss that comes before it; the penalty's gradient is then not added as well.
    ///
    /// # Errors
    ///
    /// A step that is negative, infinite or NaN; a `RefCell` that is borrowed; a framework's weight that cannot be
    /// changed. No weight is changed then. An error that a device reports in the midst of it, [`ErrorKind::Framework`] too,
    /// leaves the weights before it changed.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1(1.0))] Vec<f32>);
    ///
    /// let mut layer = Dense(vec![2.0, -0.25]);
    /// layer.proximal_step(0.5)?;
    /// assert_eq!(layer.0, [1.5, 0.0]);
    /// # Ok::<(), regularize::Error>(())
    /// ```
    fn proximal_step(&mut self, step: impl Into<f64>) -> Result<(), Error>
    where
        Self: RegularizeMut,
    {
        let step = Step::new(step.into())
            .map_err(|error| Error::new(&Path::root(), ErrorKind::Step(error)))?;
        let root = Path::of(self);
        self.visit_weights_mut(&root, &mut CheckChanges)?;
        let met = Met::default();
        self.visit_weights_mut(&root, &mut StepProximally { step, met })
    }

    /// Where the penalty comes from: a row for each weight with its regularizer, loss, and zeros.
    ///
    /// # Errors
    ///
    /// The path of a `RefCell` that is mutably borrowed, and [`ErrorKind::Framework`] with that of a weight whose framework
    /// could not compute its penalty.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// #[derive(Regularize)]
    /// struct Dense {
    ///     #[regularize(l1(0.5))]
    ///     kernel: Vec<f32>,
    /// }
    ///
    /// let report = Dense { kernel: vec![0.0, 3.0] }.report()?;
    /// let row = &report.rows()[0];
    /// assert_eq!((row.path(), row.regularizer(), row.penalty()), ("kernel", "l1(0.5)", 1.5));
    /// assert_eq!((row.count().zeros, row.count().len), (1, 2));
    /// println!("{report}");
    /// # Ok::<(), regularize::Error>(())
    /// ```
    fn report(&self) -> Result<Report, Error> {
        let mut reporter = Reporter::default();
        self.visit_weights(&Path::of(self), &mut reporter)?;
        reporter.finish()
    }

    /// The same of the whole model, of which this is a shard. What does not count, as it is frozen or shared, is shown as it is on this
    /// shard.
    ///
    /// # Errors
    ///
    /// Those of [`report`](Self::report) and of [`losses_of`](Self::losses_of).
    ///
    /// ```
    /// # use regularize::{Regularize, Shard};
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1(0.5), sharded)] Vec<f32>);
    ///
    /// let [left, right] = [vec![0.0, 3.0], vec![1.0]].map(Dense);
    /// let mut merged = left.partials(Shard::new(0, 2)?)?;
    /// merged.merge(&right.partials(Shard::new(1, 2)?)?)?;
    /// let report = left.report_of(&merged)?;
    /// assert_eq!((report.total(), report.count().zeros, report.count().len), (2.0, 1, 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn report_of(&self, merged: &Partials) -> Result<Report, Error> {
        let mut reporter = Reporter::of(Whole::new(merged)?);
        self.visit_weights(&Path::of(self), &mut reporter)?;
        reporter.finish()
    }

    /// Whether every shared weight has one regularizer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] for the first that has another one at a later place, where it does not count.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// use std::rc::Rc;
    ///
    /// #[derive(Regularize)]
    /// #[regularize(encoder = l2(0.01), decoder = l1(0.01))]
    /// struct Tied {
    ///     encoder: Rc<[f32]>,
    ///     decoder: Rc<[f32]>,
    /// }
    ///
    /// let embeddings: Rc<[f32]> = Rc::from([1.0, 2.0]);
    /// let model = Tied { encoder: Rc::clone(&embeddings), decoder: embeddings };
    /// assert_eq!(model.losses().len(), 1);
    /// assert_eq!(model.check().unwrap_err().path(), "decoder");
    /// ```
    fn check(&self) -> Result<(), Error> {
        self.report()?.check()
    }
}

/// A layer whose weights a proximal step can change. Derived with [`Regularize`].
///
/// A layer with a view, with an `Rc` or `Arc` around no cell or lock, or with a regularizer that has only a
/// value is none; it has its penalty all the same.
///
/// ```
/// use regularize::{Regularize, RegularizeMut};
///
/// #[derive(Regularize)]
/// struct Dense(#[regularize(l1(1.0))] Vec<f32>);
///
/// fn train(layer: &mut impl RegularizeMut) {
///     layer.proximal_step(0.25).unwrap();
/// }
/// let mut layer = Dense(vec![1.0]);
/// train(&mut layer);
/// assert_eq!(layer.0, [0.75]);
/// ```
#[diagnostic::on_unimplemented(
    message = "the layer `{Self}` has no `proximal_step`",
    label = "has no `proximal_step`",
    note = "a layer has one unless it is `value_only` or has a closure as a regularizer, which have no proximal operator"
)]
pub trait RegularizeMut: Regularize {
    /// Presents every regularized weight to a visitor, in the order of declaration.
    ///
    /// # Errors
    ///
    /// The visitor's first error, and [`ErrorKind::Borrowed`] for a `RefCell` that is borrowed.
    fn visit_weights_mut<V>(&mut self, at: &Path<'_>, visitor: &mut V) -> Result<(), Error>
    where
        V: VisitorMut;
}

/// A layer whose gradients are a `G`. Derived with [`Regularize`], for `Self` or the type named by `gradients = …`.
///
/// ```
/// use regularize::Regularize;
///
/// struct Gradients {
///     kernel: Vec<f32>,
/// }
///
/// #[derive(Regularize)]
/// #[regularize(gradients = Gradients, kernel = l2(0.5))]
/// struct Dense {
///     kernel: Vec<f32>,
///     units: usize,
/// }
///
/// let mut gradients = Gradients { kernel: vec![0.0] };
/// Dense { kernel: vec![3.0], units: 1 }.add_penalty_gradient(&mut gradients)?;
/// assert_eq!(gradients.kernel, [3.0]);
/// # Ok::<(), regularize::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "the layer `{Self}` has no `add_penalty_gradient` for gradients of type `{G}`",
    label = "`{G}` does not hold its gradients",
    note = "gradients have the layer's own type, or the one that it names: `#[regularize(gradients = DenseGradients)]`",
    note = "a layer that is `value_only` or has a closure as a regularizer has no gradient"
)]
pub trait RegularizeWith<G: ?Sized = Self>: Regularize {
    /// Presents every regularized weight and its gradient to a visitor, in the order of declaration.
    ///
    /// # Errors
    ///
    /// The visitor's first error, and those of [`WeightGrad::each_tensor_with`](crate::WeightGrad::each_tensor_with); [`ErrorKind::Variant`] for an enum.
    fn visit_weights_with<V>(
        &self,
        gradients: &mut G,
        at: &Path<'_>,
        visitor: &mut V,
    ) -> Result<(), Error>
    where
        V: VisitorWith;
}

/// A layer with an activity regularizer. Derived with [`Regularize`] where it says `activity = …`.
///
/// ```
/// use regularize::{Regularize, RegularizeActivity};
///
/// #[derive(Regularize)]
/// #[regularize(penalty = f32, activity = l2(0.25))]
/// struct Relu;
///
/// assert_eq!(Relu.activity().l2(), Some(0.25));
/// ```
#[diagnostic::on_unimplemented(
    message = "the layer `{Self}` has no activity regularizer",
    label = "has no activity regularizer",
    note = "write `#[regularize(activity = l1(1e-4))]` on it"
)]
pub trait RegularizeActivity {
    /// The factors of its penalty.
    fn activity(&self) -> Terms;
}

/// The losses, added one after the other to what is given.
#[inline]
#[track_caller]
fn sum<L: Regularize + ?Sized>(layer: &L, mut total: Option<L::Penalty>) -> Option<L::Penalty> {
    each_loss(layer, |_, loss| add(&mut total, loss));
    total
}

/// Adds a loss to those before.
#[inline]
pub(crate) fn add<P: Penalty>(total: &mut Option<P>, loss: P) {
    *total = Some(match total.take() {
        Some(total) => total.plus(loss),
        None => loss,
    });
}

/// Every loss of a model that counts, in the order of declaration.
#[inline]
#[track_caller]
fn each_loss<L: Regularize + ?Sized>(layer: &L, mut f: impl FnMut(&Path<'_>, L::Penalty)) {
    never_borrowed(try_each_loss(layer, |at, loss| {
        f(at, loss);
        Ok(())
    }));
}

/// The same up to an error, which may be that a weight is borrowed.
///
/// Inlined it is what a hand writes, as `tests/assembly.rs` checks. So nothing here is dropped while a panic unwinds, for
/// which the running total would have to be in memory: what was met is then leaked.
#[inline]
fn try_each_loss<L: Regularize + ?Sized>(
    layer: &L,
    f: impl FnMut(&Path<'_>, L::Penalty) -> Result<(), Error>,
) -> Result<(), Error> {
    let met = ManuallyDrop::new(Met::default());
    let mut visitor = EachLoss { f, met };
    let result = layer.visit_weights(&Path::of(layer), &mut visitor);
    drop(ManuallyDrop::into_inner(visitor.met));
    result
}

/// What `RefCell::borrow` does: the methods that return a `Result` return the error instead.
#[inline]
#[track_caller]
fn never_borrowed(result: Result<(), Error>) {
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Computes losses.
struct EachLoss<F> {
    f: F,
    met: ManuallyDrop<Met>,
}

impl<P, F: FnMut(&Path<'_>, P) -> Result<(), Error>> Visitor<P> for EachLoss<F> {
    // Always, as a layer of many weights has many calls, and one that is not inlined needs every path in memory.
    #[inline(always)]
    fn weight<W, R>(&mut self, at: &Path<'_>, weight: &W, regularizer: &R) -> Result<(), Error>
    where
        W: Weight + ?Sized,
        R: Regularizer<W::Tensor, Penalty: Same<P>> + ?Sized,
    {
        if !at.has_loss() || !regularizer.is_present() {
            return Ok(());
        }
        weight.each_tensor(at, &mut |at, tensor| {
            // A weight may know that it is frozen, as burn's do.
            match at.has_loss() && self.met.first(at, tensor) {
                true => (self.f)(at, regularizer.penalty(tensor).same()),
                false => Ok(()),
            }
        })
    }
}

/// Looks whether every weight that takes a step can be changed.
struct CheckChanges;

impl VisitorMut for CheckChanges {
    fn weight<W, R>(&mut self, at: &Path<'_>, weight: &mut W, regularizer: &R) -> Result<(), Error>
    where
        W: WeightMut + ?Sized,
        R: Proximal<W::Tensor> + ?Sized,
    {
        if !regularizer.has_step() {
            return Ok(());
        }
        weight.each_tensor_mut(at, &mut |at, tensor| match at.is_trainable() {
            true => tensor.check_change().map_err(|kind| Error::new(at, kind)),
            false => Ok(()),
        })
    }
}

/// Takes proximal steps.
struct StepProximally {
    step: Step,
    /// The shared tensors that took one, and what their copies take.
    met: Met<Option<Box<dyn Any>>>,
}

impl VisitorMut for StepProximally {
    fn weight<W, R>(&mut self, at: &Path<'_>, weight: &mut W, regularizer: &R) -> Result<(), Error>
    where
        W: WeightMut + ?Sized,
        R: Proximal<W::Tensor> + ?Sized,
    {
        if !regularizer.has_step() {
            return Ok(());
        }
        weight.each_tensor_mut(at, &mut |at, tensor| {
            if !at.is_trainable() {
                return Ok(());
            }
            let step = |tensor: &mut W::Tensor| {
                let stepped = regularizer.proximal_step(tensor, self.step);
                stepped.map_err(|kind| Error::new(at, kind))
            };
            match self.met.entry(at, tensor) {
                None => step(tensor)?,
                Some(Entry::Vacant(entry)) => {
                    step(tensor)?;
                    entry.insert(tensor.kept());
                }
                Some(Entry::Occupied(entry)) => match entry.get() {
                    Some(kept) if !tensor.take(&**kept) => step(tensor)?,
                    _ => {}
                },
            }
            Ok(())
        })
    }
}

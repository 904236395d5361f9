//! The traits of a model.

use super::entry::{Entry, Met, Visit, VisitMut, VisitWith};
use super::gradient;
use super::losses::Losses;
use super::report::{Report, copies, report};
use super::step;
use crate::error::{Error, ErrorKind};
use crate::path::Path;
use crate::regularizer::nothing;
use crate::tensor::{Activity, ActivityGrad, Penalty, Tensor, add};
use crate::weight::refuse;
use regularize_core::Terms;
use std::any::Any;

/// A layer, or a model of layers, with regularized weights. Derived by `#[derive(Regularize)]`.
///
/// Lists, maps, tuples, options, boxes, references, `Rc`, `Arc`, cells and locks of layers are layers. Layers of different types are
/// a list of boxes, as in Keras' `Sequential`:
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
/// #[derive(Regularize)]
/// struct Scale(#[regularize(l1(1.0))] f32);
///
/// let dense = Dense { kernel: vec![1.0, -2.0], bias: vec![-1.0] };
/// assert_eq!(dense.penalty(), 0.5 * 5.0 + 0.25 * 1.0);
///
/// let mut model: Vec<Box<dyn Regularize<Penalty = f32>>> = vec![Box::new(dense), Box::new(Scale(3.0))];
/// assert_eq!(model.losses().get("1.0"), Some(&3.0));
/// model.proximal_step(0.5)?;
/// # Ok::<(), regularize::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer with regularized weights",
    label = "not `Regularize`",
    note = "on a struct of yours write `#[derive(Regularize)]`, and `#[regularize(kernel = l2(0.01))]` with the name of its field",
    note = "a layer of another crate is not `nested`: write the roles of its weights on the field, as in \
            `#[regularize(kernel = l2(0.01), bias = none)]`; a weight is not either: write `#[regularize(l2(0.01))]`",
    note = "a `dyn Layer` is one if its trait says so: `trait Layer: Regularize<Penalty = f32>`"
)]
pub trait Regularize {
    /// The type of the penalty: that of the first regularized weight.
    type Penalty: Penalty;

    /// Presents everything that is regularized to `f`, in the order of declaration.
    ///
    /// Frozen and shared weights are presented as well: [`Path::has_loss`] says of a frozen one that it has none, and a shared one
    /// has the [`identity`](crate::extend::Regularized::identity) of an earlier one.
    ///
    /// # Errors
    ///
    /// The first error of `f`, and [`ErrorKind::Borrowed`] for a `RefCell` that is mutably borrowed.
    fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, Self::Penalty>) -> Result<(), Error>;

    /// Presents every regularized weight to `f`, which may change it, in the order of declaration.
    ///
    /// # Errors
    ///
    /// The first error of `f`; [`ErrorKind::Borrowed`] for a `RefCell` that is borrowed; [`ErrorKind::Unchangeable`] for a weight
    /// that is only read, as all of a layer are that does not say otherwise.
    fn visit_weights_mut(&mut self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<(), Error> {
        self.visit_weights_shared(at, f)
    }

    /// Presents every regularized weight in a cell or a lock to `f`, which may change it.
    #[doc(hidden)]
    fn visit_weights_shared(&self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<(), Error> {
        let _ = f;
        self.visit_weights(at, &mut |at, entry| match entry {
            Entry::Tensor(_) => refuse(at, || ErrorKind::Unchangeable),
            _ => Ok(()),
        })
    }

    /// Returns the factors of its activity regularizer; `None` without one.
    #[must_use]
    fn activity(&self) -> Option<Terms> {
        None
    }

    /// Returns the sum of all losses: each rounded once, added in the order of declaration. +0 without any weight.
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
    #[must_use = "the penalty is not added to the loss by itself"]
    fn penalty(&self) -> Self::Penalty {
        sum(self, None)
    }

    /// Returns `loss` plus every loss of the model, one after the other, in the order of declaration.
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
    #[must_use = "the sum is returned, and the loss is as it was"]
    fn add_penalty(&self, loss: Self::Penalty) -> Self::Penalty {
        sum(self, Some(loss))
    }

    /// Returns every loss by its path, in the order of declaration.
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
    #[must_use]
    fn losses(&self) -> Losses<Self::Penalty> {
        let (mut losses, mut met) = (Losses::new(), Met::default());
        never_borrowed(self.visit_weights(&Path::of(self), &mut |at, entry| {
            if let Some(weight) = met.counted(at, entry) {
                losses.push(at.to_string(), weight.penalty());
            }
            Ok(())
        }));
        losses
    }

    /// Returns the penalty of this layer's output: l1·Σ|y| + l2·Σy², divided by the length of the output's first axis.
    ///
    /// Rounded once. An empty batch costs +0, and so does a layer without an activity regularizer. The quotient is that of Keras 3.14 and later
    /// (`keras/src/layers/layer.py`, `Layer.__call__`, tag v3.14.0), and of tf.keras; Keras 2.2 and 2.3 and Keras 3.0
    /// to 3.13 do not divide, and a layer of one of these [editions](regularize_core::Edition) does not either.
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
    #[must_use = "the penalty is not added to the loss by itself"]
    fn activity_penalty<O>(&self, output: &O) -> <O::Tensor as Tensor>::Penalty
    where
        O: Activity + ?Sized,
        Self: Sized,
    {
        output.penalty(&self.activity().unwrap_or_else(nothing))
    }

    /// Adds the derivative of [`activity_penalty`](Self::activity_penalty) to the gradient of the output:
    /// (l1·sign(y) + 2·l2·y)/batch.
    ///
    /// For backpropagation that is written by hand. Each is rounded once, then added and rounded again; at 0 it is 0. It is divided in the editions
    /// that divide the penalty. A layer without an activity regularizer leaves the gradient as it is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Shape`] if the gradient has not the shape of the output. It is then unchanged.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// #[derive(Regularize)]
    /// #[regularize(penalty = f32, activity = l1(0.5))]
    /// struct Relu;
    ///
    /// let output = [[1.0_f32, 2.0], [0.0, 3.0]];
    /// let mut gradient = [[0.0; 2]; 2]; // of the loss by the output
    /// Relu.add_activity_gradient(&output, &mut gradient)?;
    /// assert_eq!(gradient, [[0.25, 0.25], [0.0, 0.25]]);
    /// # Ok::<(), regularize::Error>(())
    /// ```
    fn add_activity_gradient<O, G>(&self, output: &O, gradient: &mut G) -> Result<(), Error>
    where
        O: ActivityGrad<G> + ?Sized,
        G: ?Sized,
        Self: Sized,
    {
        let added = self
            .activity()
            .map_or(Ok(()), |terms| output.add_subgradient(&terms, gradient));
        added.map_err(|error| Error::new(&Path::root(), error.into()))
    }

    /// Adds l1·sign(w) + 2·l2·w of every regularized weight to its gradient.
    ///
    /// Each is rounded once, then added and rounded again; at 0 it is 0, the element of ∂Ω of least norm.
    /// A weight that layers share is differentiated at its first place.
    ///
    /// # Errors
    ///
    /// The path of the first gradient that has not the shape of its weight, is missing, or belongs to another
    /// variant; [`ErrorKind::NoGradient`] for a regularizer without a subgradient, unless its field is `value_only`. All are
    /// compared before one is changed.
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
        Self: RegularizeWith<G> + Sized,
    {
        let root = Path::of(self);
        gradient::add(
            |_, _| Ok(None),
            |f| self.visit_weights_with(gradients, &root, f),
        )
    }

    /// Replaces every regularized weight v by argmin_w ½(w − v)² + step·Ω(w): L1 that reaches zero.
    ///
    /// sign(v)·max(|v| − step·l1, 0)/(1 + 2·step·l2), rounded once. `step` is the learning rate of the gradient
    /// step on the loss that comes before it; the penalty's gradient is then not added as well. Of a `layer: &mut dyn Regularize` it is
    /// `(&mut layer).proximal_step(rate)`.
    ///
    /// # Errors
    ///
    /// A step that is negative, infinite or NaN; a `RefCell` that is borrowed; a weight that cannot be changed, and
    /// [`ErrorKind::NoStep`] for a regularizer without a proximal operator, unless the field is
    /// `value_only`. No weight is changed then. An error that a device reports in the midst of it, [`ErrorKind::Framework`] too,
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
        Self: Sized,
    {
        let root = Path::of(self);
        step::take(step.into(), |f| self.visit_weights_mut(&root, f))
    }

    /// Reports where the penalty comes from: a row for each weight with its regularizer, loss, and zeros.
    ///
    /// A weight or a layer that no attribute names has rows as well, as [`State::Unregularized`](crate::State::Unregularized), unless it
    /// is frozen or a number alone. `none` in an attribute says that this is meant.
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
        report(
            |at, weight| {
                let count = weight.count().map_err(|kind| Error::new(at, kind))?;
                Ok((weight.penalty(), count))
            },
            |f| self.visit_weights(&Path::of(self).listing(), f),
        )
    }

    /// Checks that every shared weight has one regularizer, and that copies of one parameter have the same numbers.
    ///
    /// # Errors
    ///
    /// Those of [`report`](Self::report); [`ErrorKind::Conflict`] for the first that has another regularizer at a later place, where it does
    /// not count; [`ErrorKind::Drifted`] for the first trained copy, of a parameter of burn, whose numbers are other ones.
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
        self.report()?.check()?;
        copies(|f| self.visit_weights(&Path::of(self), f))
    }
}

/// A layer whose gradients are a `G`. Derived with [`Regularize`], for `Self` or the type named by `gradients = …`.
///
/// A list of layers of different types has a list of gradients behind `dyn Any`, each of the type of its layer. The layers say so by
/// `gradients = dyn Any`:
///
/// ```
/// use regularize::Regularize;
/// use regularize::extend::RegularizeWith;
/// use std::any::Any;
///
/// trait Layer: Regularize<Penalty = f32> + RegularizeWith<dyn Any> {}
///
/// #[derive(Regularize)]
/// #[regularize(gradients = dyn Any)]
/// struct Scale(#[regularize(l2(0.5))] f32);
/// impl Layer for Scale {}
///
/// let model: Vec<Box<dyn Layer>> = vec![Box::new(Scale(3.0))];
/// let mut gradients: Vec<Box<dyn Any>> = vec![Box::new(Scale(1.0))];
/// model.add_penalty_gradient(&mut gradients)?;
/// assert_eq!(gradients[0].downcast_ref::<Scale>().unwrap().0, 4.0);
/// # Ok::<(), regularize::Error>(())
/// ```
///
/// Gradients in a struct of another type:
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
    note = "the gradient of an `Rc<RefCell<Dense>>` is a `Dense`: name a struct that holds it by `gradients = …`",
    note = "for a `Box<dyn Layer>` write `trait Layer: Regularize<Penalty = f32> + RegularizeWith<dyn Any>`, and on its layers \
            `#[regularize(gradients = dyn Any)]`; the gradients are a `Box<dyn Any>` each",
    note = "burn and candle have the gradient on their tape: `add_penalty(loss)`, and then `backward`"
)]
pub trait RegularizeWith<G: ?Sized = Self>: Regularize {
    /// Presents every regularized weight and its gradient to `f`, in the order of declaration.
    ///
    /// # Errors
    ///
    /// The first error of `f`, and those of [`WeightGrad::each_tensor_with`](crate::extend::WeightGrad::each_tensor_with);
    /// [`ErrorKind::Variant`] for an enum.
    fn visit_weights_with(
        &self,
        gradients: &mut G,
        at: &Path<'_>,
        f: &mut VisitWith<'_>,
    ) -> Result<(), Error>;
}

/// Presents the weights of a layer whose gradients are of a type that is known at run time.
#[doc(hidden)]
pub fn visit_with_any<G: Any, L: RegularizeWith<G> + ?Sized>(
    layer: &L,
    gradients: &mut dyn Any,
    at: &Path<'_>,
    f: &mut VisitWith<'_>,
) -> Result<(), Error> {
    match gradients.downcast_mut::<G>() {
        Some(gradients) => layer.visit_weights_with(gradients, at, f),
        None => Err(Error::new(
            at,
            ErrorKind::Gradients {
                expected: std::any::type_name::<G>().into(),
            },
        )),
    }
}

/// Adds the losses that count to what is given, one after the other; +0 of nothing.
#[inline]
#[track_caller]
fn sum<L: Regularize + ?Sized>(layer: &L, mut total: Option<L::Penalty>) -> L::Penalty {
    let mut met = Met::default();
    never_borrowed(layer.visit_weights(&Path::of(layer), &mut |at, entry| {
        if let Some(weight) = met.counted(at, entry) {
            add(&mut total, weight.penalty());
        }
        Ok(())
    }));
    total.unwrap_or_else(L::Penalty::zero)
}

/// Panics as `RefCell::borrow` does: the methods that return a `Result` return the error instead.
#[inline]
#[track_caller]
fn never_borrowed(result: Result<(), Error>) {
    if let Err(error) = result {
        panic!("{error}");
    }
}

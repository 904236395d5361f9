//! Regularizers of a whole model by the paths of its weights.

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Entry, Regularize, RegularizeWith, RegularizedMut, Visit, VisitMut, VisitWith};
use crate::path::Path;
use regularize_core::{AnyRegularizer, Terms};
use std::fmt;

/// Regularizers of a whole model, by the paths of its weights.
///
/// ```
/// use regularize::{Regularize, Rules, l1, l2};
///
/// #[derive(Regularize)]
/// #[regularize(kernel = l2, bias = l2)]
/// struct Dense {
///     kernel: Vec<f32>,
///     bias: Vec<f32>,
/// }
///
/// #[derive(Regularize)]
/// struct Net {
///     #[regularize(nested)]
///     blocks: Vec<Dense>,
///     #[regularize(nested)]
///     head: Dense,
/// }
///
/// let dense = || Dense { kernel: vec![1.0, -2.0], bias: vec![3.0] };
/// let mut net = Net { blocks: vec![dense(), dense()], head: dense() };
///
/// let decay = Rules::new()
///     .with("kernel", l2(0.5)) // every kernel,
///     .with("head.kernel", l1(0.5)) // but that of the head has another one,
///     .without("bias") // no bias has one,
///     .without("blocks.0"); // and nothing in the first block
/// let losses = decay.of(&net)?.losses();
/// assert!(losses.iter().eq([("blocks.1.kernel", &2.5), ("head.kernel", &1.5)]));
/// decay.of_mut(&mut net)?.proximal_step(0.5)?;
/// assert_eq!(net.head.kernel, [0.75, -1.75]);
///
/// let error = Rules::new().with("kernle", l2(0.5)).of(&net).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "no weight is at `kernle`: the weights are `blocks.0.kernel`, `blocks.0.bias`, `blocks.1.kernel`, \
///      `blocks.1.bias`, `head.kernel`, `head.bias`",
/// );
/// # Ok::<(), regularize::Error>(())
/// ```
///
/// # Patterns
///
/// A pattern is one or more names with a dot between them. It is at a weight whose path has these names one after the other,
/// wherever they begin and end, so that it is at everything below a layer of its name as well. `*` stands for any one name.
///
/// | pattern | is at | is not at |
/// |---|---|---|
/// | `kernel` | `fc1.kernel`, `kernel`, `kernel.0` | `fc1.kernel_2` |
/// | `head.kernel` | `head.kernel`, `net.head.kernel` | `head.fc1.kernel` |
/// | `blocks.3` | `blocks.3.kernel`, `blocks.3.norm.gamma` | `blocks.30.kernel` |
/// | `blocks.*.kernel` | `blocks.3.kernel` | `blocks.3.fc1.kernel` |
/// | `*` | every weight | |
///
/// **The last rule whose pattern is at a weight decides**, as in `.gitignore`. Write the general ones first and the exceptions
/// after them.
///
/// A rule replaces a regularizer. A weight that only rules are to regularize has one in the attributes of its layer all the
/// same, `kernel = l2` say, and the rules begin with `.without("*")`, so that nothing of the attributes is left.
///
/// A pattern that no weight is at is an error, also if it is one of [`without`](Self::without): it is misspelled, or the model
/// has changed. A pattern counts as used even if a later rule decides about all of its weights.
///
/// # Models
///
/// | model | method | weights |
/// |---|---|---|
/// | one that is [`Regularize`] | [`of`](Self::of), [`of_mut`](Self::of_mut) | those that it regularizes: the rules say by what |
#[cfg_attr(
    feature = "burn",
    doc = "| a module of burn, which needs no attribute | [`module`](Self::module), [`module_mut`](Self::module_mut) | all of its float parameters |"
)]
#[cfg_attr(
    feature = "candle",
    doc = "| a `VarMap` of candle | [`variables`](Self::variables) | all of its float variables |"
)]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules(Vec<Rule>);

#[derive(Clone, Debug, PartialEq)]
struct Rule {
    pattern: String,
    /// `None` takes the regularizer away.
    regularizer: Option<AnyRegularizer>,
}

impl Rule {
    /// Returns whether the names of the pattern are in the path, one after the other.
    fn is_at(&self, path: &str) -> bool {
        let dots = path.match_indices('.').map(|(dot, _)| dot + 1);
        std::iter::once(0).chain(dots).any(|start| {
            let mut names = path[start..].split('.');
            let mut pattern = self.pattern.split('.');
            pattern.all(|name| names.next().is_some_and(|met| name == "*" || name == met))
        })
    }
}

impl Rules {
    /// Makes rules that say nothing yet.
    ///
    /// ```
    /// # use regularize::{Regularize, Rules};
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1(0.5))] Vec<f32>);
    ///
    /// let layer = Dense(vec![1.0, -3.0]);
    /// assert_eq!(Rules::new().of(&layer)?.penalty(), layer.penalty());
    /// # Ok::<(), regularize::Error>(())
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Gives a regularizer to every weight that the [pattern](Self#patterns) is at.
    ///
    /// ```
    /// # use regularize::{Regularize, Rules, l1, l2};
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1(0.5))] Vec<f32>);
    ///
    /// let rules = Rules::new().with("*", l1(1.0)).with("0", l2(1.0));
    /// assert_eq!(rules.of(&Dense(vec![-3.0]))?.penalty(), 9.0);
    /// # Ok::<(), regularize::Error>(())
    /// ```
    #[must_use]
    pub fn with(self, pattern: impl Into<String>, regularizer: impl Into<AnyRegularizer>) -> Self {
        self.and(pattern.into(), Some(regularizer.into()))
    }

    /// Takes the regularizer from every weight that the [pattern](Self#patterns) is at.
    ///
    /// ```
    /// # use regularize::{Regularize, Rules, l2};
    /// #[derive(Regularize)]
    /// #[regularize(kernel = l2, bias = l2)]
    /// struct Dense {
    ///     kernel: Vec<f32>,
    ///     bias: Vec<f32>,
    /// }
    ///
    /// let layer = Dense { kernel: vec![3.0], bias: vec![1.0] };
    /// let rules = Rules::new().with("*", l2(1.0)).without("bias");
    /// assert_eq!(rules.of(&layer)?.penalty(), 9.0);
    /// # Ok::<(), regularize::Error>(())
    /// ```
    #[must_use]
    pub fn without(self, pattern: impl Into<String>) -> Self {
        self.and(pattern.into(), None)
    }

    fn and(mut self, pattern: String, regularizer: Option<AnyRegularizer>) -> Self {
        self.0.push(Rule {
            pattern,
            regularizer,
        });
        self
    }

    /// Applies the rules to a model, to compute its penalty, losses, gradient or report.
    ///
    /// A rule replaces the regularizer of the weights that the model regularizes itself, whatever that is. A weight that no
    /// rule is at keeps its own. A weight whose attribute is a closure or a factory of `orthogonal` has no gradient and no step under a rule
    /// either: keep an [`AnyRegularizer`] in a field instead. A field without a regularizer, of `none` or of an `Option` that is `None`, is not one of
    /// these weights. Regularizers of outputs stay as they are.
    ///
    /// What `trainable`, `sharded` and `value_only` say of a weight holds under the rules too, and so does what the edition of its
    /// layer says of frozen weights. The regularizer of a rule is of the edition that it was made in.
    ///
    /// A proximal step needs [`of_mut`](Self::of_mut). Here only layers in cells and locks take one, and for any other it is an
    /// [`ErrorKind::ReadModel`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoWeight`] for a pattern that no weight is at, [`ErrorKind::Pattern`] for one that is empty or has nothing
    /// between two dots, [`ErrorKind::NoMatrix`] where an orthogonal regularizer is given to what is not a matrix, and
    /// [`ErrorKind::Borrowed`] for a `RefCell` that is mutably borrowed.
    ///
    /// ```
    /// # use regularize::{Regularize, Rules, l2};
    /// #[derive(Regularize)]
    /// #[regularize(kernel = l2, bias = l2)]
    /// struct Dense {
    ///     kernel: Vec<f32>,
    ///     bias: Vec<f32>,
    /// }
    ///
    /// let layer = Dense { kernel: vec![3.0], bias: vec![1.0] };
    /// let rules = Rules::new().with("kernel", l2(0.5)).without("bias");
    /// let mut gradients = Dense { kernel: vec![0.0], bias: vec![0.0] };
    /// rules.of(&layer)?.add_penalty_gradient(&mut gradients)?;
    /// assert_eq!((gradients.kernel[0], gradients.bias[0]), (3.0, 0.0));
    /// # Ok::<(), regularize::Error>(())
    /// ```
    pub fn of<'a, M: Regularize + ?Sized>(&'a self, model: &'a M) -> Result<Ruled<'a, M>> {
        Ruled::new(self, Held::Read(model))
    }

    /// Applies the rules to a model that may be changed, for a proximal step.
    ///
    /// A weight that takes no step where it is, such as a view or one whose attribute is a closure, takes none under a rule. It
    /// is an error of the step also where a rule takes its regularizer away: write `value_only` on its field.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of) has.
    ///
    /// ```
    /// # use regularize::{Regularize, Rules, l1};
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1)] Vec<f32>, #[regularize(l1)] Vec<f32>);
    ///
    /// let mut layer = Dense(vec![3.0], vec![3.0]);
    /// let rules = Rules::new().with("0", l1(1.0)).without("1");
    /// rules.of_mut(&mut layer)?.proximal_step(0.5)?;
    /// assert_eq!((layer.0[0], layer.1[0]), (2.5, 3.0));
    /// # Ok::<(), regularize::Error>(())
    /// ```
    pub fn of_mut<'a, M: Regularize + ?Sized>(&'a self, model: &'a mut M) -> Result<Ruled<'a, M>> {
        Ruled::new(self, Held::Changed(model))
    }

    /// Returns what the last rule at a path says; `None` if there is none, and `Some(None)` to take the regularizer away.
    fn at(&self, path: &str) -> Option<Option<&AnyRegularizer>> {
        let rule = self.0.iter().rev().find(|rule| rule.is_at(path))?;
        Some(rule.regularizer.as_ref())
    }

    /// Returns the regularizer of a weight: `Some(None)` where no rule is at it, so that a report lists it, and `None` where one takes it
    /// away.
    #[cfg(any(feature = "burn", feature = "candle"))]
    pub(crate) fn regularizer(&self, path: &str) -> Option<Option<AnyRegularizer>> {
        match self.at(path) {
            Some(None) => None,
            found => Some(found.flatten().copied()),
        }
    }

    /// Says whether every rule is at a weight, and can be one of it. `visit` presents all weights that there are.
    pub(crate) fn check<P>(
        &self,
        visit: impl FnOnce(&mut Visit<'_, P>) -> Result<()>,
    ) -> Result<()> {
        let empty = |rule: &&Rule| rule.pattern.split('.').any(str::is_empty);
        if let Some(rule) = self.0.iter().find(empty) {
            let pattern = rule.pattern.clone();
            return Err(Error::new(&Path::root(), ErrorKind::Pattern { pattern }));
        }
        let (mut weights, mut unregularized) = (Vec::new(), Vec::new());
        visit(&mut |at, entry| {
            let path = at.to_string();
            let weight = match entry {
                Entry::Tensor(weight) => weight,
                Entry::Unregularized { .. } => {
                    unregularized.push(path);
                    return Ok(());
                }
                Entry::Activity(_) => return Ok(()),
            };
            if let Some(Some(regularizer)) = self.at(&path) {
                weight.under(regularizer, &mut |weight| {
                    weight.check().map_err(|kind| Error::new(at, kind))
                })?;
            }
            weights.push(path);
            Ok(())
        })?;
        let unused = |rule: &&Rule| !weights.iter().any(|path| rule.is_at(path));
        let Some(rule) = self.0.iter().find(unused) else {
            return Ok(());
        };
        let kind = ErrorKind::NoWeight {
            pattern: rule.pattern.clone(),
            weights,
            unregularized: unregularized.into_iter().find(|path| rule.is_at(path)),
        };
        Err(Error::new(&Path::root(), kind))
    }
}

/// A model under [`Rules`]: made by [`of`](Rules::of) and [`of_mut`](Rules::of_mut), and a model itself.
///
/// ```
/// # use regularize::{Regularize, Rules, l2};
/// #[derive(Regularize)]
/// struct Dense(#[regularize(l1(0.5))] Vec<f32>);
///
/// let (layer, rules) = (Dense(vec![3.0, 0.0]), Rules::new().with("*", l2(0.5)));
/// let report = rules.of(&layer)?.report()?;
/// assert_eq!(report.rows()[0].regularizer(), "l2(0.5)");
/// # Ok::<(), regularize::Error>(())
/// ```
pub struct Ruled<'a, M: ?Sized> {
    rules: &'a Rules,
    model: Held<'a, M>,
}

/// A model that is read, or may be changed.
#[derive(Debug)]
pub(crate) enum Held<'a, M: ?Sized> {
    Read(&'a M),
    Changed(&'a mut M),
}

impl<M: ?Sized> Held<'_, M> {
    pub(crate) fn get(&self) -> &M {
        match self {
            Self::Read(model) => model,
            Self::Changed(model) => model,
        }
    }
}

impl<'a, M: Regularize + ?Sized> Ruled<'a, M> {
    fn new(rules: &'a Rules, model: Held<'a, M>) -> Result<Self> {
        rules.check(|f| model.get().visit_weights(&Path::root().listing(), f))?;
        Ok(Self { rules, model })
    }
}

/// Says that the model is only read, of a weight that may be changeable where it is not.
#[cold]
pub(crate) fn read_model(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Unchangeable => {
            Error::new(&Path::root().field(error.path()), ErrorKind::ReadModel)
        }
        _ => error,
    }
}

/// Without the model, which need not be printable.
impl<M: ?Sized> fmt::Debug for Ruled<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ruled = f.debug_struct("Ruled");
        ruled.field("rules", self.rules).finish_non_exhaustive()
    }
}

impl<'a, M: ?Sized> Ruled<'a, M> {
    /// Returns the path of the model, which stays where it is, and the rules there.
    fn below<'p>(&self, at: &'p Path<'p>) -> (Path<'p>, Within<'a>) {
        let (rules, top) = (self.rules, at.to_string());
        (
            at.through(&self.model, self.model.get()),
            Within { rules, top },
        )
    }
}

/// The rules of a model at a path, which may be a part of another model.
struct Within<'a> {
    rules: &'a Rules,
    top: String,
}

impl Within<'_> {
    /// Returns what the last rule says that is at the path of a weight in the model.
    fn at(&self, at: &Path<'_>) -> Option<Option<&AnyRegularizer>> {
        let path = at.to_string();
        let within = match self.top.is_empty() {
            true => &path,
            false => path
                .strip_prefix(&self.top)
                .and_then(|within| within.strip_prefix('.'))
                .unwrap_or(&path),
        };
        self.rules.at(within)
    }

    /// Presents a weight that may be changed.
    fn change(
        &self,
        at: &Path<'_>,
        weight: &mut dyn RegularizedMut,
        f: &mut VisitMut<'_>,
    ) -> Result<()> {
        match self.at(at) {
            None => f(at, weight),
            Some(None) => Ok(()),
            Some(Some(regularizer)) => weight.under(regularizer, &mut |weight| f(at, weight)),
        }
    }
}

impl<M: Regularize + ?Sized> Regularize for Ruled<'_, M> {
    type Penalty = M::Penalty;

    fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, M::Penalty>) -> Result<()> {
        let (below, rules) = self.below(at);
        let model = self.model.get();
        model.visit_weights(&below, &mut |at, entry| {
            let Entry::Tensor(weight) = entry else {
                return f(at, entry);
            };
            match rules.at(at) {
                None => f(at, entry),
                Some(None) => Ok(()),
                Some(Some(regularizer)) => {
                    weight.under(regularizer, &mut |weight| f(at, Entry::Tensor(weight)))
                }
            }
        })
    }

    fn visit_weights_mut(&mut self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
        let (below, rules) = self.below(at);
        match &mut self.model {
            Held::Read(_) => self.visit_weights_shared(at, f).map_err(read_model),
            Held::Changed(model) => {
                model.visit_weights_mut(&below, &mut |at, weight| rules.change(at, weight, f))
            }
        }
    }

    fn visit_weights_shared(&self, at: &Path<'_>, f: &mut VisitMut<'_>) -> Result<()> {
        let (below, rules) = self.below(at);
        let model = self.model.get();
        model.visit_weights_shared(&below, &mut |at, weight| rules.change(at, weight, f))
    }

    fn activity(&self) -> Option<Terms> {
        self.model.get().activity()
    }
}

impl<G: ?Sized, M: RegularizeWith<G> + ?Sized> RegularizeWith<G> for Ruled<'_, M> {
    fn visit_weights_with(
        &self,
        gradients: &mut G,
        at: &Path<'_>,
        f: &mut VisitWith<'_>,
    ) -> Result<()> {
        let (below, rules) = self.below(at);
        let model = self.model.get();
        model.visit_weights_with(gradients, &below, &mut |at, weight| match rules.at(at) {
            None => f(at, weight),
            Some(None) => Ok(()),
            Some(Some(regularizer)) => weight.under(regularizer, &mut |weight| f(at, weight)),
        })
    }
}

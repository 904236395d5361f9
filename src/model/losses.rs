//! Losses by name: those of the weights, and those that a forward pass adds.

use crate::regularizer::Regularizer;
use crate::tensor::{Activity, Penalty, Tensor};
use regularize_core::edition::Order;
use regularize_core::{Edition, SHOWN, visible};
use std::fmt;

/// Losses by name, in the order in which they were added: Keras' `losses` and `add_loss` in one.
///
/// [`Regularize::losses`](crate::Regularize::losses) makes those of the weights; a forward pass fills one with
/// those of the outputs; together they have one total.
///
/// ```
/// use regularize::{l1, Losses, Regularize};
///
/// #[derive(Regularize)]
/// struct Dense {
///     #[regularize(l2(0.5))]
///     kernel: Vec<f32>,
/// }
///
/// let layer = Dense { kernel: vec![1.0, 2.0] };
///
/// let mut activities = Losses::new(); // filled by the forward pass
/// let output = [[1.0_f32, 0.0], [0.0, 3.0]];
/// activities.add("relu", &l1(0.25), &output);
///
/// let mut losses = layer.losses();
/// losses.extend(activities);
/// assert!(losses.iter().eq([("kernel", &2.5), ("relu", &0.5)]));
/// assert_eq!(losses.total(), 3.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Losses<P> {
    entries: Vec<(String, P)>,
}

impl<P> Default for Losses<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> Losses<P> {
    /// No losses.
    ///
    /// ```
    /// # use regularize::Losses;
    /// assert!(Losses::<f32>::new().is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// The losses of a model's weights and those of its outputs, in the order in which an edition of Keras has them.
    ///
    /// Keras 2.2 and 2.3 have all weights' first, Keras 3 all outputs'. tf.keras goes layer by layer, the output's
    /// before the weights': there an output is that of the layer whose path it is named by, and the outputs of
    /// other names come first.
    ///
    /// ```
    /// # use regularize::{Edition, Losses};
    /// let weights: Losses<f32> = [("fc1.kernel".into(), 1.0), ("fc2.kernel".into(), 2.0)].into_iter().collect();
    /// let outputs: Losses<f32> = [("fc1".into(), 3.0), ("fc2".into(), 4.0)].into_iter().collect();
    /// let losses = Losses::in_order(Edition::TF_2_10, weights, outputs);
    /// let names: Vec<&str> = losses.iter().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["fc1", "fc1.kernel", "fc2", "fc2.kernel"]);
    /// ```
    #[must_use]
    pub fn in_order(edition: Edition, weights: Self, outputs: Self) -> Self {
        match edition.rules().order {
            Order::WeightsFirst => weights.into_iter().chain(outputs).collect(),
            Order::ActivitiesFirst => outputs.into_iter().chain(weights).collect(),
            Order::LayerByLayer => layer_by_layer(weights, outputs),
        }
    }

    /// Adds a loss that was computed elsewhere.
    ///
    /// ```
    /// # use regularize::Losses;
    /// let mut losses = Losses::new();
    /// losses.push("mse", 0.5_f32);
    /// assert_eq!(losses.get("mse"), Some(&0.5));
    /// ```
    pub fn push(&mut self, name: impl Into<String>, loss: P) {
        self.entries.push((name.into(), loss));
    }

    /// Adds the penalty of a layer's output, divided by the length of its first axis.
    ///
    /// `None` as a regularizer adds nothing.
    ///
    /// ```
    /// # use regularize::{l2, Losses};
    /// let mut activities = Losses::new();
    /// activities.add("fc1", &l2(0.5), &[[1.0_f64, 2.0], [3.0, 0.0]]);
    /// assert_eq!(activities.get("fc1"), Some(&3.5));
    /// ```
    pub fn add<R, O>(&mut self, name: impl Into<String>, regularizer: &R, output: &O)
    where
        O: Activity<Tensor: Tensor<Penalty = P>> + ?Sized,
        R: Regularizer<O::Tensor> + ?Sized,
    {
        if regularizer.is_present() {
            let tensor = output.tensor();
            let loss = match output.batch() {
                Some(batch) => regularizer.penalty_per_sample(tensor, batch),
                None => regularizer.penalty(tensor),
            };
            self.push(name, loss);
        }
    }

    /// The names and losses, in order.
    ///
    /// ```
    /// # use regularize::Losses;
    /// let mut losses = Losses::new();
    /// losses.push("a", 1.0_f32);
    /// losses.push("b", 2.0);
    /// assert!(losses.iter().eq([("a", &1.0), ("b", &2.0)]));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &P)> {
        self.into_iter()
    }

    /// The first loss of that name.
    ///
    /// ```
    /// # use regularize::Losses;
    /// assert_eq!(Losses::<f32>::new().get("kernel"), None);
    /// ```
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&P> {
        self.iter()
            .find(|entry| entry.0 == name)
            .map(|entry| entry.1)
    }

    /// Returns how many there are.
    ///
    /// ```
    /// # use regularize::Losses;
    /// assert_eq!(Losses::<f32>::new().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are none.
    ///
    /// ```
    /// # use regularize::Losses;
    /// assert!(Losses::<f32>::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All losses added, in order; +0 if there are none.
    ///
    /// ```
    /// # use regularize::Losses;
    /// let losses: Losses<f32> = [("a".into(), 1.0), ("b".into(), 2.0)].into_iter().collect();
    /// assert_eq!(losses.total(), 3.0);
    /// ```
    #[must_use]
    pub fn total(&self) -> P
    where
        P: Penalty,
    {
        let losses = self.entries.iter().map(|entry| entry.1.duplicate());
        losses.reduce(P::plus).unwrap_or_else(P::zero)
    }

    /// `loss` plus every loss, one after the other. No zero is made for it.
    ///
    /// ```
    /// # use regularize::Losses;
    /// let losses: Losses<f32> = [("a".into(), 1.0), ("b".into(), 2.0)].into_iter().collect();
    /// assert_eq!(losses.add_to(0.5), 3.5);
    /// ```
    #[must_use]
    pub fn add_to(&self, loss: P) -> P
    where
        P: Penalty,
    {
        let losses = self.entries.iter().map(|entry| entry.1.duplicate());
        losses.fold(loss, P::plus)
    }
}

/// Before the first weight of every layer the outputs that are named by its path.
fn layer_by_layer<P>(weights: Losses<P>, outputs: Losses<P>) -> Losses<P> {
    let layer = |weight: &str| {
        weight
            .rsplit_once('.')
            .map_or("", |parts| parts.0)
            .to_owned()
    };
    let layers: Vec<String> = weights.iter().map(|(name, _)| layer(name)).collect();
    let (mut waiting, mut losses): (Vec<_>, Vec<_>) = outputs
        .into_iter()
        .partition(|(name, _)| layers.contains(name));
    for (layer, weight) in layers.into_iter().zip(weights) {
        losses.extend(waiting.extract_if(.., |(name, _)| *name == layer));
        losses.push(weight);
    }
    Losses { entries: losses }
}

/// The names and losses, in order.
///
/// ```
/// let losses: regularize::Losses<f32> = [("kernel".into(), 1.0)].into_iter().collect();
/// for (name, loss) in &losses {
///     println!("{name}: {loss}");
/// }
/// ```
impl<'a, P> IntoIterator for &'a Losses<P> {
    type Item = (&'a str, &'a P);
    type IntoIter =
        std::iter::Map<std::slice::Iter<'a, (String, P)>, fn(&'a (String, P)) -> Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter().map(|(name, loss)| (name, loss))
    }
}

impl<P> IntoIterator for Losses<P> {
    type Item = (String, P);
    type IntoIter = std::vec::IntoIter<(String, P)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<P> Extend<(String, P)> for Losses<P> {
    fn extend<I: IntoIterator<Item = (String, P)>>(&mut self, losses: I) {
        self.entries.extend(losses);
    }
}

impl<P> FromIterator<(String, P)> for Losses<P> {
    fn from_iter<I: IntoIterator<Item = (String, P)>>(losses: I) -> Self {
        Self {
            entries: losses.into_iter().collect(),
        }
    }
}

/// One loss a line, then the total; a name of over 120 characters is shortened.
impl<P: Penalty + fmt::Display> fmt::Display for Losses<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self
            .iter()
            .map(|(name, _)| visible(name, SHOWN).to_string());
        let names: Vec<String> = names.collect();
        let widths = names.iter().map(|name| name.chars().count());
        let width = widths.chain(["total".len()]).max().unwrap_or(0);
        for (name, (_, loss)) in names.iter().zip(&self.entries) {
            writeln!(f, "{name:width$}  {loss}")?;
        }
        write!(f, "{:width$}  {}", "total", self.total())
    }
}

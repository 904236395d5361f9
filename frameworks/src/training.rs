//! One training loop for both frameworks, and how its run compares with that of Keras.

use crate::digits::{Batch, Digits, HIDDEN, PIXELS};
use crate::recording::{PENALTIES, Penalties, Precision, Recording, Weights};
use regularize::L1;
use regularize_oracle::{Factors, Format};
use std::error::Error;

/// How the penalty of the weights is brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// On the tape with the loss, as Keras trains.
    Tape,
    /// By a proximal step after the optimizer's: L1 makes exact zeros.
    Proximal,
}

/// The model: 64 pixels, 32 hidden units with ReLU, 10 digits.
///
/// Its regularizers are those of `tools/keras/train.py`: of the hidden layer the kernel L1 with a factor that changes,
/// the bias l2(2⁻¹⁰), the output l1(1e-4); of the output layer the kernel l2(2⁻¹⁰), the bias l1(1e-4).
pub trait Mlp: Sized {
    /// The framework's error.
    type Error: Error + 'static;

    /// A model with these weights.
    ///
    /// # Errors
    ///
    /// The framework's, here and below.
    fn new(weights: &Weights, precision: Precision) -> Result<Self, Self::Error>;

    /// Changes the factor of the hidden kernel.
    fn schedule(&mut self, strength: L1);

    /// The losses beside the cross-entropy, by [`PENALTIES`].
    ///
    /// # Errors
    ///
    /// The framework's.
    fn penalties(&self, batch: Batch<'_>) -> Result<Penalties, Self::Error>;

    /// What the hidden layer puts out.
    ///
    /// # Errors
    ///
    /// The framework's.
    fn hidden(&self, batch: Batch<'_>) -> Result<Vec<f64>, Self::Error>;

    /// One step of gradient descent. Returns the loss before it: on [`Method::Tape`] with all penalties.
    ///
    /// # Errors
    ///
    /// The framework's.
    fn step(&mut self, batch: Batch<'_>, method: Method) -> Result<f64, Self::Error>;

    /// How many digits it gets right.
    ///
    /// # Errors
    ///
    /// The framework's.
    fn right(&self, batch: Batch<'_>) -> Result<usize, Self::Error>;

    /// The table of its penalties.
    ///
    /// # Errors
    ///
    /// The framework's.
    fn report(&self) -> Result<regularize::Report, Self::Error>;

    /// The weights now.
    ///
    /// # Errors
    ///
    /// The framework's.
    fn weights(&self) -> Result<Weights, Self::Error>;
}

/// Trains from Keras' initial weights with Keras' schedule, and returns the loss of every step.
///
/// `after` sees the model after every epoch.
///
/// # Errors
///
/// The framework's.
pub fn train<M: Mlp>(
    digits: &Digits,
    keras: &Recording,
    precision: Precision,
    method: Method,
    mut after: impl FnMut(usize, &M, f64) -> Result<(), M::Error>,
) -> Result<Vec<f64>, M::Error> {
    let mut model = M::new(keras.initial(), precision)?;
    let mut losses = Vec::new();
    for (epoch, &lambda) in keras.lambda.iter().enumerate() {
        model.schedule(L1::new(lambda).expect("a factor of Keras"));
        let mut loss = 0.0;
        for batch in digits.steps() {
            loss = model.step(batch, method)?;
            losses.push(loss);
        }
        after(epoch, &model, loss)?;
    }
    Ok(losses)
}

/// The greatest distance of two runs' losses, relative to that of the first.
///
/// # Panics
///
/// If one has more steps.
#[must_use]
pub fn distance(yardstick: &[f64], losses: &[f64]) -> f64 {
    assert_eq!(yardstick.len(), losses.len(), "as many steps");
    let pairs = yardstick.iter().zip(losses);
    pairs.fold(0.0, |most, (a, b)| f64::max(most, (a - b).abs() / a.abs()))
}

/// How far a run's losses may be from those of Keras in f64, relative.
///
/// In f32 eight times as far as Keras in f32 is: rounding errors grow with the steps, and no bound of that is known that is
/// not far larger. In f64, where Keras itself is the measure, twice (n + 2)·u, for the n = 2,048 weights of the hidden
/// kernel: each engine may be that far from their sum by its order.
#[must_use]
pub fn allowed(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => {
            let [f32, f64] = [Precision::F32, Precision::F64].map(Recording::read);
            8.0 * distance(&f64.loss, &f32.loss)
        }
        Precision::F64 => 2.0 * (PIXELS * HIDDEN + 2) as f64 * 2.0_f64.powi(-53),
    }
}

/// A penalty in Keras and here, both of the same weights, and what an order of operations may make of it.
#[derive(Clone, Debug)]
pub struct Compared {
    /// After how many steps of Keras.
    pub step: usize,
    /// The name, of [`PENALTIES`].
    pub name: &'static str,
    /// The least that it may be.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
    /// What Keras said.
    pub keras: f64,
    /// What it is here.
    pub here: f64,
}

impl Compared {
    /// Whether both are inside the bounds.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        let bounds = self.least..=self.greatest;
        bounds.contains(&self.keras) && bounds.contains(&self.here)
    }
}

/// The penalties of f32 weights wherever Keras was asked.
///
/// The bounds of a weight's are those of SPEC.md, `order.bound`. Of the output the engines see other numbers, as each sums
/// the products of pixels and kernel in its own order: |ŷ − y| ≤ γ·(Σ|x·w| + |b|) with γ = k·u/(1 − k·u) and k = 65 for
/// each of them, which is added on both sides.
///
/// # Errors
///
/// The framework's.
///
/// # Panics
///
/// If the recording has weights that are not finite.
pub fn compare<M: Mlp>(digits: &Digits, keras: &Recording) -> Result<Vec<Compared>, M::Error> {
    let batch = digits.steps().next().expect("steps");
    let mut all = Vec::new();
    for (epoch, asked) in keras.asked.iter().enumerate() {
        let mut model = M::new(&asked.weights, Precision::F32)?;
        let lambda = keras.lambda[epoch.min(keras.lambda.len() - 1)];
        model.schedule(L1::new(lambda).expect("a factor of Keras"));
        let here = model.penalties(batch)?;
        let bounds = bounds(&asked.weights, lambda, batch, &model.hidden(batch)?);
        for (index, [least, greatest]) in bounds.into_iter().enumerate() {
            all.push(Compared {
                step: asked.step,
                name: PENALTIES[index],
                least,
                greatest,
                keras: asked.penalties[index],
                here: here[index],
            });
        }
    }
    Ok(all)
}

/// The bounds of all penalties on a batch.
fn bounds(weights: &Weights, lambda: f64, batch: Batch<'_>, hidden: &[f64]) -> [[f64; 2]; 5] {
    // L1 rounds its factor to f32, as Keras 3.14.1 and later do.
    let l1 = |factor: f64| Factors::new(Some(f64::from(factor as f32)), None);
    let l2 = |factor| Factors::new(None, Some(factor));
    let of = |factors: Factors, numbers: &[f64], by: usize| {
        let bits = numbers.iter().map(|&x| (x as f32).to_bits().into());
        let bits: Vec<u64> = bits.collect();
        let bounds = factors.bounds(Format::F32, &bits, by as u64);
        let bounds = bounds.expect("few enough weights");
        bounds.map(|bits| f64::from(f32::from_bits(bits as u32)))
    };
    let samples = batch.classes.len();
    let [least, greatest] = of(l1(1e-4), hidden, samples);
    let factor = f64::from(1e-4_f32);
    // Of the other engine's output the sum has roundings of its own.
    let error =
        (1.0 + gamma(hidden.len() + 3)) * factor * forward_error(weights, batch) / samples as f64;
    [
        [least - error, greatest + error],
        of(l1(lambda), &weights.hidden_kernel, 1),
        of(l2(1.0 / 1024.0), &weights.hidden_bias, 1),
        of(l2(1.0 / 1024.0), &weights.output_kernel, 1),
        of(l1(1e-4), &weights.output_bias, 1),
    ]
}

/// How far two engines' outputs of the hidden layer may be apart, summed over all of them. ReLU brings them no further.
fn forward_error(weights: &Weights, batch: Batch<'_>) -> f64 {
    let mut total = 0.0;
    for pixels in batch.pixels.chunks_exact(PIXELS) {
        for column in 0..HIDDEN {
            let products = pixels.iter().enumerate();
            let sum: f64 = products
                .map(|(pixel, x)| (x * weights.hidden_kernel[pixel * HIDDEN + column]).abs())
                .sum();
            total += sum + weights.hidden_bias[column].abs();
        }
    }
    2.0 * gamma(PIXELS + 1) * total
}

/// What so many roundings of f32 may make of a number, relative.
fn gamma(roundings: usize) -> f64 {
    let small = roundings as f64 * 2.0_f64.powi(-24);
    small / (1.0 - small)
}

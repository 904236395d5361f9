//! The layers, which say by what they are regularized; forwards and backwards by hand.

use ndarray::{Array1, Array2, Axis};
use regularize::extend::RegularizeWith;
use regularize::{L1L2, Losses, Regularize};

/// A dense layer with its regularizers in the attribute.
#[derive(Clone, Regularize)]
#[regularize(kernel = l1(0.01), bias = l2(0.01), activity = l1(1e-4))]
pub(crate) struct Literal {
    pub(crate) kernel: Array2<f32>,
    pub(crate) bias: Array1<f32>,
}

/// A dense layer with regularizers that are chosen at run time.
#[derive(Clone, Regularize)]
#[regularize(kernel = self.kernel_regularizer, activity = self.activity_regularizer)]
pub(crate) struct Chosen {
    pub(crate) kernel: Array2<f32>,
    pub(crate) bias: Array1<f32>,
    pub(crate) kernel_regularizer: L1L2,
    pub(crate) activity_regularizer: L1L2,
}

/// What both are.
pub(crate) trait Dense: Clone + Regularize<Penalty = f32> + RegularizeWith<Self> {
    fn weights(&self) -> (&Array2<f32>, &Array1<f32>);
    fn weights_mut(&mut self) -> (&mut Array2<f32>, &mut Array1<f32>);
}

macro_rules! dense {
    ($($layer:ty),+) => {$(
        impl Dense for $layer {
            fn weights(&self) -> (&Array2<f32>, &Array1<f32>) {
                (&self.kernel, &self.bias)
            }

            fn weights_mut(&mut self) -> (&mut Array2<f32>, &mut Array1<f32>) {
                (&mut self.kernel, &mut self.bias)
            }
        }
    )+};
}
dense!(Literal, Chosen);

/// Hidden layers with relu, then one number.
#[derive(Clone, Regularize)]
pub(crate) struct Net<D> {
    #[regularize(nested)]
    hidden: Vec<D>,
    #[regularize(nested)]
    output: D,
}

impl<D: Dense> Net<D> {
    /// 10 → 32 → 16 → 1, with weights of He's distribution.
    pub(crate) fn new(seed: u64, layer: impl Fn(Array2<f32>, Array1<f32>) -> D) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut dense = |from: usize, to: usize| {
            let limit = (6.0 / from as f32).sqrt();
            let kernel =
                Array2::from_shape_simple_fn((from, to), || limit * (2.0 * random.f32() - 1.0));
            layer(kernel, Array1::zeros(to))
        };
        Self {
            hidden: vec![dense(10, 32), dense(32, 16)],
            output: dense(16, 1),
        }
    }

    pub(crate) fn layers(&self) -> impl Iterator<Item = &D> {
        self.hidden.iter().chain([&self.output])
    }

    pub(crate) fn layers_mut(&mut self) -> impl Iterator<Item = &mut D> {
        self.hidden.iter_mut().chain([&mut self.output])
    }

    /// The output of every layer; the penalties of those of hidden layers go into the collector.
    pub(crate) fn forward(
        &self,
        x: &Array2<f32>,
        activities: &mut Losses<f32>,
    ) -> Vec<Array2<f32>> {
        let mut outputs: Vec<Array2<f32>> = Vec::new();
        for (index, layer) in self.hidden.iter().enumerate() {
            let output = affine(layer, outputs.last().unwrap_or(x)).mapv(|z| z.max(0.0));
            activities.push(
                format!("hidden.{index}.activity"),
                layer.activity_penalty(&output),
            );
            outputs.push(output);
        }
        outputs.push(affine(&self.output, outputs.last().unwrap_or(x)));
        outputs
    }

    /// The gradient of the mean squared error and of the activities' penalties, in the shape of the net.
    pub(crate) fn backward(
        &self,
        x: &Array2<f32>,
        y: &Array2<f32>,
        outputs: &[Array2<f32>],
    ) -> Self {
        let mut gradients = self.clone();
        let batch = x.nrows() as f32;
        let mut delta = match outputs.last() {
            Some(predicted) => (predicted - y) * (2.0 / batch),
            None => return gradients,
        };
        let layers: Vec<&D> = self.layers().collect();
        for (index, gradient) in gradients
            .layers_mut()
            .enumerate()
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
        {
            let input = index.checked_sub(1).map_or(x, |below| &outputs[below]);
            let (kernel, bias) = gradient.weights_mut();
            *kernel = input.t().dot(&delta);
            *bias = delta.sum_axis(Axis(0));
            if index > 0 {
                delta = delta.dot(&layers[index].weights().0.t());
                let output = &outputs[index - 1];
                layers[index - 1]
                    .add_activity_gradient(output, &mut delta)
                    .expect("a gradient of the shape of the output");
                // The derivative of relu.
                delta.zip_mut_with(output, |delta, &y| {
                    *delta = if y > 0.0 { *delta } else { 0.0 };
                });
            }
        }
        gradients
    }
}

fn affine<D: Dense>(layer: &D, x: &Array2<f32>) -> Array2<f32> {
    let (kernel, bias) = layer.weights();
    x.dot(kernel) + bias
}

/// The mean squared error.
pub(crate) fn loss(outputs: &[Array2<f32>], y: &Array2<f32>) -> f32 {
    outputs.last().map_or(f32::NAN, |predicted| {
        (predicted - y)
            .mapv(|error| error * error)
            .mean()
            .unwrap_or(f32::NAN)
    })
}

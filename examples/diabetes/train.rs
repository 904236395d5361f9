//! Gradient descent on all patients at once.

use crate::data::{Patients, Split};
use crate::layers::{Dense, Net, loss};
use indicatif::ProgressBar;
use regularize::{Error, Losses, Regularize};

/// What is done about the penalty.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Method {
    /// Its subgradient is added to the gradient, as Keras does by automatic differentiation.
    Subgradient,
    /// After the step on the loss alone comes the penalty's proximal step.
    Proximal,
}

pub(crate) struct Training {
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) epochs: usize,
}

/// A row of the table.
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) train_error: f32,
    pub(crate) held_out_error: f32,
    /// √Σw² over all kernels.
    pub(crate) norm: f32,
    /// The exact zeros of each kernel.
    pub(crate) zeros: Vec<usize>,
    /// The mean of the hidden layers' outputs, which relu makes positive.
    pub(crate) mean_output: f32,
}

const LEARNING_RATE: f32 = 0.05;

impl Training {
    pub(crate) fn run<D: Dense>(
        &self,
        mut net: Net<D>,
        split: &Split,
        bar: &ProgressBar,
    ) -> Result<(Net<D>, Outcome), Error> {
        let Patients {
            measurements,
            progression,
        } = &split.train;
        for _ in 0..self.epochs {
            let outputs = net.forward(measurements, &mut Losses::new());
            let mut gradients = net.backward(measurements, progression, &outputs);
            if self.method == Method::Subgradient {
                net.add_penalty_gradient(&mut gradients)?;
            }
            for (layer, gradient) in net.layers_mut().zip(gradients.layers()) {
                let ((kernel, bias), (dk, db)) = (layer.weights_mut(), gradient.weights());
                kernel.scaled_add(-LEARNING_RATE, dk);
                bias.scaled_add(-LEARNING_RATE, db);
            }
            if self.method == Method::Proximal {
                net.proximal_step(LEARNING_RATE)?;
            }
            bar.inc(1);
        }
        let outcome = self.outcome(&net, split);
        Ok((net, outcome))
    }

    fn outcome<D: Dense>(&self, net: &Net<D>, split: &Split) -> Outcome {
        let error = |patients: &Patients| {
            let outputs = net.forward(&patients.measurements, &mut Losses::new());
            split.unit * loss(&outputs, &patients.progression).sqrt()
        };
        let kernels = || net.layers().map(|layer| layer.weights().0);
        let outputs = net.forward(&split.train.measurements, &mut Losses::new());
        let hidden = &outputs[..outputs.len() - 1];
        let count: usize = hidden.iter().map(|output| output.len()).sum();
        Outcome {
            name: self.name,
            train_error: error(&split.train),
            held_out_error: error(&split.held_out),
            norm: kernels()
                .map(|kernel| kernel.mapv(|w| w * w).sum())
                .sum::<f32>()
                .sqrt(),
            zeros: kernels()
                .map(|kernel| kernel.iter().filter(|w| **w == 0.0).count())
                .collect(),
            mean_output: hidden.iter().map(|output| output.sum()).sum::<f32>() / count as f32,
        }
    }
}

//! What `tools/keras/train.py` wrote down of real Keras: the weights cross by safetensors.

use safetensors::{Dtype, SafeTensors};

/// The type of a run's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// IEEE binary32.
    F32,
    /// IEEE binary64.
    F64,
}

/// The weights of the model, each row by row, a kernel as Keras keeps it: `[inputs, outputs]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// 64 × 32.
    pub hidden_kernel: Vec<f64>,
    /// 32.
    pub hidden_bias: Vec<f64>,
    /// 32 × 10.
    pub output_kernel: Vec<f64>,
    /// 10.
    pub output_bias: Vec<f64>,
}

/// The losses of a model beside the cross-entropy, by name: those of [`PENALTIES`].
pub type Penalties = [f64; 5];

/// Their order.
pub const PENALTIES: [&str; 5] = [
    "hidden.activity",
    "hidden.kernel",
    "hidden.bias",
    "output.kernel",
    "output.bias",
];

/// A run of Keras. Every number of f32 is a number of f64.
#[derive(Debug)]
pub struct Recording {
    /// The loss of every step.
    pub loss: Vec<f64>,
    /// The factor of the hidden kernel in every epoch.
    pub lambda: Vec<f64>,
    /// What it was asked in the midst of the training.
    pub asked: Vec<Asked>,
    /// The release of Keras.
    pub keras: String,
    /// How many digits that were held out it got right.
    pub held_out: usize,
}

/// The model after some of the steps.
#[derive(Debug)]
pub struct Asked {
    /// How many steps were taken.
    pub step: usize,
    /// Its weights.
    pub weights: Weights,
    /// Its penalties on the first batch.
    pub penalties: Penalties,
}

impl Recording {
    /// The run in a precision.
    ///
    /// # Panics
    ///
    /// If the file of the package was changed to something else.
    #[must_use]
    pub fn read(precision: Precision) -> Self {
        let bytes: &[u8] = match precision {
            Precision::F32 => include_bytes!("../data/keras-f32.safetensors"),
            Precision::F64 => include_bytes!("../data/keras-f64.safetensors"),
        };
        let file = SafeTensors::deserialize(bytes).expect("a safetensors file");
        let (_, header) = SafeTensors::read_metadata(bytes).expect("a safetensors file");
        let said = header.metadata().as_ref().expect("metadata");
        let step = numbers(&file, "step");
        let penalty = numbers(&file, "penalty");
        let weights = [
            "hidden.kernel",
            "hidden.bias",
            "output.kernel",
            "output.bias",
        ];
        let weights = weights.map(|name| numbers(&file, name));
        let asked = step.iter().enumerate().map(|(index, taken)| {
            let part = |all: &[f64]| {
                let length = all.len() / step.len();
                all[index * length..][..length].to_vec()
            };
            let [hidden_kernel, hidden_bias, output_kernel, output_bias] =
                weights.each_ref().map(|all| part(all));
            Asked {
                step: *taken as usize,
                weights: Weights {
                    hidden_kernel,
                    hidden_bias,
                    output_kernel,
                    output_bias,
                },
                penalties: part(&penalty)
                    .try_into()
                    .expect("as many penalties as names"),
            }
        });
        Self {
            asked: asked.collect(),
            loss: numbers(&file, "loss"),
            lambda: numbers(&file, "lambda"),
            keras: said["keras"].clone(),
            held_out: said["held out"].parse().expect("a number"),
        }
    }

    /// The weights before the first step.
    #[must_use]
    pub fn initial(&self) -> &Weights {
        &self.asked[0].weights
    }
}

/// The numbers of a tensor.
fn numbers(file: &SafeTensors<'_>, name: &str) -> Vec<f64> {
    let tensor = file.tensor(name).expect(name);
    let bytes = tensor.data();
    match tensor.dtype() {
        Dtype::F32 => {
            let words = bytes.as_chunks().0.iter();
            words.map(|word| f32::from_le_bytes(*word).into()).collect()
        }
        Dtype::F64 => {
            let words = bytes.as_chunks().0.iter();
            words.map(|word| f64::from_le_bytes(*word)).collect()
        }
        Dtype::I64 => {
            let words = bytes.as_chunks().0.iter();
            words.map(|word| i64::from_le_bytes(*word) as f64).collect()
        }
        other => panic!("{name} is of {other:?}"),
    }
}

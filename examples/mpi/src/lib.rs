//! Models over the ranks of MPI, with penalties that are the same bits on any number of them.
//!
//! | file | does |
//! |---|---|
//! | `ranks` | what all ranks do together, and how all learn that one could not |
//! | `layout` | which ranks have which part of a list |
//! | `net` | the model: its layers, forwards and backwards |
//! | `spread` | trains it with the hidden layer sharded over the ranks |
//! | `copied` | trains it on every rank, with the patients shared out |

#[path = "../../diabetes/data.rs"]
#[allow(dead_code, reason = "the other example reads more of the data")]
mod patients;

pub mod copied;
pub mod data;
pub mod layout;
pub mod net;
pub mod ranks;
pub mod spread;

use regularize::{Losses, Report};

/// What is trained, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The units of the hidden layer.
    pub units: usize,
    /// How many steps.
    pub epochs: usize,
    /// The learning rate.
    pub rate: f32,
    /// Of the weights and of who is trained on.
    pub seed: u64,
    /// What is done about the penalty.
    pub method: Method,
}

/// What is done about the penalty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Its gradient is added to that of the loss.
    Subgradient,
    /// Its proximal step follows the step on the loss.
    Proximal,
}

/// What came of it, on every rank the same.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The penalty of each weight before the first step.
    pub begin: Losses<f32>,
    /// After the last.
    pub end: Losses<f32>,
    /// After the last, too, with the zeros.
    pub report: Report,
    /// The mean squared error before the last step.
    pub error: f32,
    /// The gradient of the loss alone at the first step, in the order of the weights.
    pub gradient: Vec<f32>,
    /// All weights: kernel, bias, output, offset.
    pub weights: Vec<f32>,
}

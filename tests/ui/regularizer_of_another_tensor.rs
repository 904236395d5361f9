use ndarray::Array1;
use regularize::{Regularize, Regularizer};

struct MaxNorm;

impl Regularizer<Vec<f32>> for MaxNorm {
    fn penalty(&self, weight: &Vec<f32>) -> f32 {
        weight[0]
    }
}

fn max_norm(weight: &[f32]) -> f32 {
    weight[0]
}

#[derive(Regularize)]
#[regularize(kernel = MaxNorm, bias = orthogonal(0.01, rows))]
struct Dense {
    kernel: Vec<f32>,
    bias: Array1<f32>,
    #[regularize(max_norm)]
    gamma: Vec<f32>,
    #[regularize(|w: &Vec<f32>| w[0])]
    alpha: Vec<f32>,
}

fn main() {}

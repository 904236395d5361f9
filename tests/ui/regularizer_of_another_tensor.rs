use ndarray::{Array1, Array2};
use regularize::extend::Regularizer;
use regularize::{AnyRegularizer, Regularize};

struct MaxNorm;

impl Regularizer<Array2<f32>> for MaxNorm {
    fn penalty(&self, weight: &Array2<f32>) -> f32 {
        weight.sum()
    }

    fn notation(&self) -> String {
        "max_norm".into()
    }
}

fn max_norm(weight: &[f32]) -> f32 {
    weight[0]
}

#[derive(Regularize)]
#[regularize(kernel = MaxNorm, bias = orthogonal(0.01, rows))]
struct Dense {
    kernel: Array2<f32>,
    bias: Array1<f32>,
    #[regularize(max_norm)]
    gamma: Vec<f32>,
    #[regularize(self.any)]
    beta: Vec<f32>,
    #[regularize(|w: &Vec<f32>| w[0])]
    alpha: Vec<f32>,
    any: AnyRegularizer,
}

fn main() {}

use regularize::{L2, Regularize};

#[derive(Regularize)]
#[regularize(kernel = strength, bias = l2(rate), gamma = l1_l2(0.01, l2 = rate))]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
    gamma: Vec<f32>,
    #[regularize(strength)]
    beta: Vec<f32>,
    strength: L2,
    rate: f64,
}

fn main() {}

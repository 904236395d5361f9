use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l1(0.01) + l2(0.02), bias = [l2, l1], gamma = (l1(0.03), l2(0.04)))]
#[regularize(beta = l1(0.05), beta = l2(0.06), alpha = l2(0.01), alpha = l2(0.02))]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    alpha: Vec<f32>,
    #[regularize(l1(0.07), l2(0.08))]
    delta: Vec<f32>,
    #[regularize(kernel = l1(0.09), kernel = l2(0.1))]
    fc1: Layer,
}

struct Layer;

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2(0.01) bias = l1(0.01))]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
}

// What follows the next comma is read again.
#[derive(Regularize)]
#[regularize(kernel = l2(0.01) bias = l1(0.01), gamma = "l1")]
struct Norm {
    kernel: Vec<f32>,
    bias: Vec<f32>,
    gamma: Vec<f32>,
}

fn main() {}

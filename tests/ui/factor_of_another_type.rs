use regularize::Regularize;

const RATE: f32 = 0.01;

#[derive(Regularize)]
#[regularize(kernel = l2(RATE))]
struct Constant {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(kernel = l2("0.01"), bias = l1(true), gamma = l2(0,01), beta = l1_l2(0,01, 0,02))]
struct Written {
    kernel: Vec<f32>,
    bias: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

fn main() {}

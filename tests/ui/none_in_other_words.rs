use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = null, bias = False, gamma = false, beta = (), alpha = _)]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    alpha: Vec<f32>,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = L2(0.01), bias = L1(0.01), gamma = L1L2(0.01, 0.01), beta = l1l2(0.01, 0.01), rows = Orthogonal(0.01))]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    rows: Vec<f32>,
    #[regularize(orthogonal_regularizer(0.01))]
    columns: Vec<f32>,
}

fn main() {}

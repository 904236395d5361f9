use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernal = l2(0.01))]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
}

fn main() {}

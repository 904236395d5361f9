use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = 0.01)]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

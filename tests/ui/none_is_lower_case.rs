use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = None)]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

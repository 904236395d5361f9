use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = none)]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

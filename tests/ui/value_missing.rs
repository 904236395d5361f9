use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = )]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

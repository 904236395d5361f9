use regularize::Regularize;

#[derive(Regularize)]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

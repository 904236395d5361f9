use regularize::Regularize;

#[derive(Regularize)]
#[regularize(nested)]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = orthogonal(0.01, diagonal))]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

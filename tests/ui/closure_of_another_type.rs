use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = |w| w.len())]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

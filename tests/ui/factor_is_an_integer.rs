use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2(1))]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

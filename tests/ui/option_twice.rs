use regularize::Regularize;

#[derive(Regularize)]
#[regularize(value_only, kernel = l2, value_only)]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

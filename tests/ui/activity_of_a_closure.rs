use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2, activity = |y| 0.0)]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

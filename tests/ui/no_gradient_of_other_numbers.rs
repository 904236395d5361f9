use regularize::Regularize;

struct Gradients {
    kernel: Vec<f64>,
}

#[derive(Regularize)]
#[regularize(gradients = Gradients, kernel = l2(0.01))]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

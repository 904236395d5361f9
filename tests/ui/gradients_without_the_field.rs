use regularize::Regularize;

struct Gradients {
    weight: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(gradients = Gradients, kernel = l2(0.01))]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

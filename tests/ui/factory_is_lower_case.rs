use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = L2(0.01))]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

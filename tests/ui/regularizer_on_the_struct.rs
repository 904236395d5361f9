use regularize::Regularize;

#[derive(Regularize)]
#[regularize(l2(0.01))]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

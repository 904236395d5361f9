use regularize::Regularize;

#[derive(Regularize)]
struct Dense {
    #[regularize(l2, penalty = f32)]
    kernel: Vec<f32>,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
struct Dense {
    #[regularize(trainable = false)]
    kernel: Vec<f32>,
}

fn main() {}

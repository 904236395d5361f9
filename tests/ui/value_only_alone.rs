use regularize::Regularize;

#[derive(Regularize)]
struct Dense {
    #[regularize(value_only)]
    kernel: Vec<f32>,
}

fn main() {}

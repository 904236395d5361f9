use regularize::Regularize;

#[derive(Regularize)]
struct Dense {
    #[regularize(sharded)]
    kernel: Vec<f32>,
}

fn main() {}

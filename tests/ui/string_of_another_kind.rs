use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = "elastic")]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

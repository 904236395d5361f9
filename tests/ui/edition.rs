use regularize::Regularize;

#[derive(Regularize)]
#[regularize(edition = "keras-2.2", kernel = l2)]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

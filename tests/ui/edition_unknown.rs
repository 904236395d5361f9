use regularize::Regularize;

#[derive(Regularize)]
#[regularize(edition = KERAS_2, kernel = l2)]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

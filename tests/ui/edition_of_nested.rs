use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2(0.01))]
struct Dense {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(edition = KERAS_2_2)]
struct Net {
    #[regularize(nested)]
    first: Dense,
    #[regularize(nested)]
    second: Dense,
}

fn main() {}

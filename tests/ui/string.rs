use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = "l2")]
struct Dense {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
struct Frozen {
    #[regularize("l1", trainable = false)]
    kernel: Vec<f32>,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2(0.01), sharded(kernel))]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2(0.01))]
struct Dense {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
struct Net {
    body: Vec<Dense>,
    head: Dense,
}

fn main() {}

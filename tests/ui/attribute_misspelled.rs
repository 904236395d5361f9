use regularize::Regularize;

#[derive(Regularize)]
#[regularise(kernel = l2(0.01))]
struct Dense {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
struct Net {
    #[regularizer(l2)]
    kernel: Vec<f32>,
}

fn main() {}

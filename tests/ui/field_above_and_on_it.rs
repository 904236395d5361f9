use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2(0.01))]
struct Dense {
    #[regularize(l1(0.01))]
    kernel: Vec<f32>,
}

fn main() {}

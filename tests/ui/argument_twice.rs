use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l1_l2(l1 = 0.01, l1 = 0.02))]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

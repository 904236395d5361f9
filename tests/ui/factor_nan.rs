use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l1_l2(0.01, f64::NAN))]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {}

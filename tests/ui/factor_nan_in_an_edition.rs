use regularize::Regularize;

#[derive(Regularize)]
#[regularize(edition = TF_2_10, kernel = l2(f64::NAN), bias = l1(-0.01))]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
}

fn main() {}

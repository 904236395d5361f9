use regularize::Regularize;

#[derive(Regularize)]
#[regularize(penalty = l2(0.01))]
struct Dense {
    penalty: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(gradients = dyn Send + Sync, kernel = l2(0.01))]
struct Ambiguous {
    kernel: Vec<f32>,
}

fn main() {}

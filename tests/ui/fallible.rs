use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = regularize::L2::new(self.rate)?)]
struct Dense {
    kernel: Vec<f32>,
    rate: f64,
}

#[derive(Regularize)]
#[regularize(kernel(l2 = 0.01))]
struct Called {
    kernel: Vec<f32>,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = self.rate)]
struct Dense {
    kernel: Vec<f32>,
    rate: f64,
}

fn main() {}

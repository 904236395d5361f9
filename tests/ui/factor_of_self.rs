use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2(self.rate))]
struct Dense {
    kernel: Vec<f32>,
    rate: f64,
}

#[derive(Regularize)]
struct Scheduled {
    #[regularize((self.rate > 0.0).then(|| l2(self.rate)))]
    kernel: Vec<f32>,
    rate: f64,
}

fn main() {}

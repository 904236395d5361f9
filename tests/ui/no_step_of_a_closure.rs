use regularize::Regularize;

#[derive(Regularize)]
struct Dense {
    #[regularize(|w| w[0])]
    kernel: Vec<f32>,
}

fn main() {
    Dense { kernel: vec![1.0] }.proximal_step(0.1).unwrap();
}

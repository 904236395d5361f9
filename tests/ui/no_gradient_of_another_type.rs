use regularize::Regularize;

#[derive(Regularize)]
struct Dense {
    #[regularize(l1(0.01))]
    kernel: Vec<f32>,
}

fn main() {
    Dense { kernel: vec![1.0] }.add_penalty_gradient(&mut vec![0.0_f32]).unwrap();
}

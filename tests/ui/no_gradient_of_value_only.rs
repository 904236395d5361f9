use regularize::Regularize;

#[derive(Regularize)]
#[regularize(value_only, kernel = l1)]
struct Dense {
    kernel: Vec<f32>,
}

fn main() {
    let mut gradients = Dense { kernel: vec![0.0] };
    Dense { kernel: vec![1.0] }.add_penalty_gradient(&mut gradients).unwrap();
}

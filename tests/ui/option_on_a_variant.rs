use regularize::Regularize;

#[derive(Regularize)]
enum Layer {
    #[regularize(value_only)]
    Dense(#[regularize(l2)] Vec<f32>),
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
enum Layer {
    Dense(Vec<f32>),
}

fn main() {}

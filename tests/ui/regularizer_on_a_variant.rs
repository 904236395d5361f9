use regularize::Regularize;

#[derive(Regularize)]
enum Layer {
    #[regularize(l2(0.01))]
    Dense(Vec<f32>),
}

fn main() {}

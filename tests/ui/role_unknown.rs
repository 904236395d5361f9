use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(weight = l2)]
    fc1: Vec<f32>,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(nested)]
    head: Vec<f32>,
}

fn main() {}

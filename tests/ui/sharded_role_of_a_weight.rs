use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(l2(0.01), sharded(kernel))]
    weight: Vec<f32>,
}

fn main() {}

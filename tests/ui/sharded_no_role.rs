use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(kernel = l2(0.01), sharded())]
    linear: Vec<f32>,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(nested)]
    layers: Vec<Box<dyn Regularize>>,
}

fn main() {}

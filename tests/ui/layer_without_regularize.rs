use regularize::Regularize;

trait Layer {}

#[derive(Regularize)]
struct Boxes {
    #[regularize(nested)]
    layers: Vec<Box<dyn Layer>>,
}

mod elsewhere {
    pub struct Linear;
}

#[derive(Regularize)]
struct Foreign {
    #[regularize(nested)]
    fc1: elsewhere::Linear,
}

fn main() {}

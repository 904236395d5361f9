use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(kernel = l2, activity = l1(1e-4))]
    fc1: Layer,
}

struct Layer;

fn main() {}

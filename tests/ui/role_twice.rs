use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(kernel = l2, kernel = l1)]
    fc1: Layer,
}

struct Layer;

fn main() {}

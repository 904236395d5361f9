use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(kernel = l2(0.01), sharded(kernel, 1))]
    linear: Layer,
}

struct Layer;

fn main() {}

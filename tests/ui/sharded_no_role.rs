use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(kernel = l2(0.01), sharded())]
    linear: Layer,
}

struct Layer;

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(kernel = l2(0.01), bias = none, sharded(recurrent, bias))]
    linear: Layer,
}

struct Layer;

fn main() {}

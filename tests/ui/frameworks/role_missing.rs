use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(kernel = l2)]
    fc1: Linear,
}

struct Linear;

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(value_only = true, sharded = false, gamma = value_only, head = nested, tail = l2, nested = [tail])]
struct Dense {
    #[regularize(l2, value_only = true)]
    kernel: Vec<f32>,
    #[regularize(nested = true)]
    body: Layer,
    #[regularize(nested(kernel))]
    neck: Layer,
    gamma: Vec<f32>,
    head: Layer,
    tail: Vec<f32>,
}

struct Layer;

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2(0.01))]
struct Relu;

fn main() {}

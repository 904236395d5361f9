use regularize::Regularize;

#[derive(Regularize)]
#[regularize(activity = l1(1e-4))]
struct Relu;

fn main() {}

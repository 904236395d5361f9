use regularize::Regularize;

#[derive(Regularize)]
struct Relu;

fn main() {}

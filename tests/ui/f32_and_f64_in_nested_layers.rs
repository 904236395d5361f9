use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(l2)]
    kernel: Vec<f32>,
    #[regularize(nested)]
    head: Head,
}

#[derive(Regularize)]
struct Head(#[regularize(l2)] Vec<f64>);

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(nested, kernel = l2)]
    head: Head,
}

#[derive(Regularize)]
struct Head(#[regularize(l2)] Vec<f32>);

fn main() {}

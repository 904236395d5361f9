use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(kernel = l2(0.01))]
    kernel: Vec<f32>,
    #[regularize(nested)]
    bias: Vec<f32>,
}

#[derive(Regularize)]
struct Arrays {
    #[regularize(kernel = l2(0.01))]
    kernel: ndarray::Array2<f32>,
}

fn main() {}

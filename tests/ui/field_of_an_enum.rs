use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2)]
enum Layer {
    Dense { kernel: Vec<f32> },
}

fn main() {}

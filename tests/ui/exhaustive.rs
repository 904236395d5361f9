use regularize::Regularize;

#[derive(Regularize)]
#[regularize(exhaustive, kernel = l2(0.01))]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
    units: usize,
}

#[derive(Regularize)]
#[regularize(exhaustive)]
struct Pair(#[regularize(l2(0.01))] Vec<f32>, Vec<f32>);

#[derive(Regularize)]
#[regularize(exhaustive)]
enum Head {
    Linear {
        #[regularize(l2(0.01))]
        kernel: Vec<f32>,
        bias: Vec<f32>,
    },
}

#[derive(Regularize)]
#[regularize(kernel = l2(0.01))]
struct OnAField {
    kernel: Vec<f32>,
    #[regularize(exhaustive)]
    bias: Vec<f32>,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(
    kernel(l2(0.01)),
    bias.l1(0.02),
    l2(bias),
    l2 = 0.03,
    l1 = bias,
    l2(0.04) = bias,
    self.bias = l2(0.05),
    fc1.kernel = l2(0.06),
    (kernel, bias) = l2(0.07),
    all = l2(0.08),
    "l2(0.09)",
    1e-4,
    bias,
)]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
    fc1: Layer,
    #[regularize(l2 = 0.1)]
    gamma: Vec<f32>,
}

struct Layer;

#[derive(Regularize)]
#[regularize(l2(0.01))]
struct Tuple(Vec<f32>, Vec<f32>);

#[derive(Regularize)]
enum Head {
    #[regularize(l2(0.01))]
    Linear(Vec<f32>),
}

fn main() {}

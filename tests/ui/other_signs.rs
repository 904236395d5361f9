use regularize::Regularize;

#[derive(Regularize)]
#[regularize(
    kernel: l2(0.01),
    bias == l1(0.01),
    gamma => l2(0.02),
    "beta" = l2(0.03),
    alpha l2(0.04),
    trainable: false,
    a = l2: 0.05,
    b = l2 0.06,
    c = l2(l2: 0.07),
    d = l2(8%),
    e = l2(.09),
    f = l2(0.1) g = l2(0.11),
    crate = "regularize",
)]
struct Dense {
    a: Vec<f32>,
    b: Vec<f32>,
    f: Vec<f32>,
    g: Vec<f32>,
    #[regularize(l1: 0.01)]
    delta: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(0: l2(0.01), 1(l1))]
struct Tuple(Vec<f32>, Vec<f32>);

fn main() {}

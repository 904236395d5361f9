use regularize::Regularize;

#[derive(Regularize)]
#[regularize(
    a = -l2(0.01),
    b = 2.0 * l2(0.02),
    c = 0.03 * l2,
    d = l2(0.04)?,
    e = l2(0.05).unwrap(),
    f = l2::<f32>(0.06),
    h = l2[0.08],
    i = -0.09,
)]
struct Dense {
    a: Vec<f32>,
    b: Vec<f32>,
    c: Vec<f32>,
    d: Vec<f32>,
    e: Vec<f32>,
    f: Vec<f32>,
    h: Vec<f32>,
    i: Vec<f32>,
}

fn main() {}

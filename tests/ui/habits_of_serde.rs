use regularize::Regularize;

#[derive(Regularize)]
#[regularize(rename_all = "camelCase", default, units = skip)]
struct Dense {
    #[regularize(l2, rename = "weight")]
    kernel: Vec<f32>,
    #[regularize(skip)]
    bias: Vec<f32>,
    #[regularize(flatten)]
    gamma: Vec<f32>,
    #[regularize(with = "elsewhere")]
    beta: Vec<f32>,
    units: usize,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
struct Dense {
    #[regularize(Sum)]
    kernel: Vec<f32>,
}

struct Sum;

impl regularize::Regularizer<[f32]> for Sum {
    type Penalty = f32;

    fn penalty(&self, weight: &[f32]) -> f32 {
        weight.iter().sum()
    }
}

fn main() {}

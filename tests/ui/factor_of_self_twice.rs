use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l1_l2(self.l1, self.l2), bias = orthogonal(self.l2))]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
    l1: f64,
    l2: f64,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(trainable = l2(0.01))]
struct Dense {
    trainable: Vec<f32>,
}

fn main() {}

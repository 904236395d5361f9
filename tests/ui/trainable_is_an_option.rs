use regularize::Regularize;

#[derive(Regularize)]
#[regularize(trainable = l2(0.01))]
struct Dense {
    trainable: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(trainable = l1(0.01))]
struct Sparse {
    trainable: Vec<f32>,
}

#[derive(Regularize)]
#[regularize(trainable = l1_l2(0.01, 0.01))]
struct Both {
    trainable: Vec<f32>,
}

fn main() {}

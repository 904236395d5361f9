use regularize::Regularize;

#[derive(Regularize)]
#[regularize(edition(KERAS_2_2), activity(l1(0.01)), penalty, gradients(Gradients), kernel = l2)]
struct Dense {
    kernel: Vec<f32>,
    #[regularize(l2, trainable)]
    bias: Vec<f32>,
    #[regularize(l2, !trainable)]
    gamma: Vec<f32>,
    #[regularize(l2, trainable = "false")]
    beta: Vec<f32>,
    #[regularize(l2, trainable = 0)]
    alpha: Vec<f32>,
}

fn main() {}

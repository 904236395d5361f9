use regularize::Regularize;

#[derive(Regularize)]
#[regularize(
    kernel_regularizer = l2(0.01),
    activity_regularizer = l1(0.01),
    kernel_constraint = max_norm(2.0),
    bias_initializer = "zeros",
    kernel = keras.regularizers.l2(0.02),
    bias = L2 { l2: 0.03 },
    gamma = OrthogonalRegularizer(0.01),
    beta = l2(factor = 0.04),
)]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    #[regularize(recurrent_regularizer = l2(0.05), bias_regularizer = l1(0.05))]
    rnn: Layer,
    #[regularize(regularizer = l2(0.06))]
    alpha: Vec<f32>,
}

struct Layer;

fn main() {}

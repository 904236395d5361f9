use regularize::Regularize;

#[derive(Regularize)]
#[regularize(weight_decay = 0.01, lr = 0.1, requires_grad = false, lambda = 0.01, frozen)]
struct Dense {
    #[regularize(l2, no_grad)]
    kernel: Vec<f32>,
    #[regularize(l2, frozen = true)]
    bias: Vec<f32>,
    #[regularize(weight_decay = 0.01)]
    gamma: Vec<f32>,
    #[regularize(weight = l2(0.01))]
    fc1: Layer,
}

struct Layer;

fn main() {}

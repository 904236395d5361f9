use regularize::Regularize;

#[derive(Regularize)]
#[regularize(trainabel = false, editon = KERAS_2_2, penality = f32, gradient = Grads, actvity = l1, value-only, shared)]
struct Dense {
    #[regularize(l2, valueonly)]
    kernel: Vec<f32>,
    #[regularize(nestd, trainble = false)]
    head: Layer,
    #[regularize(kernal = l2, embedding = l2)]
    fc1: Layer,
    #[regularize(nnoe)]
    bias: Vec<f32>,
}

struct Layer;

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = L2(0.01), bais = l1(0.01), edition = 2, value_onyl)]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
    #[regularize(l1_l2)]
    gamma: Vec<f32>,
    #[regularize(kernel = 0.5, activity = l1(0.5))]
    fc1: Layer,
}

struct Layer;

// Uses are no further mistakes.
fn train(layer: &mut Dense) -> f32 {
    layer.proximal_step(0.1).unwrap();
    layer.penalty() + layer.activity_penalty(&[0.5_f32])
}

fn main() {}

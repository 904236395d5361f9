use regularize::Regularize;

#[derive(Regularize)]
#[regularize(penalty = f32, activity = l1)]
struct Relu;

fn main() {
    Relu.activity_penalty("output");
}

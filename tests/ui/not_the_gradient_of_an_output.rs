use regularize::Regularize;

#[derive(Regularize)]
#[regularize(penalty = f32, activity = l1)]
struct Relu;

struct Output(Vec<f32>);

fn main() {
    let mut gradient = vec![0.0_f32];
    Relu.add_activity_gradient(&Output(vec![1.0]), &mut gradient).unwrap();
}

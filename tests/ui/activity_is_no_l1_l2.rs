use regularize::Regularize;

#[derive(Regularize)]
#[regularize(penalty = f32, activity = self.rate)]
struct Relu {
    rate: f64,
}

fn main() {
    Relu { rate: 0.5 }.activity_penalty(&[1.0_f32]);
}

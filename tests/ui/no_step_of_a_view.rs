use regularize::Regularize;

#[derive(Regularize)]
struct Dense<'a> {
    #[regularize(l1(0.01))]
    kernel: &'a [f32],
}

fn main() {
    Dense { kernel: &[1.0] }.proximal_step(0.1).unwrap();
}

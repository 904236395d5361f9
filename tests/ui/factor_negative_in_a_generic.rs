use regularize::Regularize;

#[derive(Regularize)]
struct Dense<T> {
    #[regularize(l1(0.01 - 0.02))]
    kernel: Vec<T>,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2)]
struct Dense {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
struct Weight {
    #[regularize(l2(0.01))]
    head: Dense,
}

#[derive(Regularize)]
struct Roles {
    #[regularize(kernel = l2(0.01))]
    head: Dense,
}

fn main() {}

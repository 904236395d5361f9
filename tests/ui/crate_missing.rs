use regularize::Regularize;

#[derive(Regularize)]
#[regularize(crate = my_crate::regularize, kernel = l2(0.01))]
struct Path {
    kernel: Vec<f32>,
}

fn main() {}

use regularize::{Edition, Regularize};

#[derive(Regularize)]
#[regularize(edition = self.edition, kernel = l2)]
struct Dense {
    kernel: Vec<f32>,
    edition: Edition,
}

fn main() {}

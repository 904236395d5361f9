use regularize::Regularize;
use std::rc::Rc;

#[derive(Regularize)]
struct Dense {
    #[regularize(l1(0.01))]
    kernel: Rc<Vec<f32>>,
}

fn main() {
    let kernel = Rc::new(vec![1.0]);
    Dense { kernel }.proximal_step(0.1).unwrap();
}

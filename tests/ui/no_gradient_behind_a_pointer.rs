use regularize::Regularize;
use std::{cell::RefCell, rc::Rc};

#[derive(Regularize)]
struct Dense {
    #[regularize(l1(0.01))]
    kernel: Rc<RefCell<Vec<f32>>>,
}

fn main() {
    let dense = || Dense { kernel: Rc::default() };
    dense().add_penalty_gradient(&mut dense()).unwrap();
}

use regularize::{Regularizer, l2};
use std::rc::Rc;

fn main() {
    let shared = Rc::new(vec![1.0_f32]);
    let _ = l2(0.01).penalty(&shared);
    let _ = l2(0.01).penalty(&[1_u32, 2]);
}

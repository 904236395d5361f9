use ndarray::Array2;
use regularize::extend::Regularizer;
use regularize::l2;

fn penalty(array: &Array2<f32>, weight: &Vec<f32>) -> f32 {
    l2(0.01).penalty(array) + l2(0.01).penalty(weight)
}

fn main() {}

use ndarray::{Array1, Array2};
use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2, bias = l1)]
struct Dense<T> {
    kernel: Array2<T>,
    bias: Array1<T>,
}

#[derive(Regularize)]
#[regularize(kernel = l2)]
struct Copied<A: Copy + Default>
where
    A: PartialOrd,
{
    kernel: Array2<A>,
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
#[regularize(name = l2, units = l2, mask = l1)]
struct Dense {
    name: String,
    units: usize,
    mask: Vec<[bool; 2]>,
    #[regularize(kernel = l2)]
    ids: Option<Vec<i32>>,
}

fn main() {}

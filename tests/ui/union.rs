use regularize::Regularize;

#[derive(Regularize)]
#[regularize(kernel = l2)]
union Dense {
    kernel: [f32; 2],
    bits: [u32; 2],
}

fn main() {}

use regularize::Regularize;

#[derive(Regularize)]
struct Net {
    #[regularize(nested)]
    layers: Vec<Box<dyn Regularize<Penalty = f32>>>,
}

fn main() {
    let (net, mut gradients) = (Net { layers: vec![] }, Net { layers: vec![] });
    net.add_penalty_gradient(&mut gradients).unwrap();
}

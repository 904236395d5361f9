//! Makes a tensor type of your own a weight, in 25 lines.
//!
//! ```text
//! cargo run --example own_tensor
//! ```
//!
//! Its numbers are side by side, so that they are a slice, which is a `Tensor` already. A type whose numbers are elsewhere,
//! on a device or in blocks, implements `Tensor` itself, and names itself as the tensor.

use regularize::extend::{Each, EachMut, EachWith, Path, Weight, WeightGrad};
use regularize::{Error, L1, Regularize};

/// Numbers in rows.
struct Grid {
    rows: usize,
    columns: usize,
    numbers: Vec<f32>,
}

impl Weight for Grid {
    type Tensor = [f32];

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
        self.numbers.each_tensor(at, f)
    }

    // For the proximal step.
    fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, [f32]>) -> Result<(), Error> {
        self.numbers.each_tensor_mut(at, f)
    }
}

// For the penalty's gradient.
impl WeightGrad for Grid {
    type Tensor = [f32];
    type Gradient = [f32];

    fn each_tensor_with(
        &self,
        gradient: &mut Self,
        at: &Path<'_>,
        f: &mut EachWith<'_, [f32]>,
    ) -> Result<(), Error> {
        self.numbers.each_tensor_with(&mut gradient.numbers, at, f)
    }
}

impl Grid {
    fn new<const COLUMNS: usize>(rows: &[[f32; COLUMNS]]) -> Self {
        Self {
            rows: rows.len(),
            columns: COLUMNS,
            numbers: rows.as_flattened().to_vec(),
        }
    }
}

/// What is a weight is one in an `Option` and a `Vec` too.
#[derive(Regularize)]
#[regularize(kernel = self.strength, bias = l2(0.5), heads = l1_l2(0.25, 0.5))]
struct Layer {
    kernel: Grid,
    bias: Option<Grid>,
    heads: Vec<Grid>,
    strength: L1,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let layer = || Layer {
        kernel: Grid::new(&[[3.0, -0.5, 0.0], [0.25, -2.0, 1.0]]),
        bias: Some(Grid::new(&[[1.0, -1.0, 2.0]])),
        heads: vec![Grid::new(&[[4.0]]), Grid::new(&[[-2.0], [0.125]])],
        strength: L1::default(),
    };
    let (mut layer, mut gradients) = (layer(), layer());
    layer.strength = L1::new(0.5)?;
    let of_heads = [0.25 * 4.0 + 0.5 * 16.0, 0.25 * 2.125 + 0.5 * 4.015625];
    assert!(layer.losses().iter().eq([
        ("kernel", &(0.5 * 6.75)),
        ("bias", &(0.5 * 6.0)),
        ("heads.0", &of_heads[0]),
        ("heads.1", &of_heads[1]),
    ]));
    println!("{}\n", layer.report()?);

    layer.add_penalty_gradient(&mut gradients)?;
    assert_eq!(gradients.kernel.numbers[..3], [3.5, -1.0, 0.0]); // + 0.5·sign(w)

    // sign(v)·max(|v| − 2·l1, 0)/(1 + 2·2·l2)
    layer.proximal_step(2.0)?;
    assert_eq!(layer.kernel.numbers, [2.0, 0.0, 0.0, 0.0, -1.0, 0.0]);
    assert_eq!((layer.kernel.rows, layer.kernel.columns), (2, 3));
    assert_eq!(layer.heads[0].numbers, [(4.0 - 0.5) / 3.0]);
    assert_eq!(layer.heads[1].numbers, [-(2.0 - 0.5) / 3.0, 0.0]);
    let report = layer.report()?;
    assert_eq!((report.count().zeros, report.count().len), (5, 12));
    println!("{report}");
    Ok(())
}

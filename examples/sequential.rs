//! Trains Keras' `Sequential`, a list of layers of different types, on the diabetes data.
//!
//! ```text
//! cargo run --release --example sequential
//! ```

#[allow(dead_code)] // the example `diabetes` uses all of it
#[path = "diabetes/data.rs"]
mod data;

use data::{Patients, Split};
use ndarray::{Array1, Array2, Axis, Zip};
use regularize::Regularize;
use std::error::Error;

/// A layer of any type. Its penalty, its place in the report and its proximal step come with `Regularize`.
trait Layer: Regularize<Penalty = f32> {
    fn forward(&self, x: &Array2<f32>) -> Array2<f32>;

    /// Takes a gradient step on the loss, and returns the gradient of its input. `dy` is that of its output `y`.
    fn backward(&mut self, x: &Array2<f32>, y: &Array2<f32>, dy: Array2<f32>) -> Array2<f32>;
}

#[derive(Regularize)]
#[regularize(kernel = l1(0.01), bias = none)]
struct Dense {
    kernel: Array2<f32>,
    bias: Array1<f32>,
}

#[derive(Regularize)]
#[regularize(penalty = f32, activity = l1(0.01))]
struct Relu;

#[derive(Regularize)]
#[regularize(alpha = l2(0.01))]
struct PRelu {
    alpha: Array1<f32>,
}

#[derive(Regularize)]
struct Sequential {
    #[regularize(nested)]
    layers: Vec<Box<dyn Layer>>,
}

const LEARNING_RATE: f32 = 0.05;
const EPOCHS: usize = 1000;

impl Layer for Dense {
    fn forward(&self, x: &Array2<f32>) -> Array2<f32> {
        x.dot(&self.kernel) + &self.bias
    }

    fn backward(&mut self, x: &Array2<f32>, _: &Array2<f32>, dy: Array2<f32>) -> Array2<f32> {
        let dx = dy.dot(&self.kernel.t());
        self.kernel.scaled_add(-LEARNING_RATE, &x.t().dot(&dy));
        self.bias.scaled_add(-LEARNING_RATE, &dy.sum_axis(Axis(0)));
        dx
    }
}

impl Layer for Relu {
    fn forward(&self, x: &Array2<f32>) -> Array2<f32> {
        x.mapv(|x| x.max(0.0))
    }

    fn backward(&mut self, _: &Array2<f32>, y: &Array2<f32>, mut dy: Array2<f32>) -> Array2<f32> {
        self.add_activity_gradient(y, &mut dy)
            .expect("a gradient of the shape of the output");
        dy.zip_mut_with(y, |dy, &y| *dy = if y > 0.0 { *dy } else { 0.0 });
        dy
    }
}

impl Layer for PRelu {
    fn forward(&self, x: &Array2<f32>) -> Array2<f32> {
        let negative = x.mapv(|x| x.min(0.0)) * &self.alpha;
        x.mapv(|x| x.max(0.0)) + negative
    }

    fn backward(&mut self, x: &Array2<f32>, _: &Array2<f32>, dy: Array2<f32>) -> Array2<f32> {
        let slopes = Zip::from(x)
            .and_broadcast(&self.alpha)
            .map_collect(|&x, &alpha| if x > 0.0 { 1.0 } else { alpha });
        let dalpha = (x.mapv(|x| x.min(0.0)) * &dy).sum_axis(Axis(0));
        self.alpha.scaled_add(-LEARNING_RATE, &dalpha);
        dy * slopes
    }
}

impl Sequential {
    /// Returns the input and the output of every layer.
    fn forward(&self, x: &Array2<f32>) -> Vec<Array2<f32>> {
        let mut values = vec![x.clone()];
        for (index, layer) in self.layers.iter().enumerate() {
            values.push(layer.forward(&values[index]));
        }
        values
    }

    /// Takes a gradient step on the mean squared error and the activity penalties, and then the proximal step of the others.
    fn train(&mut self, patients: &Patients) -> Result<(), regularize::Error> {
        let values = self.forward(&patients.measurements);
        let batch = patients.measurements.nrows() as f32;
        let mut dy = (&values[self.layers.len()] - &patients.progression) * (2.0 / batch);
        for (index, layer) in self.layers.iter_mut().enumerate().rev() {
            dy = layer.backward(&values[index], &values[index + 1], dy);
        }
        self.proximal_step(LEARNING_RATE)
    }

    /// Returns the mean squared error, and the penalties of the weights and of the outputs.
    fn loss(&self, patients: &Patients) -> [f32; 3] {
        let values = self.forward(&patients.measurements);
        let error = &values[self.layers.len()] - &patients.progression;
        let outputs = self.layers.iter().zip(&values[1..]);
        let activities = outputs.map(|(layer, y)| layer.activity_penalty(y)).sum();
        let mean = error.mapv(|e| e * e).mean().unwrap_or_default();
        [mean, self.penalty(), activities]
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let split = Split::new(1)?;
    let mut random = fastrand::Rng::with_seed(1);
    let mut dense = |from: usize, to: usize| {
        let limit = (6.0 / from as f32).sqrt();
        let number = || limit * (2.0 * random.f32() - 1.0);
        Box::new(Dense {
            kernel: Array2::from_shape_simple_fn((from, to), number),
            bias: Array1::zeros(to),
        })
    };
    let alpha = Array1::from_elem(16, 0.25);
    let mut model = Sequential {
        layers: vec![
            dense(10, 32),
            Box::new(Relu),
            dense(32, 16),
            Box::new(PRelu { alpha }),
            dense(16, 1),
        ],
    };
    println!("epoch  error  penalty  activity penalty  held out");
    for epoch in 0..=EPOCHS {
        if epoch % 200 == 0 {
            let [error, penalty, activities] = model.loss(&split.train);
            let [held_out, ..] = model.loss(&split.held_out);
            println!("{epoch:5}  {error:5.3}  {penalty:7.3}  {activities:16.3}  {held_out:8.3}");
        }
        model.train(&split.train)?;
    }
    println!("\n{}", model.report()?);
    Ok(())
}

//! The lasso ½‖y − Xβ‖² + λ‖β‖₁ at many λ, by proximal steps, each point with a proof of optimality.
//!
//! The columns of X are centred and of norm 1, y is centred: the convention of Efron, Hastie, Johnstone and
//! Tibshirani (2004).

use crate::data::Patient;
use ndarray::{Array1, Array2};
use regularize::errors::FactorError;
use regularize::extend::Interval;
use regularize::{Error, L1L2, Regularize};

/// XᵀX and Xᵀy, from sums of integers, so that each entry is known within a bound.
pub(crate) struct Problem {
    pub(crate) gram: Array2<f64>,
    pub(crate) moments: Array1<f64>,
}

impl Problem {
    pub(crate) fn new(patients: &[Patient]) -> Self {
        // With integers a and b, n·Σab − Σa·Σb is n times the product of the centred columns, exactly.
        let n = patients.len() as i128;
        let column = |feature: usize| {
            move |patient: &Patient| match feature {
                10 => i128::from(patient.progression),
                _ => i128::from(patient.measurements[feature]),
            }
        };
        let sum = |f: &dyn Fn(&Patient) -> i128| patients.iter().map(f).sum::<i128>();
        let product = |i: usize, j: usize| {
            let (a, b) = (column(i), column(j));
            n * sum(&|patient| a(patient) * b(patient)) - sum(&a) * sum(&b)
        };
        let norm = |i: usize| (product(i, i) as f64).sqrt();
        Self {
            gram: Array2::from_shape_fn((10, 10), |(i, j)| match i == j {
                true => 1.0,
                false => product(i, j) as f64 / (norm(i) * norm(j)),
            }),
            moments: Array1::from_shape_fn(10, |i| {
                product(i, 10) as f64 / (norm(i) * (n as f64).sqrt())
            }),
        }
    }

    /// λ from the least without a coefficient down to a thousandth of it, in equal ratios.
    pub(crate) fn grid(&self, points: u32) -> Vec<f64> {
        let largest = self
            .moments
            .iter()
            .fold(0.0, |most: f64, x| most.max(x.abs()));
        let ratio = |i: u32| 10_f64.powf(-3.0 * f64::from(i) / f64::from(points - 1));
        (0..points).map(|i| largest * ratio(i)).collect()
    }

    /// ∇L(β) = XᵀXβ − Xᵀy, and a bound of its error in each entry.
    ///
    /// An entry of XᵀX or Xᵀy is off by a relative 7u at most (u = 2⁻⁵³): one rounding of the integer, one and a
    /// half of each norm, one of their product, one of the quotient, and what the second order adds. The product
    /// with β has ten roundings along any way through the sum, and the subtraction one. So the error is at most
    /// γ₂₀ = 20u/(1 − 20u) times Σ|XᵀX||β| + |Xᵀy|, which is itself computed too small by a relative γ₂₀ at most:
    /// γ₄₀ covers that.
    pub(crate) fn gradient(&self, beta: &Array1<f64>) -> (Array1<f64>, Array1<f64>) {
        let gamma = 40.0 * UNIT / (1.0 - 40.0 * UNIT);
        let size = self.gram.mapv(f64::abs).dot(&beta.mapv(f64::abs)) + self.moments.mapv(f64::abs);
        (self.gram.dot(beta) - &self.moments, size * gamma)
    }
}

/// Half the distance of 1 to the next double: what one rounding may change, relatively.
pub(crate) const UNIT: f64 = f64::EPSILON / 2.0;

/// A linear model.
#[derive(Clone, Regularize)]
pub(crate) struct Point {
    pub(crate) lambda: f64,
    #[regularize(self.regularizer)]
    pub(crate) coefficients: Array1<f64>,
    /// L1L2 keeps λ as it is; L1 would round it to f32, as Keras does.
    pub(crate) regularizer: L1L2,
}

impl Point {
    /// Whether 0 ∈ ∇L(β) + ∂Ω(β): −∇L(β), as exactly as it is known, meets the subdifferential in each entry.
    pub(crate) fn is_optimal(&self, problem: &Problem) -> bool {
        let (gradient, error) = problem.gradient(&self.coefficients);
        let terms = self.regularizer.terms();
        self.coefficients.iter().zip(&gradient).zip(&error).all(
            |((&coefficient, &gradient), &error)| {
                let known = Interval::new(-gradient - error, -gradient + error);
                terms.subdifferential(coefficient).intersects(&known)
            },
        )
    }

    /// ∂L/∂βⱼ where βⱼ is 0 and the others are as they are: XᵀX has ones on its diagonal.
    pub(crate) fn derivative_at_zero(&self, problem: &Problem, feature: usize) -> f64 {
        let mut coefficients = self.coefficients.clone();
        coefficients[feature] = 0.0;
        problem.gradient(&coefficients).0[feature]
    }
}

/// The point of every λ.
pub(crate) struct Path {
    pub(crate) points: Vec<Point>,
    /// How many proximal steps they took.
    pub(crate) steps: usize,
}

/// What can go wrong on the way.
#[derive(Debug)]
pub(crate) enum Failure {
    Lambda(FactorError),
    Step(Error),
    /// No optimum at this λ after so many steps.
    Slow(f64, usize),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lambda(error) => error.fmt(f),
            Self::Step(error) => error.fmt(f),
            Self::Slow(lambda, steps) => {
                write!(f, "no optimum at λ = {lambda} after {steps} steps")
            }
        }
    }
}

impl std::error::Error for Failure {}

impl Path {
    /// Proximal gradient steps at each λ from the point before, until the point is optimal.
    pub(crate) fn new(problem: &Problem, lambdas: &[f64]) -> Result<Self, Failure> {
        const MOST: usize = 1_000_000;
        // The norm of a symmetric matrix is at most its largest sum of magnitudes.
        let norm = problem.gram.rows().into_iter();
        let norm = norm.map(|row| row.mapv(f64::abs).sum()).fold(0.0, f64::max);
        let step = 1.0 / norm;
        let mut path = Self {
            points: Vec::new(),
            steps: 0,
        };
        let mut coefficients = Array1::zeros(problem.moments.len());
        for &lambda in lambdas {
            let mut point = Point {
                lambda,
                coefficients,
                regularizer: L1L2::new(lambda, 0.0).map_err(Failure::Lambda)?,
            };
            let mut steps = 0;
            while !point.is_optimal(problem) {
                if steps == MOST {
                    return Err(Failure::Slow(lambda, steps));
                }
                let (gradient, _) = problem.gradient(&point.coefficients);
                point.coefficients.scaled_add(-step, &gradient);
                point.proximal_step(step).map_err(Failure::Step)?;
                steps += 1;
            }
            path.steps += steps;
            coefficients = point.coefficients.clone();
            path.points.push(point);
        }
        Ok(path)
    }

    /// Every feature with the largest λ at which it has a coefficient, in that order.
    pub(crate) fn entries(&self) -> Vec<(usize, f64)> {
        let mut entries: Vec<(usize, f64)> = Vec::new();
        for point in &self.points {
            for (feature, &coefficient) in point.coefficients.iter().enumerate() {
                let known = entries.iter().any(|entry| entry.0 == feature);
                if coefficient != 0.0 && !known {
                    entries.push((feature, point.lambda));
                }
            }
        }
        entries
    }
}

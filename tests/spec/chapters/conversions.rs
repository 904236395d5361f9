//! What other libraries call it.

use crate::clauses;
use proptest::prelude::*;
use regularize::{Regularize, Step, l1, l1_l2, l2};
use regularize_oracle::{Dyadic, Format};

clauses! {
    /// Gradient descent on a loss with the gradient w − target, with Keras' l2 and with a decay of 2·l2.
    conversions_weight_decay {
        #[derive(Regularize)]
        struct Dense {
            #[regularize(self.strength)]
            kernel: Vec<f32>,
            strength: regularize::L2,
        }

        let targets = prop::collection::vec(-2.0..2.0_f32, 1..6);
        proptest!(|(targets in targets, rate in 0.001..0.5_f32, strength in 0.0..0.9_f64)| {
            let strength = l2_of(strength);
            let mut layer = Dense { kernel: vec![0.5; targets.len()], strength };
            let mut decayed = layer.kernel.clone();
            let decay = (2.0 * strength.l2()) as f32;
            for _ in 0..50 {
                let loss = layer.kernel.iter().zip(&targets).map(|(w, target)| w - target);
                let mut gradients = Dense { kernel: loss.collect(), strength };
                layer.add_penalty_gradient(&mut gradients).unwrap();
                for (w, g) in layer.kernel.iter_mut().zip(&gradients.kernel) {
                    *w -= rate * g;
                }
                for (w, target) in decayed.iter_mut().zip(&targets) {
                    let g = (*w - target) + decay * *w;
                    *w -= rate * g;
                }
                prop_assert_eq!(&layer.kernel, &decayed);
            }
        });
    }

    /// s·Σx²/2 and s·Σ|x| in exact arithmetic, rounded once.
    conversions_contrib {
        proptest!(|(s in 0.0..10.0_f64, xs in prop::collection::vec(-1e3..1e3_f64, 0..9))| {
            let exact = |x: f64| Dyadic::from_f64(x).unwrap();
            let squares = xs.iter().fold(Dyadic::zero(), |sum, &x| &sum + &(&exact(x) * &exact(x)));
            let magnitudes = xs.iter().fold(Dyadic::zero(), |sum, &x| &sum + &exact(x.abs()));
            let l2_loss = (&exact(s) * &squares).scaled(-1).round(Format::F64, false);
            prop_assert_eq!(l2(s / 2.0).terms().penalty(&xs).to_bits(), l2_loss);
            let l1_loss = (&exact(f64::from(s as f32)) * &magnitudes).round(Format::F64, false);
            prop_assert_eq!(l1(s).terms().penalty(&xs).to_bits(), l1_loss);
        });
    }

    /// With one sample, x = 1 and y = v, the solution is S(v, alpha·l1_ratio)/(1 + alpha·(1 − l1_ratio)). In eighths
    /// nothing but the quotient is rounded.
    conversions_elastic_net {
        proptest!(|(alpha in 0..32_u8, ratio in 0..=8_u8, v in -64..64_i32)| {
            let (alpha, ratio) = (f64::from(alpha) / 8.0, f64::from(ratio) / 8.0);
            let v = f64::from(v) / 8.0;
            let soft = (v.abs() - alpha * ratio).max(0.0).copysign(v);
            let expected = soft / (1.0 + alpha * (1.0 - ratio));
            let terms = l1_l2(alpha * ratio, alpha * (1.0 - ratio) / 2.0).terms();
            prop_assert_eq!(terms.proximal(Step::new(1.0).unwrap(), v), expected);
            let penalty = alpha * ratio * v.abs() + 0.5 * alpha * (1.0 - ratio) * v * v;
            prop_assert_eq!(terms.penalty(&[v]), penalty);
        });
    }
}

fn l2_of(factor: f64) -> regularize::L2 {
    regularize::L2::new(factor).unwrap()
}

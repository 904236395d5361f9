//! Any order of summation.

use crate::clauses;
use proptest::prelude::*;
use regularize::l1_l2;
use regularize_oracle::{Factors, Format};

clauses! {
    order_any {
        proptest!(|(mut xs in prop::collection::vec(any::<f64>(), 0..20), cut in 0..20_usize)| {
            let before = l1_l2(0.1, 0.3).terms().penalty(&xs);
            xs.reverse();
            let cut = cut.min(xs.len());
            xs.rotate_left(cut);
            prop_assert_eq!(before.to_bits(), l1_l2(0.1, 0.3).terms().penalty(&xs).to_bits());
        });
    }

    order_bound {
        let factors = Factors::new(Some(0.1), Some(0.3));
        proptest!(|(xs in prop::collection::vec(-1e3..1e3_f32, 1..200))| {
            let bits: Vec<u64> = xs.iter().map(|x| u64::from(x.to_bits())).collect();
            let is_within = |answer: f32| factors.is_within(Format::F32, &bits, 1, u64::from(answer.to_bits()));
            let reversed: Vec<f32> = xs.iter().rev().copied().collect();
            for answer in [in_order(&xs), in_order(&reversed), pairwise(&xs), inside(&xs)] {
                prop_assert!(is_within(answer), "{answer}");
            }
            // Twice the bound is outside of it: k = 2·n + 1 and f32::EPSILON is 2·u.
            let off = 1.0 + 2.0 * (xs.len() + 1) as f32 * f32::EPSILON;
            prop_assert!(!is_within(pairwise(&xs) * off));
        });
        // Products underflow inside of the sums: nine of each term, and l2·x.
        let is_within = |l1: f32, l2: f32, xs: &[f32], answer: f32| {
            let bits: Vec<u64> = xs.iter().map(|x| u64::from(x.to_bits())).collect();
            let factors = Factors::new(Some(l1.into()), Some(l2.into()));
            factors.is_within(Format::F32, &bits, 1, u64::from(answer.to_bits()))
        };
        let (l1, l2, x) = (2.646_977_8e-23_f32, 1.5_f32, 2.646_978_3e-23_f32);
        let nine = 9.0 * (l1 * x) + 9.0 * (l2 * (x * x));
        assert_eq!(nine, f32::from_bits(27));
        assert!(is_within(l1, l2, &[x; 9], nine));
        let (least, x) = (f32::from_bits(1), 1000.5);
        assert_eq!((least * x) * x, f32::from_bits(1_000_500));
        assert!(is_within(0.0, least, &[x], (least * x) * x));
    }

    order_lattice {
        proptest!(|(xs in prop::collection::vec(-64..=64_i32, 0..200))| {
            let xs: Vec<f32> = xs.into_iter().map(|k| k as f32 / 8.0).collect();
            let reversed: Vec<f32> = xs.iter().rev().copied().collect();
            let terms = l1_l2(0.5, 0.25).terms();
            let sum = |xs: &[f32]| 0.5 * xs.iter().map(|x| x.abs()).sum::<f32>() + 0.25 * xs.iter().map(|x| x * x).sum::<f32>();
            prop_assert_eq!(terms.penalty(&xs), sum(&xs));
            prop_assert_eq!(terms.penalty(&xs), sum(&reversed));
        });
        // The sums are 1, and the value needs the grid of its factors too.
        let one = [u64::from(1.0_f32.to_bits())];
        let factors = |l2| Factors::new(Some(1.0), Some(l2));
        assert!(!factors(f64::EPSILON).is_exact(Format::F32, &one, 1));
        assert!(factors(f32::EPSILON.into()).is_exact(Format::F32, &one, 1));
    }
}

/// The penalty of the factors 0.1 and 0.3, as Keras writes it.
fn in_order(xs: &[f32]) -> f32 {
    let magnitudes: f32 = xs.iter().map(|x| x.abs()).sum();
    let squares: f32 = xs.iter().map(|x| x * x).sum();
    0.1 * magnitudes + 0.3 * squares
}

/// Summed in halves.
fn pairwise(xs: &[f32]) -> f32 {
    fn sum(xs: &[f32], term: fn(f32) -> f32) -> f32 {
        match xs {
            [] => 0.0,
            [x] => term(*x),
            _ => {
                let (a, b) = xs.split_at(xs.len() / 2);
                sum(a, term) + sum(b, term)
            }
        }
    }
    0.1 * sum(xs, f32::abs) + 0.3 * sum(xs, |x| x * x)
}

/// The factors inside of the sums, as Keras 2.2.4 writes it, and fused.
fn inside(xs: &[f32]) -> f32 {
    let magnitudes: f32 = xs.iter().map(|x| 0.1 * x.abs()).sum();
    xs.iter()
        .fold(magnitudes, |sum, x| (0.3 * x).mul_add(*x, sum))
}

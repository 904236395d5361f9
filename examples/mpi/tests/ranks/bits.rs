//! One, two, three and four ranks: the same bits wherever the mathematics allows it.

use crate::start::run;
use ndarray::{Array1, Array2};
use regularize::{Losses, Regularize};
use regularize_mpi::copied::{Copied, share};
use regularize_mpi::data::Patients;
use regularize_mpi::net::{Offset, Units};
use regularize_mpi::{Method, Settings};
use std::collections::HashMap;

const SPREAD: &str = "hidden units sharded";
const COPIED: &str = "patients shared out";
const MEASUREMENTS: usize = 10;
const SEED: u64 = 1;

/// The numbers that a run prints, by the model and what they are.
type Numbers = HashMap<(String, String), Vec<f32>>;

fn train(ranks: usize, units: usize, epochs: usize, method: Method) -> Numbers {
    let [units, epochs] = [units, epochs].map(|number| number.to_string());
    let mut arguments = vec!["--bits", "--units", &units, "--epochs", &epochs];
    if method == Method::Subgradient {
        arguments.push("--subgradient");
    }
    let ended = run(ranks, env!("CARGO_BIN_EXE_train"), &arguments);
    assert!(ended.status.success(), "{:?}", ended.stderr);
    let lines = ended.stdout[0].lines().map(|line| {
        let mut parts = line.split(": ");
        let mut next = || parts.next().unwrap_or_default().to_string();
        let (model, what, bits) = (next(), next(), next());
        let numbers = bits
            .split_whitespace()
            .map(|bits| f32::from_bits(u32::from_str_radix(bits, 16).unwrap()));
        ((model, what), numbers.collect())
    });
    lines.collect()
}

fn get<'a>(numbers: &'a Numbers, model: &str, what: &str) -> &'a [f32] {
    &numbers[&(model.to_string(), what.to_string())]
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

fn settings(units: usize) -> Settings {
    Settings {
        units,
        epochs: 0,
        rate: 0.05,
        seed: SEED,
        method: Method::Proximal,
    }
}

/// The model on one machine, without MPI, of the weights that a run printed.
fn model(units: usize, weights: &[f32]) -> Copied {
    let (kernel, rest) = weights.split_at(units * MEASUREMENTS);
    let (bias, rest) = rest.split_at(units);
    let (output, offset) = rest.split_at(units);
    let list = |numbers: &[f32]| Array1::from_vec(numbers.to_vec());
    Copied {
        units: Units {
            kernel: Array2::from_shape_vec((units, MEASUREMENTS), kernel.to_vec()).unwrap(),
            bias: list(bias),
            output: list(output),
        },
        offset: Offset(list(offset)),
    }
}

fn losses(model: &Copied) -> Vec<u32> {
    let losses: Losses<f32> = model.losses();
    losses.iter().map(|(_, loss)| loss.to_bits()).collect()
}

/// Weights, losses, penalties: nothing depends on the number of ranks, which is more than there are units, too.
#[test]
fn a_sharded_model_is_the_same_on_any_number_of_ranks() {
    for (units, method) in [
        (32, Method::Proximal),
        (32, Method::Subgradient),
        (3, Method::Proximal),
    ] {
        let one = train(1, units, 60, method);
        let begin = Copied::new(&settings(units), MEASUREMENTS);
        assert_eq!(bits(get(&one, SPREAD, "begin")), losses(&begin));
        let end = model(units, get(&one, SPREAD, "weights"));
        assert_eq!(bits(get(&one, SPREAD, "end")), losses(&end));
        let has_zeros = get(&one, SPREAD, "weights").contains(&0.0);
        assert_eq!(
            has_zeros,
            method == Method::Proximal,
            "L1 reaches zero by proximal steps"
        );
        for ranks in 2..=4 {
            let some = train(ranks, units, 60, method);
            for what in ["begin", "end", "error", "gradient", "weights"] {
                let [one, some] = [&one, &some].map(|numbers| bits(get(numbers, SPREAD, what)));
                assert_eq!(one, some, "{what} of {units} units on {ranks} ranks");
            }
        }
    }
}

/// The penalties of whatever weights a run has are those of one machine: of the first, and of the last, which differ between
/// runs in the last bits as the gradients do. That they do not differ between the ranks of one run is asked of the exact
/// partials, at the first step and after the last: the run ends with an error otherwise.
#[test]
fn a_copied_model_has_the_penalties_of_one_machine() {
    let units = 32;
    let begin = losses(&Copied::new(&settings(units), MEASUREMENTS));
    for method in [Method::Proximal, Method::Subgradient] {
        for ranks in 1..=4 {
            let some = train(ranks, units, 60, method);
            assert_eq!(bits(get(&some, COPIED, "begin")), begin);
            let end = model(units, get(&some, COPIED, "weights"));
            assert_eq!(bits(get(&some, COPIED, "end")), losses(&end));
        }
    }
}

/// One rank alone sums as one that has all units does, in the order of the patients.
#[test]
fn one_rank_trains_both_alike() {
    for method in [Method::Proximal, Method::Subgradient] {
        let one = train(1, 32, 60, method);
        for what in ["begin", "end", "error", "gradient", "weights"] {
            let [spread, copied] = [SPREAD, COPIED].map(|model| bits(get(&one, model, what)));
            assert_eq!(spread, copied, "{what}");
        }
    }
}

/// u = 2⁻²⁴
const U: f64 = 1.0 / 16_777_216.0;

/// The sum of the gradients of all patients is the one thing whose bits depend on the number of ranks: MPI adds the sums of
/// the ranks, each rounded, and rounding after every addition is not associative.
///
/// The addends are the same floats. Two orders of summing n of them are apart by at most 2·γₙ₋₁·Σ|t|, and 2·γₙ₋₁ ≤ 2·n·u, as
/// n·(n − 1)·u ≤ 1 for 331 of them; that they are computed in doubles here is far less than the n-th between the two.
///
/// With the shares of the penalty: n ranks add n shares more, all together the gradient of the penalty up to γ₄ of it
/// (merging.replicas), so that of N terms two orders are apart by at most 2·(N + 4)·u of the sum of all magnitudes. The step
/// rounds a product and a sum, in either run.
#[test]
fn a_copied_models_gradient_is_inside_the_bound_of_two_orders() {
    let units = 32;
    let patients = Patients::to_train_on(SEED).unwrap();
    let all = patients.len();
    let start = Copied::new(&settings(units), MEASUREMENTS);
    let flat =
        |model: &mut Copied| -> Vec<f64> { model.iter_mut().map(|x| f64::from(*x)).collect() };
    let mut magnitudes = vec![0.0; units * (MEASUREMENTS + 2) + 1];
    for patient in 0..all {
        let (mut gradient, _) = start.gradient(&share(&patients, patient, all), all);
        let terms = flat(&mut gradient);
        magnitudes
            .iter_mut()
            .zip(terms)
            .for_each(|(sum, term)| *sum += term.abs());
    }
    let mut penalty = Copied::new(&settings(units), MEASUREMENTS);
    penalty.iter_mut().for_each(|x| *x = 0.0);
    start.add_penalty_gradient(&mut penalty).unwrap();
    let (penalty, weights) = (flat(&mut penalty), flat(&mut start.clone()));
    let rate = f64::from(settings(units).rate);
    let one = train(1, units, 1, Method::Subgradient);
    let mut differing = 0;
    for ranks in 1..=4 {
        let some = train(ranks, units, 1, Method::Subgradient);
        let pairs = |what| {
            let [one, some] = [&one, &some].map(|numbers| get(numbers, COPIED, what));
            let pairs: Vec<(f64, f64)> = one
                .iter()
                .zip(some)
                .map(|(a, b)| (f64::from(*a), f64::from(*b)))
                .collect();
            assert_eq!(pairs.len(), magnitudes.len());
            pairs
        };
        for (index, (one, some)) in pairs("gradient").into_iter().enumerate() {
            let bound = 2.0 * all as f64 * U * magnitudes[index];
            assert!(
                (one - some).abs() <= bound,
                "gradient {index} on {ranks} ranks: {one} and {some}"
            );
            differing += usize::from(one != some);
        }
        for (index, (one, some)) in pairs("weights").into_iter().enumerate() {
            let terms = magnitudes[index] + penalty[index].abs();
            let sum = 2.0 * (all + ranks + 4) as f64 * U * terms;
            let step = 2.0 * 2.0 * U * (weights[index].abs() + rate * (terms + sum));
            let bound = rate * sum + step;
            assert!(
                (one - some).abs() <= bound,
                "weight {index} on {ranks} ranks: {one} and {some}"
            );
        }
    }
    assert!(differing > 0, "one sum is rounded alike in all orders");
}

//! Requests beside the cases of SPEC.md: every type, lengths around those that vectors have, and numbers of no pattern.

use crate::wire::{Dtype, Numbers, Reg, Request};
use regularize_core::{Edition, Mode, edition::Accepts};
use regularize_oracle::Format;

/// Lengths up to two vectors of eight, around powers of two, and long ones.
const LENGTHS: [usize; 14] = [1, 2, 3, 5, 8, 9, 15, 16, 17, 31, 33, 65, 129, 1000];

/// The requests, each with the clause that it witnesses.
pub(crate) fn probes(edition: Edition) -> Vec<(&'static str, Request)> {
    let mut probes = Vec::new();
    for &dtype in Dtype::ALL {
        values(dtype, &mut probes);
        special(dtype, &mut probes);
        order(dtype, &mut probes);
        gradients(dtype, &mut probes);
        proximal(dtype, &mut probes);
        activity(dtype, &mut probes);
        orthogonal(edition, dtype, &mut probes);
    }
    factors(edition, &mut probes);
    probes
}

type Probes = Vec<(&'static str, Request)>;

fn numbers(dtype: Dtype, x: &[f64]) -> Numbers {
    let bits = x
        .iter()
        .map(|x| dtype.format().convert(Format::F64, x.to_bits()));
    Numbers {
        dtype,
        bits: bits.collect(),
    }
}

fn penalty(dtype: Dtype, reg: Reg, x: &[f64]) -> Request {
    Request::Penalty {
        reg,
        shape: vec![x.len()],
        x: numbers(dtype, x),
    }
}

fn values(dtype: Dtype, probes: &mut Probes) {
    let x = [1.0, -2.0, 0.5];
    for (clause, reg) in [
        ("values.l1", Reg::L1(0.5)),
        ("values.l2", Reg::L2(0.5)),
        ("values.l1-l2", Reg::L1L2(0.5, 0.25)),
        ("values.l1-l2", Reg::L1L2(0.5, 0.0)),
        ("values.l1-l2", Reg::L1L2(0.0, 0.25)),
    ] {
        probes.push((clause, penalty(dtype, reg, &x)));
        probes.push(("values.empty", penalty(dtype, reg, &[])));
        let opposite = x.map(|x| -x);
        probes.push(("values.even", penalty(dtype, reg, &opposite)));
        let scaled = x.map(|x| 16.0 * x);
        probes.push(("values.scaling", penalty(dtype, reg, &scaled)));
    }
    // Equal weights count as often as they occur.
    probes.push(("values.l1", penalty(dtype, Reg::L1(0.5), &[3.0, 3.0, -3.0])));
    probes.push(("values.l2", penalty(dtype, Reg::L2(0.5), &[3.0, 3.0, -3.0])));
}

fn special(dtype: Dtype, probes: &mut Probes) {
    let format = dtype.format();
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    for reg in [Reg::L1(0.5), Reg::L2(0.5), Reg::L1L2(0.5, 0.25)] {
        probes.push(("special.nan", penalty(dtype, reg, &[1.0, nan, 2.0])));
        probes.push(("special.infinite", penalty(dtype, reg, &[1.0, -inf, 2.0])));
        probes.push(("special.infinite", penalty(dtype, reg, &[1.0, inf])));
    }
    probes.push((
        "special.zero-factor",
        penalty(dtype, Reg::L1L2(0.0, 0.5), &[1.0, nan]),
    ));
    probes.push((
        "special.zero-factor",
        penalty(dtype, Reg::L1L2(0.0, 0.0), &[inf, nan]),
    ));
    for x in [inf, nan, 1.0] {
        probes.push((
            "special.zero-factor-alone",
            penalty(dtype, Reg::L1(0.0), &[x]),
        ));
        probes.push((
            "special.zero-factor-alone",
            penalty(dtype, Reg::L2(0.0), &[x]),
        ));
    }
    let largest = Numbers {
        dtype,
        bits: vec![format.infinity(false) - 1; 2],
    };
    let reg = Reg::L1(1.0);
    probes.push((
        "special.overflow",
        Request::Penalty {
            reg,
            shape: vec![2],
            x: largest,
        },
    ));
    // Three times the least number and the least: their sum is 4, and 2 after the factor.
    let least = Numbers {
        dtype,
        bits: vec![3, 1],
    };
    for reg in [Reg::L1(1.0), Reg::L1L2(1.0, 0.0)] {
        probes.push((
            "special.subnormal",
            Request::Penalty {
                reg,
                shape: vec![2],
                x: least.clone(),
            },
        ));
        // Half of the smallest normal number, in two parts: beyond the bound, which has room for the least numbers.
        let unit = 1 << (format.precision() - 4);
        let below = Numbers {
            dtype,
            bits: vec![3 * unit, unit],
        };
        probes.push((
            "special.subnormal",
            Request::Penalty {
                reg,
                shape: vec![2],
                x: below.clone(),
            },
        ));
        probes.push(("special.subnormal", Request::Gradient { reg, x: below }));
    }
}

fn order(dtype: Dtype, probes: &mut Probes) {
    let regs = [Reg::L1(0.5), Reg::L2(0.25), Reg::L1L2(0.5, 0.25)];
    for (index, length) in LENGTHS.into_iter().enumerate() {
        // Halves between −2 and 2, none twice in a row, and few digits for the short formats.
        let short = [1.0, -1.0, 2.0, -0.5, -2.0, 0.5, 1.5];
        let x: Vec<f64> = (0..length).map(|i| short[(i * 3 + index) % 7]).collect();
        for reg in regs {
            if is_bounded(dtype, length) {
                probes.push(("order.lattice", penalty(dtype, reg, &x)));
            }
        }
    }
    // Ones, whose sum an accumulator of few digits does not reach.
    if matches!(dtype, Dtype::F32 | Dtype::F64) {
        for reg in regs {
            probes.push(("order.lattice", penalty(dtype, reg, &[1.0; 4096])));
        }
    }
    let mut random = fastrand::Rng::with_seed(7);
    for length in [7, 20, 100, 1000] {
        if is_bounded(dtype, 4 * length) {
            let x: Vec<f64> = (0..length).map(|_| weight(&mut random)).collect();
            let backwards: Vec<f64> = x.iter().rev().copied().collect();
            for reg in [Reg::L1(0.1), Reg::L2(0.3), Reg::L1L2(0.01, 0.02)] {
                probes.push(("order.bound", penalty(dtype, reg, &x)));
                probes.push(("order.any", penalty(dtype, reg, &backwards)));
            }
        }
    }
    let (great, small) = (2.0_f64.powi(dtype.format().precision() as i32), 1.0);
    for x in [
        [great, small, small],
        [small, great, small],
        [small, small, great],
    ] {
        probes.push(("order.any", penalty(dtype, Reg::L1(1.0), &x)));
    }
}

/// Whether the bound of so many weights says something.
fn is_bounded(dtype: Dtype, length: usize) -> bool {
    length < 1 << (dtype.format().precision() - 1)
}

/// Between ±8, of any digits.
fn weight(random: &mut fastrand::Rng) -> f64 {
    16.0 * random.f64() - 8.0
}

fn gradients(dtype: Dtype, probes: &mut Probes) {
    let mut random = fastrand::Rng::with_seed(11);
    let x: Vec<f64> = (0..9).map(|_| weight(&mut random)).collect();
    let gradient = |reg, x: &[f64]| Request::Gradient {
        reg,
        x: numbers(dtype, x),
    };
    for (clause, regs) in [
        ("gradients.l1", [Reg::L1(0.1), Reg::L1(0.5)]),
        ("gradients.l2", [Reg::L2(0.3), Reg::L2(0.25)]),
        ("gradients.l2", [Reg::L1L2(0.1, 0.3), Reg::L1L2(0.5, 0.25)]),
    ] {
        for reg in regs {
            probes.push((clause, gradient(reg, &[-2.0, 3.0, 0.5])));
            probes.push((clause, gradient(reg, &x)));
        }
    }
    probes.push(("gradients.l1", gradient(Reg::L1(0.0), &[1.0, -1.0])));
    probes.push(("gradients.l2", gradient(Reg::L2(0.0), &[1.0, -1.0])));
    probes.push(("gradients.l2", gradient(Reg::L1L2(0.0, 0.0), &[1.0, -1.0])));
    for reg in [Reg::L1(0.5), Reg::L2(0.5), Reg::L1L2(0.5, 0.25)] {
        probes.push(("gradients.zero", gradient(reg, &[0.0, 1.0])));
    }
    probes.push(("gradients.zero", gradient(Reg::L1(0.5), &[-0.0])));
    probes.push((
        "gradients.special",
        gradient(Reg::L2(0.25), &[f64::NAN, 1.0]),
    ));
    probes.push((
        "gradients.special",
        gradient(Reg::L1(0.5), &[f64::NEG_INFINITY, 1.0]),
    ));
}

fn proximal(dtype: Dtype, probes: &mut Probes) {
    let mut random = fastrand::Rng::with_seed(13);
    let x: Vec<f64> = (0..9).map(|_| weight(&mut random)).collect();
    let prox = |reg, step, x: &[f64]| Request::Prox {
        reg,
        step,
        x: numbers(dtype, x),
    };
    for (clause, regs) in [
        ("proximal.soft-threshold", [Reg::L1(1.0), Reg::L1(0.3)]),
        ("proximal.shrink", [Reg::L2(1.0), Reg::L2(0.3)]),
        ("proximal.both", [Reg::L1L2(1.0, 1.0), Reg::L1L2(0.1, 0.3)]),
    ] {
        for reg in regs {
            probes.push((clause, prox(reg, 0.5, &[-4.0, 2.0, 0.25, 0.75])));
            probes.push((clause, prox(reg, 2.0, &x)));
        }
    }
    probes.push((
        "proximal.zeros",
        prox(Reg::L1(0.5), 1.0, &[0.5, -0.5, 0.0, -0.0, 0.75]),
    ));
    probes.push(("proximal.zeros", prox(Reg::L2(1000.0), 1.0, &[0.5, -0.5])));
    probes.push(("proximal.special", prox(Reg::L1(1.0), 0.0, &[2.0, -3.0])));
    probes.push((
        "proximal.special",
        prox(
            Reg::L1L2(1.0, 1.0),
            0.5,
            &[f64::NAN, f64::INFINITY, f64::NEG_INFINITY],
        ),
    ));
}

fn activity(dtype: Dtype, probes: &mut Probes) {
    for shape in [vec![4, 3], vec![1, 5], vec![5, 1], vec![2, 3, 2], vec![8]] {
        let x: Vec<f64> = (0..shape.iter().product())
            .map(|i| [1.0, -2.0, 0.5][i % 3])
            .collect();
        let clause = match shape.len() {
            2 => "activity.divided",
            _ => "activity.first-axis",
        };
        for reg in [Reg::L1(0.5), Reg::L2(0.25), Reg::L1L2(0.5, 0.25)] {
            let (shape, x) = (shape.clone(), numbers(dtype, &x));
            probes.push((clause, Request::Activity { reg, shape, x }));
        }
    }
    let shape = vec![0, 3];
    probes.push((
        "activity.empty-batch",
        Request::Activity {
            reg: Reg::L1(1.0),
            shape,
            x: numbers(dtype, &[]),
        },
    ));
}

fn orthogonal(edition: Edition, dtype: Dtype, probes: &mut Probes) {
    // TensorFlow 2.9, the last of tf-2.4, has the class without the magnitude.
    if edition.rules().norm_floor.is_none() || edition == Edition::TF_2_4 {
        return;
    }
    // More than one pair, of either sign, in vectors of two lengths.
    for (shape, x) in [
        ([3, 2], [1.0, 2.0, 3.0, -4.0, 0.5, 2.0]),
        ([3, 2], [1.0, 0.0, 0.0, 2.0, -1.0, 0.0]),
        ([2, 3], [1.0, 2.0, 3.0, -4.0, 0.5, 2.0]),
    ] {
        for mode in [Mode::Rows, Mode::Columns] {
            let (reg, shape, x) = (
                Reg::Orthogonal(0.5, mode),
                shape.to_vec(),
                numbers(dtype, &x),
            );
            probes.push(("orthogonal.value", Request::Penalty { reg, shape, x }));
        }
    }
}

fn factors(edition: Edition, probes: &mut Probes) {
    let clause = match edition.rules().accepts {
        Accepts::Everything => "factors.not-finite",
        Accepts::Finite => "factors.negative",
        Accepts::FiniteNotNegative => "factors.finite",
    };
    if clause != "factors.finite" {
        // A reward for zeros is −0, and an L1L2 adds it to 0.
        for reg in [Reg::L1L2(-0.5, 0.0), Reg::L1L2(0.0, -0.5)] {
            probes.push(("special.minus-zero", penalty(Dtype::F32, reg, &[0.0])));
        }
    }
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let factors = [0.0, -0.0, 1.0, 1e-300, -1e-300, -1.0, inf, -inf, nan];
    for factor in factors {
        for reg in [
            Reg::L1(factor),
            Reg::L2(factor),
            Reg::L1L2(factor, 1.0),
            Reg::L1L2(1.0, factor),
        ] {
            probes.push((clause, Request::Construct { reg }));
        }
    }
    for &dtype in Dtype::ALL {
        for reg in [Reg::L1(0.1), Reg::L2(0.1), Reg::L1L2(0.1, 0.1)] {
            probes.push(("factors.rounding", penalty(dtype, reg, &[1.0])));
            probes.push(("factors.rounding", penalty(dtype, reg, &[4.0])));
        }
    }
    // Beyond the type of the weights: infinite, and 0, which an infinite weight shows.
    for (dtype, great, small) in [
        (Dtype::F32, 1e39, 1e-46),
        (Dtype::F16, 1e6, 1e-9),
        (Dtype::BF16, 1e39, 1e-46),
    ] {
        for reg in [Reg::L2(great), Reg::L1L2(great, 0.0), Reg::L1L2(0.0, great)] {
            probes.push(("factors.cast", penalty(dtype, reg, &[1.0])));
            probes.push(("factors.cast", penalty(dtype, reg, &[0.0])));
        }
        for reg in [Reg::L2(small), Reg::L1L2(small, 0.0), Reg::L1L2(0.0, small)] {
            probes.push(("factors.cast", penalty(dtype, reg, &[f64::INFINITY])));
        }
    }
}

//! What holds for all numbers: each property makes requests of random ones, and judges the answers together.

use crate::check::needs_subnormals;
use crate::expect::{Miss, expect};
use crate::oracle::Format;
use crate::reference::{kept, make};
use crate::wire::{Answer, Claims, Class, Dtype, Numbers, Op, Reg, Request, Subnormals, decimal};
use proptest::prelude::*;
use proptest::sample::select;
use regularize_core::Edition;

/// A property of all weights, factors and shapes.
pub(crate) struct Property {
    /// Its name, for `--property`.
    pub(crate) name: &'static str,
    /// The clause that it witnesses.
    pub(crate) clause: &'static str,
    /// The operations that it needs.
    pub(crate) ops: &'static [Op],
    /// How many requests it judges together.
    pub(crate) together: usize,
    /// Whether a sum of two terms has it.
    pub(crate) of_both: bool,
    /// Requests of random numbers.
    pub(crate) requests: fn(&Claims) -> BoxedStrategy<Vec<Request>>,
    /// What is wrong with the answers, if anything.
    pub(crate) judge: fn(&Asked<'_>) -> Option<Miss>,
}

/// Requests, and what a subject answered in an edition.
pub(crate) struct Asked<'a> {
    pub(crate) edition: Edition,
    pub(crate) claims: &'a Claims,
    pub(crate) requests: &'a [Request],
    pub(crate) answers: &'a [Answer],
}

impl Property {
    /// Whether a subject claims what it needs.
    pub(crate) fn is_claimed(&self, claims: &Claims) -> bool {
        let regs = if self.of_both {
            regs(claims)
        } else {
            single(claims)
        };
        !regs.is_empty()
            && !claims.dtypes.is_empty()
            && self.ops.iter().all(|op| claims.ops.contains(op))
    }
}

/// All properties, in the order of SPEC.md.
pub(crate) const PROPERTIES: [Property; 11] = [
    Property {
        name: "factors",
        clause: "factors.finite",
        ops: &[Op::Construct],
        together: 1,
        of_both: true,
        requests: |claims| {
            let reg = reg(claims, any::<f64>().boxed());
            reg.prop_map(|reg| vec![Request::Construct { reg }]).boxed()
        },
        judge: each,
    },
    Property {
        name: "even",
        clause: "values.even",
        ops: &[Op::Penalty],
        together: 2,
        of_both: true,
        requests: |claims| {
            let asked = (reg(claims, factor()), weights(claims, 40));
            asked
                .prop_map(|(reg, x)| vec![penalty(reg, x.clone()), penalty(reg, negated(x))])
                .boxed()
        },
        judge: |asked| same(asked, "the penalty of x is that of −x"),
    },
    Property {
        name: "scaling",
        clause: "values.scaling",
        ops: &[Op::Penalty],
        together: 2,
        of_both: false,
        requests: |claims| {
            let claims = Claims {
                regs: single(claims),
                ..claims.clone()
            };
            // Sixteen times: far from where numbers end, in every type.
            let asked = (reg(&claims, factor()), ordinary(&claims, 40));
            asked
                .prop_map(|(reg, x)| vec![penalty(reg, x.clone()), penalty(reg, times(x, 16.0))])
                .boxed()
        },
        judge: scaling,
    },
    Property {
        name: "special-values",
        clause: "special.nan",
        ops: &[Op::Penalty],
        together: 1,
        of_both: true,
        requests: |claims| {
            let special = select(vec![
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                0.0,
                -0.0,
                1.0,
                -2.5,
            ]);
            let asked = (
                reg(claims, factor()),
                dtype(claims),
                prop::collection::vec(special, 1..6),
            );
            asked
                .prop_map(|(reg, dtype, x)| vec![penalty(reg, numbers(dtype, &x))])
                .boxed()
        },
        judge: each,
    },
    Property {
        name: "any-order",
        clause: "order.bound",
        ops: &[Op::Penalty],
        together: 1,
        of_both: true,
        requests: |claims| {
            let asked = (reg(claims, factor()), weights(claims, 100));
            asked.prop_map(|(reg, x)| vec![penalty(reg, x)]).boxed()
        },
        judge: each,
    },
    Property {
        name: "lattice",
        clause: "order.lattice",
        ops: &[Op::Penalty],
        together: 1,
        of_both: true,
        requests: |claims| {
            let asked = (reg(claims, power()), lattice(claims));
            asked.prop_map(|(reg, x)| vec![penalty(reg, x)]).boxed()
        },
        judge: each,
    },
    Property {
        name: "convexity",
        clause: "gradients.convex",
        ops: &[Op::Penalty],
        together: 3,
        of_both: true,
        requests: |claims| {
            let pairs = prop::collection::vec((-8..=8_i32, -8..=8_i32), 1..12);
            let asked = (reg(claims, power()), dtype(claims), pairs);
            let requests = |(reg, dtype, pairs): (_, _, Vec<(i32, i32)>)| {
                // Quarters, whose middles are eighths: no operation rounds, so that the inequality has no slack.
                let of = |number: fn(&(i32, i32)) -> f64| {
                    let x: Vec<f64> = pairs.iter().map(number).collect();
                    penalty(reg, numbers(dtype, &x))
                };
                vec![
                    of(|(a, _)| f64::from(*a) / 4.0),
                    of(|(_, b)| f64::from(*b) / 4.0),
                    of(|(a, b)| f64::from(a + b) / 8.0),
                ]
            };
            asked.prop_map(requests).boxed()
        },
        judge: convexity,
    },
    Property {
        name: "gradient",
        clause: "gradients.l2",
        ops: &[Op::Gradient],
        together: 1,
        of_both: true,
        requests: |claims| {
            let asked = (reg(claims, factor()), weights(claims, 12));
            asked
                .prop_map(|(reg, x)| vec![Request::Gradient { reg, x }])
                .boxed()
        },
        judge: each,
    },
    Property {
        name: "proximal-points",
        clause: "proximal.both",
        ops: &[Op::Prox],
        together: 1,
        of_both: true,
        requests: |claims| {
            let step = prop_oneof![Just(0.0), 0.001..4.0_f64];
            let asked = (reg(claims, factor()), step, weights(claims, 12));
            asked
                .prop_map(|(reg, step, x)| vec![Request::Prox { reg, step, x }])
                .boxed()
        },
        judge: each,
    },
    Property {
        name: "batch",
        clause: "activity.divided",
        ops: &[Op::Activity],
        together: 1,
        of_both: true,
        requests: |claims| {
            let shape = prop::collection::vec(1..5_usize, 1..4);
            let asked = (
                reg(claims, factor()),
                dtype(claims),
                shape,
                prop::collection::vec(number(), 64),
            );
            let requests = |(reg, dtype, shape, x): (_, _, Vec<usize>, Vec<f64>)| {
                let x = numbers(dtype, &x[..shape.iter().product()]);
                vec![Request::Activity { reg, shape, x }]
            };
            asked.prop_map(requests).boxed()
        },
        judge: each,
    },
    Property {
        name: "config-round-trip",
        clause: "config.round-trip",
        ops: &[Op::Config],
        together: 1,
        of_both: true,
        requests: |claims| {
            // Finite ones: JSON has no others.
            let reg = reg(claims, prop_oneof![0.0..1e3_f64, factor()].boxed());
            reg.prop_map(|reg| vec![Request::Config { reg }]).boxed()
        },
        judge: |asked| {
            let (Request::Config { reg }, answer) = (&asked.requests[0], &asked.answers[0]) else {
                return None;
            };
            let want = kept(&make(asked.edition, reg).ok()?);
            let got = match answer {
                Answer::Config(config) => asked
                    .edition
                    .from_value(config)
                    .ok()
                    .flatten()
                    .map(|made| kept(&made)),
                _ => None,
            };
            (got != Some(want)).then(|| Miss {
                want: format!("a JSON that is read as {want}"),
                got: format!("{answer:?}"),
                off: None,
            })
        },
    },
];

/// What is wrong with the first answer that is not what the oracle says.
fn each(asked: &Asked<'_>) -> Option<Miss> {
    let mut pairs = asked.requests.iter().zip(asked.answers);
    pairs.find_map(|(request, answer)| {
        let expect = expect(asked.edition, asked.claims.at_zero, request);
        let is_excused =
            asked.claims.subnormals == Subnormals::Flushed && needs_subnormals(request, &expect);
        if is_excused {
            None
        } else {
            expect.judge(request.dtype(), answer)
        }
    })
}

fn same(asked: &Asked<'_>, law: &str) -> Option<Miss> {
    let wrong = each(asked);
    let (dtype, [Answer::Numbers(a), Answer::Numbers(b)]) =
        (asked.requests.first()?.dtype()?, asked.answers)
    else {
        return wrong;
    };
    let (&[a], &[b]) = (&a[..], &b[..]) else {
        return wrong;
    };
    if dtype.format().is_between([a, a], b) {
        return wrong;
    }
    Some(Miss {
        want: law.into(),
        got: format!("{} and {}", decimal(dtype, a), decimal(dtype, b)),
        off: None,
    })
}

/// The penalty of 16·x is 16 times that of x under L1, and 256 times under L2.
fn scaling(asked: &Asked<'_>) -> Option<Miss> {
    let [first, _] = asked.requests else {
        return None;
    };
    let by: f64 = match first.reg() {
        Some(Reg::L1(_)) => 16.0,
        _ => 256.0,
    };
    let (dtype, [Answer::Numbers(a), Answer::Numbers(b)]) = (first.dtype()?, asked.answers) else {
        return each(asked);
    };
    let (&[a], &[b]) = (&a[..], &b[..]) else {
        return each(asked);
    };
    let double = |bits| f64::from_bits(Format::F64.convert(dtype.format(), bits));
    if double(a) * by == double(b) {
        return each(asked);
    }
    Some(Miss {
        want: format!("the penalty of 16·x is {by} times that of x, bit for bit"),
        got: format!("{} and {}", decimal(dtype, a), decimal(dtype, b)),
        off: None,
    })
}

/// Twice the penalty in the middle is not more than the sum of those at the ends.
fn convexity(asked: &Asked<'_>) -> Option<Miss> {
    let value = |at: usize| match (asked.requests.get(at)?.dtype(), asked.answers.get(at)) {
        (Some(dtype), Some(Answer::Numbers(bits))) => {
            let bits = bits.first()?;
            Some(f64::from_bits(Format::F64.convert(dtype.format(), *bits)))
        }
        _ => None,
    };
    let (Some(a), Some(b), Some(middle)) = (value(0), value(1), value(2)) else {
        return each(asked);
    };
    // Numbers of few digits: the sums here do not round.
    (2.0 * middle > a + b || middle.is_nan())
        .then(|| Miss {
            want: "the penalty in the middle is at most the mean of those at the ends".into(),
            got: format!("{middle} in the middle of {a} and {b}"),
            off: None,
        })
        .or_else(|| each(asked))
}

fn penalty(reg: Reg, x: Numbers) -> Request {
    Request::Penalty {
        reg,
        shape: vec![x.bits.len()],
        x,
    }
}

/// The constructors of numbers that are claimed.
fn regs(claims: &Claims) -> Vec<Class> {
    let known = [Class::L1, Class::L2, Class::L1L2];
    known
        .into_iter()
        .filter(|class| claims.regs.contains(class))
        .collect()
}

/// Those of one term.
fn single(claims: &Claims) -> Vec<Class> {
    regs(claims)
        .into_iter()
        .filter(|class| *class != Class::L1L2)
        .collect()
}

fn reg(claims: &Claims, factor: BoxedStrategy<f64>) -> BoxedStrategy<Reg> {
    let make = |(class, l1, l2)| match class {
        Class::L1 => Reg::L1(l1),
        Class::L2 => Reg::L2(l2),
        _ => Reg::L1L2(l1, l2),
    };
    (select(regs(claims)), factor.clone(), factor)
        .prop_map(make)
        .boxed()
}

/// Factors that a user writes.
fn factor() -> BoxedStrategy<f64> {
    prop_oneof![Just(0.01), Just(0.5), 0.001..1.0_f64].boxed()
}

/// Powers of two: nothing rounds.
fn power() -> BoxedStrategy<f64> {
    select(vec![1.0, 0.5, 0.25, 2.0]).boxed()
}

fn dtype(claims: &Claims) -> impl Strategy<Value = Dtype> + use<> {
    select(claims.dtypes.clone())
}

fn numbers(dtype: Dtype, x: &[f64]) -> Numbers {
    let bits = x
        .iter()
        .map(|x| dtype.format().convert(Format::F64, x.to_bits()));
    Numbers {
        dtype,
        bits: bits.collect(),
    }
}

/// A weight of any digits, or of few.
fn number() -> BoxedStrategy<f64> {
    prop_oneof![
        (-8..=8_i32).prop_map(f64::from),
        -8.0..8.0_f64,
        (-8.0..8.0_f64).prop_map(|x| x / 256.0),
    ]
    .boxed()
}

/// Weights; fewer of the types in which the bound of many says nothing.
fn weights(claims: &Claims, most: usize) -> BoxedStrategy<Numbers> {
    let x = prop::collection::vec(number(), 0..most);
    (dtype(claims), x)
        .prop_map(|(dtype, x)| numbers(dtype, &x))
        .boxed()
}

/// Weights whose squares times a factor are normal numbers, in every type.
fn ordinary(claims: &Claims, most: usize) -> BoxedStrategy<Numbers> {
    let weight = prop_oneof![0.5..1.0_f64, -1.0..-0.5_f64];
    let x = prop::collection::vec(weight, 0..most);
    (dtype(claims), x)
        .prop_map(|(dtype, x)| numbers(dtype, &x))
        .boxed()
}

/// Halves, so few that every sum has digits enough.
fn lattice(claims: &Claims) -> BoxedStrategy<Numbers> {
    let by_dtype = |dtype: Dtype| {
        let most = match dtype {
            Dtype::BF16 => 12,
            Dtype::F16 => 60,
            _ => 300,
        };
        let half = (-2..=2_i32).prop_map(|k| f64::from(k) / 2.0);
        prop::collection::vec(half, 0..most).prop_map(move |x| numbers(dtype, &x))
    };
    dtype(claims).prop_flat_map(by_dtype).boxed()
}

fn negated(mut x: Numbers) -> Numbers {
    let [minus, _] = x.dtype.format().zeros();
    x.bits.iter_mut().for_each(|bits| *bits ^= minus);
    x
}

fn times(x: Numbers, by: f64) -> Numbers {
    let scaled: Vec<f64> = x.to_f64().iter().map(|x| by * x).collect();
    numbers(x.dtype, &scaled)
}

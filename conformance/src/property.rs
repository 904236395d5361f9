//! What holds for all numbers: each property makes requests of random ones, and judges the answers together.
//!
//! An answer alone is judged by the oracle. A law that relates answers, as that the penalty of x is that of −x, is a law of the
//! real numbers and of what they round to once; an implementation may sum two requests in two orders, and then only the
//! bounds of both are known. So a law is asked of answers that have one right value each, which the oracle decides for each
//! case: there no order rounds.

use crate::check::needs_subnormals;
use crate::expect::{Expect, Miss, Number, expect};
use crate::reference::{kept, make};
use crate::wire::{Answer, Claims, Class, Dtype, Numbers, Op, Reg, Request, Subnormals, decimal};
use proptest::prelude::*;
use proptest::sample::select;
use regularize_core::Edition;
use regularize_oracle::{Dyadic, Format};

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
    /// The right answer to each request.
    pub(crate) wants: &'a [Expect],
    pub(crate) answers: &'a [Answer],
}

/// Returns the right answers to some requests.
pub(crate) fn wants(edition: Edition, claims: &Claims, requests: &[Request]) -> Vec<Expect> {
    let want = |request| expect(edition, claims.at_zero, request);
    requests.iter().map(want).collect()
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
            let asked = prop_oneof![
                (reg(claims, factor()), weights(claims, 40)),
                (reg(claims, power()), lattice(claims)),
            ];
            asked
                .prop_map(|(reg, x)| vec![penalty(reg, x.clone()), penalty(reg, negated(x))])
                .boxed()
        },
        judge: |asked| {
            law(
                asked,
                "the penalty of x is that of −x",
                is_negated,
                |[a, b]| a == b,
            )
        },
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
            let asked = prop_oneof![
                (reg(&claims, factor()), ordinary(&claims, 40)),
                (reg(&claims, power()), lattice(&claims)),
            ];
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
            let asked = dtype(claims).prop_flat_map(|dtype| {
                // Quarters, whose middles are eighths, and of eight digits fewer and whole numbers: most sums are exact.
                let (most, unit, count) = match dtype {
                    Dtype::BF16 => (2, 1.0, 4),
                    Dtype::F16 => (4, 0.25, 8),
                    _ => (8, 0.25, 12),
                };
                let pair = (-most..=most, -most..=most);
                prop::collection::vec(pair, 1..count).prop_map(move |pairs| (dtype, unit, pairs))
            });
            let requests = |(reg, (dtype, unit, pairs)): (_, (_, f64, Vec<(i32, i32)>))| {
                let of = |number: fn(&(i32, i32)) -> f64| {
                    let x: Vec<f64> = pairs.iter().map(|pair| unit * number(pair)).collect();
                    penalty(reg, numbers(dtype, &x))
                };
                vec![
                    of(|(a, _)| f64::from(*a)),
                    of(|(_, b)| f64::from(*b)),
                    of(|(a, b)| f64::from(a + b) / 2.0),
                ]
            };
            (reg(claims, power()), asked).prop_map(requests).boxed()
        },
        judge: |asked| {
            let says = "the penalty in the middle is at most the mean of those at the ends";
            law(asked, says, is_middle, |[a, b, middle]| {
                middle.scaled(1) <= a + b
            })
        },
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
    let mut all = asked.requests.iter().zip(asked.wants).zip(asked.answers);
    all.find_map(|((request, want), answer)| {
        let is_excused =
            asked.claims.subnormals == Subnormals::Flushed && needs_subnormals(request, want);
        if is_excused {
            None
        } else {
            want.judge(request.dtype(), answer)
        }
    })
}

/// What is wrong with an answer, or else with the law of all of them: that `holds` of answers to requests that are as the
/// property makes them, if each has one right value. A file of regressions may have others.
fn law<const N: usize>(
    asked: &Asked<'_>,
    says: &str,
    is_made: fn([&Numbers; N]) -> bool,
    holds: impl Fn([&Dyadic; N]) -> bool,
) -> Option<Miss> {
    each(asked).or_else(|| {
        let answers = exact(asked, is_made)?;
        (!holds(answers.each_ref())).then(|| {
            let dtype = asked.requests[0].dtype();
            let got = asked
                .answers
                .iter()
                .filter_map(|answer| match (answer, dtype) {
                    (Answer::Numbers(bits), Some(dtype)) => Some(decimal(dtype, *bits.first()?)),
                    _ => None,
                });
            Miss {
                want: says.into(),
                got: got.collect::<Vec<_>>().join(" and "),
                off: None,
            }
        })
    })
}

/// The answers as numbers, if the requests are penalties of one regularizer at numbers that are as they should be, and each
/// has one right value.
fn exact<const N: usize>(
    asked: &Asked<'_>,
    is_made: fn([&Numbers; N]) -> bool,
) -> Option<[Dyadic; N]> {
    let first = asked.requests.first()?.reg()?;
    let x = asked.requests.iter().map(|request| match request {
        Request::Penalty { reg, x, .. } if reg == first => Some(x),
        _ => None,
    });
    let x: Vec<&Numbers> = x.collect::<Option<_>>()?;
    let x: [&Numbers; N] = x.try_into().ok()?;
    let is_alike =
        |other: &Numbers| other.dtype == x[0].dtype && other.bits.len() == x[0].bits.len();
    if !x.iter().all(|other| is_alike(other)) || !is_made(x) {
        return None;
    }
    let numbers = asked
        .requests
        .iter()
        .zip(asked.wants)
        .zip(asked.answers)
        .map(|((request, want), answer)| match (want, answer) {
            (Expect::Numbers(want), Answer::Numbers(got))
                if matches!(want[..], [Number::Is(_)]) =>
            {
                request.dtype()?.format().decode(*got.first()?).finite()
            }
            _ => None,
        });
    numbers.collect::<Option<Vec<_>>>()?.try_into().ok()
}

/// The weights as numbers; `None` if one is not finite.
fn exact_weights(x: &Numbers) -> Option<Vec<Dyadic>> {
    let format = x.dtype.format();
    let weights = x.bits.iter().map(|&bits| format.decode(bits).finite());
    weights.collect()
}

fn is_negated([a, b]: [&Numbers; 2]) -> bool {
    negated(a.clone()) == *b
}

/// Whether b is 16·a.
fn is_scaled([a, b]: [&Numbers; 2]) -> bool {
    let scaled = exact_weights(a).map(|a| a.iter().map(|x| x.scaled(4)).collect());
    scaled.is_some() && scaled == exact_weights(b)
}

/// Whether the last is (a + b)/2.
fn is_middle([a, b, middle]: [&Numbers; 3]) -> bool {
    let (Some(a), Some(b), Some(middle)) =
        (exact_weights(a), exact_weights(b), exact_weights(middle))
    else {
        return false;
    };
    let mut ends = a.iter().zip(&b).map(|(a, b)| a + b);
    middle.iter().all(|x| ends.next() == Some(x.scaled(1)))
}

/// The penalty of 16·x is 16 times that of x under L1, and 256 times under L2.
fn scaling(asked: &Asked<'_>) -> Option<Miss> {
    let (power, says) = match asked.requests.first()?.reg()? {
        Reg::L1(_) => (4, "the penalty of 16·x is 16 times that of x"),
        Reg::L2(_) => (8, "the penalty of 16·x is 256 times that of x"),
        _ => return each(asked),
    };
    law(asked, says, is_scaled, |[a, b]| a.scaled(power) == *b)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Claims;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    fn property(name: &str) -> &'static Property {
        let mut properties = PROPERTIES.iter();
        properties.find(|property| property.name == name).unwrap()
    }

    fn judge(name: &str, requests: &[Request], answers: &[Answer]) -> Option<Miss> {
        let claims = Claims::new(Op::ALL, Dtype::ALL);
        (property(name).judge)(&Asked {
            edition: Edition::LATEST,
            claims: &claims,
            requests,
            wants: &wants(Edition::LATEST, &claims, requests),
            answers,
        })
    }

    /// Requests of three numbers each, and the answers.
    fn three(dtype: Dtype, x: [f64; 6], y: [f64; 3]) -> (Vec<Request>, Vec<Answer>) {
        let reg = Reg::L1L2(2.0, 0.25);
        let requests = x.chunks(2).map(|x| penalty(reg, numbers(dtype, x)));
        let answers = y.map(|y| Answer::Numbers(numbers(dtype, &[y]).bits));
        (requests.collect(), answers.to_vec())
    }

    /// The middle 4.23828125 rounds to 4.25, and the mean of 4.1875 and 4.28125, which are rounded too, is less.
    #[test]
    fn a_middle_that_rounds_is_not_compared_with_its_ends() {
        let x = [1.25, -0.5, 1.25, -0.75, 1.25, -0.625];
        let right = [3.953125, 4.53125, 4.23828125];
        let (requests, answers) = three(Dtype::BF16, x, right);
        let got = answers.iter().map(|answer| match answer {
            Answer::Numbers(bits) => bits[0],
            _ => 0,
        });
        let [a, b, middle] = got
            .map(|bits| f64::from_bits(Format::F64.convert(Format::BF16, bits)))
            .collect::<Vec<_>>()[..]
        else {
            panic!("three answers")
        };
        assert!(2.0 * middle > a + b, "{a}, {b} and {middle} show it");
        assert_eq!(judge("convexity", &requests, &answers), None);
        // The same of f32 is exact, and a middle that is above is wrong.
        let (requests, answers) = three(Dtype::F32, x, right);
        assert_eq!(judge("convexity", &requests, &answers), None);
        let (_, above) = three(Dtype::F32, x, [3.953125, 4.53125, 4.25]);
        assert!(judge("convexity", &requests, &above).is_some());
    }

    /// A sum of another order may have another last digit at −x and at 16·x.
    #[test]
    fn two_orders_of_one_sum_have_the_laws() {
        let tenths = Reg::L1(0.1);
        let x = numbers(Dtype::F32, &[0.7, 0.6, 0.9, 0.8]);
        let is_right = |x: &Numbers, bits: u64| {
            let answers = [Answer::Numbers(vec![bits])];
            judge("any-order", &[penalty(tenths, x.clone())], &answers).is_none()
        };
        for (name, other) in [
            ("even", negated(x.clone())),
            ("scaling", times(x.clone(), 16.0)),
        ] {
            let requests = [penalty(tenths, x.clone()), penalty(tenths, other.clone())];
            let right = |x: &Numbers| {
                let sum: f64 = x.to_f64().iter().map(|x| x.abs()).sum();
                u64::from(((0.1_f32 as f64 * sum) as f32).to_bits())
            };
            let [a, b] = [right(&x), right(&other) + 1];
            assert!(is_right(&x, a) && is_right(&other, b), "{name}");
            let answers = [a, b].map(|bits| Answer::Numbers(vec![bits]));
            assert_eq!(judge(name, &requests, &answers), None, "{name}");
        }
    }

    /// Otherwise a law would be asked of nothing.
    #[test]
    fn laws_are_asked_of_many_cases_of_every_type() {
        for &dtype in Dtype::ALL {
            let claims = Claims::new(Op::ALL, &[dtype]);
            let share = |name: &str, is_exact: &dyn Fn(&Asked<'_>) -> bool| {
                let (property, mut runner) = (property(name), TestRunner::deterministic());
                let strategy = (property.requests)(&claims);
                let is_asked = |_: &i32| {
                    let requests = strategy.new_tree(&mut runner).unwrap().current();
                    let mut reference = crate::Reference::new(Edition::LATEST);
                    let answer = |request| crate::Subject::answer(&mut reference, request);
                    let answers: Vec<Answer> = requests.iter().map(answer).collect();
                    is_exact(&Asked {
                        edition: Edition::LATEST,
                        claims: &claims,
                        requests: &requests,
                        wants: &wants(Edition::LATEST, &claims, &requests),
                        answers: &answers,
                    })
                };
                (0..200).filter(is_asked).count()
            };
            for (name, asked) in [
                (
                    "even",
                    share("even", &|asked| exact(asked, is_negated).is_some()),
                ),
                (
                    "scaling",
                    share("scaling", &|asked| exact(asked, is_scaled).is_some()),
                ),
                (
                    "convexity",
                    share("convexity", &|asked| exact(asked, is_middle).is_some()),
                ),
                (
                    "lattice",
                    share("lattice", &|asked| exact::<1>(asked, |_| true).is_some()),
                ),
            ] {
                assert!(
                    asked > 50,
                    "{name} is asked of {asked} of 200 cases in {dtype}"
                );
            }
        }
    }
}

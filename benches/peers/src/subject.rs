//! What is timed: an operation of a library, whose result was asserted.

use crate::check::Expected;
use std::hint::black_box;
use std::time::{Duration, Instant};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Operation {
    Value,
    Gradient,
    /// The value and the gradient.
    Fused,
    Prox,
}

impl Operation {
    pub(crate) const ALL: [Self; 4] = [Self::Value, Self::Gradient, Self::Fused, Self::Prox];

    /// As `benches/penalty` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Gradient => "gradient",
            Self::Fused => "fused",
            Self::Prox => "prox",
        }
    }
}

pub(crate) struct Subject<'a> {
    pub(crate) name: &'static str,
    /// The greatest error of the result, and of a fused one that of its value.
    pub(crate) ulps: f64,
    /// How long so many runs take.
    pub(crate) time: Box<dyn FnMut(usize) -> Duration + 'a>,
}

impl<'a> Subject<'a> {
    pub(crate) fn new<R>(name: &'static str, ulps: f64, mut run: impl FnMut() -> R + 'a) -> Self {
        let time = move |times| {
            let start = Instant::now();
            for _ in 0..times {
                black_box(run());
            }
            start.elapsed()
        };
        Self {
            name,
            ulps,
            time: Box::new(time),
        }
    }

    /// Of weights, a number.
    pub(crate) fn value(
        name: &'static str,
        expected: &Expected<'a>,
        run: impl Fn(&[f32]) -> f32 + 'a,
    ) -> Self {
        let x = expected.x;
        let ulps = expected.value(name, run(x));
        Self::new(name, ulps, move || run(black_box(x)))
    }

    /// Adds to gradients, and gives the value if `both`.
    pub(crate) fn adding(
        name: &'static str,
        expected: &Expected<'a>,
        both: bool,
        run: impl Fn(&[f32], &mut [f32]) -> f32 + 'a,
    ) -> Self {
        let x = expected.x;
        let mut g = vec![0.0; x.len()];
        let value = run(x, &mut g);
        let mut ulps = expected.gradient(name, &g);
        if both {
            ulps = expected.value(name, value);
        }
        Self::new(name, ulps, move || run(black_box(x), black_box(&mut g)))
    }

    /// Changes weights, always the same ones: copying them is not timed, and of few weights there are several copies,
    /// so that reading the clock is not most of it.
    pub(crate) fn in_place(
        name: &'static str,
        expected: &Expected<'a>,
        run: impl Fn(&mut [f32]) + 'a,
    ) -> Self {
        let n = expected.x.len();
        let copies = 16_384_usize.div_ceil(n);
        let fresh = expected.x.repeat(copies);
        let mut y = fresh.clone();
        run(&mut y[..n]);
        let ulps = expected.prox(name, &y[..n]);
        let time = move |times: usize| {
            let (mut total, mut done) = (Duration::ZERO, 0);
            while done < times {
                y.copy_from_slice(&fresh);
                let now = copies.min(times - done);
                let start = Instant::now();
                for copy in y.chunks_exact_mut(n).take(now) {
                    run(black_box(copy));
                }
                total += start.elapsed();
                done += now;
            }
            total
        };
        Self {
            name,
            ulps,
            time: Box::new(time),
        }
    }
}

//! The fast paths against the slow, obviously right code: weight by weight, and sums of one weight at a time.
//!
//! Every f32: `cargo test --release -p regularize-core --all-features --test kernels -- --ignored`.

#![cfg(feature = "half")]

use half::{bf16, f16};
use proptest::prelude::*;
use regularize_core::kernel::Path;
use regularize_core::{Edition, Float, Step, Sums, Terms, l1, l1_l2, l2};

/// A float and its bits.
trait Bits: Float {
    fn of(bits: u64) -> Self;
    fn bits(self) -> u64;
    const WIDTH: u32;
}

macro_rules! bits {
    ($($type:ty: $unsigned:ty),*) => {$(
        impl Bits for $type {
            fn of(bits: u64) -> Self {
                Self::from_bits(bits as $unsigned)
            }

            fn bits(self) -> u64 {
                self.to_bits().into()
            }

            const WIDTH: u32 = <$unsigned>::BITS;
        }
    )*};
}
bits!(f16: u16, bf16: u16, f32: u32, f64: u64);

/// The same bits, or two that are no number.
fn same<T: Bits>(a: T, b: T) -> bool {
    a.bits() == b.bits() || a.to_f64().is_nan() && b.to_f64().is_nan()
}

fn sums_of<T: Float>(x: &[T]) -> Sums {
    let mut sums = Sums::new();
    x.iter().for_each(|&x| sums.add(x));
    sums
}

/// Every kernel on every path gives what the slow code gives.
#[track_caller]
fn check<T: Bits>(terms: Terms, step: f64, x: &[T], g: &[T]) {
    let step = Step::new(step).unwrap();
    let sums = sums_of(x);
    let value: T = terms.penalty_of(&sums);
    let slopes: Vec<T> = x
        .iter()
        .zip(g)
        .map(|(&x, &g)| g + terms.subgradient(x))
        .collect();
    let points: Vec<T> = x.iter().map(|&v| terms.proximal(step, v)).collect();
    let all_same = |what: &str, found: &[T], expected: &[T]| {
        for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
            let x = x[at];
            assert!(
                same(*found, *expected),
                "{what} of {terms:?} at {x:?} is {found:?}, not {expected:?}"
            );
        }
    };
    for path in Path::all() {
        let found = terms.penalty_on(path, x);
        assert!(
            same(found, value),
            "{path:?}: {terms:?} of {x:?} is {found:?}, not {value:?}"
        );

        let mut extended = Sums::new();
        extended.extend_on(path, x);
        assert!(extended == sums, "{path:?}: sums of {x:?}");

        let mut added = g.to_vec();
        terms.add_subgradient_on(path, x, &mut added);
        all_same("the gradient", &added, &slopes);

        let mut added = g.to_vec();
        let found = terms.penalty_and_add_subgradient_on(path, x, &mut added);
        assert!(
            same(found, value),
            "{path:?}: fused {terms:?} of {x:?} is {found:?}, not {value:?}"
        );
        all_same("the fused gradient", &added, &slopes);

        let mut added = g.to_vec();
        assert!(
            terms.sums_and_add_subgradient_on(path, x, &mut added) == sums,
            "{path:?}: fused sums of {x:?}"
        );
        all_same("the gradient with sums", &added, &slopes);

        let mut moved = x.to_vec();
        terms.proximal_step_on(path, step, &mut moved);
        all_same("the proximal point", &moved, &points);
    }
}

/// Terms of all kinds: absent and present, 0, −0, tiny, huge, infinite in short types, and negative in an old edition.
fn terms() -> impl Strategy<Value = Terms> {
    let factor = prop_oneof![
        4 => 1e-6..1.0_f64,
        2 => prop::sample::select(vec![0.0, -0.0, 0.5, 0.25, 1.0, 0.01]),
        1 => prop::sample::select(vec![1e-45, 1e-300, 1e-8, 1e30, 1e38, 3e38, 1e39, 1e300]),
    ];
    let signed = (factor.clone(), any::<bool>()).prop_map(|(x, minus)| if minus { -x } else { x });
    prop_oneof![
        factor.clone().prop_map(|a| l1(a).terms()),
        factor.clone().prop_map(|a| l2(a).terms()),
        (factor.clone(), factor).prop_map(|(a, b)| l1_l2(a, b).terms()),
        (signed.clone(), signed).prop_map(|(a, b)| Edition::KERAS_2_2.l1_l2(a, b).terms()),
    ]
}

fn step() -> impl Strategy<Value = f64> {
    prop_oneof![4 => 1e-4..4.0_f64, 1 => prop::sample::select(vec![0.0, 1e-300, 1.0, 0.5, 1e10, 1e300])]
}

/// Weights of any bits, of one scale, of a coarse grid, of few exponents far apart, and special ones.
fn weights<T: Bits>(most: usize) -> impl Strategy<Value = Vec<T>> {
    let any = any::<u64>()
        .prop_map(|bits| T::of(bits & (u64::MAX >> (64 - T::WIDTH))))
        .boxed();
    let ordinary = (-1.0..1.0_f64).prop_map(T::from_f64).boxed();
    let coarse = (-16..=16_i32)
        .prop_map(|k| T::from_f64(f64::from(k) / 8.0))
        .boxed();
    let apart = prop::sample::select(vec![1.0, -1.0, 1e-7, 3e-12, 65504.0, -1e-30, 1e30, 0.0]);
    let special = prop::sample::select(vec![
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        1.0,
    ]);
    let (apart, special) = (
        apart.prop_map(T::from_f64).boxed(),
        special.prop_map(T::from_f64).boxed(),
    );
    let mixed = prop_oneof![40 => ordinary.clone(), 1 => special.clone(), 1 => any.clone()].boxed();
    prop::sample::select(vec![0, 1, 2, 3, 4, 5]).prop_flat_map(move |kind| {
        let weight = [&any, &ordinary, &coarse, &apart, &special, &mixed][kind].clone();
        prop::collection::vec(weight, 0..most)
    })
}

macro_rules! properties {
    ($($name:ident: $type:ty, $most:expr;)*) => {$(
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(192))]

            #[test]
            fn $name(terms in terms(), step in step(), x in weights::<$type>($most), shift in 0_usize..7) {
                let g: Vec<$type> = (0..x.len()).map(|at| <$type>::from_f64(((at + shift) % 7) as f64 / 4.0 - 0.5)).collect();
                check(terms, step, &x, &g);
            }
        }
    )*};
}
properties! {
    f32_is_what_it_is_weight_by_weight: f32, 300;
    f64_is_what_it_is_weight_by_weight: f64, 80;
    f16_is_what_it_is_weight_by_weight: f16, 80;
    bf16_is_what_it_is_weight_by_weight: bf16, 80;
}

/// Lengths around those of vectors, streams and blocks.
#[test]
fn no_length_is_special() {
    let terms = l1_l2(0.01, 0.03).terms();
    for length in (0..70).chain([
        127, 128, 129, 1023, 1024, 1025, 2047, 2048, 2049, 4095, 4096, 4097, 8200,
    ]) {
        let x: Vec<f32> = (0..length)
            .map(|k| ((k * 37) % 101) as f32 / 97.0 - 0.5)
            .collect();
        check(terms, 0.1, &x, &vec![0.25; length]);
        let short: Vec<f16> = x.iter().map(|&x| f16::from_f32(x)).collect();
        check(terms, 0.1, &short, &vec![f16::ONE; length]);
        let double: Vec<f64> = x.iter().map(|&x| f64::from(x) / 3.0).collect();
        check(terms, 0.1, &double, &vec![0.25; length]);
    }
}

/// Sums that lie in the middle between two numbers, and next to it by less than a double shows: the bound must not decide.
#[test]
fn a_bound_does_not_decide_what_it_cannot() {
    let halfway = 2.0_f32.powi(-24);
    for rest in [
        0.0,
        f32::MIN_POSITIVE,
        f32::from_bits(1),
        1e-30,
        2.0_f32.powi(-60),
    ] {
        for n in [2, 30, 4096, 10_000] {
            let mut x = vec![0.0_f32; n];
            (x[0], x[n - 1]) = (1.0, halfway);
            if n > 2 {
                x[n / 2] = rest;
            }
            let g = vec![0.0; n];
            check(l1(1.0).terms(), 0.5, &x, &g);
            check(
                l2(1.0).terms(),
                0.5,
                &x.iter().map(|x| x.sqrt()).collect::<Vec<_>>(),
                &g,
            );
        }
    }
    // What each lane loses of the small weights is more than the distance to the middle.
    let mut x = vec![2.0_f32.powi(-60); 16_384];
    for quarter in x.chunks_mut(4096) {
        quarter[..16].fill(2.0_f32.powi(-6));
    }
    x[100] = f32::from_bits(2.0_f32.powi(-24).to_bits() - 1);
    check(l1(1.0).terms(), 0.5, &x, &vec![0.0; x.len()]);
    // Ω is 0.56 of the least double.
    let terms = l1_l2(5e-324, 5e-324).terms();
    assert_eq!(terms.penalty(&[0.4, 0.0]), 5e-324);
    check(terms, 0.5, &[0.4, 0.0], &[0.0; 2]);
    // Squares that are 0 as doubles, and not together.
    let x = [2.0_f64.powi(-538) * 1.3; 8];
    check(l2(1.0).terms(), 0.5, &x, &[0.0; 8]);
    // The same of doubles, and between them.
    for rest in [0.0, 1e-200, f64::from_bits(1), 2.0_f64.powi(-107)] {
        let x = [1.0, rest, 2.0_f64.powi(-53), -rest];
        check(l1(1.0).terms(), 0.5, &x, &[0.0; 4]);
        check(
            Edition::KERAS_2_2.l1_l2(1.0, -1e-30).terms(),
            0.5,
            &x,
            &[0.0; 4],
        );
    }
}

/// A code that leaves everything to the slow one is right, and of no use: each type has its kernels, and they decide.
#[test]
fn the_kernels_take_ordinary_weights() {
    /// Which kernels a type has without vectors, and which with them only.
    fn check<T: Bits>(portable: [bool; 2], has_extend: bool, is_fused: bool) {
        let has_vectors = cfg!(all(feature = "simd", target_arch = "x86_64"));
        for terms in [l1(0.1).terms(), l2(0.3).terms(), l1_l2(0.01, 0.7).terms()] {
            for length in [1_u32, 7, 100, 5000] {
                let x: Vec<T> = (0..length)
                    .map(|k| T::from_f64(f64::from(k * 37 % 101 + 1) / 97.0 - 0.5))
                    .collect();
                for path in Path::all() {
                    let is_fast = has_vectors && !matches!(path, Path::Portable);
                    let what = format!("{path:?} {terms:?} of {length}");
                    let fresh = || vec![T::ZERO; x.len()];
                    assert_eq!(
                        T::value(path, &terms, &x).is_some(),
                        portable[0] || is_fast,
                        "{what}"
                    );
                    assert_eq!(
                        T::extend(path, &x, &mut Sums::new()),
                        has_extend && is_fast || portable[1] && length >= 64,
                        "{what}"
                    );
                    assert_eq!(
                        T::add_subgradient(path, &terms, &x, &mut fresh()),
                        is_fast,
                        "{what}"
                    );
                    let (is_added, value) =
                        T::value_and_add_subgradient(path, &terms, &x, &mut fresh());
                    assert_eq!(
                        [is_added, value.is_some()],
                        [is_fast && is_fused; 2],
                        "{what}"
                    );
                    assert_eq!(
                        T::extend_and_add_subgradient(
                            path,
                            &terms,
                            &x,
                            &mut fresh(),
                            &mut Sums::new()
                        ),
                        is_fast && is_fused,
                        "{what}"
                    );
                    let step = Step::new(0.1).unwrap();
                    assert_eq!(
                        T::proximal_step(path, &terms, step, &mut x.clone()),
                        is_fast,
                        "{what}"
                    );
                }
            }
        }
    }
    check::<f32>([true, true], true, true);
    check::<f64>([false, false], false, false);
    check::<f16>([false, false], true, false);
    check::<bf16>([false, false], true, false);
}

/// What a proximal point and a gradient round from is as near to the middle as it can be.
#[test]
fn no_weight_near_the_middle_is_rounded_wrong() {
    for (factor, step) in [
        (0.1, 0.3),
        (1.0, 2.0_f64.powi(-25)),
        (0.3, 1.0 / 3.0),
        (1e-3, 1e-3),
    ] {
        for terms in [
            l1(factor).terms(),
            l2(factor).terms(),
            l1_l2(factor, factor / 3.0).terms(),
        ] {
            let x: Vec<f32> = (0..20_000_u32)
                .map(|k| f32::from_bits(0x3f80_0000 + k * 419))
                .collect();
            check(terms, step, &x, &vec![0.0; x.len()]);
        }
    }
}

/// A threshold is next to half of the last place of the points, by less than the type shows. All points of a vector are
/// one, since a vector in which one is not sure is computed the slow way.
#[test]
fn no_threshold_near_the_middle_is_rounded_wrong() {
    fn check_from_one<T: Bits>(factor: f64, step: f64) {
        let one = T::from_f64(1.0).bits();
        for point in (one..one + 9).map(T::of) {
            check(l1(factor).terms(), step, &[point; 32], &[T::ZERO; 32]);
        }
    }
    for step in [1.0 + 2.0_f64.powi(-40), 1.0 - 2.0_f64.powi(-40)] {
        check_from_one::<f32>(2.0_f64.powi(-24), step);
        check_from_one::<f16>(2.0_f64.powi(-11), step);
        check_from_one::<bf16>(2.0_f64.powi(-8), step);
    }
    // A point at the threshold: what is left is what the type lacks of the threshold.
    for k in 1..100 {
        let (factor, step) = (f64::from(k as f32 / 1000.0), 1.0_f64 / 3.0);
        let point = (factor * step) as f32;
        let terms = l1_l2(factor, f64::from(k) / 64.0).terms();
        check(terms, step, &[point; 32], &[0.0; 32]);
    }
    // v − τ·l1 is the middle of two doubles, and divided by 1 + 2·τ·l2 it is 2⁻¹⁵⁴ below, less than the lanes show.
    let terms = l1_l2(1.000_000_000_000_000_9, 1.094_764_425_253_763_3e-47).terms();
    let point = terms.proximal(Step::new(0.5).unwrap(), 5.375_f64);
    assert_eq!(point.to_bits(), 0x4013_7fff_ffff_ffff);
    check(terms, 0.5, &[5.375; 32], &[0.0; 32]);
    // (1 + a)·(1 − a) is 1 less a², which is no digit of a double.
    let a = 2.0_f64.powi(-30);
    check_from_one::<f64>((1.0 - a) * 2.0_f64.powi(-53), 1.0 + a);
}

/// Slopes of f16 that are next to the middle by less than an f32 shows, and too large ones.
#[test]
fn no_short_slope_is_rounded_twice() {
    let a = 2.0_f64.powi(-10);
    let terms = l1_l2(1.0 + a, (1.0 + a) * 2.0_f64.powi(-6)).terms();
    let x = [f16::from_f64((1.0 - a) * 2.0_f64.powi(-6)); 40];
    check(terms, 0.5, &x, &[f16::ZERO; 40]);
    let x = [f16::from_f32(2.0), f16::from_f32(-2.0)];
    let g = [-60_000.0, 60_000.0].map(f16::from_f32);
    check(l2(20_000.0).terms(), 0.5, &x, &g);
}

/// Blocks whose weights have exponents too far apart for vectors, for a while and all the time.
#[test]
fn no_spread_of_exponents_is_too_wide() {
    let wide: Vec<f32> = (0..9000_u32)
        .map(|k| f32::from_bits((k * 977 % 255) << 23 | k))
        .collect();
    check(l1_l2(0.1, 0.2).terms(), 0.5, &wide, &vec![0.0; wide.len()]);
    // In two parts, in more, and sorted, for some blocks each: what follows is narrow again.
    for apart in [
        &[1.0_f32, 1e-9][..],
        &[f32::MAX, f32::from_bits(1)],
        &[1e30, 1.0, 1e-30, -1e-12],
    ] {
        let mut x: Vec<f32> = (0..20_000)
            .map(|k| apart[k % apart.len()] * (1.0 + k as f32 / 32_768.0))
            .collect();
        x.iter_mut().skip(14_000).for_each(|x| *x = 0.1);
        check(l1_l2(0.1, 0.2).terms(), 0.5, &x, &vec![0.0; x.len()]);
        x.sort_by(f32::total_cmp);
        check(l1_l2(0.1, 0.2).terms(), 0.5, &x, &vec![0.0; x.len()]);
    }
    let mut late = vec![1.0_f32; 9000];
    late[8000] = f32::from_bits(1);
    late[8500] = f32::MAX;
    check(l1_l2(0.1, 0.2).terms(), 0.5, &late, &vec![0.0; late.len()]);
    late[8999] = f32::NAN;
    check(l1_l2(0.1, 0.2).terms(), 0.5, &late, &vec![0.0; late.len()]);
    // The second part of a block has too many exponents, by few.
    let second: Vec<f32> = (0..9000_u32)
        .map(|k| match k % 3 {
            0 => 1e30,
            1 => 1.0 + (k as f32) / 16_384.0,
            _ => f32::from_bits((127 - 20 - k % 8) << 23 | (k * 977 % 8192 * 1023 + 1)),
        })
        .collect();
    check(
        l1_l2(0.1, 0.2).terms(),
        0.5,
        &second,
        &vec![0.0; second.len()],
    );
    // More than a bin holds.
    let most = vec![f32::from_bits(0x3fff_ffff); 300_000];
    for path in Path::all() {
        let mut sums = Sums::new();
        sums.extend_on(path, &most);
        assert!(sums == sums_of(&most), "{path:?}");
    }
    let tiny: Vec<f32> = (0..5000).map(f32::from_bits).collect();
    check(l1_l2(0.1, 0.2).terms(), 1e-3, &tiny, &vec![0.0; tiny.len()]);
}

/// All cores give the bits of one, from the sizes where they are used, of slices that end within a chunk.
#[test]
#[cfg(feature = "rayon")]
fn all_cores_give_the_bits_of_one() {
    fn check<T: Bits>() {
        let path = Path::detect();
        let (terms, step) = (l1_l2(0.01, 0.03).terms(), Step::new(0.1).unwrap());
        let length = (1 << 21) + 12_345;
        let mut x: Vec<T> = (0..length)
            .map(|k| T::from_f64(f64::from((k * 37) % 10_007) / 9973.0 - 0.5))
            .collect();
        x[12_345] = T::from_f64(1e-40);
        // In pieces that are too short for two cores.
        let mut one = Sums::new();
        x.chunks(1 << 16)
            .for_each(|piece| one.extend_on(path, piece));
        let mut sums = Sums::new();
        sums.extend(&x);
        assert!(sums == one);
        let value: T = terms.penalty_of(&one);
        assert!(same(terms.penalty(&x), value));
        let start = vec![T::from_f64(0.25); x.len()];
        let mut expected = start.clone();
        terms.add_subgradient_on(path, &x, &mut expected);
        let mut g = start.clone();
        terms.add_subgradient(&x, &mut g).unwrap();
        assert!(g == expected);
        let mut g = start.clone();
        let found = terms.penalty_and_add_subgradient(&x, &mut g).unwrap();
        assert!(same(found, value) && g == expected);
        let mut g = start;
        let found = terms.sums_and_add_subgradient(&x, &mut g).unwrap();
        assert!(found == one && g == expected);
        let (mut v, mut expected) = (x.clone(), x);
        terms.proximal_step(step, &mut v);
        terms.proximal_step_on(path, step, &mut expected);
        assert!(v == expected);
    }
    check::<f32>();
    check::<f64>();
    check::<f16>();
    check::<bf16>();
}

/// Every f16 and every bf16, alone and all together.
#[test]
fn every_short_number_is_right() {
    fn every<T: Bits>() {
        let all: Vec<T> = (0..=u16::MAX).map(|bits| T::of(bits.into())).collect();
        let finite: Vec<T> = all
            .iter()
            .copied()
            .filter(|x| x.to_f64().is_finite())
            .collect();
        for terms in [l1(0.1).terms(), l2(0.3).terms(), l1_l2(1e-6, 0.7).terms()] {
            check(terms, 0.3, &all, &vec![T::ZERO; all.len()]);
            check(terms, 0.3, &finite, &vec![T::ZERO; finite.len()]);
            for path in Path::all() {
                for &x in &all {
                    let mut sums = Sums::new();
                    sums.add(x);
                    assert!(
                        same(terms.penalty_on(path, &[x]), terms.penalty_of(&sums)),
                        "{terms:?} of {x:?}"
                    );
                }
            }
        }
    }
    every::<f16>();
    every::<bf16>();
}

/// Every f32: gradients and proximal points, which depend on one weight.
#[test]
#[ignore = "is long: see the first lines of this file"]
fn every_f32_is_right() {
    const AT_ONCE: u32 = 1 << 16;
    let step = Step::new(0.3).unwrap();
    let path = Path::detect();
    let terms = [l1(0.1).terms(), l2(0.3).terms(), l1_l2(0.01, 0.7).terms()];
    let threads: Vec<_> = (0..2_u32)
        .map(|half| {
            std::thread::spawn(move || {
                for block in (0..u32::MAX / AT_ONCE + 1).filter(|block| block % 2 == half) {
                    let x: Vec<f32> = (0..AT_ONCE)
                        .map(|k| f32::from_bits(block * AT_ONCE + k))
                        .collect();
                    for terms in terms {
                        let mut g = vec![0.0_f32; x.len()];
                        terms.add_subgradient_on(path, &x, &mut g);
                        let mut v = x.clone();
                        terms.proximal_step_on(path, step, &mut v);
                        for ((&x, g), v) in x.iter().zip(g).zip(v) {
                            assert!(
                                same(g, 0.0 + terms.subgradient(x)),
                                "the gradient of {terms:?} at {x:?} is {g:?}"
                            );
                            assert!(
                                same(v, terms.proximal(step, x)),
                                "the proximal point of {terms:?} at {x:?} is {v:?}"
                            );
                        }
                    }
                    if block % 4096 == half {
                        eprintln!("{} of 65536 blocks", block);
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

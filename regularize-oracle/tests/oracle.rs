//! The oracle against hand-computed values and against a second witness: the processor's floats and the
//! standard library's decimal parser.

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use regularize_oracle::{
    Direction, Dyadic, Factors, Format, Value, orthogonal, round, round_ratio,
};

const FORMATS: [Format; 4] = [Format::F32, Format::F64, Format::F16, Format::BF16];

fn dyadic(value: f64) -> Dyadic {
    Dyadic::from_f64(value).unwrap()
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|x| x.to_bits()).collect()
}

/// The number that decimal notation stands for.
fn decimal(digits: u64, exponent: i32) -> BigRational {
    let power = BigInt::from(10).pow(exponent.unsigned_abs());
    if exponent < 0 {
        BigRational::new(digits.into(), power)
    } else {
        BigRational::from(BigInt::from(digits) * power)
    }
}

/// Doubles whose exponents are near those of a quarter of all patterns: sums and products of two of them
/// seldom overflow, underflow or swallow an operand.
fn moderate() -> impl Strategy<Value = f64> {
    (any::<u64>(), 992_u64..1056)
        .prop_map(|(bits, exponent)| f64::from_bits(bits & !(0x7ff << 52) | exponent << 52))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn decimals_round_as_the_parser_rounds_them(digits: u64, exponent in -345..300) {
        let (number, text) = (decimal(digits, exponent), format!("{digits}e{exponent}"));
        prop_assert_eq!(round(&number, Format::F64, false), text.parse::<f64>().unwrap().to_bits());
        let single = text.parse::<f32>().unwrap().to_bits();
        prop_assert_eq!(round(&number, Format::F32, false), u64::from(single));
    }

    #[test]
    fn decimals_near_the_ends_of_f32_round_as_the_parser_rounds_them(
        digits: u64, exponent in -68..22,
    ) {
        let single = format!("-{digits}e{exponent}").parse::<f32>().unwrap().to_bits();
        let number = -decimal(digits, exponent);
        prop_assert_eq!(round(&number, Format::F32, true), u64::from(single));
    }

    #[test]
    fn a_cast_to_f32_rounds_as_the_processor(pattern: u64) {
        let value = f64::from_bits(pattern);
        if let Some(number) = Dyadic::from_f64(value) {
            let cast = u64::from((value as f32).to_bits());
            prop_assert_eq!(number.round(Format::F32, value.is_sign_negative()), cast);
        }
    }

    #[test]
    fn sum_product_and_quotient_round_as_the_processor(
        a in prop_oneof![moderate(), any::<f64>()], b in prop_oneof![moderate(), any::<f64>()],
    ) {
        if let (Some(x), Some(y)) = (Dyadic::from_f64(a), Dyadic::from_f64(b)) {
            let minus = a.is_sign_negative() != b.is_sign_negative();
            prop_assert_eq!((&x + &y).round(Format::F64, a + b == 0.0 && (a + b).is_sign_negative()),
                (a + b).to_bits());
            prop_assert_eq!((&x * &y).round(Format::F64, minus), (a * b).to_bits());
            if b != 0.0 {
                prop_assert_eq!(round_ratio(&x, &y, Format::F64, minus), (a / b).to_bits());
            }
            prop_assert_eq!(x < y, a < b);
            prop_assert_eq!(x == y, a == b);
        }
    }

    #[test]
    fn a_rational_and_a_dyadic_round_alike(a in moderate(), b in moderate()) {
        let (x, y) = (dyadic(a), dyadic(b));
        let ratio = x.to_rational() / y.to_rational();
        for format in FORMATS {
            prop_assert_eq!(round(&ratio, format, false), round_ratio(&x, &y, format, false));
        }
    }

    #[test]
    fn the_directions_are_neighbours_around_the_number(value in any::<f64>()) {
        if let Some(number) = Dyadic::from_f64(value) {
            for format in FORMATS {
                let [low, near, high] = [Direction::Down, Direction::Nearest, Direction::Up]
                    .map(|direction| number.directed(format, direction, false));
                prop_assert!(near == low || near == high);
                if let Some(low) = format.decode(low).finite() {
                    prop_assert!(low <= number);
                }
                if let Some(high) = format.decode(high).finite() {
                    prop_assert!(high >= number);
                }
                let apart = low.abs_diff(high);
                let exact = format.decode(near).finite() == Some(number.clone());
                // Both have the sign of the number, so they are neighbours as patterns too.
                prop_assert!(if exact { low == high } else { apart == 1 }, "{low:x} {high:x}");
            }
        }
    }

    #[test]
    fn penalty_is_the_native_one_where_that_is_exact(
        xs in prop::collection::vec(-1000_i32..=1000, 0..40),
        l1 in 0_u32..100, l2 in 0_u32..100,
    ) {
        let weights: Vec<f64> = xs.iter().map(|&x| f64::from(x) / 8.0).collect();
        let (l1, l2) = (f64::from(l1) / 16.0, f64::from(l2) / 16.0);
        let native = l1 * weights.iter().map(|x| x.abs()).sum::<f64>()
            + l2 * weights.iter().map(|x| x * x).sum::<f64>();
        // Empty sums are −0 in the standard library.
        let native = native + 0.0;
        let factors = Factors::new(Some(l1), Some(l2));
        prop_assert_eq!(factors.penalty(Format::F64, &bits(&weights)), native.to_bits());
    }
}

#[test]
fn every_pattern_of_the_narrow_formats_decodes_and_rounds_to_itself() {
    for format in [Format::F16, Format::BF16] {
        for pattern in 0..=u64::from(u16::MAX) {
            if let Value::Finite { negative, number } = format.decode(pattern) {
                assert_eq!(number.round(format, negative), pattern);
                assert_eq!(round(&number.to_rational(), format, negative), pattern);
            }
        }
    }
}

#[test]
fn bf16_is_the_upper_half_of_f32() {
    for pattern in 0..=u64::from(u16::MAX) {
        assert_eq!(
            Format::BF16.decode(pattern),
            Format::F32.decode(pattern << 16)
        );
    }
}

#[test]
fn known_numbers_of_f16() {
    let at = |pattern| Format::F16.decode(pattern).finite().unwrap();
    assert_eq!(at(0x0001), Dyadic::one().scaled(-24));
    assert_eq!(at(0x03ff), dyadic(1023.0).scaled(-24));
    assert_eq!(at(0x0400), Dyadic::one().scaled(-14));
    assert_eq!(at(0x3555), dyadic(0.333_251_953_125));
    assert_eq!(at(0x7bff), dyadic(65504.0));
    assert_eq!(at(0xc000), dyadic(-2.0));
}

#[test]
fn ties_go_to_even_and_half_a_unit_over_the_largest_is_infinite() {
    let f16 = |value: f64| dyadic(value).round(Format::F16, false);
    assert_eq!([2049.0, 2050.0, 2051.0].map(f16), [0x6800, 0x6801, 0x6802]);
    let below = f64::from_bits(65520.0_f64.to_bits() - 1);
    assert_eq!([65504.0, below, 65520.0].map(f16), [0x7bff, 0x7bff, 0x7c00]);
    let least = f64::from_bits((1023 - 24) << 52);
    assert_eq!(
        [0.5 * least, 0.75 * least, 1.5 * least, 2.5 * least].map(f16),
        [0, 1, 2, 2]
    );
    assert_eq!(
        dyadic(1e300).directed(Format::F16, Direction::Down, false),
        0x7bff
    );
    assert_eq!(
        dyadic(-1e300).directed(Format::F16, Direction::Up, false),
        0xfbff
    );
    assert_eq!(
        dyadic(-1e300).directed(Format::F16, Direction::Down, false),
        0xfc00
    );
}

#[test]
fn a_carry_out_of_the_subnormals_is_the_least_normal() {
    let just_below = &Dyadic::one().scaled(-1022) - &Dyadic::one().scaled(-1080);
    assert_eq!(
        just_below.round(Format::F64, false),
        f64::MIN_POSITIVE.to_bits()
    );
}

#[test]
fn special_values_follow_factor_times_sum() {
    let value = |l1, l2, xs: &[f64]| {
        let penalty = Factors::new(l1, l2).penalty(Format::F64, &bits(xs));
        f64::from_bits(penalty)
    };
    let inf = f64::INFINITY;
    assert!(value(Some(1.0), None, &[f64::NAN, 1.0]).is_nan());
    assert!(value(Some(0.0), None, &[f64::NAN]).is_nan());
    assert!(value(Some(0.0), None, &[inf]).is_nan());
    assert!(value(Some(1.0), Some(0.0), &[-inf]).is_nan());
    assert!(value(Some(1.0), None, &[inf, f64::NAN]).is_nan());
    assert!(value(Some(inf), None, &[]).is_nan());
    assert!(value(Some(inf), None, &[-0.0]).is_nan());
    assert_eq!(value(Some(inf), None, &[5e-324]), inf);
    assert_eq!(value(Some(1.0), Some(1.0), &[-inf]), inf);
    assert_eq!(value(None, None, &[f64::NAN]).to_bits(), 0);
    assert_eq!(value(Some(0.5), Some(0.5), &[]).to_bits(), 0);
    assert_eq!(
        value(Some(-0.0), None, &[1.0]).to_bits(),
        (-0.0_f64).to_bits()
    );
    assert_eq!(value(None, Some(-0.0), &[]).to_bits(), (-0.0_f64).to_bits());
    assert_eq!(value(Some(-0.0), Some(-0.0), &[1.0]).to_bits(), 0);
}

#[test]
fn a_share_of_the_batch_is_rounded_once() {
    // 1 + 2⁻⁵³ rounds to 1, and a third of that is not the third of the sum.
    let xs = bits(&[1.0, 2.0_f64.powi(-53), 2.0_f64.powi(-53), 2.0_f64.powi(-54)]);
    let l1 = Factors::new(Some(1.0), None);
    let exact = &Dyadic::one() + &dyadic(5.0).scaled(-54);
    let third = round_ratio(&exact, &dyadic(3.0), Format::F64, false);
    assert_eq!(l1.penalty_per_sample(Format::F64, &xs, 3), third);
    assert_eq!(
        l1.penalty_per_sample(Format::F64, &xs, 1),
        l1.penalty(Format::F64, &xs)
    );
    assert_eq!(l1.penalty_per_sample(Format::F64, &bits(&[f64::NAN]), 0), 0);
}

#[test]
fn subgradient_by_hand() {
    let elastic = Factors::new(Some(0.5), Some(0.25));
    let at = |x: f64| f64::from_bits(elastic.subgradient(Format::F64, x.to_bits()));
    assert_eq!([-4.0, -0.0, 0.0, 6.0].map(at), [-2.5, 0.0, 0.0, 3.5]);
    assert_eq!(at(-0.0).to_bits(), 0);
    assert!(at(f64::NAN).is_nan());
    assert_eq!(at(f64::NEG_INFINITY), f64::NEG_INFINITY);
    let over = Factors::new(Some(f64::MAX), Some(1.0));
    let top = over.subgradient(Format::F64, f64::MAX.to_bits());
    assert_eq!(f64::from_bits(top), f64::INFINITY);
}

#[test]
fn proximal_by_hand() {
    let elastic = Factors::new(Some(1.0), Some(0.5));
    let at = |v: f64| f64::from_bits(elastic.proximal(Format::F64, 0.25, v.to_bits()));
    assert_eq!([-1.5, 0.25, 0.125, 4.0].map(at), [-1.0, 0.0, 0.0, 3.0]);
    assert_eq!(at(-0.25).to_bits(), (-0.0_f64).to_bits());
    let still = elastic.proximal(Format::F64, 0.0, 0.1_f64.to_bits());
    assert_eq!(still, 0.1_f64.to_bits());
}

#[test]
fn the_test_at_zero_is_the_interval() {
    let l1 = Factors::new(Some(0.1), Some(3.0));
    let edge = u64::from(0.1_f32.to_bits());
    assert!(l1.zero_is_minimum(Format::F32, edge));
    assert!(!l1.zero_is_minimum(Format::F32, edge + 1));
    assert!(!Factors::new(None, Some(1.0)).zero_is_minimum(Format::F32, 1));
    assert!(Factors::new(None, Some(1.0)).zero_is_minimum(Format::F32, 0x8000_0000));
}

#[test]
fn orthogonal_by_hand() {
    let rows = |rows: &[[f64; 2]]| {
        rows.iter()
            .map(|x| x.map(dyadic).to_vec())
            .collect::<Vec<_>>()
    };
    let bracket = |xs: &[[f64; 2]]| orthogonal(&dyadic(0.5), &dyadic(1e-7), &rows(xs)).unwrap();
    // Equal rows: the cosine is 1, on the grid, so the lower bound is it.
    assert_eq!(
        bracket(&[[1.0, 1.0], [1.0, 1.0]])[0],
        dyadic(0.5).to_rational()
    );
    assert_eq!(
        bracket(&[[1.0, 0.0], [0.0, 1.0]]).map(|x| x.to_string()),
        ["0", "0"]
    );
    // 11/√(5·25): its square is between the squares of the bounds.
    let [low, high] = bracket(&[[1.0, 2.0], [3.0, 4.0]]);
    let square = BigRational::new(121.into(), (4 * 125).into());
    assert!(&low * &low <= square && square <= &high * &high && low < high);
    assert_eq!(
        orthogonal(&dyadic(0.5), &dyadic(1e-7), &rows(&[[1.0, 2.0]])),
        None
    );
}

/// Numbers of l1 meet n roundings, of l2 n + 1 and of both 2·n + 1, and of a share of a batch two more.
#[test]
fn the_bound_of_a_penalty_by_hand() {
    let l1 = Factors::new(Some(1.0), None);
    let one = 0x3f80_0000;
    // 1 + 1 with k = 2: 2 ± 4·2⁻²⁴ and a little. Above 2 numbers are 4·2⁻²⁴ apart, and below it 2·2⁻²⁴.
    let two = 0x4000_0000;
    let bounds = l1.bounds(Format::F32, &[one; 2], 1);
    assert_eq!(bounds, Some([two - 2, two + 1]));
    // The squares of 1, with k = 3: 2 ± 6·2⁻²⁴.
    let bounds = Factors::new(None, Some(1.0)).bounds(Format::F32, &[one; 2], 1);
    assert_eq!(bounds, Some([two - 3, two + 1]));
    // Half of it with k = 4: 1 ± 4·2⁻²⁴, where numbers are 2·2⁻²⁴ apart above, and 2⁻²⁴ below.
    let bounds = l1.bounds(Format::F32, &[one; 2], 2);
    assert_eq!(bounds, Some([one - 4, one + 2]));
    // A batch of 257 ones has no bound in bf16, and in f16 k = 257 + 2.
    let ones = |format: Format, one: u64| l1.bounds(format, &[one; 257], 257);
    assert_eq!(ones(Format::BF16, 0x3f80), None);
    // 259/(2048 − 259) = 0.1448 on either side: from 0.8552 up in 2⁻¹¹ and down from 1.1448 in 2⁻¹⁰.
    assert_eq!(
        ones(Format::F16, 0x3c00),
        Some([0x3800 + 728, 0x3c00 + 148])
    );
    // −(2 + 2) + (4 + 4) = 4, and magnitudes of 12, with k = 5: 4 ± 60·2⁻²⁴, where numbers are 8·2⁻²⁴ and 4·2⁻²⁴ apart.
    let four = 0x4080_0000;
    let bounds = Factors::new(Some(-1.0), Some(1.0)).bounds(Format::F32, &[two; 2], 1);
    assert_eq!(bounds, Some([four - 15, four + 7]));
    // Thirty ones of bf16 with k = 30: 30/(256 − 30)·30 = 3.98 on either side, not 30/256·30 = 3.52. From 26.02 up the next
    // number is 26⅛, an eighth apart from others; from 33.98 down it is 33¾.
    let bits = |number: f32| u64::from(number.to_bits() >> 16);
    let bounds = l1.bounds(Format::BF16, &[bits(1.0); 30], 1);
    assert_eq!(bounds, Some([bits(26.125), bits(33.75)]));
    // With k = 255 there is a bound, and with 256 = 1/u there is none.
    assert!(l1.bounds(Format::BF16, &[bits(1.0); 255], 1).is_some());
    assert_eq!(l1.bounds(Format::BF16, &[bits(1.0); 256], 1), None);
}

/// Near 0 it is η/2 for each weight of l1, and (max(3·l2, |x|) + 1)·η/2 for each of l2, η being the least number: there the
/// bits of a number are its multiple of η, and what the roundings add is far less than one.
#[test]
fn the_bound_of_a_penalty_near_zero_by_hand() {
    // 100·η + η, and η on either side.
    let l1 = Factors::new(Some(1.0), None);
    assert_eq!(l1.bounds(Format::F32, &[100, 1], 1), Some([100, 102]));
    // Its half is 51·η of 102·η: half of η, and η/2 of the quotient.
    assert_eq!(l1.bounds(Format::F32, &[100, 2], 2), Some([50, 52]));
    // The square of 2⁻⁷⁰ is 2⁻¹⁴⁰ = 512·η, and eight times that 4096·η: (24 + 1)/2·η on either side.
    let l2 = Factors::new(None, Some(8.0));
    let power = 2.0_f32.powi(-70).to_bits().into();
    assert_eq!(l2.bounds(Format::F32, &[power], 1), Some([4084, 4108]));
    // A factor of 2: 7/2·η. One of 0 underflows nowhere.
    let l2 = Factors::new(None, Some(2.0));
    assert_eq!(l2.bounds(Format::F32, &[power], 1), Some([1021, 1027]));
    let zero = Factors::new(Some(0.0), Some(0.0));
    let zeros = Some(Format::F32.zeros());
    assert_eq!(zero.bounds(Format::F32, &[power; 9], 1), zeros);
    // η·1000.5² = 1001000.25·η and 1001.5/2·η; two roundings are 0.12·η.
    let l2 = Factors::new(None, Some(f32::from_bits(1).into()));
    let weight = 1000.5_f32.to_bits().into();
    assert_eq!(
        l2.bounds(Format::F32, &[weight], 1),
        Some([1_000_500, 1_001_501])
    );
}

/// One sum of 1, 1, 2⁻²³ and 2⁻²³ needs the digits of the least, though both sums and their sum do not.
#[test]
fn a_lattice_is_that_of_all_terms() {
    let ones = [0x3f80_0000; 2];
    let is_exact = |l1: f32, l2: f32, weights: &[u64], by| {
        Factors::new(Some(l1.into()), Some(l2.into())).is_exact(Format::F32, weights, by)
    };
    let power = |e| 2.0_f32.powi(e);
    assert!(!is_exact(power(-23), 1.0, &ones, 1));
    assert_ne!((2.0 + power(-23)) + power(-23), 2.0 + 2.0 * power(-23));
    assert!(is_exact(power(-22), 1.0, &ones, 1));
    // 1 + 2⁻⁴⁰ is no number of f32.
    assert!(!is_exact(1.0, power(-40), &ones[..1], 1));
    // 4·2¹²⁶ is too large, though a batch of 4 divides it, and so is twice a factor of 2¹²⁷.
    let of_l1 = |l1| Factors::new(Some(l1), None);
    let large = [power(126).to_bits().into()];
    assert!(of_l1(1.0).is_exact(Format::F32, &large, 4));
    assert!(!of_l1(4.0).is_exact(Format::F32, &large, 4));
    assert!(is_exact(0.0, power(126), &ones[..1], 1) && !is_exact(0.0, power(127), &ones[..1], 1));
    // A batch of 2¹⁶ is infinite in f16.
    assert!(of_l1(1.0).is_exact(Format::F16, &[0x7800], 1 << 15));
    assert!(!of_l1(1.0).is_exact(Format::F16, &[0x7800], 1 << 16));
}

/// (k·u·(l1 + 2·|l2·x|) + η)/(1 − k·u), k = 2, or 1 of l2 alone.
#[test]
fn the_bound_of_a_derivative_by_hand() {
    let bounds =
        |l1, l2, x: f32| Factors::new(l1, l2).derivative_bounds(Format::F32, x.to_bits().into());
    // 7 + 1 = 8 and 16·2⁻²⁴: one number above, and two below.
    let (six, eight, minus) = (0x40c0_0000, 0x4100_0000, 0x8000_0000);
    assert_eq!(bounds(Some(1.0), Some(1.0), 3.5), [eight - 2, eight + 1]);
    let mirrored = [minus + eight + 1, minus + eight - 2];
    assert_eq!(bounds(Some(1.0), Some(1.0), -3.5), mirrored);
    // 7 − 1 = 6 with the same magnitudes, where numbers are 8·2⁻²⁴ apart.
    assert_eq!(bounds(Some(-1.0), Some(1.0), 3.5), [six - 2, six + 2]);
    // 8 of l2 alone: 8·2⁻²⁴. Of l1 alone nothing is rounded.
    assert_eq!(bounds(None, Some(1.0), 4.0), [eight - 1, eight]);
    assert_eq!(bounds(Some(6.0), None, 4.0), [six, six]);
    // 2·½·5·η = 5·η, and η on either side.
    assert_eq!(bounds(None, Some(0.5), f32::from_bits(5)), [4, 6]);
}

/// (k·u·(|v| + t)/d + (1 + 2 + |v| + t)·η/2)/(1 − k·u) with t = τ·l1 and d = 1 + 2·τ·l2, k = 3 and 5 for each.
#[test]
fn the_bound_of_a_proximal_point_by_hand() {
    let bounds =
        |l1, l2, v: f32| Factors::new(l1, l2).proximal_bounds(Format::F32, 1.0, v.to_bits().into());
    // 8 − 1 = 7, and 27·2⁻²⁴ of 8 + 1, where numbers are 8·2⁻²⁴ apart.
    let (seven, eight) = (0x40e0_0000, 0x4100_0000);
    assert_eq!(bounds(Some(1.0), None, 8.0), [seven - 3, seven + 3]);
    // (17 − 1)/2 = 8, and 72·2⁻²⁴ of (17 + 1)/2: four numbers and a half above, and nine below.
    assert_eq!(bounds(Some(1.0), Some(0.5), 17.0), [eight - 9, eight + 4]);
    // 100·η/2 = 50·η, and η on either side.
    assert_eq!(bounds(None, Some(0.5), f32::from_bits(100)), [49, 51]);
    // The inverse of 1 + 2¹²⁷ is subnormal: 2·η of 2²³·η is not enough for it, and (2 + |v|)·η/2 is.
    let huge = bounds(None, Some(2.0_f64.powi(126)), 3.0);
    let third = 3 << 22;
    assert_eq!(huge, [third - 6, third + 6]);
    // Beyond that the denominator may be infinite.
    let zero = bounds(None, Some(2.0_f64.powi(127)), 3.0);
    assert!(zero[0] == Format::F32.zeros()[0] && zero[1] > 0);
}

//! The forms of sums and records, written a second time: of rational numbers and bit by bit, as they are documented.

use num_rational::BigRational;
use num_traits::Signed;

/// The form, as SPEC.md has it, of rational numbers.
pub(crate) fn written(xs: &[f64]) -> Vec<u8> {
    let finite = || xs.iter().filter(|x| x.is_finite());
    let flags = u64::from(xs.iter().any(|x| x.is_nan()))
        | u64::from(xs.iter().any(|x| x.is_infinite())) << 1;
    let units = |sum: BigRational, places: usize, bytes: usize| {
        let units = sum * BigRational::from_integer(num_traits::pow(2.into(), places));
        assert!(units.is_integer());
        let (_, mut digits) = units.numer().to_bytes_le();
        digits.resize(bytes, 0);
        digits
    };
    let rational = |x: &f64| BigRational::from_float(*x).unwrap();
    let magnitudes: BigRational = finite().map(|x| rational(x).abs()).sum();
    let squares: BigRational = finite().map(|x| rational(x) * rational(x)).sum();
    let mut bytes = b"regsums\x01".to_vec();
    bytes.extend(flags.to_le_bytes());
    bytes.extend(units(magnitudes, 1074, 272));
    bytes.extend(units(squares, 2148, 536));
    bytes.extend(crc_64_xz(&bytes).to_le_bytes());
    bytes
}

/// A record, as the documentation of `Partial` has it.
pub(crate) fn record(
    key: &[u8],
    shards: u32,
    state: u32,
    merged: &[u32],
    [len, zeros]: [u64; 2],
    xs: &[f64],
) -> Vec<u8> {
    // The (i + 1)th number of splitmix64 from 0, one after the other.
    let mark = |shard: u32| {
        let mut seed = 0_u64;
        let next = |_| {
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        (0..=shard).map(next).last().unwrap()
    };
    // The published first numbers from 0.
    assert_eq!(
        (mark(0), mark(1)),
        (0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4)
    );
    let sums = written(xs);
    let mut head = b"regpart\x01".to_vec();
    head.extend(crc_64_xz(key).to_le_bytes());
    head.extend(shards.to_le_bytes());
    head.extend(state.to_le_bytes());
    head.extend((merged.len() as u64).to_le_bytes());
    head.extend(
        merged
            .iter()
            .fold(0, |sum: u64, shard| sum.wrapping_add(mark(*shard)))
            .to_le_bytes(),
    );
    head.extend(len.to_le_bytes());
    head.extend(zeros.to_le_bytes());
    let checked = [&sums[824..], &head].concat();
    head.extend(crc_64_xz(&checked).to_le_bytes());
    [head, sums].concat()
}

/// Bit by bit: the polynomial of ECMA-182, reflected, and all ones before and after.
pub(crate) fn crc_64_xz(bytes: &[u8]) -> u64 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u64::from(*byte), |crc: u64, _| match crc & 1 {
            1 => crc >> 1 ^ 0xc96c_5795_d787_0f42,
            _ => crc >> 1,
        })
    })
}

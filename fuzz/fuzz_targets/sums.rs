//! Exact sums: of weights in any pieces and order, of any bytes, and of bytes that were made to have a right checksum.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regularize_core::{Edition, Float, Sums};
use regularize_fuzz::{Input, one_line, seal_sums};

fuzz_target!(|data: &[u8]| {
    read(data);
    let mut input = Input(data);
    let [one, two, three] = [(); 3].map(|()| made(&mut input));
    let sums: Vec<Sums> = [&one, &two, &three]
        .into_iter()
        .filter_map(|bytes| read(bytes))
        .collect();
    for sums in &sums {
        compute(sums);
    }
    if let [one, two, three] = &*sums {
        assert_eq!(merged(&[one, two]), merged(&[two, one]));
        let grouped = merged(&[one, &merged(&[two, three])]);
        assert_eq!(merged(&[one, two, three]), grouped);
        assert_eq!(merged(&[one, &Sums::new()]), *one);
        compute(&grouped);
        assert_eq!(read(&grouped.to_bytes()), Some(grouped));
    }
    let (words, _) = data.as_chunks();
    weights(
        &words
            .iter()
            .map(|word| f64::from_le_bytes(*word))
            .collect::<Vec<_>>(),
    );
    let (words, _) = data.as_chunks();
    weights(
        &words
            .iter()
            .map(|word| f32::from_le_bytes(*word))
            .collect::<Vec<_>>(),
    );
});

/// Asserts that the bytes which are read are written again.
fn read(bytes: &[u8]) -> Option<Sums> {
    match Sums::from_bytes(bytes) {
        Ok(sums) => {
            assert_eq!(sums.to_bytes(), bytes);
            Some(sums)
        }
        Err(error) => {
            one_line(&error);
            None
        }
    }
}

/// Makes sums with a right checksum: flags, then pieces of the two numbers, each at a place of its own.
fn made(input: &mut Input<'_>) -> [u8; Sums::BYTES] {
    let mut bytes = [0; Sums::BYTES];
    bytes[8] = input.byte() & 7;
    for _ in 0..input.byte() % 8 {
        let at = 16 + usize::from(u16::from_le_bytes(input.bytes())) % (Sums::BYTES - 24);
        let piece = match input.byte() {
            length @ 0..64 => input.some(length.into()).to_vec(),
            length => vec![0xff; usize::from(length) - 63],
        };
        let room = &mut bytes[at..Sums::BYTES - 8];
        let length = piece.len().min(room.len());
        room[..length].copy_from_slice(&piece[..length]);
    }
    seal_sums(&mut bytes);
    bytes
}

fn merged(sums: &[&Sums]) -> Sums {
    sums.iter().fold(Sums::new(), |mut sum, sums| {
        sum.merge(sums);
        sum
    })
}

/// Asserts that penalties of both types are numbers or NaN together, in every edition.
fn compute(sums: &Sums) {
    for edition in Edition::ALL {
        for name in ["l1", "l2", "l1_l2"] {
            let Some(terms) = edition.get(name).ok().and_then(|found| found.terms()) else {
                continue;
            };
            let [short, long] = [
                f64::from(terms.penalty_of::<f32>(sums)),
                terms.penalty_of(sums),
            ];
            assert!(short >= 0.0 || short.is_nan());
            assert_eq!(short.is_nan(), long.is_nan());
        }
    }
}

/// Asserts that weights have the same sums in one piece, in two, and one by one backwards.
fn weights<T: Float>(weights: &[T]) {
    let of = |weights: &[T]| {
        let mut sums = Sums::new();
        sums.extend(weights);
        sums
    };
    let whole = of(weights);
    let (left, right) = weights.split_at(weights.len() / 3);
    assert_eq!(merged(&[&of(left), &of(right)]), whole);
    let mut backwards = Sums::new();
    for &weight in weights.iter().rev() {
        backwards.add(weight);
    }
    assert_eq!(backwards, whole);
    assert_eq!(read(&whole.to_bytes()), Some(whole));
}

//! Records of one weight, as an engine merges them: any bytes, and bytes that were made to have right checksums.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regularize::distributed::Partial;
use regularize::extend::Sums;
use regularize_fuzz::{Input, one_line, seal_record};

type Record = [u8; Partial::BYTES];

fuzz_target!(|data: &[u8]| {
    read(data);
    let mut input = Input(data);
    let [one, two, three] = [(); 3].map(|()| made(&mut input));
    let together = merged(&one, &two);
    assert_eq!(together, merged(&two, &one));
    assert_eq!(
        merged(&together, &three),
        merged(&one, &merged(&two, &three))
    );
    let sum = read(&together).expect("merging makes a record of anything");
    let parts = [read(&one), read(&two)];
    if let [Some(left), Some(right)] = &parts
        && sum.is_sharded()
    {
        assert!(left.is_sharded() && right.is_sharded());
        let mut sums = left.sums().clone();
        sums.merge(right.sums());
        assert_eq!(&sums, sum.sums());
        assert_eq!(
            left.count().len.saturating_add(right.count().len),
            sum.count().len
        );
    } else {
        assert!(!sum.is_sharded());
    }
});

/// Asserts that the bytes which are read are written again.
fn read(bytes: &[u8]) -> Option<Partial> {
    match Partial::from_bytes(bytes) {
        Ok(partial) => {
            assert_eq!(partial.to_bytes(), bytes);
            assert!(partial.count().zeros <= partial.count().len);
            Some(partial)
        }
        Err(error) => {
            one_line(&error);
            None
        }
    }
}

fn merged(one: &Record, other: &Record) -> Record {
    let mut into = *one;
    Partial::merge_bytes(other, &mut into);
    into
}

/// Makes a record with right checksums: a head of small numbers or of any, and the sums of a few weights.
fn made(input: &mut Input<'_>) -> Record {
    let mut record = [0; Partial::BYTES];
    let kind = input.byte();
    record[8] = kind & 1;
    let head = match kind & 2 {
        0 => {
            let [shards, merged, marks, len, zeros] = input.bytes().map(u64::from);
            let state = u64::from(kind >> 2 & 3);
            [
                1 + shards % 8 | state << 32,
                1 + merged % 8,
                marks,
                8 + len,
                zeros % 8,
            ]
        }
        _ => [(); 5].map(|()| input.number()),
    };
    for (to, number) in record[16..].chunks_exact_mut(8).zip(head) {
        to.copy_from_slice(&number.to_le_bytes());
    }
    let mut sums = Sums::new();
    for _ in 0..kind >> 5 {
        sums.add(f64::from_bits(input.number()));
    }
    record[64..].copy_from_slice(&sums.to_bytes());
    seal_record(&mut record);
    record
}

//! The partials of models: any bytes, and two models whose paths, regularizers and records are made of the input, with right
//! checksums.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regularize::Regularize;
use regularize::distributed::{Distributed, Partial, Partials, Shard};
use regularize::extend::Sums;
use regularize_core::checksum;
use regularize_fuzz::{Input, one_line, seal_record};

#[derive(Regularize)]
struct Dense {
    #[regularize(l2(0.5), sharded)]
    k: Vec<f32>,
    #[regularize(l1(0.5))]
    b: Vec<f32>,
}

fuzz_target!(|data: &[u8]| {
    read(data);
    let mut input = Input(data);
    let layout = Layout::new(&mut input);
    let (one, two) = (
        read(&layout.bytes(&mut input)),
        read(&layout.bytes(&mut input)),
    );
    if let (Some(one), Some(two)) = (one, two) {
        merge(&one, &two);
    }
});

/// Asserts that the bytes which are read are written again, and that the methods agree.
fn read(bytes: &[u8]) -> Option<Partials> {
    let partials = match Partials::from_bytes(bytes) {
        Ok(partials) => partials,
        Err(error) => {
            one_line(&error);
            return None;
        }
    };
    assert_eq!(partials.to_bytes(), bytes);
    assert_eq!(partials.digest(), checksum(partials.layout().as_bytes()));
    assert_eq!(partials.iter().count(), partials.len());
    for (path, _) in partials.iter() {
        assert!(partials.get(path).is_some());
    }
    let dense = Dense {
        k: vec![1.0],
        b: vec![0.5, 0.0],
    };
    match (partials.check(), dense.losses_of(&partials)) {
        (Ok(()), Ok(_)) => {}
        (checked, Err(error)) => {
            if let Err(checked) = checked {
                assert_eq!(checked, error);
            }
            one_line(&error);
        }
        (Err(_), Ok(_)) => unreachable!("losses of a model of which shards are missing"),
    }
    Some(partials)
}

/// Asserts that merging partials and merging their records have one result.
fn merge(one: &Partials, two: &Partials) {
    let together = |one: &Partials, two: &Partials| {
        let mut merged = one.clone();
        let result = merged.merge(two);
        if result.is_err() {
            assert_eq!(&merged, one, "nothing is merged after an error");
        }
        result.map(|()| merged)
    };
    let merged = together(one, two);
    match (&merged, together(two, one)) {
        (Ok(merged), Ok(other)) => assert_eq!(merged, &other),
        (Err(merged), Err(other)) => {
            one_line(merged);
            assert_eq!(merged.path(), other.path());
        }
        _ => panic!("merging depends on the order"),
    }
    if one.layout() == two.layout() {
        let mut records = one.records();
        for (into, record) in records.iter_mut().zip(&two.records()) {
            Partial::merge_bytes(record, into);
        }
        let by_records = one.clone().with_records(&records);
        assert_eq!(merged.is_ok(), by_records.is_ok());
        if let (Ok(merged), Ok(by_records)) = (merged, by_records) {
            assert_eq!(merged, by_records);
            read(&merged.to_bytes());
        }
    }
}

/// The weights that two shards have in common.
struct Layout {
    shards: u32,
    weights: Vec<Weight>,
}

struct Weight {
    path: String,
    regularizer: String,
    state: u64,
}

impl Layout {
    fn new(input: &mut Input<'_>) -> Self {
        let kind = input.byte();
        let shards = match kind & 1 {
            0 => u32::from(kind >> 1 & 3),
            _ => match input.byte() {
                // More would take long to check.
                u8::MAX => Shard::MOST + 1,
                shards => shards.into(),
            },
        };
        let weights = (0..kind >> 3 & 3).map(|_| Weight {
            path: input.text(),
            regularizer: input.text(),
            state: u64::from(input.byte() % 3),
        });
        Self {
            shards,
            weights: weights.collect(),
        }
    }

    /// Makes the partials of a shard: small numbers, any marks, and the sums of a few weights.
    fn bytes(&self, input: &mut Input<'_>) -> Vec<u8> {
        let mut bytes = b"regparts\x01\0\0\0".to_vec();
        bytes.extend(self.shards.to_le_bytes());
        bytes.extend((self.weights.len() as u32).to_le_bytes());
        for weight in &self.weights {
            for text in [&weight.path, &weight.regularizer] {
                bytes.extend((text.len() as u32).to_le_bytes());
                bytes.extend(text.as_bytes());
            }
            let mut record = [0; Partial::BYTES];
            let [kind, merged, len, zeros] = input.bytes();
            let key = [weight.path.as_bytes(), b"\0", weight.regularizer.as_bytes()].concat();
            let marks = match kind & 1 {
                // Of the first shard, and of none.
                0 => 0xe220_a839_7b1d_cdaf * u64::from(kind >> 1 & 1),
                _ => input.number(),
            };
            let head = [
                checksum(&key),
                u64::from(self.shards) | weight.state << 32,
                1 + u64::from(merged % 8),
                marks,
                len.into(),
                (zeros % 8).into(),
            ];
            for (to, number) in record[8..].chunks_exact_mut(8).zip(head) {
                to.copy_from_slice(&number.to_le_bytes());
            }
            let mut sums = Sums::new();
            for _ in 0..kind >> 6 {
                sums.add(f32::from_le_bytes(input.bytes()));
            }
            record[64..].copy_from_slice(&sums.to_bytes());
            seal_record(&mut record);
            bytes.extend(record);
        }
        let sum = checksum(&bytes);
        bytes.extend(sum.to_le_bytes());
        bytes
    }
}

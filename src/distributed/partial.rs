//! The exact sums of a part of one weight, and the record of one size that they are sent as.

use super::error::ErrorKind;
use super::shard::{Merged, Shard};
use crate::tensor::Count;
use regularize_core::{BytesError, Sums, checksum};
use std::ops::Deref;

/// Σ|xᵢ|, Σxᵢ² and the numbers of one weight, of one shard or of several that are merged.
///
/// [`Partials`](crate::distributed::Partials) has one for each regularized weight.
///
/// # The form
///
/// [`BYTES`](Self::BYTES) bytes, always as many: a head of 64, then the [form of the sums](Sums::to_bytes). All numbers are the
/// least byte first.
///
/// | at | bytes | what |
/// |---:|---:|---|
/// | 0 | 8 | the letters `regpart` and the version, 1 |
/// | 8 | 8 | the weight: the CRC-64/XZ of its path, a zero byte and its regularizer in the attribute's notation |
/// | 16 | 4 | how many shards there are |
/// | 20 | 4 | 1 if the weight is sharded, 0 if it is whole on every shard; 2 if what was merged does not belong together |
/// | 24 | 8 | how many shards are merged |
/// | 32 | 8 | the sum of their marks, without carry; the mark of shard i is the (i + 1)th number of splitmix64 from 0 |
/// | 40 | 8 | how many numbers the weight has, in all shards that are merged if it is sharded |
/// | 48 | 8 | how many of them are 0 |
/// | 56 | 8 | the CRC-64/XZ of the last 8 bytes of the record followed by its first 56 |
/// | 64 | 832 | Σ\|xᵢ\| and Σxᵢ² |
///
/// ```
/// use regularize::Regularize;
/// use regularize::distributed::{Distributed, Partial, Shard};
///
/// #[derive(Regularize)]
/// struct Dense(#[regularize(l2(0.5), sharded)] Vec<f32>);
///
/// let [mut left, right] = [(0, vec![3.0]), (1, vec![-4.0, 0.0])].map(|(index, weights)| {
///     let part = Dense(weights).partials(Shard::new(index, 2).unwrap()).unwrap();
///     part.records()[0]
/// });
/// Partial::merge_bytes(&right, &mut left);
/// let whole = Partial::from_bytes(&left)?;
/// assert_eq!((whole.count().len, whole.count().zeros), (3, 1));
/// assert_eq!(regularize::l2(1.0).terms().penalty_of::<f64>(whole.sums()), 25.0);
/// # Ok::<(), regularize::distributed::BytesError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    key: u64,
    shards: u32,
    state: State,
    merged: Merged,
    len: u64,
    zeros: u64,
    sums: Sums,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Whole,
    Sharded,
    /// Records that do not belong together. Whatever is merged with them does not either.
    Mixed,
}

const MAGIC: [u8; 8] = *b"regpart\x01";
const HEAD: usize = 64;
const CHECKSUM: usize = 56;

impl Partial {
    /// The length of the form: 896.
    ///
    /// ```
    /// # use regularize::distributed::Partial;
    /// assert_eq!(Partial::BYTES, 896);
    /// ```
    pub const BYTES: usize = HEAD + Sums::BYTES;

    /// The record of everything that does not belong together: one value, so that merging stays associative.
    const MIXED: Self = Self {
        key: 0,
        shards: 0,
        state: State::Mixed,
        merged: Merged {
            shards: 0,
            marks: 0,
        },
        len: 0,
        zeros: 0,
        sums: Sums::new(),
    };

    pub(crate) fn new(
        path: &str,
        regularizer: &str,
        shard: Shard,
        sharded: bool,
        count: Count,
        sums: Sums,
    ) -> Self {
        Self {
            key: key(path, regularizer),
            shards: shard.of(),
            state: match sharded {
                true => State::Sharded,
                false => State::Whole,
            },
            merged: Merged::one(shard),
            len: count.len as u64,
            zeros: count.zeros as u64,
            sums,
        }
    }

    /// The exact sums.
    #[must_use]
    pub const fn sums(&self) -> &Sums {
        &self.sums
    }

    /// The numbers, and how many of them are 0: of the shards that are merged, or of one where each has all.
    #[must_use]
    pub fn count(&self) -> Count {
        // More than an address can say is on no one machine; the sum of several may be.
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Count {
            zeros: size(self.zeros),
            len: size(self.len),
        }
    }

    /// Returns whether each shard has a part of the weight. Otherwise each has all of it.
    #[must_use]
    pub fn is_sharded(&self) -> bool {
        self.state == State::Sharded
    }

    /// Returns how many shards there are.
    pub(crate) fn shards(&self) -> u32 {
        self.shards
    }

    /// Returns whether it belongs to the weight of that path and that regularizer.
    pub(crate) fn is_of(&self, path: &str, regularizer: &str) -> bool {
        self.key == key(path, regularizer)
    }

    /// Returns whether it was merged of records that do not belong together.
    pub(crate) fn is_mixed(&self) -> bool {
        self.state == State::Mixed
    }

    /// Returns whether the other belongs to the same weight.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let what = |of: &Self| (of.key, of.shards, of.state);
        !self.is_mixed() && what(self) == what(other)
    }

    /// Returns whether a weight that is whole on both is the same.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        let numbers = |of: &Self| (of.len, of.zeros);
        self.is_sharded() || (numbers(self) == numbers(other) && self.sums == other.sums)
    }

    /// Returns whether a weight that is whole on every shard has these numbers.
    pub(crate) fn is_of_all(&self, count: Count, sums: &Sums) -> bool {
        (self.len, self.zeros, &self.sums) == (count.len as u64, count.zeros as u64, sums)
    }

    /// Adds another part of the weight. Associative and commutative; what does not belong together stays so.
    pub(crate) fn merge(&mut self, other: &Self) {
        if !self.is_like(other) || !self.agrees(other) {
            *self = Self::MIXED;
            return;
        }
        self.merged = self.merged.and(other.merged);
        if self.is_sharded() {
            self.len = self.len.saturating_add(other.len);
            self.zeros = self.zeros.saturating_add(other.zeros);
            self.sums.merge(&other.sums);
        }
    }

    /// Checks that every shard is merged once. `all` is asked for only where their number is right.
    pub(crate) fn check(&self, all: &impl Deref<Target = Merged>) -> Result<(), ErrorKind> {
        match self.merged.shards == u64::from(self.shards) && self.merged == **all {
            true => Ok(()),
            false => Err(ErrorKind::Shards(self.merged.error(self.shards))),
        }
    }

    /// The record.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let state: u32 = match self.state {
            State::Whole => 0,
            State::Sharded => 1,
            State::Mixed => 2,
        };
        let mut bytes = [0; Self::BYTES];
        let head = [
            u64::from_le_bytes(MAGIC),
            self.key,
            u64::from(self.shards) | u64::from(state) << 32,
            self.merged.shards,
            self.merged.marks,
            self.len,
            self.zeros,
        ];
        for (to, number) in bytes.chunks_exact_mut(8).zip(head) {
            to.copy_from_slice(&number.to_le_bytes());
        }
        bytes[HEAD..].copy_from_slice(&self.sums.to_bytes());
        let sum = head_checksum(&bytes);
        bytes[CHECKSUM..HEAD].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// The partial of a record.
    ///
    /// # Errors
    ///
    /// Bytes that [`to_bytes`](Self::to_bytes) did not write, as [`Sums::from_bytes`] says: every change of up to 64 bits
    /// side by side is found, and the halves of two records are not a record. A checksum is not a signature: bytes that were made to have a
    /// right one may be a record of numbers that no weight has.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BytesError> {
        let (expected, found) = (Self::BYTES, bytes.len());
        let Some(bytes) = bytes.as_array::<{ Self::BYTES }>() else {
            return Err(BytesError::Length { expected, found });
        };
        let number = |index: usize| {
            let (words, _) = bytes.as_chunks();
            u64::from_le_bytes(words[index])
        };
        if bytes[..8] != MAGIC {
            return Err(BytesError::Foreign);
        }
        if number(CHECKSUM / 8) != head_checksum(bytes) {
            return Err(BytesError::Corrupt);
        }
        let sums = Sums::from_bytes(&bytes[HEAD..])?;
        let state = match number(2) >> 32 {
            0 => State::Whole,
            1 => State::Sharded,
            2 => State::Mixed,
            _ => return Err(BytesError::Invalid),
        };
        let partial = Self {
            key: number(1),
            shards: number(2) as u32,
            state,
            merged: Merged {
                shards: number(3),
                marks: number(4),
            },
            len: number(5),
            zeros: number(6),
            sums,
        };
        let is_consistent = match state {
            State::Mixed => partial == Self::MIXED,
            _ => {
                let is_possible = (1..=Shard::MOST).contains(&partial.shards);
                is_possible && partial.merged.shards > 0 && partial.zeros <= partial.len
            }
        };
        match is_consistent {
            true => Ok(partial),
            false => Err(BytesError::Invalid),
        }
    }

    /// Adds a record to another one: what a reduction of an engine does, as MPI's of a user-defined operation.
    ///
    /// Associative and commutative. It cannot fail in the midst of a reduction: of records that do not belong together, or
    /// are corrupt, it makes one that [`Partials::with_records`](crate::distributed::Partials::with_records) refuses, on every rank
    /// that it reaches.
    pub fn merge_bytes(record: &[u8; Self::BYTES], into: &mut [u8; Self::BYTES]) {
        let merged = match (Self::from_bytes(into), Self::from_bytes(record)) {
            (Ok(mut merged), Ok(other)) => {
                merged.merge(&other);
                merged
            }
            _ => Self::MIXED,
        };
        *into = merged.to_bytes();
    }
}

fn key(path: &str, regularizer: &str) -> u64 {
    checksum(&[path.as_bytes(), b"\0", regularizer.as_bytes()].concat())
}

/// Of the sums' own checksum and of the head, so that a head belongs to its sums, and no byte is read twice. The head comes
/// last, as it is what the checksum stands behind: changes across both are then side by side in what is checked, too.
fn head_checksum(record: &[u8; Partial::BYTES]) -> u64 {
    let mut bound = [0; HEAD];
    bound[..8].copy_from_slice(&record[Partial::BYTES - 8..]);
    bound[8..].copy_from_slice(&record[..CHECKSUM]);
    checksum(&bound)
}

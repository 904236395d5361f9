//! Which part of a model a machine has, and whether a set of parts is all of them, each once.

use std::collections::HashMap;
use std::fmt;

/// One of the parts that a model is spread over: a rank, a device, a file.
///
/// The ranks that have the same part, the replicas of a shard, are not merged with each other: merge over the ranks
/// that have the parts of one copy of the model.
///
/// ```
/// use regularize::distributed::Shard;
///
/// let shard = Shard::new(1, 4)?;
/// assert_eq!((shard.index(), shard.of()), (1, 4));
/// assert_eq!(Shard::new(4, 4).unwrap_err().to_string(), "there is no shard 4 of 4: the first is 0");
/// # Ok::<(), regularize::distributed::NoShardError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shard {
    index: u32,
    of: u32,
}

/// A shard's number that is not below how many there are, or more shards than there may be.
///
/// ```
/// use regularize::distributed::Shard;
///
/// assert!(Shard::new(0, 0).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoShardError(Shard);

impl Shard {
    /// All of a model that is not spread.
    ///
    /// ```
    /// # use regularize::distributed::Shard;
    /// assert_eq!(Shard::new(0, 1), Ok(Shard::WHOLE));
    /// ```
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// The most shards that a model may have, 2²⁰. The one that is missing is then named within a second, whatever the bytes say.
    ///
    /// ```
    /// # use regularize::distributed::Shard;
    /// assert!(Shard::new(0, Shard::MOST).is_ok() && Shard::new(0, Shard::MOST + 1).is_err());
    /// ```
    pub const MOST: u32 = 1 << 20;

    /// The shard of a number, from 0, of as many.
    ///
    /// # Errors
    ///
    /// A number that is not below how many there are, and more than [`MOST`](Self::MOST).
    ///
    /// ```
    /// # use regularize::distributed::Shard;
    /// assert!(Shard::new(3, 4).is_ok());
    /// ```
    pub const fn new(index: u32, of: u32) -> Result<Self, NoShardError> {
        let shard = Self { index, of };
        match index < of && of <= Self::MOST {
            true => Ok(shard),
            false => Err(NoShardError(shard)),
        }
    }

    /// Its number, from 0.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.index
    }

    /// Returns how many shards there are.
    #[must_use]
    pub const fn of(self) -> u32 {
        self.of
    }
}

impl fmt::Display for NoShardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shard { index, of } = self.0;
        match of > Shard::MOST {
            true => write!(f, "there are at most {} shards, and not {of}", Shard::MOST),
            false => write!(f, "there is no shard {index} of {of}: the first is 0"),
        }
    }
}

impl std::error::Error for NoShardError {}

/// The shards that are merged: how many, and the sum of a mark of each, which has one size for any number of shards.
///
/// Two different lists of as many shards have one sum of marks by chance only, one in 2⁶⁴.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) shards: u64,
    pub(crate) marks: u64,
}

/// The mark of a shard: the finalizer of splitmix64 (Steele, Lea and Flood 2014), by which neighbours are far apart.
const fn mark(index: u32) -> u64 {
    let mut z = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Merged {
    pub(crate) fn one(shard: Shard) -> Self {
        Self {
            shards: 1,
            marks: mark(shard.index),
        }
    }

    /// Each shard once.
    pub(crate) fn all(of: u32) -> Self {
        (0..of)
            .map(|index| Self {
                shards: 1,
                marks: mark(index),
            })
            .fold(Self::default(), Self::and)
    }

    /// These and those.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            shards: self.shards.saturating_add(other.shards),
            marks: self.marks.wrapping_add(other.marks),
        }
    }

    /// Returns the error of shards that are not all, each once.
    pub(crate) fn error(self, of: u32) -> ShardsError {
        let (all, indices) = (Self::all(of), || 0..of);
        let lacking = all.marks.wrapping_sub(self.marks);
        let single = |marks: u64| indices().find(|index| mark(*index) == marks);
        let [mut missing, mut doubled] = [None, None];
        match i128::from(of) - i128::from(self.shards) {
            1 => missing = single(lacking),
            -1 => doubled = single(lacking.wrapping_neg()),
            0 => {
                let marks: HashMap<u64, u32> =
                    indices().map(|index| (mark(index), index)).collect();
                let pair = indices().find_map(|twice| {
                    let other = marks.get(&lacking.wrapping_add(mark(twice)))?;
                    Some((*other, twice))
                });
                (missing, doubled) = pair.unzip();
            }
            _ => {}
        }
        ShardsError {
            of,
            merged: self.shards,
            missing,
            doubled,
        }
    }
}

/// Not every shard is merged once.
///
/// ```
/// use regularize::Regularize;
/// use regularize::distributed::{Distributed, ErrorKind, Shard};
///
/// #[derive(Regularize)]
/// struct Dense(#[regularize(l1(0.5), sharded)] Vec<f32>);
///
/// let layer = Dense(vec![1.0]);
/// let part = layer.partials(Shard::new(0, 2)?)?;
/// let error = layer.losses_of(&part).unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Shards(shards) if shards.missing() == Some(1)));
/// assert_eq!(
///     error.to_string(),
///     "0: shard 1 of 2 is missing: merge the partials of every shard, each once",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardsError {
    of: u32,
    merged: u64,
    missing: Option<u32>,
    doubled: Option<u32>,
}

impl ShardsError {
    /// The one that is missing, if it is one.
    #[must_use]
    pub const fn missing(&self) -> Option<u32> {
        self.missing
    }

    /// The one that is merged twice, if it is one.
    #[must_use]
    pub const fn doubled(&self) -> Option<u32> {
        self.doubled
    }

    /// Returns how many are merged. One that is merged twice is counted twice.
    #[must_use]
    pub const fn merged(&self) -> u64 {
        self.merged
    }

    /// Returns how many there are.
    #[must_use]
    pub const fn of(&self) -> u32 {
        self.of
    }
}

impl fmt::Display for ShardsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, merged, .. } = self;
        match (self.missing, self.doubled) {
            (Some(missing), None) => write!(f, "shard {missing} of {of} is missing")?,
            (None, Some(doubled)) => write!(f, "shard {doubled} of {of} is merged twice")?,
            (Some(missing), Some(doubled)) => write!(
                f,
                "shard {doubled} of {of} is merged twice, and shard {missing} is missing"
            )?,
            (None, None) if *merged < u64::from(*of) => {
                write!(f, "{merged} of {of} shards are merged")?;
            }
            (None, None) if *merged == u64::from(*of) => write!(
                f,
                "{merged} shards are merged, as many as there are, some of them twice and others not"
            )?,
            (None, None) => write!(f, "{merged} shards are merged where there are {of}")?,
        }
        f.write_str(": merge the partials of every shard, each once")
    }
}

impl std::error::Error for ShardsError {}

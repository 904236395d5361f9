//! A model's exact sums by the paths of its weights, one shard's or merged: what is sent to other machines.

use super::error::{Error, ErrorKind};
use super::partial::Partial;
use super::shard::{Merged, Shard};
use crate::path::Path;
use regularize_core::{BytesError, SHOWN, checksum, visible};
use std::cell::LazyCell;
use std::fmt;

/// Σ|xᵢ| and Σxᵢ² of every regularized weight of a model, by its path: of one shard, or of several that are merged.
///
/// [`Distributed::partials`](crate::distributed::Distributed::partials) makes those of a shard, [`merge`](Self::merge) adds those of another,
/// in any order and any tree, and [`Distributed::losses_of`](crate::distributed::Distributed::losses_of) makes the losses of the whole
/// model: the bits of the model on one machine. A weight that is [sharded](Path::sharded) is put together of its parts; any
/// other must have the same sums, length and zeros on all shards, and counts once.
///
/// ```
/// use regularize::Regularize;
/// use regularize::distributed::{Distributed, Partials, Shard};
///
/// #[derive(Regularize)]
/// struct Dense {
///     #[regularize(l2(0.1), sharded)]
///     kernel: Vec<f32>,
///     #[regularize(l1(0.1))]
///     bias: Vec<f32>,
/// }
///
/// let whole = Dense { kernel: vec![1e8, 1.0, -1.0], bias: vec![0.5] };
/// let ranks = [
///     Dense { kernel: vec![1.0, -1.0], bias: vec![0.5] },
///     Dense { kernel: vec![1e8], bias: vec![0.5] },
/// ];
/// let mut sent = (0..).zip(&ranks).map(|(rank, model)| {
///     let partials = model.partials(Shard::new(rank, 2).unwrap()).unwrap();
///     partials.to_bytes() // over a socket, say
/// });
/// let mut merged = Partials::from_bytes(&sent.next().unwrap())?;
/// merged.merge(&Partials::from_bytes(&sent.next().unwrap())?)?;
/// assert_eq!(ranks[0].losses_of(&merged)?, whole.losses());
/// # Ok::<(), regularize::distributed::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partials {
    shards: u32,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    path: String,
    regularizer: String,
    partial: Partial,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = line(&self.path, &self.regularizer, self.partial.is_sharded());
        f.write_str(&line)
    }
}

/// The first bytes of every model's partials, before the version of the form.
const MAGIC: [u8; 8] = *b"regparts";
const VERSION: u32 = 1;

impl Partials {
    /// Those of a shard that has met no weight yet.
    pub(crate) fn new(shard: Shard) -> Self {
        Self {
            shards: shard.of(),
            entries: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, path: String, regularizer: String, partial: Partial) {
        self.entries.push(Entry {
            path,
            regularizer,
            partial,
        });
    }

    /// Returns how many shards the model is spread over.
    #[must_use]
    pub const fn shards(&self) -> u32 {
        self.shards
    }

    /// The paths and partials in the order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Partial)> {
        self.entries
            .iter()
            .map(|entry| (&*entry.path, &entry.partial))
    }

    /// The partial of the weight at a path.
    ///
    /// So the norm of a sharded weight, say:
    ///
    /// ```
    /// use regularize::{l2, Regularize};
    /// use regularize::distributed::{Distributed, Shard};
    ///
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1, sharded)] Vec<f32>);
    ///
    /// let merged = Dense(vec![3.0, -4.0]).partials(Shard::WHOLE)?;
    /// let square: f64 = l2(1.0).terms().penalty_of(merged.get("0").unwrap().sums());
    /// assert_eq!(square.sqrt(), 5.0);
    /// # Ok::<(), regularize::distributed::Error>(())
    /// ```
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Partial> {
        self.iter()
            .find(|entry| entry.0 == path)
            .map(|entry| entry.1)
    }

    /// Returns how many weights there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the layout that all shards of a model have in common, a line each: how many shards there are, and every weight with its
    /// regularizer and whether it is sharded.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// # use regularize::distributed::{Distributed, Shard};
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1(0.5), sharded)] Vec<f32>);
    ///
    /// let partials = Dense(vec![1.0]).partials(Shard::new(0, 2)?)?;
    /// assert_eq!(partials.layout(), "2 shards\n`0: l1(0.5)`, sharded\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn layout(&self) -> String {
        let lines = self.entries.iter().map(|entry| format!("{entry}\n"));
        [format!("{} shards\n", self.shards)]
            .into_iter()
            .chain(lines)
            .collect()
    }

    /// The CRC-64/XZ of the [layout](Self::layout): where that of all ranks is one number, their records are of the same
    /// weights, and there are as many.
    #[must_use]
    pub fn digest(&self) -> u64 {
        checksum(self.layout().as_bytes())
    }

    /// Adds the partials of other shards: associative and commutative.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Disagreement`] if they are not of the same weights in the same order, and [`ErrorKind::Replicas`] with the
    /// path of a weight that is whole on every shard and has other numbers there. Nothing is merged then.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        self.compare(other)?;
        for (own, other) in self.entries.iter_mut().zip(&other.entries) {
            own.partial.merge(&other.partial);
        }
        Ok(())
    }

    fn compare(&self, other: &Self) -> Result<(), Error> {
        if self.shards != other.shards {
            let shards = |of: &Self| format!("{} shards", of.shards);
            return Err(disagreement(shards(self), shards(other)));
        }
        let most = self.len().max(other.len());
        for index in 0..most {
            let (own, others) = (self.entries.get(index), other.entries.get(index));
            match (own, others) {
                (Some(own), Some(others)) if own.to_string() == others.to_string() => {
                    if !own.partial.agrees(&others.partial) {
                        let at = Path::root();
                        return Err(Error::new(&at.field(&own.path), ErrorKind::Replicas));
                    }
                }
                (own, others) => return Err(disagreement(shown(own), shown(others))),
            }
        }
        Ok(())
    }

    /// Checks that they are of the whole model: every shard is merged, each once. A model without regularized weights passes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Shards`] with the path of a weight of which a shard is missing or merged twice.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// # use regularize::distributed::{Distributed, Shard};
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1(0.5), sharded)] Vec<f32>);
    ///
    /// let mut twice = Dense(vec![1.0]).partials(Shard::new(1, 2)?)?;
    /// twice.merge(&twice.clone())?;
    /// assert_eq!(
    ///     twice.check().unwrap_err().to_string(),
    ///     "0: shard 1 of 2 is merged twice, and shard 0 is missing: merge the partials of every shard, each once",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(&self) -> Result<(), Error> {
        let all = LazyCell::new(|| Merged::all(self.shards));
        for Entry { path, partial, .. } in &self.entries {
            partial
                .check(&all)
                .map_err(|kind| Error::new(&Path::root().field(path), kind))?;
        }
        Ok(())
    }

    /// A record of one size for each weight, in order: what an engine's reduction takes.
    ///
    /// ```
    /// # use regularize::Regularize;
    /// # use regularize::distributed::{Distributed, Partial, Shard};
    /// #[derive(Regularize)]
    /// struct Dense(#[regularize(l1(0.5), sharded)] Vec<f32>);
    ///
    /// let [left, right] = [0, 1].map(|rank| {
    ///     let layer = Dense(vec![rank as f32; 10 + rank as usize]);
    ///     layer.partials(Shard::new(rank, 2).unwrap()).unwrap()
    /// });
    /// let mut records = left.records();
    /// for (into, record) in records.iter_mut().zip(&right.records()) {
    ///     Partial::merge_bytes(record, into); // the engine does it
    /// }
    /// assert_eq!(left.with_records(&records)?.get("0").unwrap().count().len, 21);
    /// # Ok::<(), regularize::distributed::Error>(())
    /// ```
    #[must_use]
    pub fn records(&self) -> Vec<[u8; Partial::BYTES]> {
        let partials = self.entries.iter().map(|entry| &entry.partial);
        partials.map(Partial::to_bytes).collect()
    }

    /// The same weights with records that were merged elsewhere.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Disagreement`] if they are of other weights, [`ErrorKind::Bytes`] if one is none, and
    /// [`ErrorKind::Mixed`] if records were merged that do not belong together.
    pub fn with_records(mut self, records: &[[u8; Partial::BYTES]]) -> Result<Self, Error> {
        if self.len() != records.len() {
            let weights = |number: usize| format!("{number} weights");
            return Err(disagreement(weights(self.len()), weights(records.len())));
        }
        for (entry, record) in self.entries.iter_mut().zip(records) {
            let here =
                |error| Error::new(&Path::root().field(&entry.path), ErrorKind::Bytes(error));
            let partial = Partial::from_bytes(record).map_err(here)?;
            if partial.is_mixed() {
                return Err(Error::new(
                    &Path::root().field(&entry.path),
                    ErrorKind::Mixed,
                ));
            }
            if !partial.is_like(&entry.partial) {
                let other = format!(
                    "a record of another weight in the place of {entry}, or of another number of shards"
                );
                return Err(disagreement(format!("{} shards", self.shards), other));
            }
            entry.partial = partial;
        }
        Ok(self)
    }

    /// All partials with their paths, as bytes for another process.
    ///
    /// | bytes | what |
    /// |---:|---|
    /// | 8 | the letters `regparts` |
    /// | 4 | the version, 1 |
    /// | 4 | how many shards there are |
    /// | 4 | how many weights there are |
    /// | | of each weight: |
    /// | 4 + n | the length of its path, and the path in UTF-8 |
    /// | 4 + n | the length of its regularizer in the attribute's notation, and that |
    /// | 896 | its [partial](Partial) |
    /// | | and at the end: |
    /// | 8 | the CRC-64/XZ of all bytes before |
    ///
    /// All numbers are the least byte first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(self.shards.to_le_bytes());
        bytes.extend(number(self.len()));
        for entry in &self.entries {
            for text in [&entry.path, &entry.regularizer] {
                bytes.extend(number(text.len()));
                bytes.extend(text.as_bytes());
            }
            bytes.extend(entry.partial.to_bytes());
        }
        let sum = checksum(&bytes);
        bytes.extend(sum.to_le_bytes());
        bytes
    }

    /// The partials that [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Bytes`]: more or fewer than were written, others, or changed ones.
    ///
    /// ```
    /// use regularize::distributed::{BytesError, ErrorKind, Partials};
    ///
    /// let error = Partials::from_bytes(b"regparts, but not these").unwrap_err();
    /// assert_eq!(error.kind(), &ErrorKind::Bytes(BytesError::Corrupt));
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(bytes).map_err(|error| Error::new(&Path::root(), ErrorKind::Bytes(error)))
    }

    fn read(bytes: &[u8]) -> Result<Self, BytesError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(BytesError::Foreign);
        }
        let (content, sum) = bytes.split_last_chunk().ok_or(BytesError::Corrupt)?;
        if u64::from_le_bytes(*sum) != checksum(content) {
            return Err(BytesError::Corrupt);
        }
        let mut rest = Rest(content.strip_prefix(&MAGIC).ok_or(BytesError::Corrupt)?);
        if rest.number()? != VERSION {
            return Err(BytesError::Foreign);
        }
        let (shards, weights) = (rest.number()?, rest.number()?);
        let mut entries = Vec::new();
        for _ in 0..weights {
            let [path, regularizer] = [rest.text()?, rest.text()?];
            let partial = Partial::from_bytes(rest.take::<{ Partial::BYTES }>()?)?;
            let is_known = partial.is_of(&path, &regularizer) && partial.shards() == shards;
            if !is_known {
                return Err(BytesError::Invalid);
            }
            entries.push(Entry {
                path,
                regularizer,
                partial,
            });
        }
        match rest.0.is_empty() && (1..=Shard::MOST).contains(&shards) {
            true => Ok(Self { shards, entries }),
            false => Err(BytesError::Invalid),
        }
    }
}

/// The rest of bytes whose checksum is right.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take<const N: usize>(&mut self) -> Result<&'a [u8; N], BytesError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(BytesError::Invalid)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, BytesError> {
        self.take().copied().map(u32::from_le_bytes)
    }

    fn text(&mut self) -> Result<String, BytesError> {
        let length = self.number()? as usize;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(BytesError::Invalid)?;
        self.0 = rest;
        let text = str::from_utf8(taken).map_err(|_| BytesError::Invalid)?;
        Ok(text.into())
    }
}

/// Returns a weight in words: those that it must have in common on all shards.
fn line(path: impl fmt::Display, regularizer: &str, is_sharded: bool) -> String {
    let how = if is_sharded { "sharded" } else { "whole" };
    format!("`{path}: {regularizer}`, {how}")
}

/// A weight in a message. It may be one of another machine.
fn shown(entry: Option<&Entry>) -> String {
    let Some(entry) = entry else {
        return "no more weights".into();
    };
    let [path, regularizer] =
        [&entry.path, &entry.regularizer].map(|text| visible(text, SHOWN).to_string());
    line(path, &regularizer, entry.partial.is_sharded())
}

fn disagreement(one: String, other: String) -> Error {
    Error::new(&Path::root(), ErrorKind::Disagreement { one, other })
}

/// The partials of a whole model, looked up in the order in which the model presents its weights.
pub(crate) struct Whole<'a> {
    entries: std::slice::Iter<'a, Entry>,
}

impl<'a> Whole<'a> {
    /// # Errors
    ///
    /// Those of [`Partials::check`].
    pub(crate) fn new(partials: &'a Partials) -> Result<Self, Error> {
        partials.check()?;
        let entries = partials.entries.iter();
        Ok(Self { entries })
    }

    /// The sums of the weight that is the next.
    pub(crate) fn next(&mut self, at: &Path<'_>, regularizer: &str) -> Result<&'a Partial, Error> {
        let model = line(at, regularizer, at.is_sharded());
        match self.entries.next() {
            Some(entry) if entry.to_string() == model => Ok(&entry.partial),
            entry => Err(disagreement(model, shown(entry))),
        }
    }

    /// Checks that the model has presented all.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        match self.entries.next() {
            None => Ok(()),
            entry => Err(disagreement(shown(None), shown(entry))),
        }
    }
}

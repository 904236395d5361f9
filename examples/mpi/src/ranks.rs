//! What all ranks do together, so that what one cannot do is an error on all, and none waits for another forever.
//!
//! MPI knows no errors between ranks: a rank that does not come to a reduction leaves the others waiting, and one that brings
//! more or less than they do reads what is not there. So every rank comes to every exchange, whatever happened to it, and all say
//! that they bring as much before one follows; [`Ranks::reduce`] alone leaves that to [`Ranks::merge`].

use mpi::Count;
use mpi::collective::{SystemOperation, UserOperation};
use mpi::datatype::{DynBuffer, DynBufferMut, PartitionMut};
use mpi::topology::{Rank, SimpleCommunicator};
use mpi::traits::{Communicator, CommunicatorCollectives, Equivalence};
use regularize::distributed::{Distributed, Partial, Partials, Shard};
use regularize::{Losses, Regularize};
use std::any::Any;
use std::fmt;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// The ranks that have the parts of one model.
pub struct Ranks {
    world: SimpleCommunicator,
}

/// A record of a partial as one element of MPI's, so that a reduction never cuts it in two.
#[derive(Clone, Copy, Equivalence)]
#[repr(C)]
struct Record {
    bytes: [u8; Partial::BYTES],
}

/// Why all ranks stopped, on every rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    reasons: Vec<String>,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reasons.join("; "))
    }
}

impl std::error::Error for Stopped {}

impl Ranks {
    /// The program of a rank, from the start of MPI to its end: by an error of all on each, or by a panic of one, which ends
    /// all, as the others would wait for it at their next exchange.
    pub fn run(act: impl FnOnce(&Self) -> Result<(), Stopped>) -> ExitCode {
        let Some(universe) = mpi::initialize() else {
            eprintln!("MPI is running already");
            return ExitCode::FAILURE;
        };
        let world = universe.world();
        let ranks = Self { world };
        match catch_unwind(AssertUnwindSafe(|| act(&ranks))) {
            Ok(Ok(())) => ExitCode::SUCCESS,
            Ok(Err(stopped)) => {
                ranks.say(&stopped);
                ExitCode::FAILURE
            }
            Err(_) => ranks.world.abort(101),
        }
    }

    /// The number of this rank.
    #[must_use]
    pub fn rank(&self) -> usize {
        usize::try_from(self.world.rank()).expect("a rank is not negative")
    }

    /// How many ranks there are.
    #[must_use]
    pub fn size(&self) -> usize {
        usize::try_from(self.world.size()).expect("a size is not negative")
    }

    /// The shard of this rank.
    #[must_use]
    pub fn shard(&self) -> Shard {
        let number = |rank: Rank| u32::try_from(rank).expect("a rank is not negative");
        let shard = Shard::new(number(self.world.rank()), number(self.world.size()));
        shard.expect("a rank is below how many there are")
    }

    /// Does something on every rank, and goes on only if all could.
    ///
    /// # Errors
    ///
    /// What stopped each rank that could not, by an error or a panic: the same on every rank.
    pub fn together<T, E: fmt::Display>(
        &self,
        act: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Stopped> {
        let act = || act().map_err(|error| error.to_string());
        let own = catch_unwind(AssertUnwindSafe(act))
            .unwrap_or_else(|panic| Err(format!("panicked: {}", message(&*panic))));
        let failed = self.each(&own.is_err());
        if !failed.contains(&true) {
            // Every rank is here with a value, this one too.
            return own.map_err(|reason| Stopped {
                reasons: vec![reason],
            });
        }
        let reason = own.err().unwrap_or_default();
        let reasons = self.lists(reason.as_bytes()).into_iter().zip(failed);
        let reasons = reasons.enumerate().filter(|(_, (_, failed))| *failed);
        Err(Stopped {
            reasons: reasons
                .map(|(rank, (reason, _))| {
                    format!("rank {rank}: {}", String::from_utf8_lossy(&reason))
                })
                .collect(),
        })
    }

    /// Goes on only if every rank has the same text, of what all must do alike.
    ///
    /// # Errors
    ///
    /// The first rank that has another one, and both, the same on every rank.
    pub fn same(&self, what: &str, own: &str) -> Result<(), Stopped> {
        let all = self.lists(own.as_bytes());
        let text = |rank: usize| String::from_utf8_lossy(&all[rank]);
        match (0..all.len()).find(|rank| all[*rank] != all[0]) {
            None => Ok(()),
            Some(rank) => Err(Stopped {
                reasons: vec![format!(
                    "rank {rank} has other {what} than rank 0: {} and {}",
                    text(rank),
                    text(0)
                )],
            }),
        }
    }

    /// The partials of all ranks, merged by one reduction: on every rank the same.
    ///
    /// # Errors
    ///
    /// On every rank the same: what a rank could not sum, which ranks have another model, and which have other numbers where
    /// a weight is whole on every rank.
    pub fn merge(
        &self,
        own: Result<Partials, regularize::distributed::Error>,
    ) -> Result<Partials, Stopped> {
        let own = self.together(|| own)?;
        let digests = self.each(&own.digest());
        if digests.iter().any(|digest| *digest != digests[0]) {
            return Err(self.differences(&own));
        }
        let whole = own.clone().with_records(&self.reduce(&own));
        // Of what belongs together every rank has the same records. One whose were changed on their way takes all along.
        match whole {
            whole if self.each(&whole.is_err()).contains(&true) => Err(self.differences(&own)),
            whole => self.together(|| whole.and_then(|whole| whole.check().map(|()| whole))),
        }
    }

    /// What every rank has, in the order of the ranks.
    fn each<T: Equivalence + Clone>(&self, own: &T) -> Vec<T> {
        let mut all = vec![own.clone(); self.size()];
        self.world.all_gather_into(own, &mut all[..]);
        all
    }

    /// The records of all ranks, merged by MPI: every rank must bring as many, of the same weights, which is not looked at here.
    #[must_use]
    pub fn reduce(&self, own: &Partials) -> Vec<[u8; Partial::BYTES]> {
        let records = own.records().into_iter();
        let records: Vec<Record> = records.map(|bytes| Record { bytes }).collect();
        let mut merged = records.clone();
        if records.is_empty() {
            // MPI would read the address of an empty list of bytes as its constant for "in place".
            return Vec::new();
        }
        self.world.all_reduce_into(
            &records[..],
            &mut merged[..],
            &UserOperation::commutative(merge_records),
        );
        merged.into_iter().map(|record| record.bytes).collect()
    }

    /// The losses of a model of which every rank has a shard.
    ///
    /// # Errors
    ///
    /// Those of [`merge`](Self::merge).
    pub fn losses<L: Regularize>(&self, model: &L) -> Result<Losses<L::Penalty>, Stopped> {
        let whole = self.merge(model.partials(self.shard()))?;
        self.together(|| model.losses_of(&whole))
    }

    /// What merging one rank after the other says of the first that does not belong to those before it.
    fn differences(&self, own: &Partials) -> Stopped {
        let mut merged: Option<Partials> = None;
        for (rank, bytes) in self.lists(&own.to_bytes()).iter().enumerate() {
            let next = Partials::from_bytes(bytes).and_then(|next| match merged.take() {
                None => Ok(next),
                Some(mut before) => before.merge(&next).map(|()| before),
            });
            match next {
                Ok(next) => merged = Some(next),
                Err(error) => {
                    return Stopped {
                        reasons: vec![format!("rank {rank} against those before it: {error}")],
                    };
                }
            }
        }
        Stopped {
            reasons: vec!["the records changed on their way".into()],
        }
    }

    /// The sum of every number over all ranks, by MPI, which rounds after every addition in an order of its own.
    ///
    /// # Errors
    ///
    /// Another number of numbers on a rank, the same on every rank.
    pub fn sum(&self, numbers: &mut [f32]) -> Result<(), Stopped> {
        self.same("numbers of addends", &numbers.len().to_string())?;
        let own = numbers.to_vec();
        self.world
            .all_reduce_into(&own[..], numbers, SystemOperation::sum());
        Ok(())
    }

    /// The lists of all ranks, one after the other.
    #[must_use]
    pub fn joined(&self, own: &[f32]) -> Vec<f32> {
        self.lists(own).concat()
    }

    /// The list of each rank.
    fn lists<T: Equivalence + Clone + Default>(&self, own: &[T]) -> Vec<Vec<T>> {
        // An empty list of bytes has the address 1, which is Open MPI's constant for "in place": so none is empty.
        let own = [own, &[T::default()]].concat();
        let length = Count::try_from(own.len()).expect("MPI counts in 31 bits");
        let lengths = self.each(&length);
        let begins: Vec<Count> = lengths
            .iter()
            .scan(0, |end: &mut Count, length| {
                let begin = *end;
                // On all ranks alike, as all have all lengths.
                *end = end.checked_add(*length).expect("MPI counts in 31 bits");
                Some(begin)
            })
            .collect();
        let size = |length: &Count| usize::try_from(*length).expect("a length is not negative");
        let mut all = vec![T::default(); lengths.iter().map(size).sum()];
        let mut partition = PartitionMut::new(&mut all[..], &lengths[..], &begins[..]);
        self.world
            .all_gather_varcount_into(&own[..], &mut partition);
        let lists = lengths.iter().zip(&begins);
        lists
            .map(|(length, begin)| all[size(begin)..size(begin) + size(length) - 1].to_vec())
            .collect()
    }

    /// Says on this rank why all stop, in one piece, as the lines of several ranks are put together as they come.
    fn say(&self, stopped: &Stopped) {
        let line = format!("rank {} stops: {stopped}\n", self.rank());
        // There is no one left to tell of an error here.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

/// MPI's operation: the records of one buffer are added to those of the other.
fn merge_records(from: DynBuffer<'_>, into: DynBufferMut<'_>) {
    // MPI gives the type that it was asked to reduce.
    if let (Some(from), Some(into)) = (from.downcast::<Record>(), into.downcast::<Record>()) {
        for (record, into) in from.iter().zip(into) {
            Partial::merge_bytes(&record.bytes, &mut into.bytes);
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

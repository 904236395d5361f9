//! Which part of a list each rank has: side by side, in the order of the ranks, of lengths that differ by one at most.

use std::ops::Range;

/// The part of a rank, which is empty where there are more ranks than elements.
///
/// ```
/// use regularize_mpi::layout::part;
///
/// let parts = [0, 1, 2].map(|rank| part(5, rank, 3));
/// assert_eq!(parts, [0..1, 1..3, 3..5]);
/// ```
#[must_use]
pub const fn part(length: usize, rank: usize, ranks: usize) -> Range<usize> {
    length * rank / ranks..length * (rank + 1) / ranks
}

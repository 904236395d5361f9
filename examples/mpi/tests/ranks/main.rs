//! Programs on one to four ranks of MPI.

mod bits;
mod faults;
mod start;

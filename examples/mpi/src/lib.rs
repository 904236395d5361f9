//! Models over the ranks of MPI, with penalties that are the same bits on any number of them.
//!
//! | file | does |
//! |---|---|
//! | `ranks` | what all ranks do together, and how all learn that one could not |
//! | `layout` | which ranks have which part of a list |
//! | `net` | the model: its layers, forwards and backwards |
//! | `spread` | trains it with the hidden layer sharded over the ranks |
//! | `copied` | trains it on every rank, with the patients shared out |

#[path = "../../diabetes/data.rs"]
#[allow(dead_code, reason = "the other example reads more of the data")]
mod patients;

pub mod copied;
pub mod data;
pub mod layout;
pub mod net;
pub mod ranks;
pub mod spread;

//! What the derive writes is what a person would write: every shape of layer, every form of the attribute, and what
//! holds of shared, frozen and foreign weights.

#![allow(missing_docs)]

mod activity;
mod any;
mod by_hand;
mod capabilities;
mod dynamic;
mod editions;
mod errors;
mod foreign;
mod frozen;
mod grammar;
mod hostile;
mod identity;
mod nalgebra;
mod ndarray;
mod plain;
mod report;
mod rules;
mod shapes;
mod sharded;
mod shared;
mod unnamed;

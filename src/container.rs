//! Containers of weights and of layers: each is a weight if it holds weights, and a layer if it holds layers.

mod cell;
mod list;
mod map;
mod option;
mod pointer;
mod tuple;

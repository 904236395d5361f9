//! Lists the regularizers of a model that Keras saved, by layer and role.
//!
//! ```sh
//! cargo run --features keras-file --example keras_regularizers -- model.keras
//! ```
//!
//! A name that ends in `.json` is read as what `model.to_json()` returns. Without one, a model of Keras 3.15 from
//! the tests is listed.

use regularize::KerasModel;
use std::error::Error;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keras-3.15.keras");
    let path = std::env::args().nth(1).unwrap_or_else(|| default.into());
    let read = || -> Result<KerasModel, Box<dyn Error>> {
        Ok(match path.ends_with(".json") {
            true => KerasModel::from_json(&fs::read_to_string(&path)?)?,
            false => KerasModel::from_keras(fs::File::open(&path)?)?,
        })
    };
    println!("{}", read().map_err(|error| format!("{path}: {error}"))?);
    Ok(())
}

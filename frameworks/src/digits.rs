//! The handwritten digits, and how the model is trained on them. `tools/keras/train.py` says the same.

use std::ops::Range;

/// Pixels of a digit: 8 rows of 8, each from 0 to 1.
pub const PIXELS: usize = 64;
/// Units of the hidden layer.
pub const HIDDEN: usize = 32;
/// Digits.
pub const CLASSES: usize = 10;
/// The learning rate.
pub const RATE: f64 = 0.125;
/// Samples of a step; the last step of an epoch has fewer.
const BATCH: usize = 32;
/// Samples that are trained on; the others are held out.
const TRAINED: usize = 1437;

/// 1,797 digits, written by 13 people. `data/README.md` says where they are from.
#[derive(Debug)]
pub struct Digits {
    pixels: Vec<f64>,
    classes: Vec<u8>,
}

/// Some samples, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The pixels of each.
    pub pixels: &'a [f64],
    /// Which digit each is.
    pub classes: &'a [u8],
}

impl Digits {
    /// All of them.
    ///
    /// # Panics
    ///
    /// If the file of the package was changed to something else.
    #[must_use]
    pub fn read() -> Self {
        let (mut pixels, mut classes) = (Vec::new(), Vec::new());
        for line in include_str!("../data/digits.csv").lines() {
            let cells = line
                .split(',')
                .map(|cell| cell.parse::<u8>().expect("integers"));
            let cells: Vec<u8> = cells.collect();
            assert_eq!(cells.len(), PIXELS + 1, "64 pixels and a digit");
            pixels.extend(cells[..PIXELS].iter().map(|&pixel| f64::from(pixel) / 16.0));
            classes.push(cells[PIXELS]);
        }
        Self { pixels, classes }
    }

    fn rows(&self, rows: Range<usize>) -> Batch<'_> {
        Batch {
            pixels: &self.pixels[rows.start * PIXELS..rows.end * PIXELS],
            classes: &self.classes[rows],
        }
    }

    /// The steps of an epoch, always in the order of the file.
    #[must_use]
    pub fn steps(&self) -> impl ExactSizeIterator<Item = Batch<'_>> {
        let starts = (0..TRAINED.div_ceil(BATCH)).map(|step| step * BATCH);
        starts.map(|start| self.rows(start..TRAINED.min(start + BATCH)))
    }

    /// The samples that are not trained on.
    #[must_use]
    pub fn held_out(&self) -> Batch<'_> {
        self.rows(TRAINED..self.classes.len())
    }
}

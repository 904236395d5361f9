//! Shared by the targets: pieces of an input, checksums for bytes that a target makes, and assertions about errors.

use regularize_core::{Sums, checksum};
use std::fmt::Display;

/// Gives the pieces of an input, and zeros after its end.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    /// Takes the next bytes, or fewer at the end.
    pub fn some(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Takes the next bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let (mut bytes, taken) = ([0; N], self.some(N));
        bytes[..taken.len()].copy_from_slice(taken);
        bytes
    }

    /// Takes the next byte.
    pub fn byte(&mut self) -> u8 {
        let [byte] = self.bytes();
        byte
    }

    /// Takes the next number.
    pub fn number(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// Takes a text, whose length is the byte before it.
    pub fn text(&mut self) -> String {
        let length = self.byte().into();
        String::from_utf8_lossy(self.some(length)).into_owned()
    }
}

/// Gives bytes the beginning and the checksum of sums.
pub fn seal_sums(bytes: &mut [u8; Sums::BYTES]) {
    bytes[..8].copy_from_slice(b"regsums\x01");
    let (content, end) = bytes.split_at_mut(Sums::BYTES - 8);
    end.copy_from_slice(&checksum(content).to_le_bytes());
}

/// Gives bytes the beginning and the checksum of a record whose sums are sealed.
pub fn seal_record(bytes: &mut [u8; regularize::distributed::Partial::BYTES]) {
    bytes[..8].copy_from_slice(b"regpart\x01");
    let bound = [&bytes[bytes.len() - 8..], &bytes[..56]].concat();
    bytes[56..64].copy_from_slice(&checksum(&bound).to_le_bytes());
}

/// Asserts that an error is one line that a terminal shows, whatever it quotes: at most four texts of 120 characters.
#[track_caller]
pub fn one_line(error: &dyn Display) {
    let text = error.to_string();
    assert!(!text.is_empty());
    assert!(text.len() <= 4000, "{} bytes: {text:.1000}", text.len());
    assert!(!text.contains(char::is_control), "{text:?}");
}

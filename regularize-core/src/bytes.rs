//! Exact sums as bytes that another process, on whatever machine, reads back to the same bits.

use crate::Sums;
use crate::wide::Wide;
use core::fmt;
use crc::{CRC_64_XZ, Crc, Table};

/// What every record of sums begins with; the last byte is the version of the form.
const MAGIC: [u8; 8] = *b"regsums\x01";

const NAN: u64 = 1;
const INFINITE: u64 = 2;

/// Where Σ|xᵢ|, Σxᵢ² and the checksum begin.
const MAGNITUDES: usize = 16;
const SQUARES: usize = MAGNITUDES + 8 * 34;
const CHECKSUM: usize = SQUARES + 8 * 67;

static CRC: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_XZ);

/// The CRC-64/XZ of bytes, which ends every form of this crate.
#[doc(hidden)]
#[must_use]
pub fn checksum(bytes: &[u8]) -> u64 {
    CRC.checksum(bytes)
}

/// Bytes that are no sums.
///
/// ```
/// use regularize_core::{BytesError, Sums};
///
/// let mut bytes = Sums::new().to_bytes();
/// bytes[100] ^= 1;
/// let error = Sums::from_bytes(&bytes).unwrap_err();
/// assert_eq!(error, BytesError::Corrupt);
/// assert_eq!(
///     error.to_string(),
///     "the bytes changed on their way: their checksum is that of others; send them again",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BytesError {
    /// There are more or fewer than the form has.
    Length {
        /// How many the form has.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// They begin otherwise: something else, or another version of the form.
    Foreign,
    /// Their checksum is that of other bytes.
    Corrupt,
    /// The checksum is right, and what it is of is not what the form allows.
    Invalid,
}

impl fmt::Display for BytesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { expected, found } => {
                write!(f, "there are {found} bytes, and the form has {expected}")
            }
            Self::Foreign => f.write_str(
                "the bytes are something else, or of another version of this crate: use one version on all machines",
            ),
            Self::Corrupt => f.write_str(
                "the bytes changed on their way: their checksum is that of others; send them again",
            ),
            Self::Invalid => f.write_str(
                "the bytes are complete and mean nothing: whatever wrote them does not follow the form",
            ),
        }
    }
}

impl core::error::Error for BytesError {}

impl Sums {
    /// The length of the form: 832.
    ///
    /// ```
    /// # use regularize_core::Sums;
    /// assert_eq!(Sums::BYTES, 832);
    /// ```
    pub const BYTES: usize = CHECKSUM + 8;

    /// The sums as bytes, always as many, for another process on whatever machine.
    ///
    /// All numbers are of 64 bits, the least byte first.
    ///
    /// | at | bytes | what |
    /// |---:|---:|---|
    /// | 0 | 8 | the letters `regsums` and the version, 1 |
    /// | 8 | 8 | 1 if a weight is NaN, plus 2 if one is infinite |
    /// | 16 | 272 | Σ\|xᵢ\| of the finite weights in units of 2⁻¹⁰⁷⁴, the least 64 binary digits first |
    /// | 288 | 536 | Σxᵢ² of the finite weights in units of 2⁻²¹⁴⁸ |
    /// | 824 | 8 | the CRC-64/XZ of all bytes before |
    ///
    /// ```
    /// use regularize_core::{Sums, l2};
    ///
    /// let mut here = Sums::new();
    /// here.extend(&[3.0_f32, -4.0]);
    /// let bytes = here.to_bytes(); // over a socket, into a file
    /// let there = Sums::from_bytes(&bytes)?;
    /// assert_eq!(l2(1.0).terms().penalty_of::<f32>(&there), 25.0);
    /// # Ok::<(), regularize_core::BytesError>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let flags = NAN * u64::from(self.nan) + INFINITE * u64::from(self.infinite);
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        put(&mut bytes[8..], &[flags]);
        put(&mut bytes[MAGNITUDES..], self.magnitudes.limbs());
        put(&mut bytes[SQUARES..], self.squares.limbs());
        let sum = checksum(&bytes[..CHECKSUM]);
        put(&mut bytes[CHECKSUM..], &[sum]);
        bytes
    }

    /// The sums that [`to_bytes`](Self::to_bytes) wrote, bit for bit.
    ///
    /// # Errors
    ///
    /// Bytes of another length, that begin otherwise, or with a checksum that is not theirs: every change of up to 64
    /// bits side by side is found, and of all others one in 2⁶⁴ is not. Of bytes that were made to have a right checksum those
    /// with another bit beside the ones for NaN and ∞, and with one sum that is 0 beside one that is not.
    ///
    /// ```
    /// # use regularize_core::{BytesError, Sums};
    /// let error = Sums::from_bytes(b"0.125").unwrap_err();
    /// assert_eq!(error, BytesError::Length { expected: 832, found: 5 });
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BytesError> {
        let (expected, found) = (Self::BYTES, bytes.len());
        if expected != found {
            return Err(BytesError::Length { expected, found });
        }
        if bytes[..8] != MAGIC {
            return Err(BytesError::Foreign);
        }
        let [sum] = get(&bytes[CHECKSUM..]);
        if sum != checksum(&bytes[..CHECKSUM]) {
            return Err(BytesError::Corrupt);
        }
        let [flags] = get(&bytes[8..]);
        let sums = Self {
            magnitudes: Wide::of_limbs(get(&bytes[MAGNITUDES..])),
            squares: Wide::of_limbs(get(&bytes[SQUARES..])),
            nan: flags & NAN != 0,
            infinite: flags & INFINITE != 0,
        };
        let is_known = flags & !(NAN | INFINITE) == 0;
        match is_known && sums.magnitudes.is_zero() == sums.squares.is_zero() {
            true => Ok(sums),
            false => Err(BytesError::Invalid),
        }
    }
}

/// Writes numbers, the least byte first.
fn put(to: &mut [u8], numbers: &[u64]) {
    for (to, number) in to.chunks_exact_mut(8).zip(numbers) {
        to.copy_from_slice(&number.to_le_bytes());
    }
}

/// Reads the first numbers; zeros where there are none.
fn get<const N: usize>(from: &[u8]) -> [u64; N] {
    let mut numbers = [0; N];
    for (number, from) in numbers.iter_mut().zip(from.as_chunks().0) {
        *number = u64::from_le_bytes(*from);
    }
    numbers
}

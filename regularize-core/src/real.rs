//! Real numbers that are not negative, to 128 binary digits and a bit that says whether there are more.

use crate::float::sealed::Format;
use core::cmp::Ordering;

/// A real number r with m·2ᵉ ≤ r < (m + 1)·2ᵉ, and r = m·2ᵉ exactly unless `more`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Real {
    pub(crate) m: u128,
    pub(crate) e: i32,
    pub(crate) more: bool,
}

/// |x| = m·2ᵉ of a finite double, with m < 2⁵³ and e ≥ −1074.
pub(crate) fn unpack(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    match exponent {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, exponent - 1075),
    }
}

impl Real {
    /// |x| of a finite double.
    pub(crate) fn of(x: f64) -> Self {
        let (m, e) = unpack(x);
        Self {
            m: m.into(),
            e,
            more: false,
        }
    }

    /// |a·b| of finite doubles: 53 and 53 digits make at most 106.
    pub(crate) fn product(a: f64, b: f64) -> Self {
        let ((a, i), (b, j)) = (unpack(a), unpack(b));
        Self {
            m: u128::from(a) * u128::from(b),
            e: i + j,
            more: false,
        }
    }

    /// Twice the number.
    pub(crate) fn twice(self) -> Self {
        Self {
            e: self.e + 1,
            ..self
        }
    }

    /// The same number with the first digit at 2¹²⁶. Zero stays as it is.
    fn normalized(self) -> Self {
        match (self.m, self.m.leading_zeros() as i32) {
            (0, _) => self,
            (_, 0) => self.coarser(self.e + 1),
            (m, zeros) => Self {
                m: m << (zeros - 1),
                e: self.e - (zeros - 1),
                ..self
            },
        }
    }

    /// The number on the grid 2ᵉ, which is not finer than its own: m·2⁻ᵈ cut off, `more` for what was cut.
    fn coarser(self, e: i32) -> Self {
        let by = e - self.e;
        let (m, cut) = match by {
            0..128 => (self.m >> by, self.m & !(u128::MAX << by)),
            _ => (0, self.m),
        };
        Self {
            m,
            e,
            more: self.more || cut != 0,
        }
    }

    /// The sum of two exact numbers.
    pub(crate) fn plus(self, other: Self) -> Self {
        let (a, b) = (self.normalized(), other.normalized());
        let (large, small) = match (a.m, b.m) {
            (_, 0) => return a,
            (0, _) => return b,
            _ if a.e < b.e => (b, a),
            _ => (a, b),
        };
        // Both below 2¹²⁷.
        let small = small.coarser(large.e);
        Self {
            m: large.m + small.m,
            ..small
        }
    }

    /// The difference of two exact numbers of at most 106 digits, or `None` if it is not above 0.
    ///
    /// Where digits of the subtrahend are cut off, it is at least 2²⁰ times smaller, so that the first digit of
    /// the difference is at 2¹²⁵ or 2¹²⁶.
    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        let (a, b) = (self.normalized(), other.normalized());
        if a.m == 0 || (b.m != 0 && a.cmp(&b) != Ordering::Greater) {
            return None;
        }
        if b.m == 0 {
            return Some(a);
        }
        let b = b.coarser(a.e);
        Some(Self {
            m: a.m - b.m - u128::from(b.more),
            ..b
        })
    }

    /// The order of two normalized numbers above 0.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.e, self.m).cmp(&(other.e, other.m))
    }

    /// Returns the quotient by a whole number above 0: at least 62 digits of it.
    ///
    /// m·2ᵉ ≤ r < (m + 1)·2ᵉ, and m + 1 ≤ (⌊m/n⌋ + 1)·n, so that r/n is in [⌊m/n⌋, ⌊m/n⌋ + 1)·2ᵉ.
    pub(crate) fn over(self, n: u64) -> Self {
        let (this, n) = (self.normalized(), u128::from(n));
        Self {
            m: this.m / n,
            more: this.more || !this.m.is_multiple_of(n),
            ..this
        }
    }

    /// The quotient of a difference by a sum, if 64 digits are enough to round it, as a double.
    ///
    /// Let n = N·2ᵏ with 2¹²⁶ ≤ N < 2¹²⁷, known to be in [N, N + 2] (one digit may be cancelled after a cut),
    /// and d in [D, D + 1]·2ˡ with D of 64 digits. Then with Q = ⌊N/D⌋ < 2⁶⁴:
    /// n/d ≤ (N + 2)/D < Q + 1 + 2/D < Q + 2, and n/d ≥ N/(D + 1) = N/D − N/(D·(D + 1)) > Q − 2, as
    /// N/D < 2⁶⁴ and D + 1 > 2⁶³. Rounding keeps order: if Q − 2 and Q + 2 round to one number, n/d does.
    pub(crate) fn quotient<T: Format>(self, by: Self) -> Option<f64> {
        let (n, d) = (self.normalized(), by.normalized());
        let e = n.e - (d.e + 63);
        let q = n.m / (d.m >> 63);
        let end = |m| Self { m, e, more: true }.nearest::<T>();
        let (low, high) = (end(q - 2), end(q + 2));
        (low == high).then_some(low)
    }

    /// The nearest number of a type, ties to even; infinite if it is too large.
    pub(crate) fn nearest<T: Format>(self) -> f64 {
        self.rounded(T::PRECISION, T::QUANTUM, |odd, half, rest| {
            half && (rest || odd)
        })
    }

    /// The greatest double that is not above.
    pub(crate) fn below(self) -> f64 {
        // A number too large to be a double is above the largest one.
        self.rounded(53, -1074, |_, _, _| false).min(f64::MAX)
    }

    /// The least double that is not below.
    pub(crate) fn above(self) -> f64 {
        self.rounded(53, -1074, |_, half, rest| half || rest)
    }

    /// Cuts to the precision and adds one in the last place if `up` says so, of: whether the last place is odd,
    /// whether half of it or more was cut, and whether anything else was.
    fn rounded(self, precision: u32, quantum: i32, up: impl Fn(bool, bool, bool) -> bool) -> f64 {
        let digits = 128 - self.m.leading_zeros();
        // The exponent of the last place.
        let last = (self.e + digits as i32 - precision as i32).max(quantum);
        let by = last - self.e;
        let (m, half, rest) = match by {
            ..=0 => (self.m << -by.max(-127), false, false),
            1..=128 => {
                let half = 1_u128 << (by - 1);
                let kept = if by == 128 { 0 } else { self.m >> by };
                (kept, self.m & half != 0, self.m & (half - 1) != 0)
            }
            _ => (0, false, self.m != 0),
        };
        let m = m as u64;
        pack(m + u64::from(up(m & 1 == 1, half, rest || self.more)), last)
    }
}

/// m·2ᵉ, which is a double or too large, with m ≤ 2⁵³.
fn pack(m: u64, e: i32) -> f64 {
    if m == 0 || e == -1074 {
        // A number of the grid of the least double: m counts up through the exponents 0, 1 and 2.
        return f64::from_bits(m);
    }
    let bits = (m as f64).to_bits();
    let exponent = (bits >> 52) as i32 + e;
    match exponent {
        1..2047 => f64::from_bits(bits & ((1 << 52) - 1) | (exponent as u64) << 52),
        _ => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn exact(m: u128, e: i32) -> Real {
        Real { m, e, more: false }
    }

    #[test]
    fn the_first_digit_goes_to_one_place() {
        for (m, more) in [(1, false), (1 << 126, false), (u128::MAX, true)] {
            let real = exact(m, -3).normalized();
            assert_eq!((real.m.leading_zeros(), real.more), (1, more));
            let digits = 128 - m.leading_zeros() as i32;
            assert_eq!(real.e, -3 + digits - 127);
        }
    }

    #[test]
    fn a_number_of_few_digits_is_itself() {
        for (m, e, x) in [
            (3, 0, 3.0),
            (3, 10, 3072.0),
            (1, -1074, 5e-324),
            (0, 7, 0.0),
        ] {
            let real = exact(m, e);
            assert_eq!(
                (real.nearest::<f64>(), real.below(), real.above()),
                (x, x, x)
            );
        }
    }

    #[test]
    fn a_zero_on_a_coarse_grid_adds_nothing() {
        for sum in [
            exact(0, 40).plus(exact(5, -1074)),
            exact(5, -1074).plus(exact(0, 40)),
        ] {
            assert_eq!(sum.nearest::<f64>(), 5.0 * f64::from_bits(1));
        }
    }

    #[test]
    fn a_number_below_every_double_is_between_zero_and_the_least() {
        let tiny = Real::product(f64::from_bits(1), f64::from_bits(1));
        assert_eq!(
            (tiny.below(), tiny.above(), tiny.nearest::<f64>()),
            (0.0, f64::from_bits(1), 0.0)
        );
        let zero = Real::product(0.0, f64::from_bits(1));
        assert_eq!((zero.below(), zero.above()), (0.0, 0.0));
    }
}

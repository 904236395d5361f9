//! A closed interval, which a subdifferential is.

use core::fmt;

/// A closed interval of real numbers with doubles or infinities as ends.
///
/// ```
/// use regularize_core::l1;
///
/// let at_zero = l1(0.5).terms().subdifferential(0.0_f64);
/// assert!(at_zero.contains(-0.5) && at_zero.contains(0.25) && !at_zero.contains(0.75));
/// assert_eq!(at_zero.to_string(), "[-0.5, 0.5]");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    lower: f64,
    upper: f64,
}

impl Interval {
    /// All x with `lower` ≤ x ≤ `upper`: nothing if an end is NaN or the ends are not in order.
    ///
    /// ```
    /// # use regularize_core::Interval;
    /// assert!(!Interval::new(1.0, -1.0).contains(0.0));
    /// ```
    #[must_use]
    pub const fn new(lower: f64, upper: f64) -> Self {
        Self { lower, upper }
    }

    /// The lower end.
    ///
    /// ```
    /// # use regularize_core::Interval;
    /// assert_eq!(Interval::new(-1.0, 2.0).lower(), -1.0);
    /// ```
    #[must_use]
    pub const fn lower(&self) -> f64 {
        self.lower
    }

    /// The upper end.
    ///
    /// ```
    /// # use regularize_core::Interval;
    /// assert_eq!(Interval::new(-1.0, 2.0).upper(), 2.0);
    /// ```
    #[must_use]
    pub const fn upper(&self) -> f64 {
        self.upper
    }

    /// Whether a number is in the interval. NaN is in none.
    ///
    /// ```
    /// # use regularize_core::Interval;
    /// assert!(Interval::new(-1.0, 2.0).contains(2.0));
    /// assert!(!Interval::new(-1.0, 2.0).contains(f64::NAN));
    /// ```
    #[must_use]
    pub const fn contains(&self, x: f64) -> bool {
        self.lower <= x && x <= self.upper
    }

    /// Whether the intervals have a number in common: for a gradient that is known up to a bound.
    ///
    /// ```
    /// # use regularize_core::Interval;
    /// assert!(Interval::new(-1.0, 2.0).intersects(&Interval::new(2.0, 3.0)));
    /// ```
    #[must_use]
    pub const fn intersects(&self, other: &Self) -> bool {
        self.lower <= self.upper
            && other.lower <= other.upper
            && self.lower <= other.upper
            && other.lower <= self.upper
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{:?}, {:?}]", self.lower, self.upper)
    }
}

//! Durations for people.

use crate::Timestamp;
use std::fmt;

const DAY: u64 = 86_400;

/// A duration in nanoseconds; it is shown in its two largest units.
///
/// ```
/// use backup_journal::Span;
///
/// assert_eq!(Span::seconds(3_661).to_string(), "1 h 1 min");
/// ```
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Span(pub u64);

impl Span {
    /// From `earlier` to `later`; nothing if `later` is earlier.
    pub const fn between(earlier: Timestamp, later: Timestamp) -> Self {
        Self(later.nanos_since(earlier))
    }

    /// So many seconds, or as many as can be.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0 / 1_000_000;
        match millis / 1_000 {
            0 if millis > 0 => write!(f, "{millis} ms"),
            s @ 0..60 => write!(f, "{s} s"),
            s @ 60..3_600 => write!(f, "{} min {} s", s / 60, s % 60),
            s @ 3_600..DAY => write!(f, "{} h {} min", s / 3_600, s % 3_600 / 60),
            s => write!(f, "{} d {} h", s / DAY, s % DAY / 3_600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units() {
        for (nanos, text) in [
            (0, "0 s"),
            (999_999, "0 s"),
            (1_000_000, "1 ms"),
            (999_999_999, "999 ms"),
            (59_999_999_999, "59 s"),
        ] {
            assert_eq!(Span(nanos).to_string(), text);
        }
        for (seconds, text) in [
            (60, "1 min 0 s"),
            (3_599, "59 min 59 s"),
            (3_600, "1 h 0 min"),
            (86_399, "23 h 59 min"),
            (90_000, "1 d 1 h"),
            (u64::MAX, "213503 d 23 h"),
        ] {
            assert_eq!(Span::seconds(seconds).to_string(), text);
        }
    }

    #[test]
    fn nothing_is_between_a_time_and_an_earlier_one() {
        assert_eq!(Span::between(Timestamp(5), Timestamp(12)), Span(7));
        assert_eq!(Span::between(Timestamp(12), Timestamp(5)), Span(0));
    }
}

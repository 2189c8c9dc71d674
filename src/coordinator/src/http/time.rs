//! Times and durations as text.

use backup_journal::Timestamp;
use std::fmt::{self, Display};
use time::UtcDateTime;

const DAY: u64 = 86_400;

/// A time of the network (UTC), as `2026-11-23 04:44:09`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment(pub Timestamp);

impl Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = UtcDateTime::from_unix_timestamp_nanos(self.0.0.into())
            .expect("BUG: 64 bits of nanoseconds end in the year 2554");
        let ((year, month, day), (hour, minute, second)) =
            (moment.to_calendar_date(), moment.time().as_hms());
        let month = u8::from(month);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

/// A duration in nanoseconds, as its two largest units.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span(pub u64);

impl Span {
    /// From `earlier` to `later`.
    pub const fn between(earlier: Timestamp, later: Timestamp) -> Self {
        Self(later.nanos_since(earlier))
    }
}

impl Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0 / 1_000_000;
        match millis / 1_000 {
            0 => write!(f, "{millis} ms"),
            s @ 1..60 => write!(f, "{s} s"),
            s @ 60..3_600 => write!(f, "{} min {} s", s / 60, s % 60),
            s @ 3_600..DAY => write!(f, "{} h {} min", s / 3_600, s % 3_600 / 60),
            s => write!(f, "{} d {} h", s / DAY, s % DAY / 3_600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Moment, Span};
    use backup_journal::Timestamp;

    #[test]
    fn days_that_are_easily_miscounted() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_709_251_199, "2024-02-29 23:59:59"),
            (1_795_409_049, "2026-11-23 04:44:09"),
            (4_107_542_399, "2100-02-28 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(Moment(Timestamp(seconds * 1_000_000_000)).to_string(), text);
        }
        assert_eq!(Moment(Timestamp(u64::MAX)).to_string(), "2554-07-21 23:34:33");
    }

    #[test]
    fn spans_have_two_units() {
        for (seconds, text) in [
            (0, "0 ms"),
            (59, "59 s"),
            (60, "1 min 0 s"),
            (3_661, "1 h 1 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(Span(seconds * 1_000_000_000).to_string(), text);
        }
    }
}

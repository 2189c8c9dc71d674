//! Times as text.

use backup_journal::Timestamp;
use std::fmt::{self, Display};
use time::UtcDateTime;

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

#[cfg(test)]
mod tests {
    use super::Moment;
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
}

//! Text from outside in one line, and times for people.

use backup_journal::{Timestamp, text::visible};
use jiff::{Unit, tz::TimeZone};

/// At most so many characters of a text from outside, in one line, with invisible characters as escapes.
pub fn excerpt(text: &str, most: usize) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(most) {
        line.truncate(end);
        line.push('…');
    }
    visible(&line).into_owned()
}

/// A time to the second, in UTC.
pub fn time(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(time.0));
    let second = time.and_then(|time| time.to_zoned(TimeZone::UTC).round(Unit::Second));
    second.map_or_else(
        |error| error.to_string(),
        |second| second.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_and_nothing_is_long() {
        assert_eq!(excerpt("a\n  b\t\u{1b}[2J\u{202e}c", 100), "a b \\u{1b}[2J\\u{202e}c");
        assert_eq!(excerpt("ok", 2), "ok");
        assert_eq!(excerpt(&"é".repeat(50_000), 10), format!("{}…", "é".repeat(10)));
    }

    #[test]
    fn times_are_told_to_the_second() {
        let nanos = |seconds: u64| Timestamp(seconds * 1_000_000_000 + 400_000_000);
        assert_eq!(time(nanos(0)), "1970-01-01 00:00:00 UTC");
        assert_eq!(time(nanos(1_800_000_000)), "2027-01-15 08:00:00 UTC");
    }
}

//! How long to wait before a call is made again.

use crate::waits::doubled;

const SECOND: u64 = 1_000_000_000;
/// The wait after the first error.
const FIRST: u64 = 2 * SECOND;
/// The wait before a second attempt.
const FIRST_RETRY: u64 = 15 * SECOND;
/// The longest wait.
const LONGEST: u64 = 60 * SECOND;

/// Nanoseconds to wait before looking again, after so many errors in a row: 2 seconds, then twice as long each time, at
/// most a minute.
pub fn wait_nanos(errors: u32) -> u64 {
    doubled(FIRST, LONGEST, errors)
}

/// Nanoseconds to wait before another attempt at what the network has refused for now: 15 seconds, then twice as long
/// each time, at most a minute. The network may refuse snapshots for minutes when much was written lately.
pub fn retry_nanos(errors: u32) -> u64 {
    doubled(FIRST_RETRY, LONGEST, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_up_to_a_minute() {
        let seconds: Vec<u64> = (0..9).map(|errors| wait_nanos(errors) / SECOND).collect();
        assert_eq!(seconds, [2, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(wait_nanos(u32::MAX), LONGEST);
        let seconds: Vec<u64> = (1..5).map(|errors| retry_nanos(errors) / SECOND).collect();
        assert_eq!(seconds, [15, 30, 60, 60]);
    }
}

//! How long to wait before a call is made again.

const SECOND: u64 = 1_000_000_000;
/// The wait after the first error.
const FIRST: u64 = 2 * SECOND;
/// The longest wait.
const LONGEST: u64 = 60 * SECOND;

/// Nanoseconds to wait after so many errors in a row: 2 seconds, then twice as long each time, at most a minute.
pub fn wait_nanos(errors: u32) -> u64 {
    let doublings = errors.saturating_sub(1).min(6);
    (FIRST << doublings).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_up_to_a_minute() {
        let seconds: Vec<u64> = (0..9).map(|errors| wait_nanos(errors) / SECOND).collect();
        assert_eq!(seconds, [2, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(wait_nanos(u32::MAX), LONGEST);
    }
}

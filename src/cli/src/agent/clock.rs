//! The time of the network, by the clock of this machine.

use crate::usage::UsageError;
use backup_journal::Timestamp;
use jiff::SignedDuration;

/// How far the clock of this machine may be from that of the network.
const MAX_DIFFERENCE: SignedDuration = SignedDuration::from_mins(4);

/// The clock of this machine, corrected by a time that the network has certified.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// What the clock of this machine is ahead of the network. The way of the answer counts as well, so that the corrected
    /// clock is not ahead.
    ahead: SignedDuration,
}

impl Clock {
    /// The correction, from a certified time and the time here when it arrived.
    ///
    /// # Errors
    /// When they are so far apart that the network would not take requests from this machine.
    pub fn new(certified: Timestamp, here: jiff::Timestamp) -> Result<Self, UsageError> {
        let certified = jiff::Timestamp::from_nanosecond(i128::from(certified.0))
            .map_err(|error| UsageError(format!("the network tells no time: {error}")))?;
        let ahead = here.duration_since(certified);
        if ahead.abs() > MAX_DIFFERENCE {
            return Err(wrong_clock(&format!(
                "it is {:#} {} that of the network",
                ahead.abs(),
                if ahead.is_positive() { "ahead of" } else { "behind" }
            )));
        }
        Ok(Self { ahead })
    }

    /// The time of the network now.
    pub fn now(self) -> Timestamp {
        self.at(jiff::Timestamp::now())
    }

    fn at(self, here: jiff::Timestamp) -> Timestamp {
        // Before 1970 there was no network.
        let nanos = (here - self.ahead).as_nanosecond();
        Timestamp(u64::try_from(nanos).unwrap_or_default())
    }
}

/// The clock of this machine is wrong.
pub fn wrong_clock(how: &str) -> UsageError {
    UsageError(format!(
        "the clock of this machine is wrong: {how}. Set it, for instance with `timedatectl set-ntp true`, and try again"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: i64) -> jiff::Timestamp {
        jiff::Timestamp::new(1_800_000_000 + seconds, 0).expect("a time")
    }

    fn certified() -> Timestamp {
        Timestamp(1_800_000_000_000_000_000)
    }

    #[test]
    fn a_clock_that_is_ahead_or_behind_is_corrected() {
        for difference in [-240, -30, 0, 1, 240] {
            let clock = Clock::new(certified(), seconds(difference)).expect("near enough");
            let later = Timestamp(certified().0 + 10_000_000_000);
            assert_eq!(clock.at(seconds(difference + 10)), later, "{difference}");
        }
    }

    #[test]
    fn a_clock_that_is_far_off_is_refused_with_what_to_do() {
        for (difference, how) in [(-241, "4m 1s behind"), (3_600, "1h ahead of")] {
            let refused = Clock::new(certified(), seconds(difference)).unwrap_err().to_string();
            assert!(refused.contains(how) && refused.contains("timedatectl"), "{refused}");
        }
        assert!(Clock::new(Timestamp(u64::MAX), seconds(0)).is_err());
    }
}

//! What goes wrong is told when it is new, and tried again after a while, each time a longer one.

use crate::{driver::retries::GivenUp, output};
use anyhow::Error;
use std::time::{Duration, Instant};

/// The longest wait, unless the service asks less often.
const LONGEST: Duration = Duration::from_mins(15);

/// Something that has gone wrong, and when it is tried again.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// What is wrong.
    pub problem: String,
    told: String,
    failures: u32,
    again_at: Instant,
}

impl Trouble {
    /// `what` has failed, after `earlier` failures of it.
    pub fn after(earlier: Option<Self>, what: &str, error: &Error, every: Duration) -> Self {
        let problem = format!("{what}: {error:#}");
        let told = format!("{what}: {}", constant(error));
        let failures = earlier.as_ref().map_or(1, |it| it.failures.saturating_add(1));
        if earlier.is_none_or(|earlier| earlier.told != told) {
            output::tell(&problem);
        }
        Self { problem, told, failures, again_at: Instant::now() + wait(every, failures) }
    }

    /// How long it is left alone from now on.
    pub fn wait(&self) -> Duration {
        self.again_at.saturating_duration_since(Instant::now())
    }
}

/// The error without the number of attempts, which changes each time.
fn constant(error: &Error) -> String {
    match error.downcast_ref::<GivenUp>() {
        Some(GivenUp { operation_id, reason, .. }) => format!("{operation_id}: {reason}"),
        None => format!("{error:#}"),
    }
}

/// The usual wait after one failure, and twice as long after each further one, up to a limit.
fn wait(every: Duration, failures: u32) -> Duration {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    every.saturating_mul(doubled).min(every.max(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit() {
        let seconds = |every, failures| wait(Duration::from_secs(every), failures).as_secs();
        assert_eq!(
            [1, 2, 3, 4, 5, 6, 33, u32::MAX].map(|it| seconds(60, it)),
            [60, 120, 240, 480, 900, 900, 900, 900]
        );
        assert_eq!([1, 2, 40].map(|it| seconds(3_600, it)), [3_600; 3]);
    }
}

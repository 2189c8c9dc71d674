//! What happens in the midst of a run, and when.

use backup_journal::Timestamp;
use fastrand::Rng;

const SECOND: u64 = 1_000_000_000;
/// It happens so many seconds after the beginning of the run at most.
const LATEST_SECONDS: u64 = 150;
/// How long an upgrade that was refused waits.
const UPGRADE_AGAIN: u64 = 5 * SECOND;

/// What is still to happen.
#[derive(Debug)]
pub struct Midst {
    interferences: Vec<Timestamp>,
    upgrade: Option<Timestamp>,
}

impl Midst {
    /// Draws up to two interferences of the person, and an upgrade of the coordinator in every third run.
    pub fn draw(rng: &mut Rng, begun: Timestamp) -> Self {
        let at = |rng: &mut Rng| Timestamp(begun.0 + rng.u64(0..LATEST_SECONDS) * SECOND);
        let interferences = (0..rng.u8(0..3)).map(|_| at(rng)).collect();
        Self { interferences, upgrade: (rng.u8(0..3) == 0).then(|| at(rng)) }
    }

    /// Whether the person interferes now.
    pub fn interferes(&mut self, now: Timestamp) -> bool {
        let due = self.interferences.iter().position(|at| *at <= now);
        due.map(|due| self.interferences.remove(due)).is_some()
    }

    /// Whether the coordinator is upgraded now.
    pub fn upgrades(&mut self, now: Timestamp) -> bool {
        self.upgrade.take_if(|at| *at <= now).is_some()
    }

    /// The upgrade was refused, and is tried again.
    pub const fn upgrade_again(&mut self, now: Timestamp) {
        self.upgrade = Some(Timestamp(now.0 + UPGRADE_AGAIN));
    }
}

//! What is planned for each night.

use fastrand::Rng;

/// What is planned for a night.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Plan {
    /// The coordinator begins a backup.
    Backup,
    /// The coordinator does not run.
    Outage,
    /// A person has paused the schedule.
    Paused,
}

/// In each of so many nights the coordinator does not run for one or two of them.
const NIGHTS_WITH_AN_OUTAGE: usize = 10;
/// An outage or a pause comes only in a rehearsal of at least so many nights.
const MIN_NIGHTS: usize = 4;

/// Draws an outage for every ten nights, and one pause. The first and the last night are as ever.
pub fn draw(rng: &mut Rng, nights: usize) -> Vec<Plan> {
    let mut plans = vec![Plan::Backup; nights];
    if nights < MIN_NIGHTS {
        return plans;
    }
    for first in (1..nights - 1).step_by(NIGHTS_WITH_AN_OUTAGE) {
        let end = (first + NIGHTS_WITH_AN_OUTAGE).min(nights - 1);
        let begin = rng.usize(first..end);
        let length = rng.usize(1..=2);
        plans[begin..(begin + length).min(end)].fill(Plan::Outage);
    }
    let free: Vec<usize> = (1..nights - 1).filter(|night| plans[*night] == Plan::Backup).collect();
    if let Some(night) = rng.choice(free) {
        plans[night] = Plan::Paused;
    }
    plans
}

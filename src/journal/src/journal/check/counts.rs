//! How many records of each kind are stored for a run: those that belong to nothing are found by their number.

use super::Violation;
use crate::journal::{Downtimes, Header, Tally};

/// How many records of each kind are stored for a run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StoredCounts {
    /// Rows that were touched.
    pub progress: u64,
    /// Receipts.
    pub receipts: u64,
    /// Rows in the lists of what was begun and is not over.
    pub listed: u64,
    /// What the run has of targets.
    pub artifacts: u64,
    /// Starts that are owed.
    pub owed_starts: u64,
    /// Targets of which it is known how long they were down.
    pub downtimes: u64,
}

/// Holds what is stored against what the header says.
pub fn check_counts(header: &Header, stored: StoredCounts) -> Vec<Violation> {
    let Tally { pending, failed, .. } = header.tally;
    let roll_backs = header.restore.map_or(0, |restore| restore.loads_claimed);
    let listed = [pending, failed, header.ready_again, header.starts_unclaimed, roll_backs];
    let listed = listed.into_iter().map(u64::from).sum();
    let downtimes = header.downtimes.map_or(0, |Downtimes { targets, .. }| targets);
    let exact = [
        ("downtimes", u64::from(downtimes), stored.downtimes),
        ("receipts", u64::from(header.receipts), stored.receipts),
        ("owed starts", u64::from(header.starts_owed), stored.owed_starts),
        // An abort leaves behind in the lists what it skips, because it costs the same in a run of any size.
        (
            "listed operations",
            if header.abort.is_some() { stored.listed } else { listed },
            stored.listed,
        ),
    ];
    let at_most = [
        ("touched operations", u64::from(header.operations), stored.progress),
        ("artifacts", u64::from(header.targets), stored.artifacts),
    ];
    let wrong = exact.into_iter().filter(|(_, expected, stored)| expected != stored);
    wrong
        .chain(at_most.into_iter().filter(|(_, expected, stored)| stored > expected))
        .map(|(of, expected, stored)| Violation::StoredCount {
            of: of.to_string(),
            expected,
            stored,
        })
        .collect()
}

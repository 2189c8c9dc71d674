//! Which snapshots stay, and which are deleted.

use super::{KeptBecause, SetUse, SnapshotSet, Verdict};

/// What is to become of the sets of a fleet, which stand with the newest first; `keep` backups of all targets stay.
///
/// The last backup of all targets stays, the last of which every download was verified, and everything that a run still uses.
/// What a backup of some targets has saved, or a restore, is deleted as soon as there is a newer backup of all targets.
pub fn decide(newest_first: &[SnapshotSet], keep: u32) -> Vec<Verdict> {
    let mut seen = Seen::default();
    newest_first.iter().map(|set| seen.next(set, keep)).collect()
}

/// The positions of the sets of which a new snapshot may take the place of an old one, when all ten are taken: first those that
/// are deleted anyway, and of them, as of the others, the oldest first.
pub fn replaceable(newest_first: &[Verdict]) -> impl Iterator<Item = usize> {
    let oldest_first = || newest_first.iter().enumerate().rev();
    let deleted = oldest_first().filter(|(_, verdict)| **verdict == Verdict::Delete);
    let kept = oldest_first().filter(|(_, it)| **it != Verdict::Delete && may_be_replaced(it));
    deleted.chain(kept).map(|(position, _)| position)
}

/// Whether a new snapshot may take the place of one of this set when all ten are taken.
const fn may_be_replaced(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Delete | Verdict::Keep(KeptBecause::Newest | KeptBecause::NoNewerBackup) => true,
        Verdict::Keep(
            KeptBecause::UnderWay
            | KeptBecause::Transferred
            | KeptBecause::Restored { .. }
            | KeptBecause::LastBackup
            | KeptBecause::LastVerified
            | KeptBecause::NoRetention,
        ) => false,
    }
}

/// What stands in front of a set.
#[derive(Default)]
struct Seen {
    whole: u32,
    verified: bool,
    partial: bool,
    restore: bool,
}

impl Seen {
    fn next(&mut self, set: &SnapshotSet, keep: u32) -> Verdict {
        let verdict = self.verdict(set, keep);
        if set.is_restore {
            // The count of deleted snapshots includes uploaded ones, so it can hide a safety snapshot: then older ones stay.
            self.restore |= set.taken > set.deleted;
        } else if set.is_whole() {
            self.whole += 1;
            self.verified |= set.is_verified();
        } else {
            self.partial |= !set.is_empty();
        }
        verdict
    }

    fn verdict(&self, set: &SnapshotSet, keep: u32) -> Verdict {
        let used = match set.set_use {
            SetUse::UnderWay => Some(KeptBecause::UnderWay),
            SetUse::Transferred => Some(KeptBecause::Transferred),
            SetUse::Waiting | SetUse::Over => {
                set.restored_by.clone().map(|by| KeptBecause::Restored { by })
            }
        };
        let kept = used.or_else(|| match (set.is_restore, set.is_whole()) {
            (false, true) if self.whole == 0 => Some(KeptBecause::LastBackup),
            (false, true) if set.is_verified() && !self.verified => Some(KeptBecause::LastVerified),
            (false, true) => (self.whole < keep).then_some(KeptBecause::Newest),
            _ if set.is_empty() => None,
            (is_restore, _) => {
                let newer = if is_restore { self.restore } else { self.partial };
                (self.whole == 0 && !newer).then_some(KeptBecause::NoNewerBackup)
            }
        });
        kept.map_or(Verdict::Delete, Verdict::Keep)
    }
}

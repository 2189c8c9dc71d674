//! Starts that are owed to canisters, in every index that has them.

use super::{
    codec::Stored,
    indexes::FleetKey,
    indexes::{HoldKey, StoppedKey},
    keys::{RunNumber, TargetKey},
    records::LastBackup,
    store::Storage,
};
use backup_journal::{
    Timestamp,
    api::StartOwed,
    journal::{Header, OwedStart, RunOutcome},
};
use candid::Principal;

impl Storage {
    /// Keeps what is owed to a target, in every index that tells of it.
    pub(crate) fn set_owed_start(
        &mut self,
        run: RunNumber,
        target: Principal,
        owed: Option<OwedStart>,
    ) {
        let key = TargetKey { run, target };
        let before = match owed {
            Some(owed) => self.owed_starts.replace(key, Stored(owed)),
            None => self.owed_starts.take(&key),
        };
        let before = before.map(|record| record.0);
        let since = |owed: OwedStart| owed.since;
        if before.map(since) != owed.map(since) {
            let key = |since| StoppedKey { since, run, target };
            if let Some(before) = before {
                self.stopped.remove(&key(before.since));
            }
            if let Some(owed) = owed {
                self.stopped.insert(key(owed.since), ());
            }
        }
        let holds = |owed: Option<OwedStart>| owed.is_some_and(|owed| owed.holds_target());
        let hold = HoldKey { target, run };
        match (holds(before), holds(owed)) {
            (false, true) => self.holds.insert(hold, ()),
            (true, false) => self.holds.remove(&hold),
            _ => {}
        }
    }

    /// Keeps a run as the last backup of its fleet, as far as it is one: on the network as soon as its last target runs again,
    /// and complete when it is over.
    pub(crate) fn keep_last_backup(&mut self, run: RunNumber, header: &Header, at: Timestamp) {
        let on_network = || header.is_on_network().then_some(RunOutcome::OnNetwork);
        let Some(outcome) = header.outcome().or_else(on_network) else { return };
        let before = self.last_backups_of(&header.fleet);
        let after = before.with(outcome, LastBackup { completed_at: at, run });
        if after != before {
            self.last_backups.insert(FleetKey::from(&header.fleet), Stored(after));
        }
    }

    /// Keeps that a drill has proven a run, which was as `before` says.
    pub(crate) fn keep_proven(&mut self, run: RunNumber, before: &Header) {
        let known = self.last_backups_of(&before.fleet);
        let after = known.with_proven(run, before.updated_at);
        if after != known {
            self.last_backups.insert(FleetKey::from(&before.fleet), Stored(after));
        }
    }

    /// The canisters of a run that are owed a start, sorted by principal, after `after`.
    pub fn starts_owed(
        &self,
        run: RunNumber,
        after: Option<Principal>,
        limit: u32,
    ) -> Vec<StartOwed> {
        let first = after.unwrap_or(Principal::management_canister());
        self.owed_starts
            .range(TargetKey::from(run, first))
            .filter(|entry| Some(entry.key().target) != after)
            .take(limit as usize)
            .map(|entry| StartOwed { canister_id: entry.key().target, owed: entry.value().0 })
            .collect()
    }
}

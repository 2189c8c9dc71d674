//! How long the members of a fleet were down, as the journal has it.

use backup_journal::{
    Timestamp,
    api::TargetStatus,
    journal::{ReceiptOutcome, ReceiptRecord},
    plan::BackupOperationKind as Kind,
};
use candid::Principal;
use serde::Serialize;
use std::collections::BTreeMap;

/// The most members that are listed one by one.
const LISTED: usize = 10;

/// How long the members of a fleet were down.
#[derive(Debug, Serialize)]
pub struct Downtime {
    /// How many members were.
    pub members: usize,
    /// From the first stop to the last start, in nanoseconds of network time.
    pub fleet_nanos: u64,
    /// The sum over all members.
    pub total_nanos: u64,
    /// The longest of a member.
    pub longest_nanos: u64,
    /// The median over all members: half of them were down for no longer.
    pub median_nanos: u64,
    /// The first stop.
    pub since: Timestamp,
    /// The members that were down longest.
    pub longest: Vec<MemberDowntime>,
}

/// How long a member was down.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct MemberDowntime {
    /// The member.
    pub canister_id: Principal,
    /// What it does in its fleet.
    pub role: Option<String>,
    /// When it was stopped.
    pub stopped_at: Timestamp,
    /// When its snapshot was taken, if it was.
    pub snapshot_at: Option<Timestamp>,
    /// When it was started, if it was.
    pub started_at: Option<Timestamp>,
    /// From its stop to its start, or to the end of what is known.
    pub nanos: u64,
}

impl Downtime {
    /// Of the members whose stop is on record; none when none is. Who was not started was down until `end`.
    pub fn of(
        receipts: &[ReceiptRecord],
        targets: &[TargetStatus],
        end: Timestamp,
    ) -> Option<Self> {
        let done = Done::of(receipts);
        let mut members: Vec<MemberDowntime> =
            targets.iter().filter_map(|status| done.member(status, end)).collect();
        members.sort_by_key(|member| (std::cmp::Reverse(member.nanos), member.canister_id));
        let since = members.iter().map(|member| member.stopped_at).min()?;
        let until = members.iter().map(|member| member.started_at.unwrap_or(end)).max()?;
        Some(Self {
            members: members.len(),
            fleet_nanos: until.nanos_since(since),
            total_nanos: members.iter().map(|member| member.nanos).sum(),
            longest_nanos: members[0].nanos,
            median_nanos: members[members.len() / 2].nanos, // the longest come first
            since,
            longest: members.into_iter().take(LISTED).collect(),
        })
    }
}

/// When what was completed was done.
struct Done(BTreeMap<(Kind, Principal), Timestamp>);

impl Done {
    fn of(receipts: &[ReceiptRecord]) -> Self {
        let completed =
            |record: &&ReceiptRecord| record.receipt.outcome == ReceiptOutcome::Completed;
        let at = |record: &ReceiptRecord| {
            let receipt = &record.receipt;
            let at = receipt.performed_at.unwrap_or(record.recorded_at);
            Some(((receipt.kind, receipt.target_canister_id?), at))
        };
        Self(receipts.iter().filter(completed).filter_map(at).collect())
    }

    fn at(&self, kind: Kind, canister_id: Principal) -> Option<Timestamp> {
        self.0.get(&(kind, canister_id)).copied()
    }

    fn member(&self, status: &TargetStatus, end: Timestamp) -> Option<MemberDowntime> {
        let canister_id = status.target.canister_id;
        let stopped_at = self.at(Kind::Stop, canister_id)?;
        let started_at = self.at(Kind::Start, canister_id);
        Some(MemberDowntime {
            canister_id,
            role: status.target.role.clone(),
            stopped_at,
            snapshot_at: self.at(Kind::CreateSnapshot, canister_id),
            started_at,
            nanos: started_at.unwrap_or(end).nanos_since(stopped_at),
        })
    }
}

#[cfg(test)]
mod tests;

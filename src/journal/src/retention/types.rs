//! What the rules of retention look at, and what they answer.

use crate::{
    RunId, Sequence, Timestamp,
    journal::{Header, JournalView, RunOutcome},
    plan::BackupOperationKind as Kind,
    waits::doubled,
};
use candid::CandidType;
use minicbor::{Decode, Encode, bytes::ByteVec};
use serde::{Deserialize, Serialize};

/// Why snapshots are deleted that are not kept.
pub const SUPERSEDED: &str = "newer backups of the fleet are kept on the network instead";

/// The snapshots that one run of a fleet has left on the network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SnapshotSet {
    /// The run.
    pub run_id: RunId,
    /// Whether the run is a restore: its snapshots are safety snapshots, and what was uploaded.
    pub is_restore: bool,
    /// What the run still does with its snapshots.
    pub set_use: SetUse,
    /// What the run has saved so far.
    pub saved: RunOutcome,
    /// How many targets it took a snapshot of.
    pub taken: u32,
    /// How many of its snapshots are known to be gone.
    pub deleted: u32,
    /// A restore from these snapshots that is not over.
    pub restored_by: Option<RunId>,
}

/// What a run still does with its snapshots.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SetUse {
    /// The run is not over, and does more than to wait for its downloads.
    UnderWay,
    /// Its snapshots are being downloaded.
    Transferred,
    /// It waits for somebody to download them; nobody has begun.
    Waiting,
    /// The run is over.
    Over,
}

/// What is to become of the snapshots of a run.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Verdict {
    /// They stay, for this reason.
    Keep(KeptBecause),
    /// They are deleted.
    Delete,
}

/// Why the snapshots of a run stay on the network.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum KeptBecause {
    /// The run is not over.
    UnderWay,
    /// They are being downloaded.
    Transferred,
    /// A run restores from them.
    Restored {
        /// That run.
        by: RunId,
    },
    /// They are the last backup of all targets that is on the network.
    LastBackup,
    /// They are the last backup on the network of which every download was verified.
    LastVerified,
    /// They are one of the newest backups, as many as are kept.
    Newest,
    /// The fleet has no schedule, so that nothing is deleted by itself.
    NoRetention,
    /// There is no newer backup of all targets: these are the newest snapshots of a backup of some targets, or the
    /// safety snapshots of the newest restore.
    NoNewerBackup,
}

/// A snapshot that is to be deleted.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Deletion {
    /// The snapshot.
    #[n(0)]
    pub snapshot_id: ByteVec,
    /// Why.
    #[n(1)]
    pub reason: String,
    /// How many attempts in a row went wrong.
    #[n(2)]
    pub errors: u32,
    /// Why the last of them did.
    #[n(3)]
    pub last_error: Option<String>,
    /// Whether it is deleted whatever the retention says, because the snapshots of the fleet were dropped.
    #[n(4)]
    pub is_dropped: bool,
}

impl SnapshotSet {
    /// The set of a run.
    pub fn of(view: &impl JournalView, restored_by: Option<RunId>) -> Self {
        let header = view.header();
        Self {
            run_id: header.run_id.clone(),
            is_restore: header.restore.is_some(),
            set_use: use_of(view),
            saved: header.outcome().unwrap_or_else(|| header.saved()),
            taken: header.snapshot_targets,
            deleted: header.snapshots_deleted,
            restored_by,
        }
    }

    /// Whether every target of the backup has its snapshot.
    pub const fn is_whole(&self) -> bool {
        self.deleted == 0 && self.saved.is_backup_worth(RunOutcome::OnNetwork)
    }

    /// Whether the backup has no snapshot on the network.
    pub const fn is_empty(&self) -> bool {
        !self.is_restore && self.taken <= self.deleted
    }

    /// Whether every target of the backup has its snapshot and a verified download.
    pub const fn is_verified(&self) -> bool {
        self.deleted == 0 && self.saved.is_backup_worth(RunOutcome::Complete)
    }
}

/// What a run still does with its snapshots.
pub fn use_of(view: &impl JournalView) -> SetUse {
    let header = view.header();
    if header.is_over() {
        return SetUse::Over;
    }
    if header.starts_owed > 0 || header.restore.is_some() || header.abort.is_some() {
        return SetUse::UnderWay;
    }
    match (frontier(view, header, 1), frontier(view, header, 0)) {
        (Some(Kind::DownloadSnapshot | Kind::VerifyArtifact), _) | (Some(_), None) => {
            SetUse::Transferred
        }
        (Some(_), Some(Kind::DownloadSnapshot)) if header.starts_open == 0 => SetUse::Waiting,
        _ => SetUse::UnderWay,
    }
}

/// The kind of the operation that stands so many in front of the first that was never claimed; none past the end.
fn frontier(view: &impl JournalView, header: &Header, before: u32) -> Option<Kind> {
    let never_claimed = header.frontier.map_or(header.operations, |sequence| sequence.0);
    let sequence = never_claimed.checked_sub(before)?;
    view.spec(Sequence(sequence)).map(|spec| spec.kind)
}

impl Deletion {
    /// The first wait between two attempts, and the longest, in seconds.
    const WAIT_SECONDS: (u64, u64) = (30, 3_600);

    /// A snapshot that newer ones have superseded.
    pub fn superseded(snapshot_id: Vec<u8>) -> Self {
        Self::new(snapshot_id, SUPERSEDED, false)
    }

    /// A snapshot of a fleet whose snapshots were dropped.
    pub fn dropped(snapshot_id: Vec<u8>) -> Self {
        Self::new(snapshot_id, "the snapshots of the fleet were dropped", true)
    }

    fn new(snapshot_id: Vec<u8>, reason: &str, is_dropped: bool) -> Self {
        let (snapshot_id, reason) = (snapshot_id.into(), reason.to_string());
        Self { snapshot_id, reason, errors: 0, last_error: None, is_dropped }
    }

    /// After one more attempt that went wrong at `now`, and when the next one comes.
    #[must_use]
    pub fn failed(self, error: String, now: Timestamp) -> (Self, Timestamp) {
        let (first, longest) = Self::WAIT_SECONDS;
        let errors = self.errors.saturating_add(1);
        let seconds = doubled(first, longest, errors);
        let next = Timestamp(now.0.saturating_add(seconds * 1_000_000_000));
        (Self { errors, last_error: Some(error), ..self }, next)
    }
}

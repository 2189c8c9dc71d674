//! The records of the stable maps.

use super::{indexes::FleetNumber, keys::RunNumber};
use backup_journal::{
    Rules, Timestamp,
    api::{AuditEvent, DraftPhase, DraftStatus},
    fleet::{Fleet, SlotsUsed},
    journal::RunOutcome,
    plan::{ControlAuthority, DerivedLayout, PlanDigest, PlanHeader, SnapshotReadAuthority},
};
use candid::Principal;
use minicbor::{
    Decode, Encode,
    bytes::{ByteArray, ByteVec},
};

/// How many targets or operations share one entry of a map.
pub const RECORDS_PER_PAGE: u32 = 32;

/// A plan apart from its targets and operations.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct PlanRecord {
    /// What the plan says.
    #[n(0)]
    pub header: PlanHeader,
    /// SHA-256 over the plan as it was sent; see [`backup_journal::plan::PlanDigest`].
    #[cbor(n(1), with = "minicbor::bytes")]
    pub digest: Vec<u8>,
    /// Who created the run.
    #[cbor(n(2), with = "backup_journal::cbor::principal")]
    pub created_by: Principal,
}

/// What preflight has proven about a target.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct ProvenRecord {
    /// Who controls it.
    #[n(0)]
    pub control: ControlAuthority,
    /// Who may read its snapshots.
    #[n(1)]
    pub snapshot_read: SnapshotReadAuthority,
}

/// That a target was started again, after the time that the key says.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct StartedRecord {
    /// The target.
    #[cbor(n(0), with = "backup_journal::cbor::principal")]
    pub target: Principal,
    /// When it was started.
    #[n(1)]
    pub at: Timestamp,
}

/// A plan that is still arriving.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct DraftRecord {
    /// The number its run will have.
    #[n(0)]
    pub run: RunNumber,
    /// What the plan says.
    #[n(1)]
    pub header: PlanHeader,
    /// Who began it.
    #[cbor(n(2), with = "backup_journal::cbor::principal")]
    pub created_by: Principal,
    /// When.
    #[n(3)]
    pub created_at: Timestamp,
    /// How many targets it has.
    #[n(4)]
    pub targets: u32,
    /// The digest of the plan so far.
    #[n(5)]
    pub digest: ByteArray<32>,
    /// What may be done with it.
    #[n(6)]
    pub phase: DraftPhase,
    /// The rules that its run will be judged by.
    #[cbor(n(7), default)]
    pub rules: Rules,
}

impl DraftRecord {
    /// A draft without targets.
    pub fn new(run: RunNumber, header: PlanHeader, created_by: Principal, now: Timestamp) -> Self {
        let digest = ByteArray::from(*PlanDigest::begin(&header).as_bytes());
        let phase = DraftPhase::Collecting;
        let rules = Rules::CURRENT;
        Self { run, header, created_by, created_at: now, targets: 0, digest, phase, rules }
    }

    /// The draft as a caller sees it.
    pub fn status(&self) -> DraftStatus {
        DraftStatus {
            plan_id: self.header.plan_id.clone(),
            run_id: self.header.run_id.clone(),
            targets: self.targets,
            operations: self.layout().operations(),
            phase: self.phase,
            created_at: self.created_at,
            digest: self.digest.to_vec(),
        }
    }

    /// Where which operation will stand.
    pub const fn layout(&self) -> DerivedLayout {
        DerivedLayout::new(self.targets)
    }
}

/// A registered fleet.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct FleetRecord {
    /// By which its members are found.
    #[n(0)]
    pub number: FleetNumber,
    /// What is known of it, apart from its members.
    #[n(1)]
    pub fleet: Fleet,
}

/// How many snapshots the members of a fleet had.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct SlotsRecord {
    /// The run before which they were looked at.
    #[n(0)]
    pub run: RunNumber,
    /// What was seen.
    #[n(1)]
    pub used: SlotsUsed,
}

/// One record of the log.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct LogRecord {
    /// What happened.
    #[n(0)]
    pub(super) event: AuditEvent,
    /// The hash of the block before it.
    #[n(1)]
    pub(super) parent: Option<ByteArray<32>>,
    /// What was too large for the event, as Candid.
    #[n(2)]
    pub(super) payload: Option<ByteVec>,
}

/// The runs of a fleet that its status tells of.
#[derive(Clone, Copy, Debug, Decode, Default, Encode, Eq, PartialEq)]
pub struct FleetRuns {
    /// The run that was created last.
    #[n(0)]
    pub last: Option<RunNumber>,
    /// The run that was over last.
    #[n(1)]
    pub last_ended: Option<RunNumber>,
}

/// A run that counts as a backup of its fleet.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct LastBackup {
    /// When it was over.
    #[n(0)]
    pub completed_at: Timestamp,
    /// Which run it was.
    #[n(1)]
    pub run: RunNumber,
}

/// The last backups of a fleet, by what they are worth.
#[derive(Clone, Copy, Debug, Decode, Default, Encode, Eq, PartialEq)]
pub struct LastBackups {
    /// The last run whose outcome was `OnNetwork` or better.
    #[n(0)]
    pub on_network: Option<LastBackup>,
    /// The last run whose outcome was `Complete`.
    #[n(1)]
    pub complete: Option<LastBackup>,
    /// The last complete run of which a drill has proven that every target can be restored.
    #[n(2)]
    pub proven: Option<LastBackup>,
}

impl LastBackups {
    /// What they are after a run with this outcome.
    #[must_use]
    pub fn with(self, outcome: RunOutcome, backup: LastBackup) -> Self {
        // An old run can end after a newer one; its snapshots are not newer for that.
        let last = |least, before: Option<LastBackup>| {
            let newer = before.is_none_or(|before| before.run < backup.run);
            if outcome.is_backup_worth(least) && newer { Some(backup) } else { before }
        };
        Self {
            on_network: last(RunOutcome::OnNetwork, self.on_network),
            complete: last(RunOutcome::Complete, self.complete),
            proven: self.proven,
        }
    }

    /// What they are after a drill has proven a run whose last change before was at `changed_at`.
    #[must_use]
    pub fn with_proven(self, run: RunNumber, changed_at: Timestamp) -> Self {
        let known = [self.complete, self.proven].into_iter().flatten().find(|it| it.run == run);
        let backup = known.unwrap_or(LastBackup { completed_at: changed_at, run });
        let newer = self.proven.is_none_or(|before| before.completed_at <= backup.completed_at);
        Self { proven: if newer { Some(backup) } else { self.proven }, ..self }
    }
}

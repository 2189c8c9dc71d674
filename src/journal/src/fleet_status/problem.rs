//! What can be wrong with a fleet.

use crate::{RunId, Span, Timestamp, execution::MAX_SNAPSHOTS, journal::RunOutcome};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How urgent a problem is, and how a fleet is with its worst one. Later variants are worse.
#[derive(
    CandidType, Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize,
)]
pub enum FleetCondition {
    /// Nothing is wrong.
    #[default]
    Well,
    /// Backups are made; something should be looked at.
    Warning,
    /// Backups are not made as they should be.
    Failing,
    /// Canisters are down for longer than they may be.
    Urgent,
}

impl FleetCondition {
    /// Every condition, the worst first.
    pub const ALL: [Self; 4] = [Self::Urgent, Self::Failing, Self::Warning, Self::Well];

    /// Its name in snake case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Warning => "warning",
            Self::Failing => "failing",
            Self::Urgent => "urgent",
        }
    }
}

/// Which backup is too old.
#[derive(CandidType, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum AgeRule {
    /// A schedule promises that the second of its times does not pass without a new backup on the network.
    OnNetwork,
    /// The policy of the fleet has somebody download each backup (`transfer = Await`): the same for verified downloads.
    Verified,
}

/// Something that is wrong with a fleet. The text says it in words.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, Error, PartialEq, Serialize)]
pub enum FleetProblem {
    /// A restore has loaded some snapshots and not all.
    #[error("restore {run_id} has loaded some snapshots and not all; finish it, or roll it back")]
    RestoreContained {
        /// The restore.
        run_id: RunId,
    },
    /// A run still owes starts after its restart deadline.
    #[error("the restart deadline of run {run_id} passed {} ago, and {} must be started", Span::seconds(*late_seconds), canisters(*starts_owed))]
    DeadlinePassed {
        /// The run.
        run_id: RunId,
        /// How many canisters must be started.
        starts_owed: u32,
        /// How many seconds ago the deadline was.
        late_seconds: u64,
    },
    /// A start is owed for longer than the setting `restart_overdue_after_seconds` allows.
    #[error("{} of run {run_id} must be started, the first for {}", canisters(*starts_owed), Span::seconds(*waiting_seconds))]
    RestartOverdue {
        /// The run.
        run_id: RunId,
        /// How many canisters must be started.
        starts_owed: u32,
        /// For how many seconds the first of them has waited.
        waiting_seconds: u64,
    },
    /// An operation of the last run has failed and waits for a retry.
    #[error("an operation of run {run_id} has failed and waits for a retry")]
    LastRunFailed {
        /// The run.
        run_id: RunId,
    },
    /// The run that was over last has saved or restored nothing, or only a part.
    #[error("the last run that ended, {run_id}, has {}", saved(*outcome))]
    LastRunIncomplete {
        /// The run.
        run_id: RunId,
        /// What it is worth.
        outcome: RunOutcome,
    },
    /// A time of the schedule has come, and the coordinator has not begun a backup.
    #[error("a backup should have begun {} ago", Span::seconds(*late_seconds))]
    ScheduleOverdue {
        /// The time of the schedule.
        planned_at: Timestamp,
        /// How many seconds ago that was.
        late_seconds: u64,
    },
    /// No backup was begun at the last time of the schedule.
    #[error("no backup was begun at the last time of the schedule: {reason}")]
    TurnSkipped {
        /// The time of the schedule.
        planned_at: Timestamp,
        /// Why.
        reason: String,
    },
    /// Two times of the schedule have passed since the last backup.
    #[error("{}", too_old(*rule, *age_seconds))]
    BackupTooOld {
        /// Which backup.
        rule: AgeRule,
        /// How old it is; none if there is none.
        age_seconds: Option<u64>,
    },
    /// A member has as many snapshots as the network keeps.
    #[error("all snapshots of {canister_id} are used, {not_ours} of them by others")]
    NoFreeSlot {
        /// The member.
        canister_id: Principal,
        /// How many of its snapshots are in no journal of this coordinator.
        not_ours: u32,
    },
    /// Snapshots of the last backup on the network are gone, and its downloads were not verified.
    #[error("{gone} snapshots of the last backup {run_id} are gone, and it was not downloaded")]
    BackupDamaged {
        /// Its run.
        run_id: RunId,
        /// How many.
        gone: u32,
    },
    /// The discovery of the fleet lists canisters that are not registered, so that they are not backed up.
    #[error(
        "{unregistered} canisters are not registered and not backed up, among them {}",
        listed(first)
    )]
    NotRegistered {
        /// How many.
        unregistered: u32,
        /// The first of them.
        first: Vec<Principal>,
    },
    /// The discovery of the fleet was not answered, or not as it should be.
    #[error("its discovery does not answer: {reason}")]
    DiscoveryFailed {
        /// Why.
        reason: String,
    },
    /// No run has left a snapshot of every target.
    #[error("it was never backed up")]
    NeverBackedUp,
    /// A member has nearly as many snapshots as the network keeps.
    #[error(
        "{used} of {MAX_SNAPSHOTS} snapshots of {canister_id} are used, {not_ours} of them by others"
    )]
    FewFreeSlots {
        /// The member.
        canister_id: Principal,
        /// How many snapshots it has.
        used: u32,
        /// How many of them are in no journal of this coordinator.
        not_ours: u32,
    },
    /// The schedule is paused.
    #[error("its schedule is paused")]
    SchedulePaused,
    /// Not all members have arrived, so that the fleet cannot be backed up.
    #[error("{members} of {expected_members} members are registered")]
    Incomplete {
        /// How many have.
        members: u32,
        /// How many were announced.
        expected_members: u32,
    },
    /// The fleet is being removed.
    #[error("it is being removed; call remove_fleet until it is gone")]
    BeingRemoved,
}

impl FleetProblem {
    /// The name of every kind of problem. Those of one condition are listed in this order.
    pub const KINDS: [&str; 17] = [
        "restore_contained",
        "deadline_passed",
        "restart_overdue",
        "last_run_failed",
        "last_run_incomplete",
        "schedule_overdue",
        "turn_skipped",
        "backup_too_old",
        "no_free_slot",
        "never_backed_up",
        "few_free_slots",
        "schedule_paused",
        "incomplete",
        "being_removed",
        "backup_damaged",
        "not_registered",
        "discovery_failed",
    ];

    /// The position of its kind in [`FleetProblem::KINDS`].
    pub const fn kind(&self) -> usize {
        match self {
            Self::RestoreContained { .. } => 0,
            Self::DeadlinePassed { .. } => 1,
            Self::RestartOverdue { .. } => 2,
            Self::LastRunFailed { .. } => 3,
            Self::LastRunIncomplete { .. } => 4,
            Self::ScheduleOverdue { .. } => 5,
            Self::TurnSkipped { .. } => 6,
            Self::BackupTooOld { .. } => 7,
            Self::NoFreeSlot { .. } => 8,
            Self::NeverBackedUp => 9,
            Self::FewFreeSlots { .. } => 10,
            Self::SchedulePaused => 11,
            Self::Incomplete { .. } => 12,
            Self::BeingRemoved => 13,
            Self::BackupDamaged { .. } => 14,
            Self::NotRegistered { .. } => 15,
            Self::DiscoveryFailed { .. } => 16,
        }
    }

    /// How urgent it is.
    pub const fn condition(&self) -> FleetCondition {
        match self {
            Self::RestoreContained { .. }
            | Self::DeadlinePassed { .. }
            | Self::RestartOverdue { .. } => FleetCondition::Urgent,
            Self::LastRunFailed { .. }
            | Self::LastRunIncomplete { .. }
            | Self::ScheduleOverdue { .. }
            | Self::TurnSkipped { .. }
            | Self::BackupTooOld { rule: AgeRule::OnNetwork, .. }
            | Self::BackupDamaged { .. }
            | Self::NoFreeSlot { .. } => FleetCondition::Failing,
            Self::BackupTooOld { rule: AgeRule::Verified, .. }
            | Self::NeverBackedUp
            | Self::FewFreeSlots { .. }
            | Self::SchedulePaused
            | Self::NotRegistered { .. }
            | Self::DiscoveryFailed { .. }
            | Self::Incomplete { .. }
            | Self::BeingRemoved => FleetCondition::Warning,
        }
    }
}

fn listed(canisters: &[Principal]) -> String {
    canisters.iter().map(Principal::to_text).collect::<Vec<_>>().join(", ")
}

fn canisters(count: u32) -> String {
    format!("{count} {}", if count == 1 { "canister" } else { "canisters" })
}

const fn saved(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Nothing => "saved nothing",
        _ => "done only a part",
    }
}

fn too_old(rule: AgeRule, age_seconds: Option<u64>) -> String {
    let backup = match rule {
        AgeRule::OnNetwork => "backup",
        AgeRule::Verified => "verified download",
    };
    age_seconds.map_or_else(
        || format!("there is no {backup}, and two times of the schedule have passed"),
        |age| {
            let age = Span::seconds(age);
            format!("the last {backup} is {age} old: two times of the schedule have passed since")
        },
    )
}

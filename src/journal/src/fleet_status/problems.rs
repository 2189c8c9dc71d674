//! Which problems a fleet has.

use super::{AgeRule, DownRun, FleetBackup, FleetFacts, FleetProblem};
use crate::{
    Timestamp,
    execution::MAX_SNAPSHOTS,
    fleet::{DiscoveryOutcome, Fleet, FleetPhase, TransferPolicy},
    journal::{RunOutcome, RunState},
    schedule::{LastTurn, ScheduleStatus, TurnOutcome},
};
use std::cmp::Reverse;

const SECOND: u64 = 1_000_000_000;
/// A backup begins within seconds of its time, unless the coordinator cannot run.
const LATE_AFTER: u64 = 600 * SECOND;
/// So many free snapshots are few: one is taken with each backup, and each restore takes another.
const FEW_SLOTS: usize = 2;

/// The problems of a fleet at `now`, the worst first.
pub fn problems(facts: &FleetFacts, now: Timestamp) -> Vec<FleetProblem> {
    let mut problems = Vec::new();
    problems.extend(facts.down.iter().filter_map(|run| down(facts, run, now)));
    problems.extend(last_run(facts));
    if let Some(schedule) = &facts.schedule {
        if schedule.schedule.paused {
            problems.push(FleetProblem::SchedulePaused);
        } else {
            problems.extend(overdue(schedule, now));
            problems.extend(skipped(facts, schedule));
            problems.extend(too_old(facts, schedule, now));
        }
    }
    problems.extend(slots(facts));
    problems.extend(damaged(facts));
    problems.extend(discovery(facts));
    problems.extend(registration(facts));
    problems.sort_by_key(|problem| (Reverse(problem.condition()), problem.kind()));
    problems
}

/// What is wrong with a run that owes starts, or is contained.
fn down(facts: &FleetFacts, run: &DownRun, now: Timestamp) -> Option<FleetProblem> {
    let (run_id, starts_owed) = (run.run_id.clone(), run.starts_owed);
    if run.contained {
        return Some(FleetProblem::RestoreContained { run_id });
    }
    if let Some(deadline) = run.deadline.filter(|deadline| *deadline < now) {
        let late_seconds = now.nanos_since(deadline) / SECOND;
        return Some(FleetProblem::DeadlinePassed { run_id, starts_owed, late_seconds });
    }
    let waited = now.nanos_since(run.owed_since?);
    let waiting_seconds = waited / SECOND;
    (waited > facts.restart_overdue_after_nanos).then_some(FleetProblem::RestartOverdue {
        run_id,
        starts_owed,
        waiting_seconds,
    })
}

fn last_run(facts: &FleetFacts) -> Vec<FleetProblem> {
    let failed = facts.last_run.as_ref().filter(|run| run.state == RunState::Failed);
    let failed = failed.map(|run| FleetProblem::LastRunFailed { run_id: run.run_id.clone() });
    let incomplete = facts.last_ended.as_ref().and_then(|run| {
        let wanting = |it: &RunOutcome| matches!(it, RunOutcome::Nothing | RunOutcome::Partial);
        let (run_id, outcome) = (run.run_id.clone(), run.outcome.filter(wanting)?);
        Some(FleetProblem::LastRunIncomplete { run_id, outcome })
    });
    failed.into_iter().chain(incomplete).collect()
}

fn overdue(schedule: &ScheduleStatus, now: Timestamp) -> Option<FleetProblem> {
    let planned_at = schedule.next_at?;
    let late = now.nanos_since(planned_at);
    let late_seconds = late / SECOND;
    (late > LATE_AFTER).then_some(FleetProblem::ScheduleOverdue { planned_at, late_seconds })
}

/// A backup that somebody has made meanwhile makes up for a turn that was skipped.
fn skipped(facts: &FleetFacts, schedule: &ScheduleStatus) -> Option<FleetProblem> {
    let LastTurn { planned_at, decided_at, outcome } = schedule.last.as_ref()?;
    let TurnOutcome::Skipped { reason } = outcome else { return None };
    let made_up = facts.on_network.as_ref().is_some_and(|it| it.completed_at > *decided_at);
    (!made_up)
        .then(|| FleetProblem::TurnSkipped { planned_at: *planned_at, reason: reason.clone() })
}

/// The backups since which two times of the schedule have passed.
fn too_old(facts: &FleetFacts, schedule: &ScheduleStatus, now: Timestamp) -> Vec<FleetProblem> {
    let Some(fleet) = &facts.fleet else { return Vec::new() };
    let rule = |rule, backup: &Option<FleetBackup>| {
        let since = backup.as_ref().map_or(fleet.registered_at, |backup| backup.completed_at);
        let age_seconds = backup.as_ref().map(|backup| backup.age_seconds);
        two_passed(schedule, since, now).then_some(FleetProblem::BackupTooOld { rule, age_seconds })
    };
    let awaited = fleet.policy.transfer == TransferPolicy::Await;
    let verified = awaited.then(|| rule(AgeRule::Verified, &facts.complete)).flatten();
    rule(AgeRule::OnNetwork, &facts.on_network).into_iter().chain(verified).collect()
}

/// Whether the schedule had a turn after `since`, and two of its times have passed. A schedule that was set later had none.
fn two_passed(schedule: &ScheduleStatus, since: Timestamp, now: Timestamp) -> bool {
    let had_a_turn = schedule.last.as_ref().is_some_and(|turn| turn.planned_at > since);
    let second = || schedule.schedule.after(schedule.schedule.after(since)?);
    had_a_turn && second().is_some_and(|second| second <= now)
}

fn slots(facts: &FleetFacts) -> Option<FleetProblem> {
    let slots = facts.slots?;
    let (canister_id, used, not_ours) = (slots.canister_id, slots.most_used, slots.not_ours);
    match MAX_SNAPSHOTS.saturating_sub(used as usize) {
        0 => Some(FleetProblem::NoFreeSlot { canister_id, not_ours }),
        1..=FEW_SLOTS => Some(FleetProblem::FewFreeSlots { canister_id, used, not_ours }),
        _ => None,
    }
}

/// Without its snapshots a backup is still one if it was downloaded.
fn damaged(facts: &FleetFacts) -> Option<FleetProblem> {
    let last = facts.on_network.as_ref().filter(|_| facts.gone > 0)?;
    let downloaded = facts.complete.as_ref().is_some_and(|it| it.run_id == last.run_id);
    let (run_id, gone) = (last.run_id.clone(), facts.gone);
    (!downloaded).then_some(FleetProblem::BackupDamaged { run_id, gone })
}

fn discovery(facts: &FleetFacts) -> Option<FleetProblem> {
    match &facts.discovery.as_ref()?.outcome {
        DiscoveryOutcome::Listed { unregistered: 0, .. } => None,
        DiscoveryOutcome::Listed { unregistered, first, .. } => {
            let (unregistered, first) = (*unregistered, first.clone());
            Some(FleetProblem::NotRegistered { unregistered, first })
        }
        DiscoveryOutcome::Failed { reason } => {
            Some(FleetProblem::DiscoveryFailed { reason: reason.clone() })
        }
    }
}

fn registration(facts: &FleetFacts) -> Option<FleetProblem> {
    match facts.fleet.as_ref() {
        Some(Fleet { phase: FleetPhase::Removing, .. }) => Some(FleetProblem::BeingRemoved),
        Some(Fleet { phase: FleetPhase::Collecting { expected_members }, members, .. }) => {
            let (members, expected_members) = (*members, *expected_members);
            Some(FleetProblem::Incomplete { members, expected_members })
        }
        Some(Fleet { phase: FleetPhase::Complete, .. }) | None => {
            facts.on_network.is_none().then_some(FleetProblem::NeverBackedUp)
        }
    }
}

//! What a backup would do, from what was seen of its targets.

use super::{MAX_SNAPSHOTS, Observed, OwnCycles, check_target, preflight::is_drifted};
use crate::{
    FleetName, RunId,
    fleet::{DiscoveryOutcome, FleetPolicy},
    journal::{Stage, rows_of},
    plan::{BackupPlan, BackupTarget},
};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a call takes on a network that is not busy, in seconds.
const SECONDS_PER_CALL: u64 = 5;
/// How many calls follow each other for a snapshot: a look before it, the snapshot, a look after it.
const CALLS_PER_SNAPSHOT: u64 = 3;

/// What a backup would do, or a restore. Nothing was touched to find it out. The snapshots of a restore are the safety
/// snapshots that it would take.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BackupPreview {
    /// The fleet.
    pub fleet: FleetName,
    /// How the run would be executed.
    pub policy: FleetPolicy,
    /// How many canisters would be backed up or restored.
    pub targets: u32,
    /// How many operations the run would have.
    pub operations: u32,
    /// How many waves it would have, from the first stop to the manifest.
    pub waves: u32,
    /// How long the fleet would be down if a call takes five seconds. A busy network takes longer.
    pub expected_downtime_seconds: u64,
    /// How many bytes the snapshots would have.
    pub snapshot_bytes: u64,
    /// The cycles that the targets would pay for taking the snapshots, together.
    pub snapshot_cycles: u64,
    /// The cycles that the targets would pay a day for keeping them, together.
    pub cycles_per_day: u64,
    /// How many more snapshots the target with the most of them can take; the network keeps ten of a canister.
    pub free_snapshots: u32,
    /// Targets that do not run. They would be left as they are.
    pub not_running: Vec<Principal>,
    /// Targets that have another module than registered. They would be backed up nevertheless.
    pub drifted: Vec<Principal>,
    /// The cycles of the coordinator itself. With fewer than the run needs, it is not begun.
    pub coordinator_cycles: OwnCycles,
    /// What the method tells that lists the members of the fleet; none if there is none, and for a restore.
    pub discovery: Option<DiscoveryOutcome>,
    /// What would end the run in its preflight; empty if nothing would.
    pub problems: Vec<MemberProblem>,
    /// A run of the fleet that is not over, and that the backup would have to wait for.
    pub busy_with: Option<RunId>,
}

/// What is wrong with a member.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MemberProblem {
    /// The member.
    pub canister_id: Principal,
    /// What is wrong with it.
    pub problem: String,
}

/// What a run of `plan` would do, by what was seen of each target, or why it was not seen.
pub fn preview(
    plan: &BackupPlan,
    policy: FleetPolicy,
    seen: &[(Principal, Result<Observed, String>)],
    busy_with: Option<RunId>,
    coordinator_cycles: OwnCycles,
    discovery: Option<DiscoveryOutcome>,
) -> BackupPreview {
    let observed = || seen.iter().filter_map(|(id, seen)| Some((*id, seen.as_ref().ok()?)));
    let sum = |of: fn(&Observed) -> u128| {
        let sum = observed().map(|(_, seen)| of(seen)).fold(0_u128, u128::saturating_add);
        u64::try_from(sum).unwrap_or(u64::MAX)
    };
    let targets: BTreeMap<Principal, &BackupTarget> =
        plan.targets.iter().map(|target| (target.canister_id, target)).collect();
    let problem = |(canister_id, seen): &(Principal, Result<Observed, String>)| {
        let problem = match seen {
            Ok(seen) => {
                let target = targets.get(canister_id)?;
                check_target(target, seen.clone()).err()?.to_string()
            }
            Err(reason) => reason.clone(),
        };
        Some(MemberProblem { canister_id: *canister_id, problem })
    };
    let most = observed().map(|(_, seen)| seen.snapshots.len()).max().unwrap_or_default();
    let (waves, calls) = waves(plan, policy.max_parallel);
    BackupPreview {
        fleet: plan.header.fleet.as_str().into(),
        policy,
        targets: count(plan.targets.len()),
        operations: count(plan.phases.len()),
        waves,
        expected_downtime_seconds: calls * SECONDS_PER_CALL,
        snapshot_bytes: sum(|seen| seen.snapshot_bytes),
        snapshot_cycles: sum(Observed::cycles_of_a_snapshot),
        cycles_per_day: sum(Observed::cycles_per_day_of_a_snapshot),
        free_snapshots: count(MAX_SNAPSHOTS.saturating_sub(most)),
        not_running: observed()
            .filter(|(_, seen)| seen.running == Some(false))
            .map(|(canister_id, _)| canister_id)
            .collect(),
        drifted: observed()
            .filter(|(canister_id, seen)| {
                let target = targets.get(canister_id);
                target.is_some_and(|target| is_drifted(target, seen.module_hash.as_ref()))
            })
            .map(|(canister_id, _)| canister_id)
            .collect(),
        coordinator_cycles,
        discovery,
        problems: seen.iter().filter_map(problem).collect(),
        busy_with,
    }
}

/// How many waves a run of the plan has, and how many calls follow each other while the fleet is down.
fn waves(plan: &BackupPlan, max_parallel: u32) -> (u32, u64) {
    let mut waves: BTreeMap<_, (Stage, u64)> = BTreeMap::new();
    for row in rows_of(plan) {
        if let Some(wave) = row.wave {
            waves.entry(wave).or_insert((row.kind.into(), 0)).1 += 1;
        }
    }
    let calls = |(stage, operations): &(Stage, u64)| {
        let rounds = operations.div_ceil(u64::from(max_parallel.max(1)));
        match stage {
            Stage::Stop | Stage::Start | Stage::Load | Stage::RollBack | Stage::Verify => rounds,
            Stage::Snapshot => rounds * CALLS_PER_SNAPSHOT,
            Stage::Preflight | Stage::Transfer | Stage::Finalize | Stage::Upload => 0,
        }
    };
    (count(waves.len()), waves.values().map(calls).sum())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{orders, plan, users};

    const CYCLES: OwnCycles = OwnCycles { available: 2, needed: 1 };

    fn observed(snapshots: usize, running: bool) -> Observed {
        Observed {
            running: Some(running),
            module_hash: Some("aa".to_string()),
            snapshots: vec![vec![1]; snapshots],
            cycles: 1 << 50,
            idle_cycles_per_day: 0,
            freezing_seconds: 2_592_000,
            snapshot_bytes: 1 << 30,
            may_replace: false,
        }
    }

    #[test]
    fn a_preview_adds_up_what_was_seen() {
        let seen = [(orders(), Ok(observed(3, true))), (users(), Ok(observed(1, false)))];
        let preview = preview(&plan(), FleetPolicy::default(), &seen, None, CYCLES, None);
        assert_eq!((preview.targets, preview.free_snapshots), (2, 7));
        assert_eq!(preview.snapshot_bytes, 2 << 30);
        assert_eq!(preview.not_running, [users()]);
        assert_eq!((preview.problems.len(), preview.coordinator_cycles), (0, CYCLES));
        // A GiB costs 329 G cycles in 30 days, on 13 nodes.
        assert_eq!(preview.cycles_per_day / 1_000_000_000, 2 * 329 / 30);
        assert_eq!(preview.snapshot_cycles, 2 * (2_000_000_000 + (1 << 30)));
    }

    #[test]
    fn what_would_end_the_run_is_told() {
        let seen = [
            (orders(), Ok(observed(10, true))),
            (users(), Err("the coordinator is no controller of it".to_string())),
        ];
        let preview =
            preview(&plan(), FleetPolicy::default(), &seen, Some("run-1".into()), CYCLES, None);
        let problems: Vec<Principal> =
            preview.problems.iter().map(|problem| problem.canister_id).collect();
        assert_eq!(problems, [orders(), users()]);
        assert_eq!(preview.free_snapshots, 0);
        assert_eq!(preview.busy_with, Some("run-1".into()));
    }

    #[test]
    fn another_module_is_told_and_stops_nothing() {
        let mut plan = plan();
        for target in &mut plan.targets {
            target.expected_module_hash =
                Some(if target.canister_id == orders() { "bb" } else { "aa" }.to_string());
        }
        let seen = [(orders(), Ok(observed(0, true))), (users(), Ok(observed(0, true)))];
        let preview = preview(&plan, FleetPolicy::default(), &seen, None, CYCLES, None);
        assert_eq!((preview.drifted, preview.problems), (vec![orders()], Vec::new()));
    }

    #[test]
    fn waves_follow_each_other_and_calls_of_a_wave_do_not() {
        let policy = |max_parallel| FleetPolicy { max_parallel, ..FleetPolicy::default() };
        let downtime = |parallel| {
            preview(&plan(), policy(parallel), &[], None, CYCLES, None).expected_downtime_seconds
        };
        // Two targets on two levels: two stops, three calls for the snapshots, two starts.
        assert_eq!(downtime(2), 7 * SECONDS_PER_CALL);
        assert_eq!(downtime(1), 10 * SECONDS_PER_CALL);
    }
}

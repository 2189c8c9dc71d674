//! Says what a backup would do, before it is confirmed.

use crate::{output, registry::Fleet};
use backup_journal::{
    RunId,
    execution::BackupPreview,
    fleet::DiscoveryOutcome,
    plan::{BackupPlan, BackupTarget},
};
use std::{collections::BTreeMap, path::Path};

/// So many canisters are named one by one.
const NAMED: usize = 30;

/// What a driver would do.
pub fn plan(fleet: &Fleet, plan: &BackupPlan, out: &Path) {
    let (targets, all) = (&plan.targets, fleet.entries.len());
    let head = format!(
        "backup of {} on {}: {} of {all} canisters",
        fleet.name,
        fleet.network,
        targets.len()
    );
    output::tell(&head);
    let mut levels: BTreeMap<u32, Vec<&BackupTarget>> = BTreeMap::new();
    for target in targets {
        levels.entry(target.depth).or_default().push(target);
    }
    for (depth, level) in levels {
        if targets.len() > NAMED {
            output::tell(&format!("  level {depth}: {} canisters", level.len()));
            continue;
        }
        for target in level {
            let role = target.role.as_deref().unwrap_or("-");
            output::tell(&format!("  level {depth}: {role} {}", target.canister_id));
        }
    }
    output::tell(
        "  they are stopped level by level, then snapshots are taken, then all are started",
    );
    tell_where(&plan.header.run_id, out);
}

fn tell_where(run_id: &RunId, out: &Path) {
    output::tell(&format!("  the snapshots are downloaded to {}", out.display()));
    output::tell(&format!(
        "  the run is {run_id}; if this command is interrupted: backupctl resume {run_id}"
    ));
}

/// What the coordinator would do.
pub fn preview(preview: &BackupPreview, run_id: &RunId, out: &Path) {
    let BackupPreview { fleet, targets, waves, expected_downtime_seconds, .. } = preview;
    output::tell(&format!(
        "backup of {fleet} by the coordinator: {targets} canisters in {waves} waves"
    ));
    output::tell(&format!(
        "  down for about {expected_downtime_seconds} s; started by all means {} s after the first stop",
        preview.policy.restart_within_seconds
    ));
    output::tell(&format!(
        "  snapshots: {} bytes, {} cycles now and {} a day from the members; each has room for {} more",
        preview.snapshot_bytes,
        preview.snapshot_cycles,
        preview.cycles_per_day,
        preview.free_snapshots
    ));
    for canister in &preview.not_running {
        output::tell(&format!("  {canister} does not run and is left as it is"));
    }
    tell_remarks(preview);
    tell_where(run_id, out);
}

/// What the coordinator would do to restore the backup that a run has made.
pub fn restore(preview: &BackupPreview, backup: &RunId, run_id: &RunId) {
    let BackupPreview { fleet, targets, waves, expected_downtime_seconds, .. } = preview;
    output::tell(&format!(
        "restore of {fleet} by the coordinator, from the snapshots of the run {backup}: {targets} canisters in {waves} waves"
    ));
    output::tell(&format!(
        "  down for about {expected_downtime_seconds} s; safety snapshots: {} bytes, {} cycles now and {} a day from the members",
        preview.snapshot_bytes, preview.snapshot_cycles, preview.cycles_per_day
    ));
    for canister in &preview.not_running {
        output::tell(&format!("  {canister} does not run"));
    }
    tell_remarks(preview);
    output::tell(LOST);
    output::tell(&format!(
        "  the run is {run_id}; if this command is interrupted: backupctl resume {run_id}"
    ));
}

/// What is not as registered, and is no reason not to go on.
fn tell_remarks(preview: &BackupPreview) {
    for canister in &preview.drifted {
        output::tell(&format!("  {canister} has another module than registered"));
    }
    if let Some(remark) = preview.discovery.as_ref().and_then(DiscoveryOutcome::remark) {
        output::tell(&format!("  {remark}"));
    }
}

/// What a restore loses, and what it does not bring back.
pub const LOST: &str = "  what each has done since the backup is lost; what does not come back: settings, controllers, \
    cycles, and timers that a canister does not set again by itself";

/// What stands against a run of the coordinator; none if nothing does.
pub fn problem(preview: &BackupPreview) -> Option<String> {
    let mut problems: Vec<String> =
        preview.problems.iter().map(|it| format!("{}: {}", it.canister_id, it.problem)).collect();
    problems.extend(preview.busy_with.as_ref().map(|run| format!("the run {run} is not over")));
    problems.extend(preview.coordinator_cycles.check().err().map(|error| error.to_string()));
    (!problems.is_empty()).then(|| problems.join("; "))
}

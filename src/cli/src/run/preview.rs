//! Shows what a restore would do, before it is confirmed.

use crate::{
    driver::{
        check::AT_ONCE,
        origins::Origins,
        restorable::{NotRestorable, Restored, check_restorable, cycles_needed, find_foreign},
    },
    network::Network,
    output,
    run::announce::LOST,
    tables::table,
};
use anyhow::Result;
use backup_fleet::{CallFailed, Management, observe::observe};
use backup_journal::{
    execution::Observed,
    plan::{BackupPlan, BackupTarget},
};
use candid::Principal;
use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::DecimalBytes;
use std::path::Path;
use thiserror::Error;

/// Characters of the hash of a module that are shown.
const SHOWN: usize = 8;

/// A target of a restore, as it is now.
pub struct Target {
    canister_id: Principal,
    member: Principal,
    role: Option<String>,
    /// The module that it will have, if that is known.
    module: Option<String>,
    restored: Restored,
    seen: Result<Observed, CallFailed>,
    /// Whether the snapshot is there, if another canister has it.
    found: Result<Result<(), NotRestorable>, CallFailed>,
}

/// Why nothing can be restored to a target.
#[derive(Debug, Error)]
pub enum Problem<'a> {
    /// It cannot be looked at.
    #[error("{0}; only a controller is answered")]
    NotSeen(&'a CallFailed),
    /// It cannot take the restore.
    #[error(transparent)]
    NotRestorable(NotRestorable),
}

/// Looks at all targets of a plan.
///
/// # Errors
/// If the folder is not that of the backup.
pub async fn look<N: Network>(
    network: &N,
    plan: &BackupPlan,
    origins: &Origins,
) -> Result<Vec<Target>> {
    let management = Management::new(network.clone());
    let look = async |target: &BackupTarget| {
        let canister_id = target.canister_id;
        let restored = origins.restored(canister_id)?;
        if matches!(restored, Restored::Upload(_)) {
            origins.source(canister_id)?;
        }
        let restore = target.restore.as_ref();
        anyhow::Ok(Target {
            canister_id,
            member: restore.map_or(canister_id, |restore| restore.source_canister_id),
            role: target.role.clone(),
            module: origins.module(canister_id).map(ToOwned::to_owned),
            seen: observe(&management, canister_id).await,
            found: find_foreign(&management, &restored).await,
            restored,
        })
    };
    stream::iter(&plan.targets).map(look).buffered(AT_ONCE).try_collect().await
}

impl Target {
    /// Why nothing can be restored to it; none if it can.
    pub fn problem(&self) -> Option<Problem<'_>> {
        let (seen, found) = match (&self.seen, &self.found) {
            (Err(failed), _) | (_, Err(failed)) => return Some(Problem::NotSeen(failed)),
            (Ok(seen), Ok(found)) => (seen, found.clone()),
        };
        let checked = check_restorable(self.canister_id, seen, &self.restored);
        checked.and(found).err().map(Problem::NotRestorable)
    }

    fn row(&self) -> [String; 7] {
        let unknown = || "?".to_owned();
        let seen = self.seen.as_ref().ok();
        let bytes = match self.restored {
            Restored::Upload(bytes) => DecimalBytes(bytes).to_string(),
            Restored::Has(_) | Restored::OfAnother(..) => "on the network".to_owned(),
        };
        [
            self.role.clone().unwrap_or_else(|| self.member.to_text()),
            self.canister_id.to_text(),
            seen.map_or_else(unknown, |seen| status(seen).to_owned()),
            seen.map_or_else(unknown, |seen| short(seen.module_hash.as_deref().unwrap_or("none"))),
            self.module.as_deref().map_or_else(unknown, short),
            bytes,
            seen.map_or_else(unknown, |seen| cycles(cycles_needed(seen, &self.restored))),
        ]
    }
}

/// Tells what the restore would do, and what stands against it.
pub fn tell(plan: &BackupPlan, targets: &[Target], out: &Path) {
    let header = &plan.header;
    let (fleet, network, run_id) = (&header.fleet, &header.network, &header.run_id);
    let backup = header.restore.as_ref().map(|origin| origin.run_id.as_str()).unwrap_or_default();
    output::tell(&format!("restore of {fleet} on {network} from the run {backup}:"));
    let columns =
        ["member", "canister", "status", "module now", "restored", "upload", "cycles needed"];
    table(columns, targets.iter().map(Target::row), &[5, 6]).lines().for_each(output::tell);
    for target in targets.iter().filter(|target| target.member != target.canister_id) {
        output::tell(&format!(
            "  {} becomes a copy of {}: what it has of data that names that id still names it",
            target.canister_id, target.member
        ));
    }
    output::tell(LOST);
    output::tell(
        "  uploads go on while the members run; then all are stopped, a safety snapshot of each is taken, all are loaded, \
         started and verified",
    );
    output::tell(&format!("  the record of the restore is written to {}", out.display()));
    output::tell(&format!(
        "  the run is {run_id}; if this command is interrupted: backupctl resume {run_id}"
    ));
}

/// What stands against the restore, one reason for each target.
pub fn problems(targets: &[Target]) -> Vec<String> {
    let problem = |target: &Target| Some(format!("{}: {}", target.canister_id, target.problem()?));
    targets.iter().filter_map(problem).collect()
}

const fn status(seen: &Observed) -> &'static str {
    match seen.running {
        Some(true) => "running",
        Some(false) => "stopped",
        None => "stopping",
    }
}

fn short(hash: &str) -> String {
    hash.chars().take(SHOWN).collect()
}

/// Cycles in a unit that can be read, rounded up.
fn cycles(cycles: u128) -> String {
    format!("{} G", cycles.div_ceil(1_000_000_000))
}

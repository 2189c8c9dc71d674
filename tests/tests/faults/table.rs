//! The page about faults.

use crate::{report::Tried, world::What};
use backup_coordinator_client::journal::journal::{RunOutcome, RunState};
use canister_sandbox::CallFault;
use std::fmt::Write as _;

const HEAD: &str = "# Faults\n\n\
    What becomes of a backup or a restore that the coordinator makes by itself when one of its calls goes wrong. The fleet has\n\
    three levels, a run makes some fifty calls, and each fault was tried at each call, on the sandbox. In every row all members\n\
    that ran before the run run again, by the restart deadline of ten minutes. The journal, a replay of the log and the\n\
    canisters agree. The call that lists the canisters of a fleet is no row: whatever befalls it, the backup goes on.\n\n\
    `scripts/faults.sh` writes this page; a test fails when it is out of date. Pairs of faults, drawn at random, are tried\n\
    too: `FAULTS_PAIRS=2000 cargo test -p integration-tests --test faults pairs`.\n\n\
    ## Backups\n\n\
    A root and six members.\n\n\
    | fault | calls tried | on the network | aborted | members left stopped | longest downtime |\n\
    | --- | --- | --- | --- | --- | --- |\n";

const RESTORES: &str = "\n## Restores\n\n\
    A root and three members, from snapshots that are on the network. In every row all members have the state of the backup\n\
    (restored), or all have the state from before: nothing was loaded (aborted), or it was rolled back.\n\n\
    | fault | calls tried | restored | aborted | rolled back | members left stopped | longest downtime |\n\
    | --- | --- | --- | --- | --- | --- | --- |\n";

/// The whole page.
pub fn of(backups: &[Tried], restores: &[Tried]) -> String {
    let parts = [(HEAD, What::Backup, backups), (RESTORES, What::Restore, restores)];
    let mut page = String::new();
    for (head, what, tried) in parts {
        page.push_str(head);
        for fault in CallFault::ALL {
            let of_fault: Vec<Tried> =
                tried.iter().filter(|it| it.case[0].fault == fault).cloned().collect();
            let _ = writeln!(page, "{}", summary(what, fault.meaning(), &of_fault));
        }
        let _ = writeln!(page, "{}", summary(what, "all", tried));
    }
    page
}

/// One row.
pub fn summary(what: What, name: &str, tried: &[Tried]) -> String {
    let count = |is: &dyn Fn(&Tried) -> bool| tried.iter().filter(|it| is(it)).count();
    let outcome = |outcome| count(&|it| it.report.outcome == Some(outcome));
    let became = match what {
        What::Backup | What::Deletion => {
            let saved = count(&|it| {
                it.report.state == RunState::Completed
                    && it.report.outcome >= Some(RunOutcome::OnNetwork)
            });
            let aborted = count(&|it| it.report.state == RunState::Aborted);
            format!("{saved} | {aborted}")
        }
        What::Restore => {
            let restored = outcome(RunOutcome::Restored) + outcome(RunOutcome::Partial);
            let (nothing, back) = (outcome(RunOutcome::Nothing), outcome(RunOutcome::RolledBack));
            format!("{restored} | {nothing} | {back}")
        }
    };
    let stopped: usize = tried.iter().map(|it| it.report.left_stopped).sum();
    let longest = tried.iter().map(|it| it.report.down.as_secs()).max().unwrap_or_default();
    format!("| {name} | {} | {became} | {stopped} | {longest} s |", tried.len())
}

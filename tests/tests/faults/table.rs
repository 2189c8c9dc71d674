//! The page about faults.

use crate::report::Tried;
use backup_coordinator_client::journal::journal::{RunOutcome, RunState};
use canister_sandbox::CallFault;
use std::fmt::Write as _;

const HEAD: &str = "# Faults\n\n\
    What becomes of a backup that the coordinator makes by itself when one of its calls goes wrong. The fleet has a root and\n\
    six members in three levels; a run makes some fifty calls. Each fault was tried at each call, on the sandbox. In every row\n\
    all members that ran before the run run again, by the restart deadline of ten minutes. The journal, a replay of the\n\
    log and the canisters agree.\n\n\
    `scripts/faults.sh` writes this page; a test fails when it is out of date. Pairs of faults, drawn at random, are tried\n\
    too: `FAULTS_PAIRS=2000 cargo test -p integration-tests --test faults pairs`.\n\n\
    | fault | calls tried | on the network | aborted | members left stopped | longest downtime |\n\
    | --- | --- | --- | --- | --- | --- |\n";

/// The whole page.
pub fn of(tried: &[Tried]) -> String {
    let mut page = HEAD.to_string();
    for fault in CallFault::ALL {
        let of_fault: Vec<Tried> =
            tried.iter().filter(|it| it.case[0].fault == fault).cloned().collect();
        let _ = writeln!(page, "{}", summary(fault.meaning(), &of_fault));
    }
    let _ = writeln!(page, "{}", summary("all", tried));
    page
}

/// One row.
pub fn summary(name: &str, tried: &[Tried]) -> String {
    let count = |is: &dyn Fn(&Tried) -> bool| tried.iter().filter(|it| is(it)).count();
    let saved = count(&|it| {
        it.report.state == RunState::Completed && it.report.outcome >= Some(RunOutcome::OnNetwork)
    });
    let aborted = count(&|it| it.report.state == RunState::Aborted);
    let stopped: usize = tried.iter().map(|it| it.report.left_stopped).sum();
    let longest = tried.iter().map(|it| it.report.down.as_secs()).max().unwrap_or_default();
    format!("| {name} | {} | {saved} | {aborted} | {stopped} | {longest} s |", tried.len())
}

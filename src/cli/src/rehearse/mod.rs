//! `backupctl rehearse`: rehearses a backup, and says whether it holds.

pub mod args;
mod auditor;
mod faults;
mod fleet;
mod modules;
mod plan;
mod progress;
mod registry;
pub mod rehearsal;
pub mod report;
mod specs;
mod stage;
pub mod table;

use crate::driver::{folder, trouble::Trouble};
use anyhow::Result;
use args::RehearseArgs;
use auditor::Auditor;
use backup_journal::api::Visibility;
use rehearsal::Rehearsal;
use report::Report;

/// Rehearses a backup; true when everything holds in the end.
pub fn rehearse(args: &RehearseArgs) -> Result<bool> {
    pollster::block_on(run(args))
}

async fn run(args: &RehearseArgs) -> Result<bool> {
    let mut rehearsal = Rehearsal::open(&args.run, Visibility::Members, None).await?;
    let auditor = Auditor::begin(args, &rehearsal.stage).await?;
    let course = rehearsal.play().await;
    let trouble = course.trouble.clone();
    let audit = auditor.end(&rehearsal.stage).await?;
    let report = rehearsal.report(course).await?.with_audit(audit);
    show(args, &report, trouble.as_ref(), &rehearsal)
}

/// Writes the result to standard output and, if there is one, the problem to standard error.
fn show(
    args: &RehearseArgs,
    report: &Report,
    trouble: Option<&Trouble>,
    rehearsal: &Rehearsal,
) -> Result<bool> {
    if args.run.json {
        print!("{}", folder::to_json(report)?);
    } else {
        print!("{}", table::render(report));
    }
    match (trouble, report.first_problem()) {
        (Some(trouble), _) => eprintln!("{}", trouble.explain(&report.run_id, &rehearsal.folder)),
        (None, Some(problem)) => eprintln!("error: {problem}"),
        (None, None) => {}
    }
    Ok(report.ok)
}

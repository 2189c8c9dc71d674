//! `backupctl rehearse`: rehearses a backup, and says whether it holds.

pub mod args;
mod auditor;
mod days;
mod faults;
mod fleet;
mod modules;
pub mod on_chain;
pub mod rehearsal;
pub mod report;
mod specs;
pub mod stage;
pub mod table;
mod tamper;

use crate::{audit::dump, backup::folder, driver::trouble::Trouble, output};
use anyhow::Result;
use args::RehearseArgs;
use auditor::Auditor;
use backup_journal::api::Visibility;
use rehearsal::Rehearsal;
use report::Report;
use stage::Scene;

/// Rehearses a backup; true when everything holds in the end.
pub fn rehearse(args: &RehearseArgs) -> Result<bool> {
    pollster::block_on(run(args))
}

async fn run(args: &RehearseArgs) -> Result<bool> {
    let scene = Scene { visibility: Visibility::Members, begins: None, operators: Vec::new() };
    if let Some(nights) = args.days.days {
        return days::rehearse(args, nights, &scene).await;
    }
    if let Some(folder) = &args.dump {
        dump::check(folder)?;
    }
    let mut rehearsal = Rehearsal::open(&args.run, &scene, None).await?;
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
    let answered = if args.run.json {
        output::answer(&folder::to_json(report)?)
    } else {
        output::show(&table::render(report));
        Ok(())
    };
    match (trouble, report.first_problem()) {
        (Some(trouble), _) => {
            let folder = rehearsal.folder.path().display();
            let lines = trouble.explain(
                &report.run_id,
                &[
                    "This fleet was simulated and is gone; nothing has to be started.".to_owned(),
                    format!("To rehearse again: rm -r {folder}, then the same command."),
                ],
            );
            for line in &lines {
                output::tell(line);
            }
        }
        (None, Some(problem)) => output::tell(&format!("error: {problem}")),
        (None, None) => {}
    }
    answered.map(|()| report.ok)
}

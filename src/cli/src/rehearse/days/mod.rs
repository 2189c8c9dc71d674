//! Rehearses many nights of a fleet that the coordinator backs up by itself, at the times of its schedule.

mod calendar;
mod costs;
mod downloads;
mod faults;
mod invariants;
mod midst;
mod nights;
mod person;
mod records;
mod report;
mod table;
mod turns;
mod watch;

use super::{
    args::RehearseArgs,
    auditor::Auditor,
    stage::{Scene, Stage},
};
use crate::{audit::dump, backup::folder, output, registry::Registry};
use anyhow::Result;
use nights::Nights;
use report::Report;

/// Rehearses so many nights; true when everything holds.
pub async fn rehearse(args: &RehearseArgs, nights: u32, scene: &Scene) -> Result<bool> {
    if let Some(folder) = &args.dump {
        dump::check(folder)?;
    }
    let registry = Registry::chosen(args.run.targets, args.run.registry.as_deref())?;
    let (coordinator, member) = (&args.run.coordinator_module, &args.run.member_module);
    let stage = Stage::set(&registry, coordinator, member, scene)?;
    let seed = args.days.seed.unwrap_or_else(|| fastrand::u32(..).into());
    output::tell(&format!("{nights} nights are rehearsed; the same again: --seed {seed}"));
    let auditor = Auditor::begin(args, &stage).await?.always();
    let mut nights = Nights::open(stage, args, nights, seed).await?;
    let result = nights.play().await;
    let report = Report::of(nights, result, args.days.fault_rate, seed, auditor).await?;
    if args.run.json {
        output::answer(&folder::to_json(&report)?)?;
    } else {
        output::show(&table::render(&report));
    }
    if let Some(problem) = report.first_problem() {
        output::tell(&format!("error: {problem}"));
    }
    Ok(report.ok)
}

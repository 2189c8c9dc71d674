//! The result of a rehearsal of many nights as a table.

use super::{
    records::{Night, Totals},
    report::Report,
};
use crate::{driver::check::Check, tables::table, words::time};
use backup_journal::{Span, text::visible};
use std::{collections::BTreeMap, fmt::Write};

/// A line for each night, and below them what they add up to.
pub fn render(report: &Report) -> String {
    let header = ["", "night", "backup", "down", "slots", "deleted", "calls", "faults"];
    let nights = table(header, report.nights.iter().map(cells), &[0, 3, 4, 5, 6, 7]);
    format!("{nights}\n\n{}", totals(report))
}

fn cells(night: &Night) -> [String; 8] {
    let down = (night.down_nanos > 0).then(|| Span(night.down_nanos).to_string());
    [
        night.number.to_string(),
        time(night.at)[..10].to_owned(),
        night.told(),
        down.unwrap_or_default(),
        night.slots.to_string(),
        night.deleted.to_string(),
        night.calls.to_string(),
        night.faults.to_string(),
    ]
}

fn totals(report: &Report) -> String {
    let Totals { runs, without, faults, .. } = &report.totals;
    let totals = &report.totals;
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<13} {}", visible(&value)); // writing to a string cannot fail
    };
    let (nights, members) = (report.nights.len(), report.members);
    line("rehearsed", format!("{nights} nights of {members} members, seed {}", report.seed));
    line("backups", listed(runs));
    line("none", listed(without));
    line("downtime", format!("at worst {}", Span(totals.worst_down_nanos)));
    line("snapshots", snapshots(totals));
    line("last backup", ages(totals));
    let faulty: u32 = faults.values().sum();
    line("faults", format!("{faulty} of {} calls: {}", totals.calls, listed(faults)));
    line("coordinator", coordinator(totals));
    line("a person", format!("has interfered {} times", totals.interferences));
    if let Some(costs) = &report.costs {
        line("idle day", format!("{} of instructions", millions(costs.idle_day)));
        line(
            "schedule",
            format!(
                "{} at its time, {} for a night with its backup",
                millions(costs.turn),
                millions(costs.night)
            ),
        );
    }
    line("verified", verified(report));
    text
}

fn listed<T: std::fmt::Display>(counts: &BTreeMap<T, u32>) -> String {
    let counts: Vec<String> =
        counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}

fn snapshots(totals: &Totals) -> String {
    let Totals { slots, deleted, found_gone, mistaken, .. } = *totals;
    format!(
        "{slots} of a member at most; {deleted} deleted, {mistaken} of them taken by others when a call had no answer; \
         {found_gone} found deleted by a person"
    )
}

fn ages(totals: &Totals) -> String {
    let age =
        |nanos: Option<u64>| nanos.map_or("never".to_owned(), |it| format!("{} ago", Span(it)));
    format!(
        "on the network {}, verified {}; {} downloaded",
        age(totals.age_on_network_nanos),
        age(totals.age_verified_nanos),
        totals.downloaded
    )
}

fn coordinator(totals: &Totals) -> String {
    let Totals { upgrades, refused, outages, .. } = *totals;
    format!("{upgrades} upgrades, {refused} refused since calls were under way; {outages} outages")
}

/// As people read it: in millions.
fn millions(instructions: u64) -> String {
    let tenths = instructions / 100_000;
    format!("{}.{} M", tenths / 10, tenths % 10)
}

fn verified(report: &Report) -> String {
    let held = report.checks.iter().filter(|check: &&Check| check.problem.is_none()).count();
    match report.checks.len() {
        _ if report.error.is_some() => "no, the rehearsal did not come to its end".to_owned(),
        all if all == held => format!("all {all} checks hold"),
        all => format!("{held} of {all} checks hold"),
    }
}

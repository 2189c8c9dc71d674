//! The result of a rehearsal as a table.

use crate::{
    driver::downtime::{Downtime, MemberDowntime},
    rehearse::report::{Disturbances, OperationRow, Report},
    tables::table,
};
use backup_journal::{Span, Timestamp, text::visible};
use candid::Principal;
use std::fmt::Write;

/// A table of the operations, one of the members that were down longest, and below them what they add up to.
pub fn render(report: &Report) -> String {
    let header = ["", "operation", "target", "attempts", "duration", "outcome"];
    let operations = table(header, report.operations.iter().map(cells), &[0, 3, 4]);
    let down = report.downtime.as_ref().map(|downtime| {
        let header = ["down longest", "stop", "snapshot", "start", "down"];
        let rows = downtime.longest.iter().map(|member| member_cells(member, downtime.since));
        table(header, rows, &[1, 2, 3, 4]) + "\n\n"
    });
    format!("{operations}\n\n{}{}", down.unwrap_or_default(), totals(report))
}

/// Stop, snapshot and start as the time since the first stop of the run.
fn member_cells(member: &MemberDowntime, since: Timestamp) -> [String; 5] {
    let after = |at: Timestamp| Span::between(since, at).to_string();
    [
        target(Some(member.canister_id), member.role.as_deref()),
        after(member.stopped_at),
        member.snapshot_at.map(after).unwrap_or_default(),
        member.started_at.map(after).unwrap_or_default(),
        Span(member.nanos).to_string(),
    ]
}

fn cells(row: &OperationRow) -> [String; 6] {
    let outcome = match &row.reason {
        Some(reason) => format!("{:?}: {reason}", row.outcome),
        None => format!("{:?}", row.outcome),
    };
    [
        row.sequence.to_string(),
        row.kind.to_owned(),
        target(row.target, row.role.as_deref()),
        row.attempts.to_string(),
        row.duration_nanos.map(|nanos| Span(nanos).to_string()).unwrap_or_default(),
        outcome,
    ]
}

fn target(id: Option<Principal>, role: Option<&str>) -> String {
    match (id, role) {
        (Some(id), Some(role)) => format!("{role} {id}"),
        (Some(id), None) => id.to_text(),
        (None, _) => String::new(),
    }
}

fn totals(report: &Report) -> String {
    let counts = report.counts.by_state();
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<13} {}", visible(&value)); // writing to a string cannot fail
    };
    line("run", format!("{} ({:?})", report.run_id, report.state));
    let counts = counts.map(|(state, count)| format!("{count} {}", state.name()));
    line("operations", counts.join(", "));
    line("restart owed", restart(report));
    line("network time", Span(report.duration_nanos).to_string());
    if let Some(down) = &report.downtime {
        line("downtime", downtime(down));
    }
    line("rehearsed", rehearsed(&report.rehearsal));
    line("audit trail", format!("{} events", report.audit_events));
    line("artifacts", report.out.display().to_string());
    line("verified", verified(report));
    if let Some(audit) = &report.audit {
        line("audit", audit.summary());
    }
    text
}

fn rehearsed(on_the_way: &Disturbances) -> String {
    let Disturbances { transitions, upgrades, drivers, failures, calls, faults } = *on_the_way;
    let drivers = format!(
        "{}, {}, {} of the coordinator, {}",
        count(transitions, "transition"),
        count(failures, "failure"),
        count(upgrades, "upgrade"),
        count(drivers, "driver")
    );
    if calls == 0 {
        return drivers;
    }
    let (calls, faults) = (count(calls, "call"), count(faults, "fault"));
    format!("{drivers}, {calls} of the coordinator with {faults}")
}

fn downtime(down: &Downtime) -> String {
    let Downtime { members, fleet_nanos, total_nanos, longest_nanos, median_nanos, .. } = *down;
    let members = count(u32::try_from(members).unwrap_or(u32::MAX), "member");
    format!(
        "{} from the first stop to the last start; longest {}, median {}, {members} together {}",
        Span(fleet_nanos),
        Span(longest_nanos),
        Span(median_nanos),
        Span(total_nanos)
    )
}

fn restart(report: &Report) -> String {
    if report.starts_owed.is_empty() {
        return if report.restart_required { "yes" } else { "no" }.to_owned();
    }
    let owed: Vec<String> = report.starts_owed.iter().map(Principal::to_text).collect();
    format!("by {}", owed.join(", "))
}

fn verified(report: &Report) -> String {
    let held = |check: &&crate::driver::check::Check| check.problem.is_none();
    let (all, held) = (report.checks.len(), report.checks.iter().filter(held).count());
    match all {
        0 => "no, the run did not come to its end".to_owned(),
        _ if held == all && report.error.is_none() => format!("all {all} checks hold"),
        _ => format!("{held} of {all} checks hold"),
    }
}

fn count(number: u32, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

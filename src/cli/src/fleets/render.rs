//! Fleets in a table, and what is wrong with them below it.

use crate::{tables::table, words::time};
use backup_journal::{
    Span,
    execution::MAX_SNAPSHOTS,
    fleet_status::{FleetBackup, FleetRun, FleetStatus},
    text::visible,
};
use std::fmt::Write as _;

/// The fleets as a table.
pub fn render(fleets: &[FleetStatus]) -> String {
    if fleets.is_empty() {
        return "there are no fleets\n".to_owned();
    }
    let header =
        ["fleet", "condition", "last run", "next run", "on network", "verified", "proven", "slots"];
    let mut text = table(header, fleets.iter().map(cells), &[4, 5, 6, 7]) + "\n";
    for fleet in fleets {
        for problem in &fleet.problems {
            let (name, problem) = (fleet.fleet.as_str(), problem.to_string());
            let _ = writeln!(text, "{}: {}", visible(name), visible(&problem));
        }
    }
    text
}

fn cells(fleet: &FleetStatus) -> [String; 8] {
    let schedule = fleet.schedule.as_ref();
    let next = schedule.map(|schedule| schedule.next_at.map_or_else(|| "paused".to_owned(), time));
    let age = |backup: &Option<FleetBackup>| {
        let age = backup.as_ref().map(|backup| Span::seconds(backup.age_seconds).to_string());
        age.unwrap_or_else(|| "never".to_owned())
    };
    let slots = fleet.slots.map(|slots| format!("{} of {MAX_SNAPSHOTS}", slots.most_used));
    [
        fleet.fleet.to_string(),
        fleet.condition.name().to_owned(),
        fleet.last_run.as_ref().map(last).unwrap_or_default(),
        next.unwrap_or_default(),
        age(&fleet.on_network),
        age(&fleet.complete),
        age(&fleet.proven),
        slots.unwrap_or_default(),
    ]
}

fn last(run: &FleetRun) -> String {
    let FleetRun { run_id, state, outcome, .. } = run;
    outcome.map_or_else(|| format!("{run_id} {state:?}"), |outcome| format!("{run_id} {outcome:?}"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use backup_journal::{
        Timestamp,
        fleet_status::FleetProblem,
        journal::{RunOutcome, RunState},
    };

    pub fn status(name: &str, problems: Vec<FleetProblem>) -> FleetStatus {
        let condition = problems.iter().map(FleetProblem::condition).max().unwrap_or_default();
        let run = FleetRun {
            run_id: "nightly".into(),
            state: RunState::Completed,
            outcome: Some(RunOutcome::Complete),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        let now = Timestamp(7_260_000_000_000);
        FleetStatus {
            fleet: name.into(),
            condition,
            problems,
            members: Some(3),
            schedule: None,
            last_run: Some(run),
            executing: None,
            on_network: Some(FleetBackup::at("nightly".into(), Timestamp(0), now)),
            complete: None,
            proven: None,
            slots: None,
        }
    }

    #[test]
    fn a_fleet_is_a_row_and_what_is_wrong_stands_below() {
        let text = render(&[
            status("shop\u{202e}", vec![FleetProblem::SchedulePaused]),
            status("bank", vec![]),
        ]);
        let lines: Vec<&str> = text.lines().collect();
        let cells: Vec<&str> = lines[2].trim_matches('|').split('|').map(str::trim).collect();
        let shown = "shop\\u{202e}";
        assert_eq!(
            cells,
            [shown, "warning", "nightly Complete", "", "2 h 1 min", "never", "never", ""]
        );
        assert_eq!(lines[4..], [format!("{shown}: its schedule is paused")]);
        assert_eq!(render(&[]), "there are no fleets\n");
    }
}

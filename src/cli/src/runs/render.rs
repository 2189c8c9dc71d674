//! The course of a run for a person who reads it while a fleet is down.

use super::gather::{Course, OpenOperation, Stopped};
use crate::{tables::table, words::time};
use backup_journal::{
    Span, Timestamp,
    journal::{OperationState, ResumeSummary, RunOutcome, RunState, Stage, StopOutcome},
    text::visible,
};
use std::fmt::Write;

/// What to do with canisters that no driver starts any more.
const BY_HAND: &str =
    "start the canisters above by hand, and tell the coordinator with settle_start";

/// How many canisters are shown; the program that wants all of them reads JSON.
const MAX_STOPPED: usize = 50;

/// The course of a run as text.
pub fn render(course: &Course) -> String {
    let summary = &course.summary;
    let steps = next(course).into_iter().map(|step| format!("next: {}\n", visible(&step)));
    let sections = [
        Some(facts(course)),
        stopped(course),
        operations(course, OperationState::Failed, "failed", summary.operations.failed),
        operations(course, OperationState::Pending, "under way", summary.operations.pending),
        Some(steps.collect()),
    ];
    sections.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// The canisters that are stopped; none if none is.
pub fn stopped(course: &Course) -> Option<String> {
    if course.stopped.is_empty() {
        return None;
    }
    let header = ["stopped", "role", "for", "since", "what is known"];
    let shown = course.stopped.iter().take(MAX_STOPPED);
    let more = more(course.summary.starts_owed, shown.len(), "canisters");
    let rows = shown.map(|stopped| stopped_cells(stopped, course.at));
    Some(table(header, rows, &[2]) + "\n" + &more)
}

/// The operations in this state, of which there are `all`.
fn operations(course: &Course, state: OperationState, title: &str, all: u32) -> Option<String> {
    let shown: Vec<&OpenOperation> = course.operations(state).collect();
    if shown.is_empty() {
        return None;
    }
    let header = [title, "canister", "role", "attempt", "for", "reason"];
    let rows = shown.iter().map(|open| operation_cells(open, course.at));
    Some(table(header, rows, &[3, 4]) + "\n" + &more(all, shown.len(), "operations"))
}

fn facts(course: &Course) -> String {
    let summary = &course.summary;
    let ago = |at: Timestamp| Span::between(at, course.at);
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<12} {}", visible(&value)); // writing to a string cannot fail
    };
    line("run", format!("{} of the fleet {}", summary.run_id, summary.fleet));
    line("state", state(course));
    line("begun", format!("{}, {} ago", time(summary.created_at), ago(summary.created_at)));
    line("last change", format!("{}, {} ago", time(summary.updated_at), ago(summary.updated_at)));
    line("executed", executor(course));
    if let Some(abort) = &summary.abort {
        line("aborted", format!("{}: {}", time(abort.aborted_at), abort.reason));
    }
    if let Some(problem) =
        course.execution.as_ref().and_then(|execution| execution.problem.as_ref())
    {
        line("problem", problem.clone());
    }
    let stopped = match summary.starts_owed {
        0 => "no canister".to_owned(),
        count => {
            format!("{count} of {} canisters{}", summary.total_targets, first_stop(course))
        }
    };
    line("stopped", stopped);
    if let Some(deadline) = course.deadline {
        line("deadline", deadline_text(deadline.at, deadline.passed_at, course.at));
    }
    line("snapshots", snapshots(summary));
    let counts = summary.operations.by_state();
    let counts = counts.map(|(state, count)| format!("{count} {}", state.name()));
    line("operations", counts.join(", "));
    text
}

fn snapshots(summary: &ResumeSummary) -> String {
    let (taken, targets) = (summary.targets_with_snapshot, summary.total_targets);
    match &summary.restore {
        None => {
            format!("{taken} of {targets}, {} downloaded and verified", summary.targets_verified)
        }
        Some(restore) => {
            let (loaded, verified) = (restore.loads_over, restore.verified);
            let contained = summary.state == RunState::Contained;
            let held = if contained { "; contained: nothing is started" } else { "" };
            format!(
                "{loaded} of {targets} loaded, {verified} verified, {taken} safety snapshots{held}"
            )
        }
    }
}

fn first_stop(course: &Course) -> String {
    let first = course.stopped.first();
    let downtime = first.map(|first| Span::between(first.since, course.at));
    downtime.map(|downtime| format!(", the first for {downtime}")).unwrap_or_default()
}

fn state(course: &Course) -> String {
    let summary = &course.summary;
    let outcome = summary.outcome.map(|outcome| format!("outcome {outcome:?}"));
    let stage = summary.stage.map(|stage| format!("stage {stage:?}"));
    let wave = course.wave.as_ref().map(|wave| {
        format!(
            "wave {} of {}: {} of {} operations over, {} under way, {} failed",
            wave.wave.0 + 1,
            wave.waves,
            wave.over,
            wave.operations,
            wave.pending,
            wave.failed
        )
    });
    let parts = [Some(format!("{:?}", summary.state)), outcome, stage, wave];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn executor(course: &Course) -> String {
    match &course.execution {
        None => "by a driver outside".to_owned(),
        Some(execution) => {
            let who = if execution.starts_only {
                "by a driver outside; the coordinator starts what it has left stopped"
            } else {
                "by the coordinator"
            };
            let pause = execution.pause.as_ref();
            let pause = pause
                .map(|pause| format!(", paused since {}: {}", time(pause.since), pause.reason));
            format!("{who}, {:?}{}", execution.phase, pause.unwrap_or_default())
        }
    }
}

fn deadline_text(at: Option<Timestamp>, passed: Option<Timestamp>, now: Timestamp) -> String {
    match (at, passed) {
        (_, Some(passed)) => {
            format!("passed at {}; the coordinator starts what is stopped", time(passed))
        }
        (Some(at), None) if at > now => {
            format!("{}, in {}", time(at), Span::between(now, at))
        }
        (Some(at), None) => format!("{}, {} ago", time(at), Span::between(at, now)),
        (None, None) => "begins with the first stop".to_owned(),
    }
}

fn stopped_cells(stopped: &Stopped, now: Timestamp) -> [String; 5] {
    let known = match (stopped.stop, stopped.start_skipped) {
        (_, true) => "its start was skipped: start it by hand",
        (StopOutcome::Stopped, false) => "it has stopped",
        (StopOutcome::Unknown, false) => "it may be running, stopping or stopped",
    };
    [
        stopped.canister_id.to_text(),
        stopped.role.clone().unwrap_or_default(),
        Span::between(stopped.since, now).to_string(),
        time(stopped.since),
        known.to_owned(),
    ]
}

fn operation_cells(open: &OpenOperation, now: Timestamp) -> [String; 6] {
    let operation = &open.operation;
    let since = operation.state_updated_at;
    [
        operation.kind.to_string(),
        operation.target_canister_id.map(|id| id.to_text()).unwrap_or_default(),
        open.role.clone().unwrap_or_default(),
        operation.attempt.to_string(),
        since.map(|since| Span::between(since, now).to_string()).unwrap_or_default(),
        operation.reason.clone().unwrap_or_default(),
    ]
}

fn more(all: u32, shown: usize, what: &str) -> String {
    match (all as usize).saturating_sub(shown) {
        0 => String::new(),
        more => format!("… and {more} more {what}\n"),
    }
}

/// What a person can do now.
fn next(course: &Course) -> Vec<String> {
    if course.summary.restore.is_some() { next_of_restore(course) } else { next_of_backup(course) }
}

fn next_of_restore(course: &Course) -> Vec<String> {
    let (summary, run) = (&course.summary, &course.summary.run_id);
    let resume = format!("backupctl resume {run}");
    let watch = format!("backupctl status {run} --watch");
    match summary.state {
        RunState::Aborted | RunState::Completed if summary.starts_owed > 0 => {
            vec![BY_HAND.to_owned()]
        }
        RunState::Completed if summary.outcome == Some(RunOutcome::Restored) => vec![format!(
            "nothing; it is restored. To undo it: backupctl restore {run} --from-network"
        )],
        RunState::Aborted | RunState::Completed => vec!["nothing; the run is over".to_owned()],
        _ if course.is_executed() => vec![watch],
        RunState::Contained if summary.abort.is_none() => vec![
            format!("{resume}   (loads the rest; start nothing by hand)"),
            format!("backupctl rollback {run} --reason …   (loads what there was before)"),
        ],
        RunState::Contained => vec![format!("{resume}   (loads what there was before)")],
        RunState::Aborting => vec![format!("{resume}   (starts what is stopped)")],
        _ => vec![
            format!("{resume}   (if its driver has ended)"),
            format!("backupctl abort {run} --reason …   (starts what is stopped)"),
        ],
    }
}

fn next_of_backup(course: &Course) -> Vec<String> {
    let (summary, run) = (&course.summary, &course.summary.run_id);
    let resume = format!("backupctl resume {run}");
    let abort = format!("backupctl abort {run} --reason …   (starts what is stopped)");
    let paused = course.execution.as_ref().is_some_and(|execution| execution.pause.is_some());
    match summary.state {
        RunState::Aborted | RunState::Completed if summary.starts_owed > 0 => {
            vec![BY_HAND.to_owned()]
        }
        RunState::Aborted => vec!["nothing; the run is over".to_owned()],
        RunState::Completed => match summary.outcome {
            Some(RunOutcome::Complete) => vec!["nothing; the backup is complete".to_owned()],
            _ => vec![
                "the snapshots that there are stay on the network; make another backup".to_owned(),
            ],
        },
        RunState::Aborting if course.is_executed() => {
            vec!["wait; the coordinator starts what is stopped".to_owned()]
        }
        RunState::Aborting => vec![format!("{resume}   (starts what is stopped)")],
        _ if paused => vec![
            "call resume_execution of the coordinator, which has paused the run".to_owned(),
            abort,
        ],
        _ if course.is_executed() && summary.stage >= Some(Stage::Transfer) => {
            vec![format!("backupctl fetch {run}   (downloads and verifies)")]
        }
        _ if course.is_executed() => vec![format!("backupctl status {run} --watch"), abort],
        _ => vec![format!("{resume}   (if its driver has ended)"), abort],
    }
}

#[cfg(test)]
mod tests;

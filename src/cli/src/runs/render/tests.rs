use super::*;
use backup_journal::{
    execution::{DeadlineStatus, ExecutionPhase, ExecutionStatus, Pause, PreflightStatus},
    fleet::FleetPolicy,
    journal::{RestoreProgress, RunAbort, Tally},
};
use candid::Principal;

const SECOND: u64 = 1_000_000_000;

fn at(seconds: u64) -> Timestamp {
    Timestamp((1_800_000_000 + seconds) * SECOND)
}

fn summary(stands: RunState, outcome: Option<RunOutcome>, stage: Option<Stage>) -> ResumeSummary {
    ResumeSummary {
        plan_id: "plan".into(),
        run_id: "weekly".into(),
        fleet: "demo".to_owned(),
        state: stands,
        outcome,
        abort: None,
        restore: None,
        drill: None,
        preflight: None,
        preflight_accepted: true,
        restart_required: false,
        starts_owed: 0,
        total_targets: 3,
        targets_with_snapshot: 0,
        targets_verified: 0,
        total_operations: 20,
        operations: Tally::default(),
        total_receipts: 0,
        stage,
        next_operation: None,
        created_at: at(0),
        updated_at: at(60),
    }
}

fn course(summary: ResumeSummary, execution: Option<ExecutionStatus>) -> Course {
    Course {
        summary,
        wave: None,
        stopped: Vec::new(),
        open: Vec::new(),
        execution,
        deadline: None,
        at: at(125),
    }
}

fn execution(starts_only: bool) -> ExecutionStatus {
    ExecutionStatus {
        run_id: "weekly".into(),
        fleet: "demo".into(),
        state: RunState::InProgress,
        phase: ExecutionPhase::Running,
        policy: FleetPolicy::default(),
        restore: None,
        starts_only,
        requested_at: at(0),
        requested_by: Principal::anonymous(),
        pause: None,
        problem: None,
        preflight: PreflightStatus { checked: 3, targets: 3 },
        under_way: Vec::new(),
        waiting: Vec::new(),
        deadline: None,
    }
}

#[test]
fn it_says_what_to_do() {
    use RunState::{Aborted, Aborting, AwaitingPreflight, Completed, Failed, InProgress};
    let complete = Some(RunOutcome::Complete);
    let partial = Some(RunOutcome::Partial);
    let paused = ExecutionStatus {
        pause: Some(Pause { reason: "a".to_owned(), since: at(0), by: Principal::anonymous() }),
        ..execution(false)
    };
    for (stands, outcome, stage, executed, first) in [
        (AwaitingPreflight, None, None, None, "backupctl resume weekly"),
        (InProgress, None, Some(Stage::Stop), None, "backupctl resume weekly"),
        (InProgress, None, Some(Stage::Transfer), None, "backupctl resume weekly"),
        (Failed, None, Some(Stage::Stop), None, "backupctl resume weekly"),
        (Aborting, None, Some(Stage::Start), None, "backupctl resume weekly"),
        (Aborting, None, Some(Stage::Start), Some(execution(true)), "backupctl resume weekly"),
        (Aborting, None, Some(Stage::Start), Some(execution(false)), "wait; the coordinator"),
        (InProgress, None, Some(Stage::Stop), Some(execution(false)), "backupctl status weekly"),
        (InProgress, None, Some(Stage::Stop), Some(paused), "call resume_execution"),
        (InProgress, None, Some(Stage::Transfer), Some(execution(false)), "backupctl fetch weekly"),
        (Completed, complete, None, None, "nothing; the backup is complete"),
        (Completed, partial, None, None, "the snapshots that there are"),
        (Aborted, partial, None, None, "nothing; the run is over"),
    ] {
        let shown = format!("{stands:?} {stage:?} {outcome:?}");
        let text = render(&course(summary(stands, outcome, stage), executed));
        let next = text.lines().find_map(|line| line.strip_prefix("next: ")).expect("a next step");
        assert!(next.starts_with(first), "{shown}: {next}");
    }
    let owed = ResumeSummary { starts_owed: 1, ..summary(Aborted, partial, None) };
    assert!(render(&course(owed, None)).contains("next: start the canisters above by hand"));
}

#[test]
fn it_says_what_to_do_with_a_restore() {
    let restored = Some(RunOutcome::Restored);
    let rolled_back = RunAbort { reason: "no".to_owned(), aborted_at: at(9), rolled_back: true };
    let untouched = RestoreProgress { loads: 3, ..RestoreProgress::default() };
    let contained = RestoreProgress { loads_claimed: 2, loads_over: 1, ..untouched };
    let over = RestoreProgress { loads_claimed: 3, loads_over: 3, ..untouched };
    for (stands, outcome, restore, abort, executed, expected) in [
        (RunState::InProgress, None, untouched, None, None, &["resume", "abort"][..]),
        (RunState::Contained, None, contained, None, None, &["resume", "rollback"]),
        (RunState::Aborting, None, contained, Some(rolled_back), None, &["resume"]),
        (RunState::Failed, None, over, None, None, &["resume", "abort"]),
        (RunState::Contained, None, contained, None, Some(execution(false)), &["status"]),
        (RunState::Completed, restored, over, None, None, &["restore"]),
    ] {
        let summary = ResumeSummary {
            restore: Some(restore),
            abort,
            ..summary(stands, outcome, Some(Stage::Load))
        };
        let text = render(&course(summary, executed));
        let next = text.lines().filter_map(|line| line.strip_prefix("next: "));
        let commands: Vec<&str> = next
            .filter_map(|line| line.split_once("backupctl ")?.1.split_whitespace().next())
            .collect();
        assert_eq!(commands, expected, "{text}");
        let held = text.contains("contained: nothing is started");
        assert_eq!(held, restore == contained && !text.contains("aborted"), "{text}");
    }
}

#[test]
fn a_roll_back_that_is_not_over_can_only_go_on() {
    let abort = RunAbort { reason: "no".to_owned(), aborted_at: at(9), rolled_back: true };
    let restore = RestoreProgress { loads: 3, roll_backs_left: 1, ..RestoreProgress::default() };
    let summary = ResumeSummary {
        restore: Some(restore),
        abort: Some(abort),
        ..summary(RunState::Contained, None, Some(Stage::RollBack))
    };
    let text = render(&course(summary, None));
    let next: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("next: ")).collect();
    assert_eq!(next.len(), 1, "{text}");
    assert!(next[0].starts_with("next: backupctl resume"), "{text}");
    assert!(text.contains("contained: nothing is started"), "{text}");
}

#[test]
fn what_is_stopped_is_shown_with_its_downtime_and_the_deadline() {
    let owed = ResumeSummary {
        starts_owed: 60,
        abort: Some(RunAbort {
            reason: "too \u{1b}[2J late".to_owned(),
            aborted_at: at(100),
            rolled_back: false,
        }),
        ..summary(RunState::Aborting, None, Some(Stage::Start))
    };
    let stopped = |number: u64| Stopped {
        canister_id: Principal::from_slice(&number.to_be_bytes()),
        role: Some(format!("shard-{number}")),
        since: at(5 + number),
        stop: StopOutcome::Stopped,
        start_skipped: false,
    };
    let deadline = |at_seconds, passed_at| DeadlineStatus {
        seconds: 600,
        at: Some(at(at_seconds)),
        passed_at,
    };
    let shown = |deadline| {
        let stopped = (0..60).map(stopped).collect();
        let deadline = Some(deadline);
        render(&Course { stopped, deadline, ..course(owed.clone(), Some(execution(false))) })
    };
    let text = shown(deadline(605, None));
    for part in [
        "stopped      60 of 3 canisters, the first for 2 min 0 s",
        "| shard-0  |  2 min 0 s | 2027-01-15 08:00:05 UTC | it has stopped |",
        "… and 10 more canisters",
        "deadline     2027-01-15 08:10:05 UTC, in 8 min 0 s",
        "aborted      2027-01-15 08:01:40 UTC: too \\u{1b}[2J late",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("shard-50"), "{text}");
    assert!(shown(deadline(65, None)).contains("08:01:05 UTC, 1 min 0 s ago"));
    assert!(shown(deadline(65, Some(at(66)))).contains("passed at 2027-01-15 08:01:06 UTC"));
}

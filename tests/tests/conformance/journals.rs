//! Journals: the same calls, right and wrong ones, move both alike.

use crate::{
    compare,
    coverage::Coverage,
    errors::{JOURNAL_ERRORS, journal_error_name},
    pair::{Call, Theirs, apply},
    plans::valid_plan,
    runner,
    steps::{START, Step, steps, time},
};
use backup_journal::{
    Rules, Timestamp,
    journal::{Journal, JournalError},
    plan::BackupPlan,
};
use proptest::{prelude::*, test_runner::TestCaseResult};

/// Takes both journals through the same steps. `apply` makes the calls to ours.
pub fn same_journeys(
    plan: &BackupPlan,
    steps: &[Step],
    apply: impl Fn(&mut Journal, &Call, Timestamp) -> Result<(), JournalError>,
    coverage: &Coverage,
) -> TestCaseResult {
    let mut now = START;
    // Departure 10: odd plans have journals by the first rules only.
    let valid = plan.clone().validate().or_else(|_| plan.clone().validate_under(Rules::V1));
    let valid = valid.expect("only plans that the reference accepts are generated");
    let mut theirs = Theirs::new(plan, valid.rules(), time(now));
    coverage.met(if valid.rules() == Rules::V1 { "odd plan" } else { "plan that can work" });
    let mut ours = Journal::new(valid, time(now));
    compare::same(&ours, &theirs)?;
    let mut steps_after_the_end = 0..4;
    for Step { elapsed, action } in steps {
        if compare::is_over(&theirs) && steps_after_the_end.next().is_none() {
            break;
        }
        now += elapsed;
        for _ in 0..action.times() {
            let Some(call) = action.call(plan, &theirs, now) else {
                break;
            };
            coverage.met("call");
            let before = ours.clone();
            let answer = apply(&mut ours, &call, time(now));
            match theirs.call(&call, time(now)) {
                Ok(next) => {
                    prop_assert_eq!(answer, Ok(()), "{:?}", call);
                    note_progress(&theirs, &next, coverage);
                    theirs = next;
                    compare::same(&ours, &theirs)?;
                }
                Err(refusal) => {
                    prop_assert_eq!(answer, Err(refusal.clone()), "{:?}", call);
                    // Departure 1: a refused call leaves no trace.
                    prop_assert_eq!(&ours, &before);
                    coverage.met(journal_error_name(&refusal));
                }
            }
        }
    }
    compare::same_in_the_end(&ours, &theirs)?;
    if compare::is_over(&theirs) {
        coverage.met("completed run");
    }
    Ok(())
}

/// What a run is worth.
const OUTCOMES: [&str; 4] = ["Nothing", "Partial", "OnNetwork", "Complete"];

fn note_progress(before: &Theirs, after: &Theirs, coverage: &Coverage) {
    let id = |theirs: &Theirs| theirs.preflight.as_ref().map(|known| known.preflight_id.clone());
    if id(before).is_some() && id(before) != id(after) {
        coverage.met("preflight replaced");
    }
    if after.journal.restart_required {
        coverage.met("restart required");
    }
    if compare::is_over(after) && !compare::is_over(before) {
        coverage.met(OUTCOMES[after.saved().outcome() as usize]);
    }
}

/// What the reference does not know, so that no call of its own meets it: receipts in batches; the time of an act
/// beside that of its report; names that hide something; other runs (departure 12); aborts (departure 9); restores and drills; and a word about a start that is owed (departure 7).
const ONLY_OURS: [&str; 16] = [
    "HiddenCharacter",
    "PreflightGap",
    "PreflightConflict",
    "PerformedAtOutOfRange",
    "TargetHeld",
    "StartNotOwed",
    "RunAborted",
    "RunOver",
    "Contained",
    "NotContained",
    "LoadsClaimed",
    "OtherSnapshot",
    "NotComplete",
    "DrillTargets",
    "SnapshotInUse",
    "NoSuchSnapshot",
];

#[test]
fn journals_move_alike() {
    let coverage = Coverage::default();
    runner::try_out("journals", 50, &(valid_plan(), steps(false)), |(plan, steps)| {
        same_journeys(&plan, &steps, apply, &coverage)
    });
    println!("{}", coverage.report());
    let unreachable = [&ONLY_OURS[..], &["StaleAttempt", "UnknownAttempt"]].concat();
    coverage.assert_all(JOURNAL_ERRORS, &unreachable);
    coverage.assert_often("completed run", 100);
    coverage.assert_often("preflight replaced", 10);
    coverage.assert_often("restart required", 100);
    coverage.assert_often("odd plan", 100);
    coverage.assert_often("plan that can work", 100);
    // Departure 9.
    for outcome in OUTCOMES {
        coverage.assert_often(outcome, 10);
    }
}

/// Departure 4.
#[test]
fn journals_move_alike_when_receipts_name_their_attempt() {
    let coverage = Coverage::default();
    runner::try_out("attempts", 50, &(valid_plan(), steps(true)), |(plan, steps)| {
        same_journeys(&plan, &steps, apply, &coverage)
    });
    println!("{}", coverage.report());
    coverage.assert_all(JOURNAL_ERRORS, &ONLY_OURS);
}

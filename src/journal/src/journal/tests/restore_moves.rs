//! Restores: claims, receipts, retries, aborts and roll backs in any order.

use super::{
    abort::assert_sound,
    restore::{fitting, later, open, report, states},
};
use crate::{
    fixtures::operator,
    journal::{
        Journal, JournalView, Operation, OperationState as State, ReceiptOutcome, abort_run,
        retry_failed_operation, roll_back_run,
    },
    plan::BackupOperationKind as Kind,
};
use proptest::prelude::*;

const REASON: &str = "a member cannot be restored";

/// What a driver, an operator, or both beside each other may do.
#[derive(Clone, Copy, Debug)]
enum Move {
    Claim(u32),
    Report(prop::sample::Index, u8),
    Retry(prop::sample::Index),
    Abort,
    RollBack,
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        8 => (1..4_u32).prop_map(Move::Claim),
        12 => (any::<prop::sample::Index>(), 0..12_u8).prop_map(|(at, how)| Move::Report(at, how)),
        3 => any::<prop::sample::Index>().prop_map(Move::Retry),
        1 => Just(Move::Abort),
        1 => Just(Move::RollBack),
    ]
}

impl Move {
    /// Makes the move, if it is allowed.
    fn take(self, journal: &mut Journal) {
        let now = later(journal);
        let before = journal.clone();
        let pick = |at: prop::sample::Index, state| {
            let rows = journal.operations();
            let rows: Vec<&Operation> = rows.iter().filter(|row| row.state == state).collect();
            (!rows.is_empty()).then(|| at.get(&rows).sequence)
        };
        let moved = match self {
            Self::Claim(limit) => journal.claim_operations(&(), limit, now).map(drop),
            Self::Report(at, how) => {
                let Some(sequence) = pick(at, State::Pending) else { return };
                let outcome = match how {
                    0 => ReceiptOutcome::Skipped,
                    1 | 2 => ReceiptOutcome::Failed,
                    _ => ReceiptOutcome::Completed,
                };
                let receipt = fitting(journal, sequence.0, outcome);
                journal.record_operation_receipt(receipt, operator(), now)
            }
            Self::Retry(at) => {
                let Some(sequence) = pick(at, State::Failed) else { return };
                journal.change(|it| retry_failed_operation(it, sequence, now))
            }
            Self::Abort => journal.change(|it| abort_run(it, REASON, now)),
            Self::RollBack => journal.change(|it| roll_back_run(it, REASON, now)),
        };
        if moved.is_err() {
            assert_eq!(*journal, before, "a refused call changes nothing");
        }
    }
}

/// No target runs beside one with another state: said by the rows alone.
fn assert_contained(journal: &Journal) {
    let over = |state: State| matches!(state, State::Completed | State::Skipped);
    let rows = journal.operations();
    let of = |kind| rows.iter().filter(move |row: &&Operation| row.kind == kind);
    let begun = |row: &Operation| row.attempt.0 > 0;
    let started = of(Kind::Start).any(begun);
    let load_begun = of(Kind::LoadSnapshot).any(begun);
    let loads_over = of(Kind::LoadSnapshot).all(|row| over(row.state) && begun(row));
    let rolled_back = of(Kind::LoadSnapshot)
        .zip(of(Kind::RollBack))
        .all(|(load, back)| !begun(load) || over(back.state) && begun(back));
    assert!(!started || !load_begun || loads_over || rolled_back, "{rows:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_restore_stays_sound_and_comes_to_its_end(moves in prop::collection::vec(moves(), 0..120)) {
        let mut journal = open();
        for step in moves {
            step.take(&mut journal);
            assert_sound(&journal);
            assert_contained(&journal);
        }
        // Whatever has happened, a driver that goes on brings every target back.
        for _ in 0..200 {
            let rows = journal.operations();
            let now = later(&journal);
            let failed = rows.iter().find(|row| row.state == State::Failed);
            let pending = rows.iter().find(|row| row.state == State::Pending);
            if let Some(row) = failed {
                journal.change(|it| retry_failed_operation(it, row.sequence, now)).expect("it failed");
            } else if let Some(row) = pending {
                report(&mut journal, row.sequence.0, ReceiptOutcome::Completed);
            } else if journal.header().cursor.is_some() {
                journal.claim_operations(&(), 3, now).expect("something is left");
            }
            assert_sound(&journal);
            assert_contained(&journal);
        }
        prop_assert!(journal.header().is_over());
        prop_assert!(!journal.header().is_contained());
        let skipped = states(&journal, Kind::Start).contains(&State::Skipped);
        prop_assert!(skipped || journal.header().starts_owed == 0);
    }
}

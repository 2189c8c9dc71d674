//! Waves: what may be claimed side by side, and what not.

use crate::{
    RunId, Sequence,
    fixtures::{accepted, canister, complete_until, entry, input, report, root, seconds},
    journal::{
        Journal, JournalError, JournalView, OperationState, OtherRuns, ReceiptOutcome, Wave,
        WaveStatus, accept_preflight_bundle, current_wave, retry_failed_operation, rows_of,
        settle_start, wave_start,
    },
    plan::{BackupOperationKind as Kind, BackupPlan, BackupPlanInput, build_backup_plan},
    registry::RegistryEntry,
    topology::topology_hash,
};
use candid::Principal;

const NOTHING: [u32; 0] = [];

/// Two canisters below the root, and two below the first of them.
fn registry() -> Vec<RegistryEntry> {
    let below = |number, parent| entry(canister(number), "member", Some(parent));
    vec![
        entry(root(), "root", None),
        below(1, root()),
        below(2, root()),
        below(3, canister(1)),
        below(4, canister(1)),
    ]
}

/// Rows 4 to 7 stop, 8 to 11 snapshot, 12 to 15 start, 16 to 23 download and verify, and 24 finalizes.
fn plan() -> BackupPlan {
    let registry = registry();
    let hash = topology_hash(&registry);
    build_backup_plan(BackupPlanInput { registry, topology_hash_before_quiesce: hash, ..input() })
        .expect("it is valid")
}

fn open() -> Journal {
    accepted(Journal::new(plan().validate().expect("valid"), seconds(0)))
}

fn claim(journal: &mut Journal, limit: u32) -> Vec<u32> {
    let claimed = journal.claim_operations(&(), limit, seconds(2)).expect("there is a next one");
    claimed.iter().map(|operation| operation.sequence.0).collect()
}

fn complete(journal: &mut Journal, sequences: impl IntoIterator<Item = u32>) {
    for sequence in sequences {
        report(journal, sequence, ReceiptOutcome::Completed, seconds(3)).expect("it is claimed");
    }
}

#[test]
fn waves_follow_from_stages_and_depths() {
    let waves: Vec<Option<u32>> =
        rows_of(&plan()).iter().map(|row| row.wave.map(|wave| wave.0)).collect();
    let expected = [
        [None; 4].as_slice(),
        &[0, 0, 1, 1].map(Some),
        &[2; 4].map(Some),
        &[3, 3, 4, 4].map(Some),
        &[5; 8].map(Some),
        &[Some(6)],
    ];
    assert_eq!(waves, expected.concat());
}

#[test]
fn a_wave_is_claimed_at_once_and_the_next_one_not_before_it_is_over() {
    let mut journal = open();
    assert_eq!(claim(&mut journal, 100), [4, 5]);
    assert_eq!(claim(&mut journal, 100), NOTHING);
    complete(&mut journal, [5]);
    assert_eq!(claim(&mut journal, 100), NOTHING);
    complete(&mut journal, [4]);
    for wave in [&[6, 7][..], &[8, 9, 10, 11], &[12, 13], &[14, 15]] {
        assert_eq!(claim(&mut journal, 100), wave);
        complete(&mut journal, wave.iter().rev().copied());
    }
    assert_eq!(journal.header().cursor, Some(Sequence(16)));
}

#[test]
fn no_more_is_claimed_than_the_limit_says() {
    let mut journal = open();
    complete_until(&mut journal, 8, seconds(2));
    assert_eq!(claim(&mut journal, 0), NOTHING);
    assert_eq!(claim(&mut journal, 3), [8, 9, 10]);
    assert_eq!(claim(&mut journal, 3), [11]);
}

#[test]
fn a_verification_waits_for_its_own_download_and_no_other() {
    let mut journal = open();
    complete_until(&mut journal, 16, seconds(2));
    assert_eq!(claim(&mut journal, 3), [16, 18, 20]);
    complete(&mut journal, [18]);
    assert_eq!(claim(&mut journal, 100), [19, 22]);
    complete(&mut journal, [16, 20, 22, 19]);
    assert_eq!(claim(&mut journal, 100), [17, 21, 23]);
    complete(&mut journal, [17, 23]);
    assert_eq!(claim(&mut journal, 100), NOTHING, "the manifest waits for the last verification");
    complete(&mut journal, [21]);
    assert_eq!(claim(&mut journal, 100), [24]);
}

#[test]
fn a_download_that_was_skipped_is_over_and_one_that_failed_is_not() {
    let mut journal = open();
    complete_until(&mut journal, 16, seconds(2));
    assert_eq!(claim(&mut journal, 100), [16, 18, 20, 22]);
    report(&mut journal, 18, ReceiptOutcome::Skipped, seconds(3)).expect("it is claimed");
    report(&mut journal, 20, ReceiptOutcome::Failed, seconds(3)).expect("it is claimed");
    assert_eq!(claim(&mut journal, 100), [19]);
    journal.change(|it| retry_failed_operation(it, Sequence(20), seconds(4))).expect("it failed");
    assert_eq!(claim(&mut journal, 100), [20]);
}

#[test]
fn what_failed_is_claimed_again_after_a_retry() {
    let mut journal = open();
    assert_eq!(claim(&mut journal, 100), [4, 5]);
    report(&mut journal, 4, ReceiptOutcome::Failed, seconds(3)).expect("it is claimed");
    complete(&mut journal, [5]);
    assert_eq!(journal.header().cursor, Some(Sequence(4)));
    assert_eq!(claim(&mut journal, 100), NOTHING);
    journal.change(|it| retry_failed_operation(it, Sequence(4), seconds(4))).expect("it failed");
    assert_eq!(claim(&mut journal, 100), [4]);
    assert_eq!(journal.operations()[4].attempt.0, 2);
}

#[test]
fn the_calls_of_the_reference_keep_their_order_amid_a_wave() {
    let mut journal = open();
    assert_eq!(claim(&mut journal, 1), [4]);
    let refused = journal.mark_next_operation_pending(seconds(3));
    let (from, to) = (OperationState::Pending, OperationState::Pending);
    let sequence = Sequence(4);
    assert_eq!(refused, Err(JournalError::InvalidOperationTransition { sequence, from, to }));
    complete(&mut journal, [4]);
    journal.mark_operation_pending(Sequence(5), seconds(3)).expect("it is next");
    assert_eq!(claim(&mut journal, 100), NOTHING);
}

#[test]
fn preflight_rows_are_claimed_one_by_one() {
    let mut journal = Journal::new(plan().validate().expect("valid"), seconds(0));
    assert_eq!(claim(&mut journal, 100), [0]);
    assert_eq!(claim(&mut journal, 100), NOTHING);
    complete(&mut journal, [0]);
    assert_eq!(claim(&mut journal, 100), [1]);
    journal
        .change(|it| accept_preflight_bundle(it, &"preflight-1".into(), seconds(4)))
        .expect("the first one");
    assert_eq!(journal.queued(crate::journal::Queue::Claimed, Sequence(0)), None);
    assert_eq!(claim(&mut journal, 100), [4, 5]);
}

/// Another run holds this canister.
struct Holding(Principal);

impl OtherRuns for Holding {
    fn holder(&self, target: &Principal) -> Option<RunId> {
        (*target == self.0).then(|| "run-2".into())
    }
}

#[test]
fn a_canister_that_another_run_holds_ends_the_batch_in_front_of_it() {
    let mut journal = open();
    let target = |sequence| journal.spec(Sequence(sequence)).and_then(|spec| spec.target);
    let others = Holding(target(5).expect("a stop has a target"));
    let claimed = journal.claim_operations(&others, 100, seconds(2)).expect("the first is free");
    assert_eq!(claimed.len(), 1);
    let refused = journal.claim_operations(&others, 100, seconds(2)).expect_err("it is held");
    assert!(matches!(refused, JournalError::TargetHeld { sequence: Sequence(5), .. }), "{refused}");
}

#[test]
fn the_present_wave_is_told_from_the_header_and_a_few_rows() {
    let mut journal = open();
    complete_until(&mut journal, 16, seconds(2));
    claim(&mut journal, 100);
    complete(&mut journal, [18]);
    report(&mut journal, 20, ReceiptOutcome::Failed, seconds(3)).expect("it is claimed");
    let status = current_wave(&journal, journal.header()).expect("a wave is under way");
    let expected = WaveStatus {
        wave: Wave(5),
        waves: 7,
        stage: crate::journal::Stage::Transfer,
        first: Sequence(16),
        operations: 8,
        over: 1,
        pending: 2,
        failed: 1,
    };
    assert_eq!(status, expected);
}

#[test]
fn the_present_wave_is_not_told_where_checks_stand_between_other_operations() {
    let target = Some(canister(1));
    let rows = vec![(Kind::CreateSnapshot, target), (Kind::ValidateTopology, None)];
    let plan = super::model::plans::plan_of(&[0], rows);
    let journal = accepted(Journal::new(plan.validate().expect("valid"), seconds(0)));
    assert_eq!(current_wave(&journal, journal.header()), None, "the check is completed");
    assert_eq!(wave_start(&journal, journal.header(), Sequence(4)), Sequence(4));
}

#[test]
fn an_operation_that_stands_twice_in_an_old_plan_is_not_done_twice_side_by_side() {
    let target = Some(canister(1));
    let kinds = [Kind::Stop, Kind::Stop, Kind::Start];
    let plan = super::model::plans::plan_of(&[0], kinds.map(|kind| (kind, target)).to_vec());
    let plan = plan.validate_under(crate::Rules::V1).expect("the first rules allow it");
    let mut journal = accepted(Journal::new(plan, seconds(0)));
    assert_eq!(claim(&mut journal, 100), [4]);
    complete(&mut journal, [4]);
    journal.change(|it| settle_start(it, canister(1), "it runs", seconds(4))).expect("it is owed");
    assert_eq!(claim(&mut journal, 100), [5]);
    let header = journal.header();
    assert_eq!((header.starts_owed, header.starts_unclaimed), (1, 1));
}

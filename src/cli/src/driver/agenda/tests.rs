use super::*;
use backup_journal::{Attempt, journal::OperationState};
use candid::Principal;

fn operation(sequence: u32, kind: Kind, target: u8) -> Operation {
    Operation {
        sequence: Sequence(sequence),
        operation_id: format!("{sequence}-{kind}"),
        kind,
        target_canister_id: Some(Principal::from_slice(&[target])),
        state: OperationState::Pending,
        state_updated_at: None,
        attempt: Attempt(1),
        reason: None,
        last_receipt: None,
    }
}

/// Operations of a kind, each on a target of its own.
fn operations(kind: Kind, count: u8) -> Vec<Operation> {
    (0..count).map(|number| operation(u32::from(number), kind, number)).collect()
}

fn agenda(operations: usize, downloads: usize) -> Agenda {
    Agenda::new(Limits { operations, downloads })
}

/// What is to be done now: the operations to perform, the sizes of the reports, the limits of the claims.
fn steps(agenda: &mut Agenda) -> (Vec<Operation>, Vec<usize>, Vec<u32>) {
    let (mut performed, mut reports, mut claims) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(step) = agenda.next() {
        match step {
            Step::Perform(operation) => performed.push(operation),
            Step::Report(batch) => reports.push(batch.len()),
            Step::Claim(limit) => claims.push(limit),
        }
    }
    (performed, reports, claims)
}

fn sequences(operations: &[Operation]) -> Vec<u32> {
    operations.iter().map(|operation| operation.sequence.0).collect()
}

fn end(agenda: &mut Agenda, operations: &[Operation]) {
    for operation in operations.iter().cloned() {
        agenda.performed(Performed {
            operation,
            result: Ok(Some(Evidence::default())),
            at: Timestamp(0),
        });
    }
}

#[test]
fn so_many_are_under_way_as_is_allowed_and_half_as_many_are_claimed_ahead() {
    let mut agenda = agenda(10, 10);
    assert_eq!(steps(&mut agenda), (vec![], vec![], vec![15]));
    agenda.claimed(operations(Kind::Stop, 15), 15);
    let (begun, _, claims) = steps(&mut agenda);
    assert_eq!((sequences(&begun), claims), ((0..10).collect(), vec![]));
    end(&mut agenda, &begun[..4]);
    let (next, reports, claims) = steps(&mut agenda);
    assert_eq!((sequences(&next), reports, claims), ((10..14).collect(), vec![4], vec![4]));
}

#[test]
fn one_at_a_time_is_claimed_when_one_may_be_under_way() {
    let mut agenda = agenda(1, 1);
    assert_eq!(steps(&mut agenda).2, [1]);
    agenda.claimed(operations(Kind::Stop, 1), 1);
    let (begun, _, claims) = steps(&mut agenda);
    assert_eq!((begun.len(), claims), (1, vec![]));
}

#[test]
fn a_claim_that_got_all_there_was_is_repeated_after_the_next_report_or_retry() {
    let mut agenda = agenda(10, 10);
    steps(&mut agenda);
    agenda.claimed(operations(Kind::Stop, 3), 15);
    let (begun, _, claims) = steps(&mut agenda);
    assert_eq!((begun.len(), claims), (3, vec![]));
    end(&mut agenda, &begun);
    assert_eq!(steps(&mut agenda), (vec![], vec![3], vec![]));
    agenda.reported();
    assert_eq!(steps(&mut agenda), (vec![], vec![], vec![15]));
    agenda.claimed(Vec::new(), 15);
    assert_eq!(steps(&mut agenda), (vec![], vec![], vec![]));
    agenda.retried();
    assert_eq!(steps(&mut agenda).2, [15]);
}

/// No call takes more than the coordinator allows, and one claim is under way at a time.
#[test]
fn claims_and_reports_are_not_longer_than_a_batch() {
    let mut agenda = agenda(1_000, 10);
    let rows = operations(Kind::Stop, 200);
    let mut begun = Vec::new();
    for batch in rows.chunks(100) {
        let (more, _, claims) = steps(&mut agenda);
        assert_eq!(claims, [100]);
        begun.extend(more);
        agenda.claimed(batch.to_vec(), 100);
    }
    begun.extend(steps(&mut agenda).0);
    assert_eq!(begun, rows);
    end(&mut agenda, &begun);
    assert_eq!(steps(&mut agenda).1, [100, 100]);
}

#[test]
fn what_ends_while_a_report_is_under_way_goes_with_the_next_one_unless_it_fills_a_batch() {
    let mut agenda = agenda(300, 10);
    agenda.take_over(operations(Kind::Stop, 250));
    let (begun, ..) = steps(&mut agenda);
    end(&mut agenda, &begun[..1]);
    assert_eq!(steps(&mut agenda).1, [1]);
    end(&mut agenda, &begun[1..100]);
    assert!(steps(&mut agenda).1.is_empty());
    end(&mut agenda, &begun[100..150]);
    assert_eq!(steps(&mut agenda).1, [100]);
    agenda.reported();
    assert!(steps(&mut agenda).1.is_empty(), "another one is under way");
    agenda.reported();
    assert_eq!(steps(&mut agenda).1, [49]);
}

#[test]
fn downloads_have_a_limit_of_their_own_and_do_not_hold_up_what_is_behind_them() {
    let mut agenda = agenda(10, 2);
    let mut rows = operations(Kind::DownloadSnapshot, 4);
    rows.push(operation(9, Kind::VerifyArtifact, 9));
    agenda.take_over(rows);
    let (begun, ..) = steps(&mut agenda);
    assert_eq!(sequences(&begun), [0, 1, 9]);
    end(&mut agenda, &begun[..1]);
    assert_eq!(sequences(&steps(&mut agenda).0), [2]);
}

#[test]
fn a_start_waits_for_what_is_under_way_on_its_canister_and_replaces_what_is_not_begun() {
    let mut agenda = agenda(2, 1);
    agenda.take_over(operations(Kind::Stop, 3));
    let (begun, ..) = steps(&mut agenda);
    assert_eq!(sequences(&begun), [0, 1]);
    // The run is aborted: the starts of the canisters whose stop was claimed can be claimed.
    agenda.claimed((0..3).map(|n| operation(10 + u32::from(n), Kind::Start, n)).collect(), 3);
    assert!(steps(&mut agenda).0.is_empty());
    end(&mut agenda, &begun[1..]);
    assert_eq!(sequences(&steps(&mut agenda).0), [11]);
    end(&mut agenda, &begun[..1]);
    assert_eq!(sequences(&steps(&mut agenda).0), [10]);
    end(&mut agenda, &[operation(11, Kind::Start, 1)]);
    assert_eq!(sequences(&steps(&mut agenda).0), [12], "the stop of its canister is not begun");
}

#[test]
fn when_it_is_closed_nothing_is_claimed_and_what_is_claimed_is_done() {
    let mut agenda = agenda(2, 1);
    agenda.take_over(operations(Kind::Stop, 3));
    agenda.close();
    let (begun, _, claims) = steps(&mut agenda);
    assert_eq!((begun.len(), claims), (2, vec![]));
    end(&mut agenda, &begun);
    let (begun, reports, claims) = steps(&mut agenda);
    assert_eq!((begun.len(), reports, claims), (1, vec![2], vec![]));
}

#[test]
fn nothing_is_done_before_it_was_claimed_by_a_clock_that_is_behind() {
    let claimed = Operation {
        state_updated_at: Some(Timestamp(10)),
        ..operation(0, Kind::FinalizeManifest, 0)
    };
    for (now, at) in [(9, 10), (10, 10), (11, 11)] {
        let performed = Performed::new(claimed.clone(), Ok(None), Timestamp(now));
        assert_eq!(performed.at, Timestamp(at));
    }
}

//! A preflight whose receipts arrive in batches: what it is when all are there, and what it is not before.

use crate::{
    Timestamp,
    fixtures::{self, complete_until, receipts, seconds, users},
    journal::{Journal, JournalError, JournalView, PreflightStanding, accept_preflight_bundle},
    plan::{AuthorityEvidence, ControlAuthoritySource},
    preflight::{PreflightError, PreflightReceipts},
};

/// The receipts of the fixtures for each target by itself, after a change to all of them.
fn batches(change: impl FnOnce(&mut PreflightReceipts)) -> [PreflightReceipts; 2] {
    let mut receipts = receipts();
    change(&mut receipts);
    let mut batches = receipts.batches(1);
    assert_eq!(batches.iter().map(|(start, _)| *start).collect::<Vec<_>>(), [0, 1]);
    let mut next = || batches.remove(0).1;
    [next(), next()]
}

/// Another id and another window wherever they stand.
fn stamp(receipts: &mut PreflightReceipts, preflight_id: &str, from: u64, until: u64) {
    let stamp = |id: &mut crate::PreflightId, at: &mut Timestamp, end: &mut Timestamp| {
        (*id, *at, *end) = (preflight_id.into(), seconds(from), seconds(until));
    };
    let PreflightReceipts {
        topology, control_authority, snapshot_read_authority, quiescence, ..
    } = receipts;
    stamp(&mut topology.preflight_id, &mut topology.validated_at, &mut topology.expires_at);
    stamp(&mut quiescence.preflight_id, &mut quiescence.validated_at, &mut quiescence.expires_at);
    for receipt in control_authority {
        stamp(&mut receipt.preflight_id, &mut receipt.validated_at, &mut receipt.expires_at);
    }
    for receipt in snapshot_read_authority {
        stamp(&mut receipt.preflight_id, &mut receipt.validated_at, &mut receipt.expires_at);
    }
    stamp(&mut receipts.preflight_id, &mut receipts.validated_at, &mut receipts.expires_at);
}

fn fresh() -> Journal {
    fixtures::journal()
}

fn standing(journal: &Journal, receipts: &PreflightReceipts) -> PreflightStanding {
    journal.header().standing(&receipts.preflight_id, receipts.window())
}

fn proven(journal: &Journal) -> Vec<bool> {
    let targets = &journal.plan().targets;
    targets.iter().map(|target| target.control_authority.is_proven()).collect()
}

#[test]
fn all_batches_together_are_what_the_bundle_is() {
    let [first, second] = batches(|_| {});
    let mut journal = fresh();
    assert_eq!(journal.append_preflight_receipts(0, &first, seconds(10)), Ok(true));
    assert_eq!(standing(&journal, &first), PreflightStanding::Arriving { covered: 1 });
    assert!(!journal.header().preflight_accepted());
    assert_eq!(journal.header().updated_at, seconds(10));
    assert_eq!(proven(&journal), [false, false], "nothing counts before all is there");
    assert!(journal.mark_operation_pending(crate::Sequence(4), seconds(10)).is_err());

    assert_eq!(journal.append_preflight_receipts(1, &second, seconds(11)), Ok(true));
    assert_eq!(standing(&journal, &first), PreflightStanding::Accepted);
    let mut whole = fresh();
    whole.accept_preflight_receipts(&receipts(), seconds(11)).expect("they count");
    assert_eq!(journal, whole);
    assert_eq!(proven(&journal), [true, true]);
}

#[test]
fn one_batch_may_cover_everything() {
    let (mut journal, mut whole) = (fresh(), fresh());
    assert_eq!(journal.append_preflight_receipts(0, &receipts(), seconds(10)), Ok(true));
    whole.accept_preflight_receipts(&receipts(), seconds(10)).expect("they count");
    assert_eq!(journal, whole);
}

#[test]
fn a_batch_that_was_sent_before_changes_nothing() {
    let [first, second] = batches(|_| {});
    let mut journal = fresh();
    journal.append_preflight_receipts(0, &first, seconds(10)).expect("it counts");
    let before = journal.clone();
    assert_eq!(journal.append_preflight_receipts(0, &first, seconds(11)), Ok(false));
    assert_eq!(journal, before);
    journal.append_preflight_receipts(1, &second, seconds(12)).expect("it counts");
    let before = journal.clone();
    for (start, batch) in [(0, &first), (1, &second), (0, &receipts())] {
        assert_eq!(journal.append_preflight_receipts(start, batch, seconds(13)), Ok(false));
    }
    assert_eq!(journal, before);
    complete_until(&mut journal, 5, seconds(14));
    assert_eq!(journal.append_preflight_receipts(1, &second, seconds(15)), Ok(false));
}

#[test]
fn a_batch_that_was_sent_before_and_proved_something_else_is_refused() {
    let [first, second] = batches(|_| {});
    let by_somebody_else = |receipts: &mut PreflightReceipts| {
        receipts.control_authority[1].authority.source =
            ControlAuthoritySource::AlternateController {
                controller: users(),
                reason: "the root is gone".to_string(),
            };
    };
    let mut plan = fixtures::plan();
    plan.header.requires_root_controller = false;
    let mut journal = Journal::new(plan.validate().expect("valid"), seconds(0));
    let [_, other] = batches(by_somebody_else);
    let conflict = Err(JournalError::PreflightConflict { position: 1 });
    journal.append_preflight_receipts(0, &first, seconds(10)).expect("it counts");
    let arriving = journal.clone();
    journal.append_preflight_receipts(1, &second, seconds(10)).expect("it counts");
    assert_eq!(journal.append_preflight_receipts(1, &other, seconds(11)), conflict);

    let mut journal = arriving;
    journal.append_preflight_receipts(1, &other, seconds(10)).expect("it counts");
    assert_eq!(journal.append_preflight_receipts(1, &second, seconds(11)), conflict);
}

#[test]
fn batches_follow_one_another() {
    let [first, second] = batches(|_| {});
    let gap = |start, covered| Err(JournalError::PreflightGap { start, covered });
    let mut journal = fresh();
    assert_eq!(journal.append_preflight_receipts(1, &second, seconds(10)), gap(1, 0));
    journal.append_preflight_receipts(0, &first, seconds(10)).expect("it counts");
    assert_eq!(journal.append_preflight_receipts(0, &receipts(), seconds(10)), gap(0, 1));
    let mismatch = PreflightError::UnknownAuthorityReceiptTarget { canister_id: users() };
    for elsewhere in [0, 2, u32::MAX] {
        assert_eq!(
            journal.append_preflight_receipts(elsewhere, &second, seconds(10)),
            Err(mismatch.clone().into()),
            "these receipts are about target 1, not {elsewhere}"
        );
    }
    assert_eq!(standing(&journal, &first), PreflightStanding::Arriving { covered: 1 });
}

#[test]
fn an_empty_batch_asks_where_a_preflight_stands() {
    let [first, _] = batches(|_| {});
    let (_, empty) = {
        let mut none = receipts();
        none.topology.targets.clear();
        none.quiescence.targets.clear();
        none.control_authority.clear();
        none.snapshot_read_authority.clear();
        none.batches(1).remove(0)
    };
    let mut journal = fresh();
    for start in [0, 1, 2, u32::MAX] {
        assert_eq!(journal.append_preflight_receipts(start, &empty, seconds(10)), Ok(false));
    }
    journal.append_preflight_receipts(0, &first, seconds(10)).expect("it counts");
    assert_eq!(journal.append_preflight_receipts(0, &empty, seconds(10)), Ok(false));
    assert_eq!(standing(&journal, &empty), PreflightStanding::Arriving { covered: 1 });
}

#[test]
fn another_id_or_another_window_starts_over_at_the_first_target() {
    for (preflight_id, until) in [("preflight-2", 20), ("preflight-1", 21)] {
        let [first, second] = batches(|_| {});
        let [other_first, other_second] = batches(|all| stamp(all, preflight_id, 10, until));
        let mut journal = fresh();
        journal.append_preflight_receipts(0, &first, seconds(10)).expect("it counts");
        let gap = Err(JournalError::PreflightGap { start: 1, covered: 0 });
        assert_eq!(journal.append_preflight_receipts(1, &other_second, seconds(10)), gap);
        assert_eq!(standing(&journal, &first), PreflightStanding::Arriving { covered: 1 });

        journal.append_preflight_receipts(0, &other_first, seconds(10)).expect("it starts over");
        assert_eq!(standing(&journal, &first), PreflightStanding::Arriving { covered: 0 });
        assert_eq!(journal.append_preflight_receipts(1, &second, seconds(10)), gap);
        journal.append_preflight_receipts(1, &other_second, seconds(10)).expect("it counts");
        assert_eq!(journal.header().preflight_id(), Some(&preflight_id.into()));
    }
}

#[test]
fn the_rules_of_the_bundle_are_those_of_each_batch() {
    let [first, _] = batches(|_| {});
    let [_, declared] = batches(|all| {
        all.control_authority[1].authority.evidence = AuthorityEvidence::Declared;
    });
    let mut journal = fresh();
    journal.append_preflight_receipts(0, &first, seconds(10)).expect("it counts");
    let before = journal.clone();
    let canister_id = users();
    let unproven = crate::plan::PlanError::UnprovenControlAuthority { canister_id };
    assert_eq!(
        journal.append_preflight_receipts(1, &declared, seconds(10)),
        Err(PreflightError::from(unproven).into())
    );
    let [_, second] = batches(|_| {});
    let (preflight_id, now) = (|| "preflight-1".into(), seconds(20));
    assert_eq!(
        journal.append_preflight_receipts(1, &second, now),
        Err(PreflightError::Expired { preflight_id: preflight_id(), expires_at: now, now }.into()),
        "the window must be open when the last batch arrives"
    );
    let (validated_at, now) = (seconds(10), seconds(9));
    let early = PreflightError::NotYetValid { preflight_id: preflight_id(), validated_at, now };
    assert_eq!(journal.append_preflight_receipts(1, &second, now), Err(early.into()));
    assert_eq!(journal, before, "a refusal leaves nothing behind");
}

#[test]
fn every_receipt_still_counts_when_the_last_batch_arrives() {
    let parts: [fn(&mut PreflightReceipts) -> &mut Timestamp; 4] = [
        |batch| &mut batch.topology.expires_at,
        |batch| &mut batch.control_authority[0].expires_at,
        |batch| &mut batch.snapshot_read_authority[0].expires_at,
        |batch| &mut batch.quiescence.expires_at,
    ];
    for part in parts {
        let [mut first, second] = batches(|_| {});
        *part(&mut first) = seconds(12);
        let mut journal = fresh();
        journal.append_preflight_receipts(0, &first, seconds(10)).expect("it counts");
        let now = seconds(12);
        let preflight_id = "preflight-1".into();
        assert_eq!(
            journal.append_preflight_receipts(1, &second, now),
            Err(PreflightError::Expired { preflight_id, expires_at: now, now }.into())
        );
        assert_eq!(journal.append_preflight_receipts(1, &second, seconds(11)), Ok(true));
    }
}

#[test]
fn whether_a_preflight_may_be_accepted_is_asked_with_every_batch() {
    let [first, second] = batches(|all| stamp(all, "preflight-2", 10, 40));
    let refused = Err(JournalError::PreflightAlreadyAccepted {
        existing: "preflight-1".into(),
        attempted: "preflight-2".into(),
    });
    let mut journal = fresh();
    journal.accept_preflight_receipts(&receipts(), seconds(10)).expect("they count");
    assert_eq!(journal.append_preflight_receipts(0, &first, seconds(19)), refused);
    assert_eq!(journal.append_preflight_receipts(0, &first, seconds(20)), Ok(true));
    assert_eq!(journal.header().preflight_id(), Some(&"preflight-1".into()));
    assert_eq!(journal.append_preflight_receipts(1, &second, seconds(20)), Ok(true));
    assert_eq!(journal.header().preflight_id(), Some(&"preflight-2".into()));

    // Somebody else is faster, and work begins.
    let [first, second] = batches(|all| stamp(all, "preflight-3", 10, 90));
    journal.append_preflight_receipts(0, &first, seconds(40)).expect("the second one is over");
    let mut other = receipts();
    stamp(&mut other, "preflight-4", 10, 90);
    journal.accept_preflight_receipts(&other, seconds(41)).expect("likewise");
    let refused = Err(JournalError::PreflightAlreadyAccepted {
        existing: "preflight-4".into(),
        attempted: "preflight-3".into(),
    });
    assert_eq!(journal.append_preflight_receipts(1, &second, seconds(42)), refused);
}

#[test]
fn what_an_expired_preflight_has_proven_is_shown_until_another_one_is_accepted() {
    let mut plan = fixtures::plan();
    plan.header.requires_root_controller = false;
    let mut journal = Journal::new(plan.validate().expect("valid"), seconds(0));
    journal.accept_preflight_receipts(&receipts(), seconds(10)).expect("they count");
    let shown = journal.plan().clone();
    let [first, second] = batches(|all| {
        stamp(all, "preflight-2", 20, 30);
        for receipt in &mut all.control_authority {
            receipt.authority.source = ControlAuthoritySource::OperatorController;
        }
    });
    journal.append_preflight_receipts(0, &first, seconds(20)).expect("it counts");
    assert_eq!(*journal.plan(), shown);
    journal.append_preflight_receipts(1, &second, seconds(21)).expect("it counts");
    let operator = ControlAuthoritySource::OperatorController;
    let targets = &journal.plan().targets;
    assert!(targets.iter().all(|target| target.control_authority.source == operator));
}

#[test]
fn accepting_another_way_drops_what_has_arrived() {
    let [first, second] = batches(|_| {});
    let mut journal = fresh();
    journal.append_preflight_receipts(0, &first, seconds(10)).expect("it counts");
    journal
        .change(|it| accept_preflight_bundle(it, &"preflight-1".into(), seconds(10)))
        .expect("the first one");
    assert_eq!(proven(&journal), [false, false]);
    let gap = Err(JournalError::PreflightGap { start: 1, covered: 0 });
    assert_eq!(journal.append_preflight_receipts(1, &second, seconds(10)), gap);
    // The same id again with its receipts, as when they come whole.
    journal.append_preflight_receipts(0, &first, seconds(10)).expect("it counts");
    journal.append_preflight_receipts(1, &second, seconds(10)).expect("it counts");
    assert_eq!(proven(&journal), [true, true]);
    assert_eq!(
        journal.header().preflight.as_ref().and_then(|it| it.window),
        Some(receipts().window())
    );
}

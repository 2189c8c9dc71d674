//! Accepting a preflight, and departure 5 from the reference: receipts go stale.

use crate::{
    Rules, Sequence,
    fixtures::{complete_until, journal, plan, receipts, report, seconds},
    journal::{
        Journal, JournalError, JournalView, OperationState, ReceiptOutcome, accept_preflight_bundle,
    },
    plan::AuthorityEvidence,
    preflight::PreflightReceipts,
};

#[test]
fn acceptance_completes_the_preflight_rows_and_frees_the_others() {
    let mut journal = journal();
    journal.mark_next_operation_pending(seconds(1)).expect("row 0");
    report(&mut journal, 0, ReceiptOutcome::Failed, seconds(2)).expect("it is claimed");
    journal
        .change(|it| accept_preflight_bundle(it, &"preflight-1".into(), seconds(3)))
        .expect("the first one");

    let rows = journal.operations();
    assert!(rows[..4].iter().all(|row| {
        row.state == OperationState::Completed && row.state_updated_at == Some(seconds(3))
    }));
    assert!(rows[4..].iter().all(|row| row.state == OperationState::Ready && row.reason.is_none()));
    assert_eq!(journal.header().cursor, Some(Sequence(4)));
}

#[test]
fn a_blank_id_is_none() {
    let field = "preflight_id".to_string();
    assert_eq!(
        journal().change(|it| accept_preflight_bundle(it, &" ".into(), seconds(1))),
        Err(JournalError::MissingField { field })
    );
}

#[test]
fn one_preflight_is_accepted_but_that_one_again() {
    let mut journal = journal();
    journal
        .change(|it| accept_preflight_bundle(it, &"preflight-1".into(), seconds(1)))
        .expect("the first one");
    assert_eq!(
        journal.change(|it| accept_preflight_bundle(it, &"preflight-1".into(), seconds(2))),
        Ok(())
    );
    assert_eq!(
        journal.change(|it| accept_preflight_bundle(it, &"preflight-2".into(), seconds(3))),
        Err(JournalError::PreflightAlreadyAccepted {
            existing: "preflight-1".into(),
            attempted: "preflight-2".into()
        })
    );
}

#[test]
fn receipts_prove_the_authorities_of_the_plan() {
    let mut journal = journal();
    let declared = AuthorityEvidence::Declared;
    assert_eq!(journal.plan().targets[0].control_authority.evidence, declared);
    journal.accept_preflight_receipts(&receipts(), seconds(10)).expect("they count");
    let proven = |target: &crate::plan::BackupTarget| {
        target.control_authority.is_proven() && target.snapshot_read_authority.is_proven()
    };
    assert!(journal.plan().targets.iter().all(proven));
}

#[test]
fn nothing_is_begun_on_receipts_that_expired() {
    let mut journal = journal();
    journal.accept_preflight_receipts(&receipts(), seconds(10)).expect("they count");
    assert_eq!(
        journal.mark_next_operation_pending(seconds(20)),
        Err(JournalError::PreflightExpired {
            preflight_id: "preflight-1".into(),
            expires_at: seconds(20),
            now: seconds(20)
        })
    );
    assert_eq!(journal.mark_next_operation_pending(seconds(19)), Ok(()));
}

#[test]
fn what_was_begun_in_time_may_take_its_time() {
    let mut journal = journal();
    journal.accept_preflight_receipts(&receipts(), seconds(10)).expect("they count");
    complete_until(&mut journal, 5, seconds(19));
    complete_until(&mut journal, 15, seconds(1_000));
    assert!(journal.header().is_over());
    assert!(
        journal
            .change(|it| accept_preflight_bundle(it, &"preflight-2".into(), seconds(1_000)))
            .is_err()
    );
}

#[test]
fn an_id_alone_replaces_no_receipts_expired_or_not() {
    let mut journal = journal();
    journal.accept_preflight_receipts(&receipts(), seconds(10)).expect("they count");
    let before = journal.header().clone();
    for now in [19, 20, 1_000] {
        assert_eq!(
            journal.change(|it| accept_preflight_bundle(it, &"preflight-2".into(), seconds(now))),
            Err(JournalError::PreflightAlreadyAccepted {
                existing: "preflight-1".into(),
                attempted: "preflight-2".into()
            })
        );
    }
    assert_eq!(*journal.header(), before);
}

#[test]
fn in_a_run_of_the_first_rules_an_id_replaces_receipts_that_expired() {
    let plan = plan().validate_under(Rules::V1).expect("valid");
    let mut journal = Journal::new(plan, seconds(0));
    let second = || "preflight-2".into();
    journal.accept_preflight_receipts(&receipts(), seconds(10)).expect("they count");
    assert!(journal.change(|it| accept_preflight_bundle(it, &second(), seconds(19))).is_err());
    assert_eq!(journal.change(|it| accept_preflight_bundle(it, &second(), seconds(20))), Ok(()));
    assert_eq!(journal.header().preflight_id(), Some(&second()));
    assert_eq!(journal.mark_next_operation_pending(seconds(1_000)), Ok(()));
}

#[test]
fn naming_the_accepted_preflight_again_does_not_make_it_last_longer() {
    let mut journal = journal();
    journal.accept_preflight_receipts(&receipts(), seconds(10)).expect("they count");
    journal
        .change(|it| accept_preflight_bundle(it, &"preflight-1".into(), seconds(25)))
        .expect("the same");
    assert!(matches!(
        journal.mark_next_operation_pending(seconds(25)),
        Err(JournalError::PreflightExpired { .. })
    ));
    let mut fresh: PreflightReceipts = receipts();
    for expires_at in
        [&mut fresh.expires_at, &mut fresh.topology.expires_at, &mut fresh.quiescence.expires_at]
            .into_iter()
            .chain(fresh.control_authority.iter_mut().map(|receipt| &mut receipt.expires_at))
            .chain(fresh.snapshot_read_authority.iter_mut().map(|receipt| &mut receipt.expires_at))
    {
        *expires_at = seconds(30);
    }
    journal.accept_preflight_receipts(&fresh, seconds(25)).expect("they count until 30");
    assert_eq!(journal.mark_next_operation_pending(seconds(29)), Ok(()));
}

/// Each receipt has a window of its own: the first that ends counts, also after the bundle was accepted.
#[test]
fn the_receipt_that_expires_first_counts() {
    type Change = fn(&mut PreflightReceipts);
    let changes: [Change; 4] = [
        |receipts| receipts.topology.expires_at = seconds(12),
        |receipts| receipts.quiescence.expires_at = seconds(12),
        |receipts| receipts.control_authority[1].expires_at = seconds(12),
        |receipts| receipts.snapshot_read_authority[0].expires_at = seconds(12),
    ];
    for change in changes {
        let mut receipts = receipts();
        change(&mut receipts);
        let expired = |rules| {
            let plan = plan().validate_under(rules).expect("valid");
            let mut journal = Journal::new(plan, seconds(0));
            journal.accept_preflight_receipts(&receipts, seconds(11)).expect("all count still");
            journal.mark_next_operation_pending(seconds(12))
        };
        assert_eq!(
            expired(Rules::V2),
            Err(JournalError::PreflightExpired {
                preflight_id: "preflight-1".into(),
                expires_at: seconds(12),
                now: seconds(12),
            })
        );
        assert_eq!(expired(Rules::V1), Ok(()));
    }
}

#[test]
fn a_preflight_id_shows_every_character() {
    let mut journal = journal();
    assert_eq!(
        journal.change(|it| accept_preflight_bundle(it, &"a\u{202e}b".into(), seconds(1))),
        Err(JournalError::HiddenCharacter {
            field: "preflight_id".to_string(),
            character: "\\u{202e}".to_string()
        })
    );
}

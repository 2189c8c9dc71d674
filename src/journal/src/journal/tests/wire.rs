//! What goes over the wire arrives as it was sent.

use crate::{
    Attempt, ReceiptIndex, Sequence,
    api::{
        AuditEvent, AuditEventKind, CoordinatorArgs, CoordinatorError, Duplicate, JournalDetails,
        Page, Role, RoleAssignment, StartOwed, TargetStatus, Visibility,
    },
    fixtures::{complete_until, input, journal, operator, orders, plan, receipts, seconds},
    journal::{JournalError, JournalView, OperationState, OwedStart, check_records},
    limits::LimitExceeded,
    plan::PlanError,
    preflight::{PreflightError, PreflightRequests},
};
use candid::{CandidType, Principal, decode_one, encode_one};
use serde::{Deserialize, de::DeserializeOwned};
use std::fmt::Debug;

fn round_trip<T: CandidType + DeserializeOwned + Debug + PartialEq>(value: &T) {
    let bytes = encode_one(value).expect("it can be sent");
    assert_eq!(&decode_one::<T>(&bytes).expect("it can be received"), value);
}

#[test]
fn what_is_sent_arrives() {
    round_trip(&plan());
    round_trip(&input());
    round_trip(&receipts());
    round_trip(&CoordinatorArgs {
        roles: vec![RoleAssignment {
            principal: operator(),
            role: Role::Auditor,
            fleet: Some("demo".into()),
        }],
        visibility: Some(Visibility::Public),
        restart_overdue_after_seconds: Some(60),
    });
}

#[test]
fn what_is_answered_arrives() {
    let mut journal = journal();
    journal.accept_preflight_receipts(&receipts(), seconds(10)).expect("they count");
    complete_until(&mut journal, 12, seconds(11));
    let (header, plan) = (journal.header(), plan());
    round_trip(&PreflightRequests::new(&plan.header, &plan.targets));
    round_trip(&check_records(&journal, header, 0, 7));
    round_trip(&Page { items: journal.operations(), next: Some(15), total: 20 });
    round_trip(&Page { items: journal.receipts().to_vec(), next: None, total: 8 });
    round_trip(&TargetStatus {
        target: plan.targets[0].clone(),
        artifact: journal.artifact(&orders()),
        owed_start: None,
    });
    round_trip(&StartOwed {
        canister_id: orders(),
        owed: OwedStart::after_claim(None, seconds(11)),
    });
    round_trip(&JournalDetails {
        summary: journal.resume_summary(),
        plan: plan.header,
        plan_digest: vec![1; 32],
        created_by: operator(),
    });
    round_trip(&AuditEvent {
        index: 1,
        time: seconds(1),
        caller: operator(),
        run_id: None,
        kind: AuditEventKind::OperationClaimed { sequence: Sequence(4), attempt: Attempt(1) },
    });
}

#[test]
fn refusals_arrive_with_all_they_say() {
    let canister_id = orders();
    for refusal in [
        CoordinatorError::Unauthorized { caller: operator(), required: Role::Operator },
        CoordinatorError::OtherFleet { caller: operator(), required: Role::Operator },
        CoordinatorError::RoleNotHeld {
            principal: operator(),
            role: Role::Auditor,
            fleet: Some("demo".into()),
        },
        CoordinatorError::RunNotFound { run_id: "run-1".into() },
        CoordinatorError::Duplicate(Duplicate::Receipt {
            receipt_index: ReceiptIndex(7),
            recorded_at: seconds(3),
        }),
        CoordinatorError::InvalidPlan(PlanError::DuplicateTarget { canister_id }),
        CoordinatorError::Journal(JournalError::InvalidOperationTransition {
            sequence: Sequence(4),
            from: OperationState::Pending,
            to: OperationState::Pending,
        }),
        CoordinatorError::Journal(JournalError::Preflight(PreflightError::Plan(
            PlanError::MissingRootController { canister_id },
        ))),
        CoordinatorError::LimitExceeded(LimitExceeded {
            what: "targets".to_string(),
            maximum: 1,
            actual: 2,
        }),
        CoordinatorError::AnonymousRole,
    ] {
        round_trip(&refusal);
        assert!(!refusal.to_string().is_empty());
    }
}

/// A duplicate is an answer of its own, so that a caller need not look into the journal's reasons.
#[test]
fn a_duplicate_receipt_is_told_apart_from_refusals() {
    let (receipt_index, recorded_at) = (ReceiptIndex(7), seconds(3));
    assert_eq!(
        CoordinatorError::from(JournalError::Duplicate { receipt_index, recorded_at }),
        CoordinatorError::Duplicate(Duplicate::Receipt { receipt_index, recorded_at })
    );
}

/// Ids and numbers are bare text and numbers: a caller who writes them by hand need not know their names.
#[test]
fn names_and_numbers_have_no_wrapping() {
    let bytes = encode_one(crate::RunId::from("run-1")).expect("it can be sent");
    assert_eq!(decode_one::<String>(&bytes).expect("it is text"), "run-1");
    let bytes = encode_one(Sequence(7)).expect("it can be sent");
    assert_eq!(decode_one::<u32>(&bytes).expect("it is a nat32"), 7);
}

/// A caller of an earlier release does not name a fleet, and reads no fleet.
#[test]
fn a_role_without_a_fleet_is_one_for_all_fleets() {
    #[derive(CandidType, Deserialize)]
    struct Earlier {
        principal: Principal,
        role: Role,
    }

    let earlier = Earlier { principal: operator(), role: Role::Operator };
    let bytes = encode_one(&earlier).expect("it can be sent");
    let now = RoleAssignment { principal: operator(), role: Role::Operator, fleet: None };
    assert_eq!(decode_one::<RoleAssignment>(&bytes).expect("it is a role"), now);
    let for_a_fleet = RoleAssignment { fleet: Some("demo".into()), ..now };
    let bytes = encode_one(for_a_fleet).expect("it can be sent");
    assert_eq!(decode_one::<Earlier>(&bytes).expect("it is a role").role, Role::Operator);
}

//! Queries that say something else than the log are found, whichever they are.

use crate::{
    meanwhile::{Busy, Meanwhile},
    setting::{busy, evidence},
};
use backup_coordinator_client::{
    CoordinatorClient,
    audit::{AuditError, Log, entries},
    journal::{
        api::{CoordinatorArgs, Role},
        block::Value,
    },
};
use candid::Principal;
use integration_tests::{Outcome, Setup, callers, fleet, on_sandbox};

/// Sends one query to another coordinator.
struct Diverted {
    method: &'static str,
    to: Principal,
}

impl Meanwhile for Diverted {
    fn canister(&self, method: &str, canister: Principal) -> Principal {
        if method == self.method { self.to } else { canister }
    }
}

/// A coordinator with the runs of [`busy`] in other states, other drafts, other roles and other settings.
async fn other(setup: &Setup) -> Result<Setup, Box<dyn std::error::Error>> {
    let other = Setup::builder(setup.network.clone()).members(2).build();
    let other = Setup { registry: setup.registry.clone(), ..other };
    other.as_administrator().grant_role(callers::stranger(), Role::Operator).await?;
    other.driver("nightly").create().await?;
    let restart_overdue_after_seconds = Some(1);
    other.upgrade(Some(CoordinatorArgs {
        restart_overdue_after_seconds,
        ..CoordinatorArgs::default()
    }))?;
    Ok(other)
}

async fn compare(
    setup: &Setup,
    other: &Setup,
    method: &'static str,
    blocks: &[Value],
) -> Result<Log, AuditError> {
    let inner = setup.network.runtime(callers::auditor());
    let runtime = Busy { inner, meanwhile: Diverted { method, to: other.coordinator } };
    let client = CoordinatorClient::new(runtime, setup.coordinator);
    client.compare_events(&entries(blocks)?).await?;
    let mut log = Log::of(blocks)?;
    client.compare(&mut log).await?;
    Ok(log)
}

fn with_two(test: impl AsyncFnOnce(&Setup, &Setup, &[Value]) -> Outcome) {
    on_sandbox(async |network| {
        let setup = Setup::builder(network).members(2).build();
        busy(&setup).await?;
        let other = other(&setup).await?;
        let evidence = evidence(&setup).await?;
        compare(&setup, &other, "none", &evidence.blocks).await?;
        test(&setup, &other, &evidence.blocks).await
    });
}

#[test]
fn each_query_is_held_against_the_log() {
    with_two(async |setup, other, blocks| {
        for (method, what) in [
            ("list_audit_events", "event 1"),
            ("list_roles", "role assignment"),
            ("get_settings", "the settings"),
            ("list_journal_drafts", "draft 0"),
            ("list_journals", "run 0 of the list"),
            ("get_journal", "the journal of run nightly"),
            ("list_operations", "operation 0 of run nightly"),
            ("list_operation_receipts", "receipt 0 of run nightly"),
            ("list_targets", "target 0 of run nightly"),
            ("list_starts_owed", "owed start 0 of run nightly"),
        ] {
            let compared = compare(setup, other, method, blocks).await;
            let Err(AuditError::Differs(difference)) = compared else {
                panic!("{method}: {compared:?}");
            };
            assert!(difference.what.starts_with(what), "{method}: {difference}");
            assert!(difference.block < blocks.len() as u64, "{difference}");
        }
        Ok(())
    });
}

#[test]
fn each_query_about_fleets_is_held_against_the_log() {
    with_two(async |setup, other, blocks| {
        let registration = fleet::registration("shop", &fleet::paper_fleet(3));
        setup.as_administrator().register_fleet(&registration).await?;
        for (method, what) in [
            ("list_fleets", "fleet 0"),
            ("get_fleet", "fleet shop"),
            ("list_fleet_members", "member 0 of fleet shop"),
        ] {
            let compared = compare(setup, other, method, blocks).await;
            let Err(AuditError::Differs(difference)) = compared else {
                panic!("{method}: {compared:?}");
            };
            assert!(difference.what.starts_with(what), "{method}: {difference}");
        }
        Ok(())
    });
}

#[test]
fn a_log_that_has_grown_is_read_further() {
    with_two(async |setup, other, blocks| {
        setup.as_administrator().revoke_role(callers::stranger(), Role::Auditor).await?;
        let log = compare(setup, other, "none", blocks).await?;
        assert_eq!(log.length(), blocks.len() as u64 + 1);
        Ok(())
    });
}

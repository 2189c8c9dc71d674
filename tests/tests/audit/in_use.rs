//! The audit of a log in use: whatever moves meanwhile, an honest log holds and a dishonest one does not.

use crate::{
    meanwhile::{Busy, Meanwhile},
    setting::audit,
};
use backup_coordinator_client::{
    CoordinatorClient,
    audit::{AuditError, Log, Verified},
    journal::api::{GetBlocksResult, Role},
};
use candid::{Nat, decode_one, encode_one};
use integration_tests::{Driver, Outcome, Setup, callers, fleet, on_sandbox};

async fn audit_with(setup: &Setup, meanwhile: impl Meanwhile) -> Result<Verified, AuditError> {
    let inner = setup.network.runtime(callers::auditor());
    let client = CoordinatorClient::new(Busy { inner, meanwhile }, setup.coordinator);
    client.audit(&setup.trust()).await
}

/// A driver that claims and reports in front of every query.
struct Moving<'a>(&'a Driver);

impl Meanwhile for Moving<'_> {
    fn before(&self, _: &str) {
        pollster::block_on(self.0.pretend()).expect("the driver moves");
    }
}

fn with_a_run(test: impl AsyncFnOnce(&Setup, &Driver) -> Outcome) {
    on_sandbox(async |network| {
        let setup = Setup::builder(network).build();
        let run = setup.driver_of(fleet::plan("large", &fleet::paper_fleet(60)));
        run.begin().await?;
        test(&setup, &run).await
    });
}

#[test]
fn audits_succeed_while_a_driver_moves() {
    with_a_run(async |setup, run| {
        let mut length = audit(setup).await?.replay.length();
        for _ in 0..6 {
            let verified = audit_with(setup, Moving(run)).await?;
            assert!(verified.replay.length() > length + 10, "the driver hardly moved");
            length = verified.replay.length();
        }
        assert!(run.client.next_ready_operation(&run.run_id).await?.is_some(), "the run is over");
        Ok(())
    });
}

/// Somebody who tells of roles as they were, while the log goes on.
struct Outdated<'a> {
    moving: Moving<'a>,
    roles: Vec<u8>,
}

impl Meanwhile for Outdated<'_> {
    fn before(&self, method: &str) {
        self.moving.before(method);
    }

    fn after(&self, method: &str, answer: Vec<u8>) -> Vec<u8> {
        if method == "list_roles" { self.roles.clone() } else { answer }
    }
}

#[test]
fn what_no_length_of_the_log_tells_is_found_while_a_driver_moves() {
    with_a_run(async |setup, run| {
        let roles = setup.as_auditor().list_roles().await?;
        setup.as_administrator().grant_role(callers::stranger(), Role::Auditor).await?;
        let answer: Result<_, ()> = Ok(roles);
        let outdated = Outdated { moving: Moving(run), roles: encode_one(&answer)? };
        let found = audit_with(setup, outdated).await;
        let Err(AuditError::Differs(difference)) = found else { panic!("{found:?}") };
        assert!(difference.what.starts_with("role assignment"), "{difference}");
        Ok(())
    });
}

/// Somebody who shows the same certificate again and again, while the log goes on.
struct Uncertified<'a> {
    moving: Moving<'a>,
    tip: Vec<u8>,
}

impl Meanwhile for Uncertified<'_> {
    fn before(&self, method: &str) {
        self.moving.before(method);
    }

    fn after(&self, method: &str, answer: Vec<u8>) -> Vec<u8> {
        if method == "icrc3_get_tip_certificate" { self.tip.clone() } else { answer }
    }
}

#[test]
fn what_was_added_meanwhile_has_to_be_certified() {
    with_a_run(async |setup, run| {
        let tip = setup.as_auditor().icrc3_get_tip_certificate().await?;
        let last = audit(setup).await?.replay.length() - 1;
        let found =
            audit_with(setup, Uncertified { moving: Moving(run), tip: encode_one(&tip)? }).await;
        let Err(AuditError::Uncertified { certified, length }) = found else { panic!("{found:?}") };
        assert_eq!(certified, Some(last));
        assert!(length > last + 1);
        Ok(())
    });
}

/// Somebody who says of the log that it is longer than can be.
struct Boasting;

impl Meanwhile for Boasting {
    fn after(&self, method: &str, answer: Vec<u8>) -> Vec<u8> {
        if method != "icrc3_get_blocks" {
            return answer;
        }
        let mut answer: GetBlocksResult = decode_one(&answer).expect("blocks");
        answer.log_length = Nat::from(u64::MAX);
        encode_one(&answer).expect("blocks")
    }
}

#[test]
fn a_log_that_is_said_to_grow_without_end_is_not_followed() {
    with_a_run(async |setup, _| {
        let evidence = setup.as_auditor().fetch_log().await?;
        let inner = setup.network.runtime(callers::auditor());
        let client = CoordinatorClient::new(Busy { inner, meanwhile: Boasting }, setup.coordinator);
        let compared = client.compare(&mut Log::of(&evidence.blocks)?).await;
        let from = evidence.length();
        assert_eq!(compared, Err(AuditError::Moved { from, to: u64::MAX }));
        Ok(())
    });
}

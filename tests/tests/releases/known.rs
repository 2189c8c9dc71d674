//! What was done before the upgrade is known after it: a repeated call is recognised, a revoked role is gone.

use crate::{image::Image, read::after_upgrade};
use backup_coordinator_client::{
    ClientError,
    audit::{Log, entries},
    journal::{
        api::{AuditEventKind, CoordinatorError, Duplicate, RoleAssignment},
        block::{Entry, Payload},
        journal::JournalError,
    },
};
use integration_tests::{Setup, assert_refused, records, setup::Client};

async fn log(
    image: &Image,
    setup: &Setup,
) -> Result<(Vec<Entry>, Log), Box<dyn std::error::Error>> {
    let evidence = image.client(setup, "auditor").fetch_log().await?;
    Ok((entries(&evidence.blocks)?, Log::of(&evidence.blocks)?))
}

/// Repeats what a block tells of, as far as it came with a payload; whether it was that.
async fn repeat(client: &Client, entry: &Entry) -> Result<bool, Box<dyn std::error::Error>> {
    match &entry.payload {
        Some(Payload::Plan(plan)) => {
            let again = client.create_journal(plan).await;
            assert_refused!(again, CoordinatorError::Duplicate(Duplicate::Journal { .. }));
        }
        Some(Payload::Header(header)) => {
            let again = client.begin_journal_draft(header).await;
            assert_refused!(
                again,
                CoordinatorError::Duplicate(Duplicate::Draft { .. } | Duplicate::Journal { .. })
            );
        }
        _ => return Ok(false),
    }
    Ok(true)
}

#[test]
fn a_repeated_call_is_recognised() {
    after_upgrade(async |image, setup| {
        let client = image.client(setup, "operator");
        let (entries, log) = log(image, setup).await?;
        let before = records::memory(setup);
        let mut repeated = 0;
        for entry in &entries {
            let run_id = entry.event.run_id.as_ref();
            // The run id of a draft that is gone is free.
            if run_id.is_some_and(|run_id| !log.replay().is_discarded(run_id)) {
                repeated += u32::from(repeat(&client, entry).await?);
            }
        }
        assert!(repeated > 5);
        for run in client.all_journals().await? {
            for operation in client.all_operations(&run.run_id).await? {
                let Some(last) = operation.last_receipt else { continue };
                let receipts = client.all_operation_receipts(&run.run_id).await?;
                let receipt = &receipts[last.0 as usize].receipt;
                assert_refused!(
                    client.record_operation_receipt(&run.run_id, receipt).await,
                    CoordinatorError::Journal(JournalError::Duplicate { .. })
                        | CoordinatorError::Duplicate(Duplicate::Receipt { .. })
                );
            }
        }
        assert_eq!(records::memory(setup), before, "something was done again");
        Ok(())
    });
}

#[test]
fn roles_are_as_they_were_granted_and_revoked() {
    after_upgrade(async |image, setup| {
        let (entries, log) = log(image, setup).await?;
        let held = image.client(setup, "auditor").list_roles().await?;
        let revoked = entries.iter().find_map(|entry| match entry.event.kind {
            AuditEventKind::RoleRevoked(RoleAssignment { principal, .. })
                if held.iter().all(|grant| grant.principal != principal) =>
            {
                Some(principal)
            }
            _ => None,
        });
        let revoked = revoked.ok_or("nobody's last role was revoked")?;
        let run_id = &log.replay().runs().next().ok_or("a run")?.details().summary.run_id;
        let claimed = setup.client(revoked).mark_next_operation_pending(run_id).await;
        assert!(matches!(claimed, Err(ClientError::Call(_))), "{claimed:?}");
        let granted = held.iter().find(|grant| grant.fleet.is_none()).ok_or("a role")?;
        let administrator = image.client(setup, "administrator");
        assert_refused!(
            administrator.grant_role(granted.principal, granted.role).await,
            CoordinatorError::Duplicate(Duplicate::Role { .. })
        );
        administrator.revoke_role(granted.principal, granted.role).await?;
        Ok(())
    });
}

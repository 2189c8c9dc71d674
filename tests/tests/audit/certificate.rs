//! What the network vouches for, and what it does not.

use crate::setting::{audit, busy, evidence, problem};
use backup_coordinator_client::{
    audit::{AuditError, MAINNET_ROOT_KEY, Trust, verify_log},
    journal::api::CoordinatorArgs,
};
use integration_tests::{
    Network, Setup, callers, on_sandbox,
    setup::{install_coordinator, no_arguments},
};
use std::time::Duration;

async fn prepared(network: Network) -> Result<Setup, Box<dyn std::error::Error>> {
    let setup = Setup::builder(network).members(2).build();
    busy(&setup).await?;
    Ok(setup)
}

#[test]
fn the_certificate_vouches_for_the_log_after_every_transition() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).members(1).build();
        let run = setup.driver("nightly");
        run.begin().await?;
        while run.client.next_ready_operation(&run.run_id).await?.is_some() {
            let claimed = run.claim().await?;
            audit(&setup).await?;
            setup.upgrade(None)?;
            audit(&setup).await?;
            run.report(&run.perform(&claimed)?).await?;
            setup.upgrade(Some(CoordinatorArgs {
                restart_overdue_after_seconds: Some(60),
                ..CoordinatorArgs::default()
            }))?;
            audit(&setup).await?;
        }
        let verified = audit(&setup).await?;
        assert_eq!(verified.certified_at.0, setup.network.now());
        assert_eq!(verified.replay.length(), 3 + 3 * 6);
        Ok(())
    });
}

#[test]
fn a_log_of_one_block_holds() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        let verified = audit(&setup).await?;
        assert_eq!(verified.replay.length(), 1);
        assert_eq!(verified.replay.roles().len(), integration_tests::setup::roles().len());
        Ok(())
    });
}

#[test]
fn an_empty_log_is_proven_to_be_empty() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        let coordinator = install_coordinator(&setup.network, no_arguments())?;
        let setup = Setup::without_fleet(setup.network, coordinator);
        let verified = setup.client(callers::controller()).audit(&setup.trust()).await?;
        assert_eq!((verified.tip, verified.replay.length()), (None, 0));
        Ok(())
    });
}

#[test]
fn no_other_key_has_signed_it() {
    on_sandbox(|network| async move {
        let setup = prepared(network).await?;
        let (evidence, trust) = (evidence(&setup).await?, setup.trust());
        verify_log(&evidence, &trust)?;
        let other = Trust { root_key: MAINNET_ROOT_KEY.to_vec(), ..trust.clone() };
        assert!(matches!(verify_log(&evidence, &other), Err(AuditError::Signature { .. })));
        let none = Trust { root_key: Vec::new(), ..trust };
        assert!(matches!(verify_log(&evidence, &none), Err(AuditError::Signature { .. })));
        Ok(())
    });
}

#[test]
fn it_says_nothing_of_another_canister() {
    on_sandbox(|network| async move {
        let setup = prepared(network.clone()).await?;
        let other = Setup::builder(network).build();
        let canister = other.coordinator;
        let trust = Trust { coordinator: canister, ..setup.trust() };
        let verified = verify_log(&evidence(&setup).await?, &trust);
        assert_eq!(verified.unwrap_err(), AuditError::OtherCanister { canister });
        Ok(())
    });
}

#[test]
fn it_counts_for_five_minutes() {
    on_sandbox(|network| async move {
        let setup = prepared(network).await?;
        let (evidence, now) = (evidence(&setup).await?, setup.network.now());
        let at = |nanos| {
            let trust = setup.trust();
            let now = backup_coordinator_client::journal::Timestamp(nanos);
            verify_log(&evidence, &Trust { now, ..trust })
        };
        let window = u64::try_from(Duration::from_mins(5).as_nanos())?;
        at(now + window)?;
        at(now - window)?;
        let old = at(now + window + 1).unwrap_err();
        assert!(matches!(old, AuditError::OldCertificate { .. }));
        assert!(old.to_string().ends_with("does not vouch for the present log"), "{old}");
        assert!(matches!(at(now - window - 1), Err(AuditError::FutureCertificate { .. })));
        Ok(())
    });
}

#[test]
fn without_it_nothing_holds() {
    on_sandbox(|network| async move {
        let setup = prepared(network).await?;
        let mut evidence = evidence(&setup).await?;
        evidence.tip = None;
        assert_eq!(problem(&setup, &evidence), AuditError::NoCertificate);
        Ok(())
    });
}

#[test]
fn no_bit_of_it_can_be_changed() {
    on_sandbox(|network| async move {
        let setup = prepared(network).await?;
        let evidence = evidence(&setup).await?;
        let tip = evidence.tip.clone().expect("a certificate");
        // In front of both stands a tag that says no more than that this is CBOR.
        for position in (3..tip.certificate.len()).step_by(11) {
            let mut changed = evidence.clone();
            changed.tip.as_mut().expect("a certificate").certificate[position] ^= 1;
            problem(&setup, &changed);
        }
        for position in 3..tip.hash_tree.len() {
            let mut changed = evidence.clone();
            changed.tip.as_mut().expect("a certificate").hash_tree[position] ^= 1;
            problem(&setup, &changed);
        }
        Ok(())
    });
}

#[test]
fn canisters_get_the_blocks_and_no_certificate() {
    on_sandbox(|network| async move {
        let setup = prepared(network).await?;
        let call = integration_tests::runtime::call(
            callers::auditor(),
            setup.coordinator,
            "icrc3_get_tip_certificate",
            (),
        );
        let reply = setup.network.lock().update(&call)?;
        let tip: Option<backup_coordinator_client::journal::api::TipCertificate> =
            candid::decode_one(&reply)?;
        assert_eq!(tip, None);
        Ok(())
    });
}

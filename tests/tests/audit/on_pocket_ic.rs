//! The certificates of a real network.

use crate::setting::{audit, busy, evidence, problem};
use backup_coordinator_client::audit::{
    AuditError, MAINNET_ROOT_KEY, Tampering, Trust, verify_log,
};
use integration_tests::{Outcome, Setup, on_pocket_ic_with_root_key};

fn on_pocket_ic(test: impl AsyncFnOnce(Setup) -> Outcome) {
    on_pocket_ic_with_root_key(async |network| {
        let setup = Setup::builder(network).members(2).build();
        busy(&setup).await?;
        test(setup).await
    });
}

#[test]
#[ignore = "needs a PocketIC server: scripts/test.sh --pocket-ic"]
fn the_real_certificate_verifies_against_the_real_root_key() {
    on_pocket_ic(async |setup| {
        audit(&setup).await?;
        let run = setup.driver("nightly");
        run.finish().await?;
        setup.upgrade(None)?;
        let verified = audit(&setup).await?;
        assert_eq!(verified.replay.runs().count(), 1);
        Ok(())
    });
}

#[test]
#[ignore = "needs a PocketIC server: scripts/test.sh --pocket-ic"]
fn no_other_key_has_signed_it() {
    on_pocket_ic(async |setup| {
        let evidence = evidence(&setup).await?;
        let other = Trust { root_key: MAINNET_ROOT_KEY.to_vec(), ..setup.trust() };
        assert!(matches!(verify_log(&evidence, &other), Err(AuditError::Signature { .. })));
        Ok(())
    });
}

#[test]
#[ignore = "needs a PocketIC server: scripts/test.sh --pocket-ic"]
fn tampering_is_found() {
    on_pocket_ic(async |setup| {
        let old = evidence(&setup).await?.tip.expect("a certificate");
        setup.driver("nightly").step().await?;
        let evidence = evidence(&setup).await?;
        for tampering in [
            Tampering::Change(4),
            Tampering::Drop(4),
            Tampering::Swap(4),
            Tampering::Append,
            Tampering::ForgeTip(4),
            Tampering::OldCertificate(old),
        ] {
            let mut tampered = evidence.clone();
            tampering.apply(&mut tampered);
            problem(&setup, &tampered);
        }
        Ok(())
    });
}

//! Pages out of range, of every list.

use crate::Victim;
use backup_coordinator_client::journal::{api::CoordinatorError as Error, limits::MAX_PAGE};
use candid::types::value::IDLValue;
use integration_tests::{Network, Outcome, interface::Method, scenarios};

scenarios![a_page_has_a_size, a_page_starts_within_the_list];

/// The answer of a paged method about the page of `limit` from `start` on.
fn page(
    victim: &Victim,
    (method, arg): (&Method, &[u8]),
    start: u64,
    limit: u32,
) -> Result<Option<Error>, Box<dyn std::error::Error>> {
    let mut args = victim.interface.decode(method, arg);
    let count = args.args.len();
    args.args[count - 2] = IDLValue::Nat64(start);
    args.args[count - 1] = IDLValue::Nat32(limit);
    Ok(victim.refusal(method, victim.interface.encode(method, &args))?)
}

async fn a_page_has_a_size(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    let mut seen = 0;
    for (method, row) in victim.methods().filter(|(method, _)| method.is_paged()) {
        for wrong in [0, MAX_PAGE + 1, u32::MAX] {
            let refused = page(&victim, (method, &row.arg), 0, wrong)?;
            let expected = Error::InvalidPageLimit { limit: wrong, maximum: MAX_PAGE };
            assert_eq!(refused, Some(expected), "{} of {wrong}", method.name);
        }
        assert_eq!(page(&victim, (method, &row.arg), 0, MAX_PAGE)?, None, "{}", method.name);
        seen += 1;
    }
    assert!(seen >= 8, "{seen} methods are paged");
    victim.check_unchanged().await
}

async fn a_page_starts_within_the_list(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    for (method, row) in victim.methods().filter(|(method, _)| method.is_paged()) {
        let mut total = 0;
        for wrong in [1_000, u64::from(u32::MAX) + 1, u64::MAX] {
            let refused = page(&victim, (method, &row.arg), wrong, MAX_PAGE)?;
            let Some(Error::PageOutOfRange { start, total: known }) = refused else {
                panic!("{} from {wrong}: {refused:?}", method.name);
            };
            assert_eq!(start, wrong);
            total = known;
        }
        assert_eq!(
            page(&victim, (method, &row.arg), total, 1)?,
            None,
            "the end of {}",
            method.name
        );
        assert!(page(&victim, (method, &row.arg), total + 1, 1)?.is_some(), "{}", method.name);
    }
    victim.check_unchanged().await
}

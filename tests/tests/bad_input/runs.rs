//! Runs and fleets that do not exist.

use crate::Victim;
use backup_coordinator_client::journal::api::CoordinatorError as Error;
use candid::types::value::IDLValue;
use integration_tests::{Network, Outcome, scenarios};

scenarios![an_unknown_run_or_fleet_is_named_in_the_error];

async fn an_unknown_run_or_fleet_is_named_in_the_error(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    let mut seen = 0;
    for (method, row) in victim.methods().filter(|(method, _)| method.takes_a_name()) {
        for unknown in ["", "no-such-run", "claimed ", "CLAIMED"] {
            let mut args = victim.interface.decode(method, &row.arg);
            args.args[0] = IDLValue::Text(unknown.to_string());
            let arg = victim.interface.encode(method, &args);
            let refused = victim.refusal(method, arg)?;
            let of_a_fleet = [
                "fleet",
                "_backup",
                "schedule",
                "next_runs",
                "retention",
                "snapshots",
                "discovery",
            ]
            .iter()
            .any(|part| method.name.contains(part));
            let named = match refused {
                Some(Error::RunNotFound { run_id } | Error::DraftNotFound { run_id })
                    if !of_a_fleet =>
                {
                    run_id.to_string()
                }
                Some(Error::FleetNotFound { fleet }) if of_a_fleet => fleet.to_string(),
                other => panic!("{} of {unknown:?}: {other:?}", method.name),
            };
            assert_eq!(named, unknown);
        }
        seen += 1;
    }
    assert!(seen >= 21, "{seen} methods take the name of a run or a fleet");
    victim.check_unchanged().await
}

//! Runs that do not exist.

use crate::Victim;
use backup_coordinator_client::journal::api::CoordinatorError as Error;
use candid::types::value::IDLValue;
use integration_tests::{Network, Outcome, fleet, scenarios};

scenarios![an_unknown_run_is_named_in_the_error];

async fn an_unknown_run_is_named_in_the_error(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    let mut seen = 0;
    for (method, row) in victim.methods().filter(|(method, _)| method.takes_a_run()) {
        for unknown in ["", "no-such-run", "claimed ", "CLAIMED"] {
            let mut args = victim.interface.decode(method, &row.arg);
            args.args[0] = IDLValue::Text(unknown.to_string());
            let arg = victim.interface.encode(method, &args);
            let refused = victim.refusal(method, arg)?;
            let Some(Error::RunNotFound { run_id } | Error::DraftNotFound { run_id }) = refused
            else {
                panic!("{} of {unknown:?}: {refused:?}", method.name);
            };
            assert_eq!(run_id, fleet::run(unknown));
        }
        seen += 1;
    }
    assert!(seen >= 16, "{seen} methods take a run");
    victim.check_unchanged().await
}

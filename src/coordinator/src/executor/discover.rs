//! Asks which canisters a fleet has, so that it can be told which of them are not registered.

use super::{report::change, runtime, under_way::Held};
use crate::{
    call::Call,
    gate::notes,
    storage::{self, RunNumber},
};
use backup_fleet::error::told;
use backup_journal::{
    FleetName,
    execution::Execution,
    fleet::{Discovery, DiscoveryOutcome, DiscoveryReport},
};
use ic_cdk::api::canister_self;

/// How long the network may take for the answer. A run waits for it, so this is shorter than for the check of a member.
const DISCOVER_SECONDS: u32 = 30;

/// Notes the call, so that a preflight makes it once at most, and makes it.
pub fn begin(run: RunNumber, discovery: Discovery, held: Held) {
    change(run, Execution::with_discovery_begun);
    note(run, DiscoveryOutcome::failed("no answer has come"));
    ic_cdk::futures::spawn(discover(run, discovery, held));
}

async fn discover(run: RunNumber, discovery: Discovery, held: Held) {
    let fleet = storage::read(|storage| storage.header_of(run).fleet);
    let outcome = ask(&fleet, &discovery).await;
    note(run, outcome);
    drop(held);
}

/// Which canisters a fleet has. The coordinator, which is never a member, is not missed.
pub(super) async fn ask(fleet: &FleetName, discovery: &Discovery) -> DiscoveryOutcome {
    let Discovery { canister_id, method } = discovery;
    match runtime::call_without_arguments(*canister_id, method, DISCOVER_SECONDS).await {
        Err(error) => DiscoveryOutcome::failed(&told(&error)),
        Ok(reply) => storage::read(|storage| match storage.fleet(fleet) {
            Err(error) => DiscoveryOutcome::failed(&error.to_string()),
            Ok(record) => DiscoveryOutcome::of_reply(&reply, |canister| {
                *canister == canister_self() || storage.is_member(record.number, canister)
            }),
        }),
    }
}

fn note(run: RunNumber, outcome: DiscoveryOutcome) {
    let at = Call::of_coordinator().now;
    storage::write(|storage| {
        let header = storage.header_of(run);
        let report = DiscoveryReport { run_id: header.run_id, at, outcome };
        notes::discovery(storage, &header.fleet, report);
    });
}

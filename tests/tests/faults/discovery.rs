//! The call of the method that lists the members of the fleet: whatever befalls it, the backup goes on.

use crate::{
    run::run,
    world::{FLEET, What, World},
};
use backup_coordinator_client::journal::{fleet::DiscoveryOutcome, journal::RunOutcome};
use canister_sandbox::{Fault, FaultAction, RejectCode};
use std::time::Duration;

#[test]
fn no_fault_of_a_discovery_stops_a_backup() {
    let mut world = World::new(What::Backup);
    let rejected = |code| FaultAction::Reject { code, message: "no answer".to_string() };
    for action in [
        rejected(RejectCode::SysTransient),
        rejected(RejectCode::SysFatal),
        rejected(RejectCode::SysUnknown),
        rejected(RejectCode::CanisterError),
        FaultAction::DropReply,
        FaultAction::Late { by: Duration::from_secs(50) },
        FaultAction::TrapCallback,
    ] {
        let fault = Fault {
            callee: world.setup.root,
            method: Some("members".to_string()),
            sender: Some(world.setup.coordinator),
            skip: 0,
            action: action.clone(),
        };
        world.with(|sandbox| sandbox.inject(fault));
        let report = run(&mut world, &[]);
        assert_eq!(report.outcome, Some(RunOutcome::OnNetwork), "{action:?}");
        let outcome = discovered(&world);
        assert!(matches!(outcome, DiscoveryOutcome::Failed { .. }), "{action:?}: {outcome:?}");
    }
    run(&mut world, &[]);
    let all = DiscoveryOutcome::Listed { listed: 7, unregistered: 0, first: Vec::new() };
    assert_eq!(discovered(&world), all);
}

fn discovered(world: &World) -> DiscoveryOutcome {
    let told = pollster::block_on(world.setup.as_auditor().last_discovery(&FLEET.into()));
    told.expect("the coordinator answers").expect("it was called").outcome
}

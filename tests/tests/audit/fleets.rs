//! What a replay of the log gives of fleets is what the coordinator has stored.

use crate::setting::audit;
use backup_coordinator_client::journal::{
    api::RemoveProgress,
    fleet::{FleetPhase, FleetRegistration, FleetUpdate},
    limits::MAX_DRAFT_BATCH,
};
use integration_tests::{Setup, fleet, on_sandbox};

#[test]
fn a_replay_of_fleets_gives_what_is_stored() {
    on_sandbox(async |network| {
        let setup = Setup::builder(network).build();
        let administrator = setup.as_administrator();
        // More members than one page has.
        let registry = fleet::paper_fleet(600);
        let registration = fleet::registration("shop", &registry);
        let begun = FleetRegistration {
            members: registry[..MAX_DRAFT_BATCH].to_vec(),
            expected_members: Some(601),
            ..registration.clone()
        };
        administrator.register_fleet(&begun).await?;
        let replay = audit(&setup).await?.replay;
        let replayed = replay.fleet(&registration.fleet).expect("the fleet");
        assert_eq!(replayed.fleet().phase, FleetPhase::Collecting { expected_members: 601 });
        administrator.register_large_fleet(registration.clone()).await?;
        let replay = audit(&setup).await?.replay;
        let replayed = replay.fleet(&registration.fleet).expect("the fleet");
        assert_eq!(replayed.members(), registry);

        let removed = vec![registry[600].canister_id];
        let update = FleetUpdate { removed, ..FleetUpdate::default() };
        administrator.update_fleet(&registration.fleet, &update).await?;
        audit(&setup).await?;
        loop {
            let progress = administrator.remove_fleet(&registration.fleet).await?;
            let replay = audit(&setup).await?.replay;
            assert!(replay.is_fleet_removed(&registration.fleet));
            if progress == RemoveProgress::Removed {
                return Ok(());
            }
        }
    });
}

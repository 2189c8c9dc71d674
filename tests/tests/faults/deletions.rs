//! The calls with which the coordinator deletes snapshots, with every fault that a call can have.

use crate::{
    Case, RUNS_PER_WORLD, run, singles,
    world::{What, World},
};
use candid::Principal;
use canister_sandbox::Sandbox;
use std::{collections::BTreeSet, time::Duration};

/// How long the coordinator may take until it has deleted everything: it tries again after half a minute at first.
const PATIENCE: Duration = Duration::from_mins(30);
const STEP: Duration = Duration::from_secs(5);

#[test]
fn every_fault_at_every_call_of_a_deletion() {
    let calls = {
        let mut world = World::new(What::Deletion);
        back_up(&mut world);
        drop_snapshots(&world);
        let mut faults = world.plan_faults(&[]);
        while world.step(&mut faults) {}
        faults.calls().to_vec()
    };
    assert!(calls.iter().any(|call| call == "delete_canister_snapshot"), "{calls:?}");
    let cases = singles(&calls);
    assert!(cases.len() > 40, "{} cases", cases.len());
    for cases in cases.chunks(RUNS_PER_WORLD) {
        let mut world = World::new(What::Deletion);
        for case in cases {
            try_case(&mut world, case);
        }
    }
}

fn back_up(world: &mut World) {
    let run_id = world.start();
    let mut faults = world.plan_faults(&[]);
    while world.step(&mut faults) {}
    let targets = pollster::block_on(world.setup.as_auditor().all_targets(&run_id));
    let targets = targets.expect("they are listed");
    assert!(targets.iter().all(|target| target.artifact.is_some()), "{targets:?}");
}

fn drop_snapshots(world: &World) {
    let administrator = world.setup.as_administrator();
    let dropped = pollster::block_on(administrator.drop_snapshots(&"shop".into(), true))
        .expect("no run uses them");
    assert_eq!(dropped as usize, world.canisters().len());
}

fn all_snapshots(world: &World) -> BTreeSet<(Principal, Vec<u8>)> {
    let of = |canister| world.snapshots(canister).into_iter().map(move |id| (canister, id));
    world.canisters().into_iter().flat_map(of).collect()
}

/// Drops the snapshots of a backup: none is left, nothing else is deleted, and the log says so.
fn try_case(world: &mut World, case: &Case) {
    back_up(world);
    let ours = all_snapshots(world);
    drop_snapshots(world);
    let mut faults = world.plan_faults(case);
    let mut waited = Duration::ZERO;
    loop {
        while world.step(&mut faults) {}
        let left = all_snapshots(world);
        let preview =
            pollster::block_on(world.setup.as_auditor().preview_retention(&"shop".into()));
        let preview = preview.expect("the fleet is registered");
        if preview.sets.is_empty() {
            assert!(left.is_disjoint(&ours), "{case:?}: {left:?}");
            break;
        }
        assert!(waited < PATIENCE, "{case:?}: {preview:?}");
        waited += STEP;
        world.with(|sandbox| sandbox.advance_time(STEP));
    }
    world.with(Sandbox::withdraw_faults);
    assert!(faults.problems().is_empty(), "{case:?}: {:?}", faults.problems());
    for canister in world.canisters() {
        let foreign = faults.foreign_snapshots(canister);
        let left = world.snapshots(canister);
        assert!(foreign.is_subset(&left), "{case:?}: a snapshot of somebody else is deleted");
    }
    run::check_log(world);
    world.delete_snapshots();
}

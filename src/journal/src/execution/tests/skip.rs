//! Which operations are skipped, and why.

use super::{dice::Dice, world::World};
use crate::{
    Sequence,
    execution::{Look, Looked, TargetNote, skip::reason_to_skip},
    fixtures::{canister, root},
    fleet::FleetPolicy,
    journal::{JournalView, Operation, accept_preflight_bundle, settle_start},
    plan::BackupOperationKind as Kind,
};

/// A run of a root alone whose stop is claimed, so that it is owed a start.
fn stopping() -> World {
    let mut world = World::new(&[], FleetPolicy::default(), true, Dice::default());
    let accepted =
        world.journal.change(|it| accept_preflight_bundle(it, &"preflight-1".into(), world.now));
    accepted.expect("nothing is accepted yet");
    world.journal.mark_next_operation_pending(world.now).expect("the stop is next");
    world
}

fn operation(world: &World, kind: Kind) -> Operation {
    let all = (0..world.header().operations).map(Sequence);
    let mut all = all.filter_map(|at| world.operation(world.header(), at));
    all.find(|it| it.kind == kind).expect("there is one")
}

fn reason(world: &World, kind: Kind) -> Option<String> {
    reason_to_skip(world, &operation(world, kind))
}

const TRANSFERS: [Kind; 3] = [Kind::DownloadSnapshot, Kind::VerifyArtifact, Kind::FinalizeManifest];

#[test]
fn what_runs_is_stopped_snapshotted_and_started() {
    let world = stopping();
    for kind in [Kind::Stop, Kind::CreateSnapshot, Kind::Start] {
        assert_eq!(reason(&world, kind), None, "{kind:?}");
        assert!(!kind.is_transfer());
    }
    for kind in TRANSFERS {
        assert!(kind.is_transfer());
        let why = reason(&world, kind).expect("the coordinator downloads nothing");
        assert!(why.contains("on the network"), "{why}");
    }
}

#[test]
fn what_did_not_run_is_only_snapshotted() {
    let mut world = stopping();
    let found = Looked::Ready { running: false, snapshots: Vec::new(), module_hash: None };
    let look = Some(Look { round: 0, at: world.now, found });
    world.targets.insert(root(), TargetNote { look, ..TargetNote::default() });
    for kind in [Kind::Stop, Kind::Start] {
        let why = reason(&world, kind).expect("it is left as it is");
        assert!(why.contains("not running before"), "{why}");
    }
    assert_eq!(reason(&world, Kind::CreateSnapshot), None);
}

#[test]
fn what_is_given_up_is_only_started() {
    let mut world = stopping();
    let given_up = Some("its stop was refused".to_string());
    world
        .targets
        .insert(root(), TargetNote { given_up: given_up.clone(), ..TargetNote::default() });
    for kind in [Kind::Stop, Kind::CreateSnapshot, Kind::DownloadSnapshot, Kind::VerifyArtifact] {
        assert_eq!(reason(&world, kind), given_up, "{kind:?}");
    }
    assert_eq!(reason(&world, Kind::Start), None);
    assert_ne!(reason(&world, Kind::FinalizeManifest), given_up);
}

#[test]
fn a_start_that_is_not_owed_is_skipped() {
    let mut world = stopping();
    world.journal.change(|it| settle_start(it, root(), "it runs", world.now)).expect("it is owed");
    let why = reason(&world, Kind::Start).expect("no start is owed");
    assert!(why.contains("owed"), "{why}");
    assert_eq!(reason(&world, Kind::Stop), None);
    let elsewhere =
        Operation { target_canister_id: Some(canister(9)), ..operation(&world, Kind::Start) };
    assert!(reason_to_skip(&world, &elsewhere).is_some());
}

//! Restores, those that cannot be made, and those that are undone.

use crate::world::{FLEET, World};
use candid::{Principal, encode_args};
use canister_sandbox::{CanisterStatus, Fault, FaultAction};
use ic_error_types::RejectCode;
use serde_json::Value;
use std::fs;

/// What a member has.
#[derive(Debug, Eq, PartialEq)]
pub struct State {
    digest: Vec<u8>,
    pub stable: Vec<u8>,
    module: Option<[u8; 32]>,
}

impl World {
    /// A fleet that was backed up, in `backup-good`, and what its members had then.
    pub fn backed_up(members: usize) -> (Self, Vec<State>) {
        let world = Self::with_fleet(members);
        world.json(0, &["run", "--fleet", FLEET, "--yes", "--run-id", "good"]);
        let states = world.states();
        (world, states)
    }

    pub fn state(&self, id: Principal) -> State {
        let mut sandbox = self.sandbox();
        let nothing = encode_args(()).expect("encoded");
        State {
            digest: sandbox.query(self.operator, id, "digest", nothing).expect("answered"),
            stable: sandbox.stable_memory(id),
            module: sandbox.module_hash(id),
        }
    }

    pub fn states(&self) -> Vec<State> {
        self.fleet.iter().map(|id| self.state(*id)).collect()
    }

    /// Ruins the data of all members.
    pub fn ruin(&self) {
        let mut sandbox = self.sandbox();
        for id in &self.fleet {
            sandbox.set_stable_memory(*id, &Self::ruined_memory());
        }
    }

    /// What a member has whose data are ruined.
    pub fn ruined_memory() -> Vec<u8> {
        vec![7; 65_536]
    }

    pub fn refuse(&self, method: &str, skip: u32, code: RejectCode, message: &str) {
        self.sandbox().inject(Fault {
            callee: None,
            method: Some(method.to_owned()),
            sender: None,
            skip,
            action: FaultAction::Reject { code, message: message.to_owned() },
        });
    }

    /// What a command has said, which ended with this status.
    pub fn told(&self, exit: i32, args: &[&str]) -> String {
        let output = self.end(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{args:?}: {said}");
        said
    }

    /// Nothing was done to any member: each runs, with the snapshot of the backup alone.
    #[track_caller]
    pub fn assert_untouched(&self, after: &str) {
        self.assert_running(1, after);
    }
}

/// The arguments of a restore of `backup-good` in the run `again`, and more.
pub fn restore(more: &[&str]) -> Vec<String> {
    let args = ["restore", "good", "--yes", "--run-id", "again"];
    args.iter().chain(more).map(ToString::to_string).collect()
}

pub fn words(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

#[test]
fn a_fleet_whose_data_are_gone_has_them_back() {
    let (world, before) = World::backed_up(8);
    world.ruin();
    assert_ne!(world.states(), before);
    let outcome = world.json(0, &words(&restore(&[])));
    assert_eq!(outcome["outcome"], "Restored");
    assert_eq!(world.states(), before);
    // The snapshot of the backup, the one that was uploaded, and the safety snapshot.
    world.assert_running(3, "after a restore");
    let text = fs::read_to_string(world.path("restore-again/restored.json")).expect("written");
    let written: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(written["backup_run_id"], "good");
    for (member, told) in written["members"]
        .as_array()
        .expect("a list")
        .iter()
        .zip(outcome["members"].as_array().expect("a list"))
    {
        assert_eq!(member["canister_id"], told["canister_id"]);
        assert_eq!(member["loaded_snapshot_id"], told["uploaded_snapshot_id"]);
        assert_eq!(member["safety_snapshot_id"], told["snapshot_id"]);
    }
    // Again: nothing is left to do, and nothing is done.
    assert_eq!(world.json(0, &["resume", "again"])["outcome"], "Restored");
    world.assert_running(3, "after resuming a restore that is over");
}

/// The safety snapshots are a backup of what there was before.
#[test]
fn a_restore_can_be_undone_by_a_restore() {
    let (world, good) = World::backed_up(3);
    world.ruin();
    let ruined = world.states();
    world.json(0, &words(&restore(&[])));
    assert_eq!(world.states(), good);
    let undone =
        world.json(0, &["restore", "again", "--from-network", "--yes", "--run-id", "undone"]);
    assert_eq!(undone["outcome"], "Restored");
    assert_eq!(world.states(), ruined);
    // And once more, from the snapshots that the backup has taken.
    world.json(0, &["restore", "good", "--from-network", "--yes", "--run-id", "redone"]);
    assert_eq!(world.states(), good);
}

#[test]
fn the_coordinator_restores_by_itself() {
    let (world, good) = World::backed_up(5);
    world.ruin();
    let outcome = world.json(0, &words(&restore(&["--on-chain"])));
    assert_eq!(outcome["outcome"], "Restored");
    assert_eq!(world.states(), good);
    world.assert_running(2, "after a restore by the coordinator");
    assert!(world.path("restore-again/restored.json").exists());
    assert_eq!(world.json(0, &["resume", "again"])["outcome"], "Restored");
}

#[test]
fn the_coordinator_rolls_back_what_it_cannot_finish() {
    let (world, _) = World::backed_up(5);
    world.ruin();
    let ruined = world.states();
    world.refuse("load_canister_snapshot", 2, RejectCode::SysFatal, "IC0101: no memory left");
    let outcome = world.json(1, &words(&restore(&["--on-chain"])));
    assert_eq!(outcome["outcome"], "RolledBack");
    assert_eq!(world.states(), ruined);
    world.assert_running(2, "after a roll back by the coordinator");
}

#[test]
fn one_member_is_restored_and_the_others_are_not_touched() {
    let (world, before) = World::backed_up(4);
    world.ruin();
    let ruined = world.states();
    let one = world.fleet[2].to_text();
    let said = world.told(0, &words(&restore(&["--member", &one])));
    assert!(said.contains(&one), "{said}");
    for (at, id) in world.fleet.iter().enumerate() {
        let expected = if at == 2 { &before[at] } else { &ruined[at] };
        assert_eq!(world.state(*id), *expected, "{at}");
        assert_eq!(world.sandbox().snapshots(*id).len(), if at == 2 { 3 } else { 1 });
    }
}

#[test]
fn a_member_is_restored_to_another_canister() {
    let (world, before) = World::backed_up(3);
    world.ruin();
    let ruined = world.states();
    let copy = world.sandbox().create_canister(&[world.operator, world.coordinator]);
    let member = world.fleet[1].to_text();
    let map = format!("{member}={copy}");
    let said = world.told(0, &words(&restore(&["--member", &member, "--map", &map])));
    assert!(said.contains(&format!("{copy} becomes a copy of {member}")), "{said}");
    // It was empty, so there is no safety snapshot of it.
    assert_eq!(world.sandbox().snapshots(copy).len(), 1);
    assert_eq!(world.state(copy), before[1]);
    assert_eq!(world.states(), ruined);
}

/// A load that fails for good: the fleet is contained, nobody starts a member, and the way out is told.
#[test]
fn a_restore_that_cannot_be_finished_is_rolled_back() {
    let (world, _) = World::backed_up(4);
    world.ruin();
    let ruined = world.states();
    world.refuse("load_canister_snapshot", 2, RejectCode::SysFatal, "IC0101: no memory left");
    let said = world.told(1, &words(&restore(&[])));
    assert!(said.contains("backupctl rollback again"), "{said}");
    assert!(said.contains("do not start any by hand"), "{said}");
    assert!(!said.contains("icp canister start"), "{said}");
    for id in &world.fleet {
        assert_eq!(world.sandbox().status(*id), Some(CanisterStatus::Stopped), "{id}");
    }
    let said = world.told(1, &["abort", "again", "--reason", "no", "--yes"]);
    assert!(said.contains("roll it back"), "{said}");
    let outcome = world.json(1, &["rollback", "again", "--reason", "no memory", "--yes"]);
    assert_eq!(outcome["outcome"], "RolledBack");
    assert_eq!(world.states(), ruined);
    world.assert_running(3, "after a roll back");
    // What was rolled back is over.
    assert_eq!(world.json(1, &["resume", "again"])["outcome"], "RolledBack");
}

#[test]
fn a_restore_that_was_contained_can_be_finished() {
    let (world, before) = World::backed_up(4);
    world.ruin();
    world.refuse("load_canister_snapshot", 1, RejectCode::SysFatal, "IC0101: no memory left");
    world.told(1, &words(&restore(&[])));
    assert_eq!(world.json(0, &["resume", "again"])["outcome"], "Restored");
    assert_eq!(world.states(), before);
}

#[test]
fn a_restore_whose_safety_snapshots_cannot_be_taken_is_aborted_and_all_run_as_before() {
    let (world, _) = World::backed_up(4);
    world.ruin();
    let ruined = world.states();
    world.refuse("take_canister_snapshot", 2, RejectCode::SysFatal, "IC0101: no memory left");
    let said = world.told(1, &words(&restore(&[])));
    assert!(said.contains("the run is aborted"), "{said}");
    assert_eq!(world.states(), ruined);
    for id in &world.fleet {
        assert_eq!(world.sandbox().status(*id), Some(CanisterStatus::Running), "{id}");
    }
    let said = world.told(2, &["rollback", "again", "--reason", "no", "--yes"]);
    assert!(said.contains("nothing to roll back"), "{said}");
}

/// Calls that fail for a while are made again, and nothing is loaded or uploaded twice where that would matter.
#[test]
fn a_fleet_of_forty_is_restored_through_what_goes_wrong() {
    let (world, before) = World::backed_up(40);
    world.ruin();
    for (method, skips) in [
        ("upload_canister_snapshot_metadata", [5, 30]),
        ("upload_canister_snapshot_data", [10, 90]),
        ("stop_canister", [1, 33]),
        ("take_canister_snapshot", [7, 20]),
        ("load_canister_snapshot", [3, 25]),
        ("start_canister", [2, 35]),
    ] {
        for skip in skips {
            world.refuse(method, skip, RejectCode::SysTransient, "Ingress queue is full");
        }
    }
    let outcome = world.json(0, &words(&restore(&[])));
    assert_eq!(outcome["outcome"], "Restored");
    assert_eq!(world.states(), before);
    world.assert_running(3, "after a restore with faults");
}

/// A member that lost its module, one that runs another release, and one that is stopped.
#[test]
fn what_became_of_a_member_meanwhile_does_not_matter() {
    let (world, before) = World::backed_up(4);
    {
        let mut sandbox = world.sandbox();
        let management = Principal::management_canister();
        let id = |id: Principal| {
            encode_args((backup_fleet::types::CanisterIdRecord { canister_id: id },))
                .expect("encoded")
        };
        sandbox
            .update(world.operator, management, "uninstall_code", id(world.fleet[1]))
            .expect("uninstalled");
        sandbox
            .update(world.operator, management, "stop_canister", id(world.fleet[2]))
            .expect("stopped");
        let other = wat::parse_str("(module (memory 1))").expect("a module");
        sandbox.upgrade(world.operator, world.fleet[3], &other, Vec::new()).expect("upgraded");
    }
    let outcome = world.json(0, &words(&restore(&[])));
    assert_eq!(outcome["outcome"], "Restored");
    assert_eq!(world.states(), before);
    for id in &world.fleet {
        assert_eq!(world.sandbox().status(*id), Some(CanisterStatus::Running), "{id}");
    }
}

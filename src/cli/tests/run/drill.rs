//! Proofs that what was backed up can be restored.

use crate::world::{FLEET, World};
use serde_json::Value;
use std::{
    fs,
    process::{Command, Output},
};

impl World {
    fn drill(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_backupctl"))
            .current_dir(self.path(""))
            .arg("drill")
            .args(args)
            .output()
            .expect("backupctl can be run")
    }

    fn drilled(&self, exit: i32, args: &[&str]) -> Value {
        let output = self.drill(&[args, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{said}");
        serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
    }
}

fn backed_up(members: usize) -> World {
    let world = World::with_fleet(members);
    world.json(0, &["run", "--fleet", FLEET, "--yes", "--run-id", "drilled"]);
    world
}

#[test]
fn every_member_of_a_backup_can_be_restored_and_answers_as_it_did() {
    let world = backed_up(3);
    let result = world.drilled(0, &["backup-drilled", "--query", "digest"]);
    assert_eq!(result["ok"], true);
    let members = result["members"].as_array().expect("a list");
    assert_eq!(members.len(), 3);
    for member in members {
        let id = member["canister_id"].as_str().expect("an id").parse().expect("an id");
        let nothing = candid::encode_args(()).expect("encoded");
        let mut sandbox = world.sandbox();
        let answer = sandbox.query(world.operator, id, "digest", nothing).expect("answered");
        let answer = candid::IDLArgs::from_bytes(&answer).expect("decoded").to_string();
        assert_eq!(member["restored"]["answer"], answer);
        let module = sandbox.module_hash(id).map(hex::encode);
        assert_eq!(member["restored"]["module_hash"].as_str(), module.as_deref());
    }
    // Nothing but the backup was read.
    world.assert_running(1, "after a drill");
}

#[test]
fn what_cannot_be_restored_is_named_and_the_others_are_proven() {
    let world = backed_up(3);
    let damaged = world.fleet[1].to_text();
    let memory = world.path("backup-drilled").join(&damaged).join("stable_memory.bin");
    let mut bytes = fs::read(&memory).expect("read");
    bytes[70_000] ^= 1;
    fs::write(&memory, bytes).expect("written");
    let result = world.drilled(1, &["backup-drilled"]);
    assert_eq!(result["ok"], false);
    for member in result["members"].as_array().expect("a list") {
        let problem = member["problem"].as_str().unwrap_or_default();
        let is_damaged = member["canister_id"] == damaged.as_str();
        assert_eq!(problem.contains("stable_memory.bin"), is_damaged, "{member}");
    }
    let other = world.fleet[2].to_text();
    assert_eq!(world.drilled(0, &["backup-drilled", "--member", &other])["ok"], true);
    let unknown = world.drilled(1, &["backup-drilled", "--member", "aaaaa-aa"]);
    assert_eq!(unknown["members"].as_array().map(Vec::len), Some(0));
    let asked = world.drilled(1, &["backup-drilled", "--member", &other, "--query", "health"]);
    let problem = asked["members"][0]["problem"].as_str().expect("a problem");
    assert!(problem.contains("health is not answered"), "{problem}");
}

#[test]
fn what_was_proven_is_recorded_with_the_run() {
    let world = backed_up(2);
    let summary = || world.json(0, &["status", "drilled"])["summary"]["drill"].clone();
    assert_eq!(summary(), Value::Null);
    let member = world.fleet[1].to_text();
    // A part of it, by the name of the run.
    world.json(0, &["drill", "drilled", "--record", "--member", &member]);
    assert_eq!(summary()["proven_targets"], 1);
    world.json(0, &["drill", "backup-drilled", "--record"]);
    let drill = summary();
    assert_eq!(drill["proven_targets"], 2);
    assert_eq!(drill["recorded_by"], world.operator.to_text());
    let memory = world.path("backup-drilled").join(&member).join("wasm_memory.bin");
    let mut bytes = fs::read(&memory).expect("read");
    bytes[0] ^= 1;
    fs::write(&memory, bytes).expect("written");
    world.json(1, &["drill", "drilled", "--record"]);
    let drill = summary();
    assert_eq!(drill["proven_targets"], 1);
    let note = drill["note"].as_str().expect("why");
    assert!(note.contains(&member) && note.contains("wasm_memory.bin"), "{note}");
    let other = world.end(&["drill", "another", "--record"]);
    assert_eq!(other.status.code(), Some(2), "{}", String::from_utf8_lossy(&other.stderr));
}

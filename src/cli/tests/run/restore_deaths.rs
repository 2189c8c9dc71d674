//! Restores and roll backs whose command dies, at any moment, and another one that goes on.

use crate::{deaths::at_moments, proxy::Moment, world::World};
use ic_error_types::RejectCode;
use std::{fs, process::Stdio};

const MEMBERS: usize = 6;

/// Every call of a restore can be the last one of its command. The restore goes on in another command then: each member has
/// one snapshot that was uploaded and one of before, all are restored and run.
#[test]
fn a_restore_survives_its_command() {
    let calls = {
        let (world, _) = World::backed_up(MEMBERS);
        let args = ["restore", "backup-good", "--yes", "--json", "--parallel", "4"];
        let ended = world.proxy.run(world.command(&args).stdout(Stdio::null()), None);
        assert_eq!(ended.code(), Some(0));
        world.proxy.calls()
    };
    assert!(calls > 80, "a restore makes more calls than {calls}");
    at_moments(calls, || World::backed_up(MEMBERS).0, restore_and_die);
}

fn restore_and_die(world: &World, moment: Moment) {
    world.forget_snapshots();
    world.ruin();
    let run_id = format!("again-{}-{}", moment.call, moment.after);
    let args = ["restore", "backup-good", "--yes", "--run-id", &run_id, "--parallel", "4"];
    let mut command = world.command(&args);
    let ended = world.proxy.run(command.stdout(Stdio::null()).stderr(Stdio::null()), Some(moment));
    if ended.success() {
        // The calls are not in the same order each time, and this restore has made fewer of them.
        assert!(world.proxy.calls() <= moment.call, "{moment:?}");
    } else {
        assert_eq!(ended.code(), None, "it was killed: {moment:?}");
        let outcome = if world.path(&format!("restore-{run_id}")).join("run.json").exists() {
            world.json(0, &["resume", &run_id])
        } else {
            world.assert_running(0, &format!("before it was begun: {moment:?}"));
            fs::remove_dir_all(world.path(&format!("restore-{run_id}"))).unwrap_or_default();
            world.json(0, &args)
        };
        assert_eq!(outcome["outcome"], "Restored", "{moment:?}");
    }
    world.assert_running(2, &format!("after {moment:?}"));
    for id in &world.fleet {
        let memory = world.path("backup-good").join(id.to_text()).join("stable_memory.bin");
        assert!(world.state(*id).stable == fs::read(memory).expect("read"), "{moment:?}");
    }
}

/// Every call of a roll back can be the last one of its command. Another one rolls back what is left: each member has what it
/// had before the restore, and runs.
#[test]
fn a_roll_back_survives_its_command() {
    let calls = {
        let (world, _) = World::backed_up(MEMBERS);
        contain(&world, "contained");
        let args = ["rollback", "contained", "--reason", "no", "--yes", "--json"];
        let ended = world.proxy.run(world.command(&args).stdout(Stdio::null()), None);
        assert_eq!(ended.code(), Some(1), "a restore that was rolled back has failed");
        world.proxy.calls()
    };
    assert!(calls > 20, "a roll back makes more calls than {calls}");
    at_moments(calls, || World::backed_up(MEMBERS).0, roll_back_and_die);
}

/// A restore that has loaded some members and not all.
fn contain(world: &World, run_id: &str) {
    world.forget_snapshots();
    world.ruin();
    world.refuse("load_canister_snapshot", 3, RejectCode::SysFatal, "IC0101: no memory left");
    let args = ["restore", "backup-good", "--yes", "--run-id", run_id, "--parallel", "4"];
    assert_eq!(world.end(&args).status.code(), Some(1));
}

fn roll_back_and_die(world: &World, moment: Moment) {
    let run_id = format!("undone-{}-{}", moment.call, moment.after);
    contain(world, &run_id);
    let args = ["rollback", &run_id, "--reason", "no", "--yes"];
    let mut command = world.command(&args);
    let ended = world.proxy.run(command.stdout(Stdio::null()).stderr(Stdio::null()), Some(moment));
    if ended.code().is_none() {
        assert_eq!(world.json(1, &args)["outcome"], "RolledBack", "{moment:?}");
    }
    world.assert_running(2, &format!("after {moment:?}"));
    for id in &world.fleet {
        assert!(world.state(*id).stable == World::ruined_memory(), "{moment:?}");
    }
}

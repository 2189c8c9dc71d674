//! A command that dies, at any moment, and another one that goes on.

use crate::{
    proxy::Moment,
    world::{FLEET, World},
};
use backup_fleet::types::DeleteCanisterSnapshotArgs;
use candid::encode_args;
use std::{
    env, fs,
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// So many of the moments are tried, unless `DEATHS=all` asks for every one.
const TRIED: usize = 24;
const RUN: [&str; 7] = ["run", "--fleet", FLEET, "--yes", "--json", "--parallel", "4"];

/// Every call of a run can be the last one of its command, before or after the network has executed it. The run goes on in
/// another command then: one snapshot of each member, all running, the backup whole.
#[test]
fn a_run_survives_its_command() {
    let calls = calls_of_a_run();
    assert!(calls > 60, "a run makes more calls than {calls}");
    at_moments(calls, || World::with_fleet(8), die_and_go_on);
}

/// Lets something happen at moments of a command that makes so many calls.
pub fn at_moments(
    calls: usize,
    world: impl Fn() -> World + Sync,
    act: impl Fn(&World, Moment) + Sync,
) {
    let moments: Vec<Moment> =
        (0..calls).flat_map(|call| [false, true].map(|after| Moment { call, after })).collect();
    let all = env::var("DEATHS").is_ok_and(|value| value == "all");
    let every = if all { 1 } else { moments.len().div_ceil(TRIED) };
    let tried: Vec<Moment> = moments.iter().copied().step_by(every).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let world = world();
                while let Some(moment) = tried.get(next.fetch_add(1, Ordering::Relaxed)) {
                    act(&world, *moment);
                }
            });
        }
    });
    println!("moments of death: {} of {}; all runs ended whole", tried.len(), moments.len());
}

fn calls_of_a_run() -> usize {
    let world = World::with_fleet(8);
    let ended = world.proxy.run(world.command(&RUN).stdout(Stdio::null()), None);
    assert_eq!(ended.code(), Some(0));
    world.proxy.calls()
}

fn die_and_go_on(world: &World, moment: Moment) {
    let run_id = format!("run-{}-{}", moment.call, moment.after);
    let args = [&RUN[..], &["--run-id", &run_id]].concat();
    let (said, errors) = (world.path("said"), world.path("errors"));
    let (said, errors) = (fs::File::create(said).unwrap(), fs::File::create(errors).unwrap());
    let ended = world.proxy.run(world.command(&args).stdout(said).stderr(errors), Some(moment));
    if ended.success() {
        // The calls are not in the same order each time, and this run has made fewer of them.
        assert!(world.proxy.calls() <= moment.call, "{moment:?}");
    } else {
        assert_eq!(ended.code(), None, "it was killed: {moment:?}");
        let outcome = world.json(0, &["resume", &run_id]);
        assert_eq!(outcome["outcome"], "Complete", "{moment:?}");
    }
    world.assert_running(1, &format!("after {moment:?}"));
    let verified = world.verify(&format!("backup-{run_id}"));
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    world.forget_snapshots();
    fs::remove_dir_all(world.path(&format!("backup-{run_id}"))).expect("removed");
}

impl World {
    /// Deletes all snapshots of the fleet.
    pub fn forget_snapshots(&self) {
        let mut sandbox = self.sandbox();
        for id in &self.fleet {
            for snapshot in sandbox.snapshots(*id) {
                let args =
                    DeleteCanisterSnapshotArgs { canister_id: *id, snapshot_id: snapshot.id };
                let args = encode_args((args,)).expect("encoded");
                let management = candid::Principal::management_canister();
                let deleted =
                    sandbox.update(self.operator, management, "delete_canister_snapshot", args);
                deleted.expect("deleted");
            }
        }
    }
}

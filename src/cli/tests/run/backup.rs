//! Backups that nothing disturbs, and those that cannot be made.

use crate::world::{FLEET, World, write_identity};
use candid::Principal;
use canister_sandbox::{CanisterStatus, Fault, FaultAction};
use ic_error_types::RejectCode;
use std::{
    fs,
    process::{Command, Output, Stdio},
    time::Duration,
};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_registered_fleet_is_backed_up() {
    let world = World::with_fleet(8);
    let outcome = world.json(0, &["run", "--fleet", FLEET, "--yes", "--run-id", "first"]);
    assert_eq!(outcome["outcome"], "Complete");
    assert_eq!(outcome["members"].as_array().map(Vec::len), Some(8));
    world.assert_running(1, "after a run");
    assert!(world.verify("backup-first").status.success());
    // Again: nothing is left to do, and nothing is done.
    let again = world.json(0, &["resume", "first"]);
    assert_eq!(again["outcome"], "Complete");
    world.assert_running(1, "after resuming a complete run");
}

#[test]
fn a_fleet_in_a_file_is_backed_up_without_a_deadline() {
    let world = World::with_fleet(3);
    let listed: Vec<String> = world
        .fleet
        .iter()
        .map(|id| {
            let parent = (*id != world.fleet[0]).then(|| world.fleet[0].to_text());
            serde_json::json!({ "canister_id": id.to_text(), "parent_canister_id": parent })
                .to_string()
        })
        .collect();
    let file = format!(r#"{{"fleet":"filed","canisters":[{}]}}"#, listed.join(","));
    fs::write(world.path("fleet.json"), file).expect("written");
    let args = [
        "run",
        "--registry",
        "fleet.json",
        "--yes",
        "--run-id",
        "filed",
        "--select",
        "without-root",
    ];
    let output = world.end(&args);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("no restart deadline"), "{}", said(&output));
    let sandbox = world.sandbox();
    let snapshots: Vec<usize> = world.fleet.iter().map(|id| sandbox.snapshots(*id).len()).collect();
    assert_eq!(snapshots, [0, 1, 1]);
}

#[test]
fn the_coordinator_does_its_part_and_the_rest_is_fetched() {
    let world = World::with_fleet(4);
    let outcome =
        world.json(0, &["run", "--on-chain", "--fleet", FLEET, "--yes", "--run-id", "chain"]);
    assert_eq!(outcome["outcome"], "Complete");
    world.assert_running(1, "after the coordinator");
    // Somebody else fetches the same snapshots, to another folder: all is over, so there is nothing to be done.
    fs::remove_dir_all(world.path("backup-chain")).expect("removed");
    let output = world.end(&["fetch", "chain", "--out", "elsewhere"]);
    assert_ne!(output.status.code(), Some(0), "nothing was downloaded: {}", said(&output));
}

#[test]
fn nothing_is_done_without_a_yes() {
    let world = World::with_fleet(2);
    let output = world.end(&["run", "--fleet", FLEET, "--run-id", "asked"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("add --yes"), "{}", said(&output));
    assert!(!world.path("backup-asked").exists());
    world.assert_running(0, "after a question");
}

#[test]
fn somebody_who_is_no_controller_stops_nothing() {
    let world = World::with_fleet(3);
    world.sandbox().set_controllers(world.fleet[2], &[world.coordinator]);
    let output = world.end(&["run", "--fleet", FLEET, "--yes", "--run-id", "denied"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let problem = format!("the operator does not control {}", world.fleet[2]);
    assert!(said(&output).contains(&problem), "{}", said(&output));
    world.assert_running(0, "after a preflight that failed");
    // When that is mended the same run goes on.
    world.sandbox().set_controllers(world.fleet[2], &[world.operator, world.coordinator]);
    assert_eq!(world.json(0, &["resume", "denied"])["outcome"], "Complete");
}

#[test]
fn a_member_that_cannot_be_backed_up_aborts_the_run_and_all_run_again() {
    let world = World::with_fleet(4);
    let message = "IC0101: the subnet has no memory left".to_owned();
    world.sandbox().inject(Fault {
        callee: None,
        method: Some("take_canister_snapshot".to_owned()),
        sender: None,
        skip: 2,
        action: FaultAction::Reject { code: RejectCode::SysFatal, message },
    });
    let output = world.end(&["run", "--fleet", FLEET, "--yes", "--run-id", "poor"]);
    // The others have a snapshot.
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("the run is aborted"), "{}", said(&output));
    let sandbox = world.sandbox();
    for id in &world.fleet {
        assert_eq!(sandbox.status(*id), Some(CanisterStatus::Running), "{id}");
    }
}

#[test]
fn a_member_without_cycles_is_found_before_anything_is_stopped() {
    let world = World::with_fleet(3);
    world.sandbox().set_cycles(world.fleet[2], 1_000);
    let output = world.end(&["run", "--fleet", FLEET, "--yes", "--run-id", "poor"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let problem = format!("{} cannot be backed up: it has 1000 cycles", world.fleet[2]);
    assert!(said(&output).contains(&problem), "{}", said(&output));
    world.assert_running(0, "after a preflight that failed");
}

#[test]
fn a_deadline_that_cannot_be_kept_is_warned_of() {
    let world = World::with_fleet(3);
    world.sandbox().set_controllers(world.fleet[1], &[world.operator]);
    let output = world.end(&["run", "--fleet", FLEET, "--yes", "--run-id", "alone"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let warning = format!("the coordinator is no controller of {}", world.fleet[1]);
    assert!(said(&output).contains(&warning), "{}", said(&output));
}

#[test]
fn an_interrupted_command_says_what_is_stopped_and_the_next_one_goes_on() {
    let world = World::with_fleet(8);
    let run = ["run", "--fleet", FLEET, "--yes", "--run-id", "broken", "--parallel", "1"];
    let command = world.command(&run).stderr(Stdio::piped()).stdout(Stdio::null()).spawn();
    let child = command.expect("backupctl can be run");
    let stopped = || {
        let sandbox = world.sandbox();
        world.fleet.iter().any(|id| sandbox.status(*id) == Some(CanisterStatus::Stopped))
    };
    while !stopped() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupted.expect("kill can be run").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    for part in ["error: interrupted", "Stopped: ", "icp canister start", "backupctl resume broken"]
    {
        assert!(said(&output).contains(part), "{part}: {}", said(&output));
    }
    assert_eq!(world.json(0, &["resume", "broken"])["outcome"], "Complete");
    world.assert_running(1, "after an interruption");
}

#[test]
fn a_full_disk_costs_the_download_and_not_the_fleet() {
    let world = World::with_fleet(3);
    let args = ["run", "--fleet", FLEET, "--yes", "--run-id", "full", "--json"];
    // No file may grow beyond 100 KB: what is written into the folder beforehand is smaller, snapshots are not.
    let limited = format!("ulimit -f 100; trap '' XFSZ; exec {}", world.typed(&args));
    let output = Command::new("bash").args(["-c", &limited]).output().expect("bash can be run");
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("cannot be written"), "{}", said(&output));
    world.assert_running(1, "with a full disk");
    assert_eq!(world.json(0, &["resume", "full"])["outcome"], "Complete");
    assert!(world.verify("backup-full").status.success());
}

#[test]
fn what_is_wrong_with_the_arguments_is_said_before_anything_is_done() {
    let world = World::with_fleet(2);
    let stranger = Principal::self_authenticating(b"x").to_text();
    write_identity(&world.path("stranger.pem"), 9);
    for (args, problem) in [
        (vec!["run", "--yes"], "--fleet"),
        (vec!["run", "--yes", "--fleet", "unknown"], "unknown"),
        (vec!["run", "--yes", "--fleet", FLEET, "--select", "some"], "neither whole nor"),
        (vec!["run", "--yes", "--fleet", FLEET, "--run-id", "a/b"], "a run id has"),
        (vec!["run", "--yes", "--fleet", FLEET, "--select", &stranger], &stranger),
        (vec!["run", "--yes", "--registry", "nothing.json"], "cannot be read"),
    ] {
        let output = world.end(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(problem), "{args:?}: {}", said(&output));
    }
    world.assert_running(0, "after wrong arguments");
}

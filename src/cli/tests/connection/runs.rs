//! What is shown of runs.

use crate::caller::{Caller, reach, to_pem};
use backup_journal::api::CoordinatorError;
use ic_agent::Agent;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};
use tokio::runtime::Builder;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_run_that_was_left_half_way_is_shown_with_what_is_stopped_and_what_to_do() {
    let caller = Caller::new();
    let served = caller.serve(&["--targets", "3", "--pause-at", "6", "--run-id", "weekly"]);
    let owed = served.report["starts_owed"].as_array().expect("owed starts");
    assert_eq!(owed.len(), 3);

    let status = caller.asks(&served, &["status", "weekly"]);
    status.assert(0, &format!("calling as {}\n", caller.principal()));
    for canister in owed {
        assert!(status.out.contains(canister.as_str().expect("a canister")), "{}", status.out);
    }
    for said in [
        "stopped      3 of 3 canisters, the first for 1",
        "it may be running, stopping or stopped",
        "next: backupctl resume weekly",
        "next: backupctl abort weekly --reason",
    ] {
        assert!(status.out.contains(said), "{said}: {}", status.out);
    }

    let status = caller.asks(&served, &["status", "weekly", "--json"]);
    let course = json(&status.out);
    assert_eq!(course["summary"]["state"], served.report["state"]);
    assert_eq!(course["stopped"].as_array().expect("a list").len(), owed.len());
    assert_eq!(course["open"][0]["operation"]["state"], "Pending");

    let list = caller.asks(&served, &["list"]);
    assert!(list.out.contains("| weekly | fleet-of-3 | InProgress |"), "{}", list.out);
    let of_others = caller.asks(&served, &["list", "--fleet", "other"]);
    assert_eq!((of_others.status, of_others.out.as_str()), (0, "there are no runs\n"));
    let listed = json(&caller.asks(&served, &["list", "--json"]).out);
    assert_eq!(listed[0]["run_id"], "weekly");
    let all = caller.asks(&served, &["status"]);
    assert!(all.out.contains("| weekly |"), "{}", all.out);
    caller.asks(&served, &["status", "daily"]).assert(1, "there is no run daily");
}

#[test]
fn the_exit_status_tells_what_a_run_is_worth() {
    let caller = Caller::new();
    let complete = caller.serve(&["--targets", "1", "--run-id", "weekly"]);
    let status = caller.asks(&complete, &["status", "weekly", "--watch"]);
    status.assert(0, "calling as");
    assert!(status.out.contains("next: nothing; the backup is complete"), "{}", status.out);
    let stop = ["--fail", "stop:2"].repeat(3);
    let failed = caller.serve(&[&["--targets", "2", "--run-id", "weekly"], &stop[..]].concat());
    let status = caller.asks(&failed, &["status", "weekly"]);
    status.assert(0, "calling as");
    assert!(status.out.contains("| failed |"), "{}", status.out);
}

#[test]
fn an_abort_says_what_follows_and_is_confirmed() {
    let caller = Caller::new();
    let served = caller.serve(&["--targets", "3", "--pause-at", "6", "--run-id", "weekly"]);
    let abort = ["abort", "weekly", "--reason", "the release goes first"];
    let asked = caller.asks(&served, &abort);
    asked.assert(2, "add --yes");
    assert!(asked.err.contains("3 canisters will be started. 0 of 3 snapshots"), "{}", asked.err);
    let course = json(&caller.asks(&served, &["status", "weekly", "--json"]).out);
    assert_eq!(course["summary"]["state"], "InProgress");

    let stranger = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    caller.secret_file("stranger.pem", &to_pem(&stranger));
    let args = [&abort[..], &reach(&served), &["--yes", "--identity-pem", "stranger.pem"]].concat();
    caller.types(&args).assert(1, "you have no role there that allows this");

    let aborted = caller.asks(&served, &[&abort[..], &["--yes"]].concat());
    aborted.assert(0, "calling as");
    assert!(aborted.out.contains("weekly is aborted. 3 canisters"), "{}", aborted.out);
    assert!(aborted.out.contains("backupctl resume weekly"), "{}", aborted.out);
    let status = caller.asks(&served, &["status", "weekly"]);
    assert!(status.out.contains("the release goes first"), "{}", status.out);
    assert!(status.out.contains("next: backupctl resume weekly"), "{}", status.out);
    caller.asks(&served, &[&abort[..], &["--yes"]].concat()).assert(1, "aborted");
}

#[test]
fn who_watches_is_told_when_the_run_has_changed() {
    let caller = Caller::new();
    let served = caller.serve(&["--targets", "2", "--pause-at", "5", "--run-id", "weekly"]);
    let args = [&["status", "weekly", "--watch", "--json"], &reach(&served)[..]].concat();
    let mut watcher = caller
        .command(&[&args[..], &["--identity-pem", "key.pem"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it can be run");
    let mut lines = BufReader::new(watcher.stdout.take().expect("a pipe")).lines();
    let mut state = || {
        let line = lines.next().expect("a line").expect("text");
        json(&line)["summary"]["state"].as_str().expect("a state").to_owned()
    };
    assert_eq!(state(), "InProgress");
    caller.asks(&served, &["abort", "weekly", "--reason", "a test", "--yes"]).assert(0, "");
    assert_eq!(state(), "Aborting");
    watcher.kill().expect("it goes on until the run is over");
    watcher.wait().expect("ended");
}

#[test]
fn a_run_of_the_coordinator_is_shown_as_such() {
    let caller = Caller::new();
    let served = caller.serve(&["--targets", "2", "--on-chain", "--run-id", "nightly"]);
    assert_eq!(served.report["state"], "Completed");
    let status = caller.asks(&served, &["status", "nightly"]);
    assert!(status.out.contains("executed     by the coordinator, Over"), "{}", status.out);
    assert!(status.out.contains("stopped      no canister"), "{}", status.out);
}

#[test]
fn the_deadline_of_a_driver_outside_is_shown() {
    let caller = Caller::new();
    let served = caller.serve(&["--targets", "2", "--pause-at", "5", "--run-id", "weekly"]);
    let [_, coordinator, _, network, _, key] = reach(&served);
    let answer =
        Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
            let agent =
                Agent::builder().with_url(network).with_identity(caller.identity()).build()?;
            agent.set_root_key(hex::decode(key).expect("hexadecimal"));
            let arg = candid::encode_args(("weekly", 7_200_u64)).expect("Candid");
            let coordinator = coordinator.parse().expect("an id");
            agent.update(&coordinator, "set_restart_deadline").with_arg(arg).await
        });
    let answer: Result<(), CoordinatorError> =
        candid::decode_one(&answer.expect("an answer")).expect("Candid");
    answer.expect("it is set");
    let status = caller.asks(&served, &["status", "weekly"]);
    let line = status.out.lines().find(|line| line.starts_with("deadline ")).expect("a deadline");
    assert!(line.contains(" UTC, in 1 h "), "{line}");
}

//! `backupctl fetch --watch`: every run is fetched, old backups are deleted, and nothing ends the service but a signal.

use crate::{
    proxy::Moment,
    world::{FLEET, World},
};
use backup_fleet::types::DeleteCanisterSnapshotArgs;
use backup_journal::{
    FleetName,
    api::CoordinatorError,
    execution::{BackupRequest, ExecutionStatus},
    journal::Stage,
};
use candid::{Principal, decode_one, encode_args};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

const ONCE: [&str; 4] = ["fetch", "--watch", "backups", "--once"];
/// After so long without a change a run is taken over, if the service is told so; and so long a run is left to a command that
/// waits for it.
const SOON: Duration = Duration::from_secs(61);
const GRACE: Duration = Duration::from_secs(21);

impl World {
    /// The coordinator stops, snapshots and starts the members.
    pub fn wait_for_downloads(&self, run_id: &str) {
        let request = BackupRequest { run_id: Some(run_id.into()), ..BackupRequest::default() };
        let args = encode_args((FleetName::from(FLEET), request)).expect("encoded");
        let answer = self.sandbox().update(self.operator, self.coordinator, "start_backup", args);
        let begun: Result<ExecutionStatus, CoordinatorError> =
            decode_one(&answer.expect("answered")).expect("decoded");
        begun.expect("it begins");
        while self.stage(run_id) != Some(Stage::Transfer) {
            thread::sleep(Duration::from_millis(10));
        }
        self.pass(GRACE);
    }

    fn stage(&self, run_id: &str) -> Option<Stage> {
        let args = encode_args((run_id,)).expect("encoded");
        let answer = self.sandbox().query(self.operator, self.coordinator, "resume_summary", args);
        let summary: Result<backup_journal::journal::ResumeSummary, CoordinatorError> =
            decode_one(&answer.expect("answered")).expect("decoded");
        summary.expect("a run").stage
    }

    fn pass(&self, time: Duration) {
        self.sandbox().advance_time(time);
    }

    /// The end of a pass, which must be this one.
    #[track_caller]
    pub fn watch_once(&self, exit: i32, args: &[&str]) -> String {
        let output = self.end(&[&ONCE, args].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{said}");
        said
    }

    pub fn watched(&self) -> Value {
        let text = fs::read(self.path("backups/watch.json")).expect("a status");
        serde_json::from_slice(&text).expect("JSON")
    }

    #[track_caller]
    pub fn assert_whole(&self, backup: &str) {
        let Output { status, stderr, .. } = self.verify(backup);
        assert!(status.success(), "{backup}: {}", String::from_utf8_lossy(&stderr));
    }

    /// Starts a service that goes on until it is ended.
    fn serve(&self, said: &Path) -> Child {
        let mut command = self.command(&["fetch", "--watch", "backups", "--every", "1"]);
        command.stderr(fs::File::create(said).expect("a file")).stdout(Stdio::null());
        command.spawn().expect("backupctl can be run")
    }
}

/// Ends a process as a service manager does.
fn terminate(mut child: Child) -> Option<i32> {
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(sent.expect("kill can be run").success());
    child.wait().expect("it ends").code()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("it does not come to pass that {what}");
}

#[test]
fn two_runs_are_fetched_in_one_pass_and_nothing_is_left_to_do() {
    let world = World::with_fleet(3);
    world.wait_for_downloads("first");
    world.wait_for_downloads("second");
    let said = world.watch_once(0, &[]);
    let place = |run| said.find(&format!("{run} of {FLEET} is fetched")).expect("it is told");
    assert!(place("first") < place("second"), "{said}");
    for run in ["first", "second"] {
        world.assert_whole(&format!("backups/{run}"));
        assert_eq!(world.stage(run), None);
    }
    let status = world.watched();
    assert_eq!(status["ok"], true);
    assert_eq!(status["fleets"][FLEET]["run_id"], "second");
    let said = world.watch_once(0, &[]);
    assert!(!said.contains("is fetched"), "{said}");
}

#[test]
fn other_fleets_and_other_folders_are_left_alone() {
    let world = World::with_fleet(2);
    world.wait_for_downloads("ours");
    world.watch_once(0, &["--fleet", "another"]);
    assert!(!world.path("backups/ours").exists());
    // Somebody has put something where the backup should go.
    fs::create_dir_all(world.path("backups/ours")).expect("made");
    fs::write(world.path("backups/ours/notes"), "mine").expect("written");
    let said = world.watch_once(3, &["--fleet", "another", "--fleet", FLEET]);
    assert!(said.contains("backups/ours is not empty"), "{said}");
    assert_eq!(fs::read_to_string(world.path("backups/ours/notes")).expect("read"), "mine");
}

#[test]
fn a_run_that_cannot_be_fetched_holds_up_no_other() {
    let world = World::with_fleet(3);
    world.wait_for_downloads("lost");
    world.forget_one_snapshot();
    world.wait_for_downloads("found");
    let said = world.watch_once(3, &[]);
    assert!(said.contains("lost is not fetched: "), "{said}");
    assert!(said.contains("found of shop is fetched"), "{said}");
    world.assert_whole("backups/found");
    let status = world.watched();
    assert_eq!(status["ok"], false);
    assert_eq!(status["waiting"].as_array().map(Vec::len), Some(1));
    assert_eq!(status["waiting"][0]["run_id"], "lost");
    assert_eq!(status["fleets"][FLEET]["run_id"], "found");
}

/// What a service has said, without the number of the attempt, which changes each time.
fn without_attempt(said: &str) -> String {
    match said.split_once(" after attempt ") {
        Some((before, after)) => format!("{before}{}", after.trim_start_matches(char::is_numeric)),
        None => said.to_string(),
    }
}

/// It is told once what is wrong, and the service goes on.
#[test]
fn a_service_tells_a_failure_once_and_goes_on_until_it_is_ended() {
    let world = World::with_fleet(2);
    world.wait_for_downloads("lost");
    world.forget_one_snapshot();
    let log = world.path("said");
    let service = world.serve(&log);
    let failed = || fs::read_to_string(&log).expect("text").matches("is not fetched").count();
    until("it fails", || failed() > 0);
    world.wait_for_downloads("later");
    until("the later run is fetched", || world.stage("later").is_none());
    until("its pass ends", || world.watched()["fleets"][FLEET]["run_id"] == "later");
    // By then it has tried the first one again.
    let attempts = || world.json(0, &["status", "lost"])["open"][0]["operation"]["attempt"].clone();
    until("it is tried again", || attempts().as_u64() > Some(3));
    let said = fs::read_to_string(&log).expect("text");
    let told: Vec<String> =
        said.lines().filter(|line| line.contains("is not fetched")).map(without_attempt).collect();
    assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "{said}");
    assert_eq!(terminate(service), Some(0));
}

#[test]
fn a_folder_has_one_service() {
    let world = World::with_fleet(2);
    let service = world.serve(&world.path("said"));
    until("it has made a pass", || world.path("backups/watch.json").exists());
    let said = world.watch_once(1, &[]);
    assert!(said.contains(&format!("is in use already, by process {}", service.id())), "{said}");
    assert_eq!(terminate(service), Some(0));
    world.watch_once(0, &[]);
}

/// A service that is killed at any of its calls goes on when it is started again.
#[test]
fn what_a_killed_service_has_begun_the_next_one_ends() {
    let world = World::with_fleet(3);
    world.wait_for_downloads("counted");
    let ended = world.proxy.run(&mut world.command(&ONCE), None);
    assert_eq!(ended.code(), Some(0));
    let calls = world.proxy.calls();
    assert!(calls > 12, "a transfer makes more calls than {calls}");
    let mut gone_on = 0;
    for at in (0..2 * calls).step_by((calls / 5).max(1)) {
        let moment = Moment { call: at / 2, after: at % 2 == 1 };
        let world = World::with_fleet(3);
        world.wait_for_downloads("killed");
        let mut command = world.command(&ONCE);
        let ended = world.proxy.run(command.stderr(Stdio::null()), Some(moment));
        if ended.code().is_none() {
            let again = world.end(&ONCE);
            match again.status.code() {
                Some(0) => gone_on += 1,
                // A claim that it had no time to note counts as somebody else's.
                Some(3) => {
                    world.pass(SOON);
                    world.watch_once(0, &["--take-over-after", "60"]);
                }
                _ => panic!("{moment:?}: {}", String::from_utf8_lossy(&again.stderr)),
            }
        }
        world.assert_whole("backups/killed");
        world.assert_running(1, "after a fetch");
    }
    assert!(gone_on > 0, "some service goes on at once");
}

#[test]
fn a_transfer_is_left_to_who_has_begun_it_and_taken_over_when_nothing_comes_of_it() {
    let world = World::with_fleet(4);
    world.wait_for_downloads("shared");
    let mut first = world.command(&["fetch", "--watch", "first", "--once"]);
    let moment = Moment { call: 8, after: true };
    let ended = world.proxy.run(first.stderr(Stdio::null()), Some(moment));
    assert_eq!(ended.code(), None, "it was killed");
    let take_over = ["--take-over-after", "60"];
    let said = world.watch_once(3, &take_over);
    assert!(said.contains("shared is left alone: somebody else"), "{said}");
    assert!(!world.path("backups/shared").exists());
    world.pass(SOON);
    let said = world.watch_once(0, &take_over);
    assert!(said.contains("shared: taken over"), "{said}");
    world.assert_whole("backups/shared");
    // The first one has nothing left to do, and does not take its folder for a backup.
    let again = world.json(0, &["fetch", "--watch", "first", "--once"]);
    assert_eq!(again["fleets"], serde_json::json!({}));
}

#[test]
fn of_two_services_that_begin_at_the_same_time_one_fetches() {
    let world = World::with_fleet(6);
    world.wait_for_downloads("shared");
    let begin = |folder| {
        let mut command = world.command(&["fetch", "--watch", folder, "--once"]);
        command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("backupctl can be run")
    };
    let ends = ["one", "two"].map(begin).map(|it| it.wait_with_output().expect("it ends"));
    let said: Vec<_> = ends.iter().map(|end| String::from_utf8_lossy(&end.stderr)).collect();
    assert_eq!(world.stage("shared"), None, "{said:?}");
    let whole = ["one/shared", "two/shared"].map(|it| world.verify(it).status.success());
    assert_eq!(whole.iter().filter(|it| **it).count(), 1, "{said:?}");
    for (end, whole) in ends.iter().zip(whole) {
        // The other one may have come after all was over.
        let fits = matches!((end.status.code(), whole), (Some(0), true) | (Some(3 | 0), false));
        assert!(fits, "{said:?}");
    }
}

#[test]
fn a_network_that_does_not_answer_is_asked_again() {
    let world = World::with_fleet(2);
    world.wait_for_downloads("late");
    let log = world.path("said");
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", nowhere.local_addr().expect("an address"));
    drop(nowhere);
    let mut command = Command::new(env!("CARGO_BIN_EXE_backupctl"));
    command
        .current_dir(world.path(""))
        .args(["fetch", "--watch", "backups", "--every", "1", "--network", &address])
        .args(["--root-key", "fetch", "--identity-pem", "operator.pem"])
        .args(["--coordinator", &world.coordinator.to_text()])
        .stderr(fs::File::create(&log).expect("a file"));
    let service = command.spawn().expect("backupctl can be run");
    until("a pass fails", || world.path("backups/watch.json").exists());
    let first = world.watched()["at"].clone();
    until("it tries again", || world.watched()["at"] != first);
    assert!(world.watched()["problem"].as_str().is_some_and(|it| it.contains("cannot be reached")));
    assert_eq!(terminate(service), Some(0));
    let said = fs::read_to_string(&log).expect("text");
    assert_eq!(said.matches("this pass has failed").count(), 1, "{said}");
}

#[test]
fn with_nobody_to_read_a_pass_is_made_all_the_same() {
    let world = World::with_fleet(2);
    world.wait_for_downloads("unread");
    let closed = || {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        Stdio::from(writer)
    };
    let args = [&ONCE[..], &["--json"]].concat();
    let ended = world.command(&args).stdout(closed()).stderr(closed()).status();
    assert_eq!(ended.expect("backupctl can be run").code(), Some(0));
    world.assert_whole("backups/unread");
}

impl World {
    /// Deletes a snapshot of one member.
    fn forget_one_snapshot(&self) {
        let mut sandbox = self.sandbox();
        let canister_id = self.fleet[1];
        let snapshot_id = sandbox.snapshots(canister_id).remove(0).id;
        let args = DeleteCanisterSnapshotArgs { canister_id, snapshot_id };
        let args = encode_args((args,)).expect("encoded");
        let management = Principal::management_canister();
        let method = "delete_canister_snapshot";
        sandbox.update(self.operator, management, method, args).expect("deleted");
    }
}

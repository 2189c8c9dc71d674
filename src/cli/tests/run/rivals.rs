//! Two commands on one run: one drives it, the other one says who does.

use crate::world::{FLEET, World};
use std::process::Stdio;

#[test]
fn of_two_commands_on_one_run_one_drives() {
    let world = World::with_fleet(8);
    let args =
        |out: &'static str| ["run", "--fleet", FLEET, "--yes", "--run-id", "shared", "--out", out];
    let begin = |out| {
        let mut command = world.command(&args(out));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("backupctl can be run")
    };
    let (one, two) = (begin("one"), begin("two"));
    let mut ends = [one, two].map(|it| it.wait_with_output().expect("it ends"));
    ends.sort_by_key(|end| end.status.code());
    let [driver, other] = ends;
    assert_eq!(driver.status.code(), Some(0), "{}", String::from_utf8_lossy(&driver.stderr));
    let said = String::from_utf8_lossy(&other.stderr);
    assert_eq!(other.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("was begun by {}", world.operator)), "{said}");
    world.assert_running(1, "after two commands");
}

#[test]
fn a_folder_in_which_a_command_works_is_left_alone() {
    let world = World::with_fleet(8);
    let run = ["run", "--fleet", FLEET, "--yes", "--run-id", "held"];
    let mut first =
        world.command(&run).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    // The folder is there when the journal is opened, and the lock is taken before that.
    while world.proxy.calls() < 8 {
        assert_eq!(first.try_wait().expect("it can be waited for"), None, "it has ended already");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let second = world.end(&["resume", "held"]);
    let said = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{said}");
    let driver = format!("in use already, by process {} as {}", first.id(), world.operator);
    assert!(said.contains(&driver), "{said}");
    assert!(first.wait().expect("it ends").success());
    world.assert_running(1, "after the first command");
}

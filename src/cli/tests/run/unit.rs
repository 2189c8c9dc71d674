//! The unit of systemd in the docs, and the key that systemd hands to it.

use crate::world::World;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

/// The unit as the page has it.
fn unit() -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/fetching.md");
    let page = fs::read_to_string(page).expect("a page");
    let (_, rest) = page.split_once("```ini\n").expect("a unit");
    rest.split_once("```").expect("an end").0.to_owned()
}

/// `systemd-analyze verify` is on few machines without systemd; there the options alone are tried.
#[test]
fn the_unit_of_the_page_is_accepted_by_systemd() {
    let unit = unit();
    let program = env!("CARGO_BIN_EXE_backupctl");
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
    let mut words = start.split_whitespace();
    assert_eq!(words.next(), Some("/usr/local/bin/backupctl"));
    // It fails for want of a key, and not of an option.
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().to_str().expect("text");
    let args = words.map(|word| word.replace("%S", place).replace("%d", place));
    let args: Vec<String> = args.collect();
    let tried = Command::new(program).args(&args).arg("--once").output().expect("it can be run");
    let said = String::from_utf8_lossy(&tried.stderr);
    assert!(said.contains("cannot be read"), "{said}");
    let path = folder.path().join("backup-fetch.service");
    fs::write(&path, unit.replace("/usr/local/bin/backupctl", program)).expect("written");
    let mut systemd = Command::new("systemd-analyze");
    let Ok(output) = systemd.arg("verify").arg(&path).stdin(Stdio::null()).output() else {
        println!("systemd-analyze is not on this machine");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("backup-fetch.service:"), "{said}");
}

/// systemd gives a credential the mode 0440 and an access control list.
#[test]
fn a_key_that_systemd_hands_out_is_taken() {
    let world = World::with_fleet(2);
    world.wait_for_downloads("handed");
    let credentials = world.path("credentials");
    fs::create_dir(&credentials).expect("made");
    fs::copy(world.path("operator.pem"), credentials.join("key")).expect("copied");
    let mode = fs::Permissions::from_mode(0o440);
    fs::set_permissions(credentials.join("key"), mode).expect("set");
    let args = ["fetch", "--watch", "backups", "--once"];
    let command = || {
        // The last option of the command is the key.
        let command = world.command(&args);
        let mut other = Command::new(command.get_program());
        let typed: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        other.current_dir(world.path("")).args(&typed[..typed.len() - 1]);
        other.arg(credentials.join("key"));
        other
    };
    let refused = command().output().expect("backupctl can be run");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("others than its owner may use"), "{said}");
    let taken = command().env("CREDENTIALS_DIRECTORY", &credentials).output();
    let taken = taken.expect("backupctl can be run");
    assert_eq!(taken.status.code(), Some(0), "{}", String::from_utf8_lossy(&taken.stderr));
}

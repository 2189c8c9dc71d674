//! Identities of the `icp` program.

use crate::caller::{Caller, Ended, reach};
use crate::served::Served;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn program() -> PathBuf {
    let program = "../../target/clients/node_modules/@icp-sdk/icp-cli-linux-x64/bin/icp";
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(program);
    assert!(program.exists(), "icp is missing; install it with: scripts/install-clients.sh");
    program.canonicalize().expect("a path")
}

/// Lets a command run with the program and settings of the caller's own.
fn with_icp<'a>(caller: &Caller, command: &'a mut Command) -> &'a mut Command {
    command
        .current_dir(caller.folder.path())
        .env("ICP", program())
        .env("ICP_HOME", caller.folder.path().join("home"))
        .env("DO_NOT_TRACK", "1")
        .env_remove("RUST_BACKTRACE")
}

/// Runs `icp`.
#[track_caller]
fn icp(caller: &Caller, args: &[&str]) -> String {
    let mut command = Command::new(program());
    let output = with_icp(caller, command.args(args)).output().expect("icp can be run");
    let ended = Ended::of(output);
    ended.assert(0, "");
    ended.out
}

/// Lists the runs as an identity of `icp`.
fn list(caller: &Caller, served: &Served, identity: &[&str]) -> Ended {
    let mut command = caller.command(&[&["list"], &reach(served)[..], identity].concat());
    Ended::of(with_icp(caller, &mut command).output().expect("it can be run"))
}

#[test]
#[ignore = "needs icp from npm: scripts/test.sh installs it where it can"]
fn identities_of_icp_call_from_npm() {
    let caller = Caller::new();
    let served = caller.serve(&["--targets", "1", "--pause-at", "4"]);
    let folder = caller.folder.path();
    fs::write(folder.join("password"), "a long password\n").expect("written");
    fs::write(folder.join("wrong"), "another password\n").expect("written");
    icp(&caller, &["identity", "new", "plain", "--storage", "plaintext", "--quiet"]);
    let locked = ["--storage", "password", "--storage-password-file", "password", "--quiet"];
    icp(&caller, &[&["identity", "new", "locked"], &locked[..]].concat());
    let principal = |name: &str, more: &[&str]| {
        let who = ["identity", "principal", "--identity", name];
        icp(&caller, &[&who[..], more].concat()).trim().to_owned()
    };
    let plain = principal("plain", &[]);
    let ended = list(&caller, &served, &["--identity", "plain", "--with", "icp"]);
    ended.assert(0, &format!("calling as {plain}\n"));

    let of = ["--identity", "locked", "--with", "icp"];
    let opened = [&of[..], &["--identity-password-file", "password"]].concat();
    let locked = principal("locked", &["--identity-password-file", "password"]);
    list(&caller, &served, &opened).assert(0, &format!("calling as {locked}\n"));
    list(&caller, &served, &of).assert(2, "There is no terminal on which it could ask");
    let wrong = [&of[..], &["--identity-password-file", "wrong"]].concat();
    list(&caller, &served, &wrong).assert(2, "`icp identity export locked` failed");
    for name in ["nobody", "anonymous", "--help"] {
        let identity = [&format!("--identity={name}"), "--with", "icp"];
        let ended = list(&caller, &served, &identity);
        ended.assert(2, &format!("`icp identity export {name}` failed"));
        assert!(!ended.err.contains("calling as"), "{}", ended.err);
    }
}

#[test]
#[ignore = "needs icp from npm: scripts/test.sh installs it where it can"]
fn a_delegation_that_icp_has_signed_calls_from_npm() {
    let caller = Caller::new();
    let served = caller.serve(&["--targets", "1", "--pause-at", "4"]);
    icp(&caller, &["identity", "new", "owner", "--storage", "plaintext", "--quiet"]);
    let owner = icp(&caller, &["identity", "principal", "--identity", "owner"]);
    let session = caller.public_key();
    fs::write(caller.folder.path().join("session.pub"), session).expect("written");
    let coordinator = reach(&served)[1];
    let both = format!("aaaaa-aa,{coordinator}");
    let identity = ["--delegation", "chain.json", "--session-pem", "key.pem"];
    let sign = |targets: &[&str]| {
        let sign = ["identity", "delegation", "sign", "--key-pem", "session.pub"];
        let for_a_day = ["--duration", "1d", "--identity", "owner"];
        let chain = icp(&caller, &[&sign[..], &for_a_day, targets].concat());
        fs::write(caller.folder.path().join("chain.json"), chain).expect("written");
        list(&caller, &served, &identity)
    };
    for targets in [&[][..], &["--canisters", &both]] {
        sign(targets).assert(0, &format!("calling as {}, until ", owner.trim()));
    }
    sign(&["--canisters", coordinator]).assert(2, "restricted to canisters without aaaaa-aa");
}

//! As whom a command calls.

use crate::caller::{Caller, Ended, reach, to_pem};
use ic_agent::{
    Identity,
    identity::{BasicIdentity, Delegation},
};
use serde_json::json;
use std::{
    fs,
    io::Write,
    process::Stdio,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const LIST: [&str; 2] = ["list", "--json"];

#[test]
fn a_key_is_read_from_a_file_or_a_pipe() {
    let caller = Caller::new();
    let served = caller.serve(&["--targets", "1", "--pause-at", "4"]);
    let calling = format!("calling as {}\n", caller.principal());
    caller.asks(&served, &LIST).assert(0, &calling);

    let args = [&LIST[..], &reach(&served), &["--identity-pem", "-"]].concat();
    let mut process = caller
        .command(&args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it can be run");
    let key = fs::read(caller.folder.path().join("key.pem")).expect("read");
    process.stdin.take().expect("a pipe").write_all(&key).expect("written");
    Ended::of(process.wait_with_output().expect("it ends")).assert(0, &calling);
    caller.types(&args).assert(2, "standard input has no private key");
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let caller = Caller::new();
    let path = caller.folder.path().join("key.pem");
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).expect("set");
    let network = ["--coordinator", "aaaaa-aa", "--identity-pem", "key.pem"];
    caller.types(&[&LIST[..], &network].concat()).assert(2, "type: chmod 600 key.pem");
}

#[test]
fn a_session_calls_for_whoever_has_signed_its_delegation() {
    let caller = Caller::new();
    let served = caller.serve(&["--targets", "1", "--pause-at", "4"]);
    let secret = [3; 32];
    let session = BasicIdentity::from_raw_key(&secret);
    caller.secret_file("session.pem", &to_pem(&ed25519_dalek::SigningKey::from_bytes(&secret)));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let asks = |expiration: Duration, targets: Option<Vec<&str>>| {
        let targets = targets.map(|targets| {
            targets
                .into_iter()
                .map(|id| id.parse().expect("an id"))
                .collect::<Vec<candid::Principal>>()
        });
        let delegation = Delegation {
            pubkey: session.public_key().expect("a key"),
            expiration: u64::try_from(expiration.as_nanos()).expect("this century"),
            targets: targets.clone(),
            permissions: None,
        };
        let signed = caller.identity().sign_delegation(&delegation).expect("signed");
        let chain = json!({
            "publicKey": hex::encode(signed.public_key.expect("a key")),
            "delegations": [{
                "signature": hex::encode(signed.signature.expect("a signature")),
                "delegation": {
                    "pubkey": hex::encode(&delegation.pubkey),
                    "expiration": format!("{:x}", delegation.expiration),
                    "targets": targets.map(|ids| ids.iter().map(hex::encode).collect::<Vec<_>>()),
                },
            }],
        });
        fs::write(caller.folder.path().join("chain.json"), chain.to_string()).expect("written");
        let identity = ["--delegation", "chain.json", "--session-pem", "session.pem"];
        caller.types(&[&LIST[..], &reach(&served), &identity].concat())
    };
    let coordinator = reach(&served)[1];
    let (hour, day) = (Duration::from_hours(1), Duration::from_hours(24));
    let calling = format!("calling as {}, until ", caller.principal());
    for targets in [None, Some(vec!["aaaaa-aa", coordinator])] {
        let ended = asks(now + day, targets);
        ended.assert(0, &calling);
        assert!(!ended.err.contains("warning"), "{}", ended.err);
    }
    asks(now + hour / 2, None).assert(0, "warning: the delegation ends within an hour");
    asks(now.saturating_sub(hour), None).assert(2, "have a new one signed");
    asks(now + day, Some(vec![coordinator])).assert(2, "sign one with --canisters aaaaa-aa,");
    asks(now + day, Some(vec!["aaaaa-aa"])).assert(2, "sign one with --canisters aaaaa-aa,");
}

#[test]
fn the_three_ways_do_not_mix() {
    let caller = Caller::new();
    for args in [
        &["--identity", "x"][..],
        &["--with", "icp"],
        &["--identity", "x", "--with", "icp", "--identity-pem", "key.pem"],
        &["--delegation", "chain.json"],
        &["--session-pem", "key.pem"],
        &["--identity-pem", "key.pem", "--delegation", "x", "--session-pem", "key.pem"],
    ] {
        let ended = caller.types(&[&["list", "--coordinator", "aaaaa-aa"], args].concat());
        assert_eq!(ended.status, 2, "{args:?}: {ended:?}");
    }
}

/// A tool that does what the file says, instead of `icp`.
#[cfg(unix)]
fn with_tool(caller: &Caller, script: &str) -> Ended {
    use std::os::unix::fs::PermissionsExt;
    let tool = caller.folder.path().join("tool");
    fs::write(&tool, format!("#!/bin/sh\n{script}\n")).expect("written");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o700)).expect("set");
    let args = ["list", "--coordinator", "aaaaa-aa", "--network", "http://127.0.0.1:9"];
    let identity = ["--root-key", "30", "--identity", "ops", "--with", "icp"];
    let mut command = caller.command(&[&args[..], &identity].concat());
    Ended::of(command.env("ICP", tool).output().expect("it can be run"))
}

#[cfg(unix)]
#[test]
fn a_tool_exports_its_identity_through_a_pipe() {
    let caller = Caller::new();
    // It got as far as the network, which is not there.
    let ended = with_tool(&caller, r#"[ "$*" = "identity export -- ops" ] && cat key.pem"#);
    ended.assert(1, &format!("calling as {}\n", caller.principal()));
    let ended = with_tool(&caller, "echo wrong password >&2; exit 1");
    ended.assert(2, "There is no terminal on which it could ask for a password");
    assert!(ended.err.contains("wrong password"), "{}", ended.err);
    with_tool(&caller, "exit 0").assert(2, "`icp identity export ops` has exported nothing");
    with_tool(&caller, "echo no key").assert(2, "what icp has exported has no private key");
    // Whoever asks on standard input hears nothing.
    with_tool(&caller, "read password || exit 3").assert(2, "exit status: 3");
}

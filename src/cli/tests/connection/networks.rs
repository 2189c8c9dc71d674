//! Which network is called, and whether its answers are believed.

use crate::caller::{Caller, reach};
use std::net::TcpListener;

const KEY: [&str; 2] = ["--identity-pem", "key.pem"];
const COORDINATOR: [&str; 2] = ["--coordinator", "rrkah-fqaaa-aaaaa-aaaaq-cai"];

#[test]
fn what_is_missing_is_told_before_anybody_is_called() {
    let caller = Caller::new();
    for (args, said) in [
        (vec![], "--coordinator ID"),
        ([&COORDINATOR[..], &["--network", "http://127.0.0.1:9"]].concat(), "--root-key fetch"),
        ([&COORDINATOR[..], &["--network", "nowhere"]].concat(), "--network ic|local|URL"),
        ([&COORDINATOR[..], &["--root-key", "fetch"]].concat(), "never fetched"),
        (
            [&COORDINATOR[..], &["--network", "https://icp0.io", "--root-key", "fetch"]].concat(),
            "never fetched",
        ),
        ([&COORDINATOR[..], &["--root-key", "nowhere.der"]].concat(), "cannot be read"),
        (COORDINATOR.to_vec(), "--identity NAME --with icp|dfx"),
    ] {
        caller.types(&[&["list"], &args[..]].concat()).assert(2, said);
    }
}

#[test]
fn a_network_that_is_not_there_is_told() {
    let caller = Caller::new();
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", closed.local_addr().expect("an address"));
    drop(closed);
    for (address, key) in
        [(address.as_str(), "fetch"), (address.as_str(), "30"), ("http://nobody.invalid", "fetch")]
    {
        let network = ["--network", address, "--root-key", key];
        let ended = caller.types(&[&["list"][..], &COORDINATOR, &network, &KEY].concat());
        ended.assert(1, "cannot be reached");
        assert!(ended.err.contains(address), "{}", ended.err);
    }
}

#[test]
fn answers_are_verified() {
    let caller = Caller::new();
    let served = caller.serve(&["--targets", "1", "--pause-at", "4"]);
    let [coordinator, id, network, address, ..] = reach(&served);
    let list = |key: &[&str]| {
        caller.types(&[&["list", coordinator, id, network, address], key, &KEY].concat())
    };
    list(&["--root-key", "fetch"]).assert(0, "calling as");
    // A key of the right form that belongs to another network.
    let other = hex::encode(backup_coordinator_client::audit::MAINNET_ROOT_KEY);
    list(&["--root-key", &other]).assert(2, "does not verify by the root key");
    list(&["--root-key", "3082"]).assert(2, "does not verify by the root key");
    let nobody = ["--coordinator", "qaa6y-5yaaa-aaaaa-aaafa-cai"];
    let known = caller
        .types(&[&["list", network, address][..], &reach(&served)[4..], &nobody, &KEY].concat());
    known.assert(1, "qaa6y-5yaaa-aaaaa-aaafa-cai");
}

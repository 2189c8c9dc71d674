use super::*;
use ic_agent::identity::BasicIdentity;
use serde_json::{Value, json};
use std::fs;

const NOW: Timestamp = Timestamp(1_800_000_000_000_000_000);
const DAY: u64 = 86_400_000_000_000;

fn owner() -> BasicIdentity {
    BasicIdentity::from_raw_key(&[1; 32])
}

fn session() -> BasicIdentity {
    BasicIdentity::from_raw_key(&[2; 32])
}

fn coordinator() -> Principal {
    Principal::self_authenticating(b"the coordinator")
}

/// A delegation of the owner to this key, as `icp` writes it.
fn signed(to: &impl Identity, expiration: u64, targets: Option<Vec<Principal>>) -> Value {
    let pubkey = to.public_key().expect("a key");
    let delegation = Delegation {
        pubkey: pubkey.clone(),
        expiration,
        targets: targets.clone(),
        permissions: None,
    };
    let signature = owner().sign_delegation(&delegation).expect("signed").signature;
    json!({
        "publicKey": hex::encode(owner().public_key().expect("a key")),
        "delegations": [{
            "signature": hex::encode(signature.expect("a signature")),
            "delegation": {
                "pubkey": hex::encode(pubkey),
                "expiration": format!("{expiration:x}"),
                "targets": targets.map(|targets| targets.iter().map(hex::encode).collect::<Vec<_>>()),
            },
        }],
    })
}

fn read(text: &str) -> Result<(Principal, Timestamp), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("chain.json");
    fs::write(&path, text).expect("written");
    let purpose = Purpose { coordinator: coordinator(), root_key: &[], now: NOW };
    let read = identity(&path, Box::new(session()), purpose).map_err(|error| error.to_string())?;
    Ok((read.0.sender().expect("a principal"), read.1))
}

#[test]
fn a_session_calls_for_the_owner() {
    let until = NOW.0 + DAY;
    let needed = vec![Principal::management_canister(), coordinator()];
    let more = [&needed[..], &[Principal::anonymous()]].concat();
    for targets in [None, Some(needed), Some(more)] {
        let (principal, read) =
            read(&signed(&session(), until, targets).to_string()).expect("good");
        assert_eq!(principal, owner().sender().expect("a principal"));
        assert_eq!(read, Timestamp(until));
    }
}

#[test]
fn what_the_network_would_refuse_is_refused_before_with_what_to_do() {
    let until = NOW.0 + DAY;
    let good = || signed(&session(), until, None);
    let with = |pointer: &str, value: Value| {
        let mut chain = good();
        *chain.pointer_mut(pointer).expect(pointer) = value;
        chain
    };
    let only = |canister| signed(&session(), until, Some(vec![canister]));
    let management = Principal::management_canister();
    for (chain, problem) in [
        (
            signed(&session(), NOW.0, None),
            "ended at 2027-01-15 08:00:00 UTC; have a new one signed",
        ),
        (only(coordinator()), "without aaaaa-aa; sign one with --canisters aaaaa-aa,"),
        (only(management), "sign one with --canisters aaaaa-aa,"),
        (signed(&owner(), until, None), "another key than that of --session-pem"),
        (with("/delegations", json!([])), "is empty"),
        (with("/delegations/0/signature", json!("00")), "does not hold"),
        (with("/delegations/0/signature", json!("x")), "no readable signature"),
        (with("/delegations/0/delegation/expiration", json!("later")), "no readable expiration"),
        (with("/delegations/0/delegation/targets", json!(["ff".repeat(40)])), "no readable target"),
        (with("/publicKey", json!("00")), "does not hold"),
        (json!({}), "is not one as `icp identity delegation sign` prints"),
    ] {
        let said = read(&chain.to_string()).expect_err(problem);
        assert!(said.contains(problem), "{problem}: {said}");
    }
    // Somebody who changes a signed delegation.
    let longer = with("/delegations/0/delegation/expiration", json!(format!("{:x}", until + 1)));
    assert!(read(&longer.to_string()).expect_err("forged").contains("does not hold"));
}

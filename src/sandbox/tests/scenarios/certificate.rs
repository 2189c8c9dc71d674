use crate::world::{World, assert_reject, owner, probe};
use candid::Principal;
use canister_sandbox::RejectCode;
use ic_certificate_verification::VerifyCertificate;
use ic_certification::{Certificate, LookupResult};

const NO_OFFSET: u128 = 0;

fn certificate(world: &mut World, canister: Principal) -> Certificate {
    let reply = world.sandbox.query(owner(), canister, "certificate", vec![]);
    serde_cbor::from_slice(&reply.expect("refused")).expect("a certificate")
}

fn certified(certificate: &Certificate, canister: Principal) -> Vec<u8> {
    let path = [b"canister".as_slice(), canister.as_slice(), b"certified_data"];
    match certificate.tree.lookup_path(path) {
        LookupResult::Found(data) => data.to_vec(),
        other => panic!("no certified data: {other:?}"),
    }
}

#[test]
fn a_certificate_verifies_against_the_root_key() {
    let mut world = World::new();
    let a = world.a;
    world.update(a, "certify").expect("refused");
    let mut certificate = certificate(&mut world, a);
    assert_eq!(certified(&certificate, a), b"certified");
    let (key, time) = (world.sandbox.root_key(), u128::from(world.sandbox.time_nanos()));
    let verified = certificate.verify(a.as_slice(), &key, &time, &NO_OFFSET);
    verified.expect("the certificate does not verify");
    certificate.tree = ic_certification::labeled("time", ic_certification::leaf([0]));
    assert!(certificate.verify(a.as_slice(), &key, &time, &time).is_err());
}

#[test]
fn certified_data_survives_an_upgrade_and_not_a_trap() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    world.update(a, "certify").expect("refused");
    world.sandbox.upgrade(owner(), a, &probe("probe 2"), vec![]).expect("refused");
    assert_eq!(certified(&certificate(&mut world, a), a), b"certified");
    assert_eq!(certified(&certificate(&mut world, b), b), b"");
}

#[test]
fn there_is_no_certificate_in_a_replicated_query() {
    let mut world = World::new();
    let a = world.a;
    let trapped = world.update(a, "certificate");
    assert_reject(trapped, RejectCode::CanisterError, "data_certificate_size");
}

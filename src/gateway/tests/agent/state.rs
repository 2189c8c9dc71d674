//! Certified reads of a canister's state.

use crate::{
    common::probe,
    setting::{agent, assert_http_error, ed25519, run, sandbox, served, stranger},
};
use ic_agent::{AgentError, Identity, hash_tree::Label};
use sha2::{Digest, Sha256};

#[test]
fn module_hash_controllers_and_metadata_are_read() {
    let served = served();
    run(async {
        let agent = agent(&served, stranger());
        let hash = agent.read_state_canister_module_hash(served.canister).await;
        assert_eq!(hash.expect("it verifies"), Sha256::digest(probe()).to_vec());
        let controllers = agent.read_state_canister_controllers(served.canister).await;
        let expected = [ed25519().sender().expect("a sender"), served.canister];
        assert_eq!(controllers.expect("it verifies"), expected);
        let interface = agent.read_state_canister_metadata(served.canister, "candid:service").await;
        let interface = String::from_utf8(interface.expect("it verifies")).expect("text");
        assert!(interface.starts_with("service : {"), "{interface}");
    });
}

#[test]
fn private_metadata_is_for_controllers() {
    let served = served();
    run(async {
        let controller = agent(&served, ed25519());
        let secret = controller.read_state_canister_metadata(served.canister, "secret").await;
        assert_eq!(secret.expect("it verifies"), b"for controllers");
        let other = agent(&served, stranger());
        let secret = other.read_state_canister_metadata(served.canister, "secret").await;
        assert_http_error(secret, 403, "only be requested by the controllers");
    });
}

#[test]
fn what_is_not_there_is_proven_absent() {
    let served = served();
    let empty = sandbox(&served).create_canister(&[]);
    run(async {
        let agent = agent(&served, ed25519());
        let (_, nobody) = canister_sandbox::Sandbox::canister_range();
        for answer in [
            agent.read_state_canister_module_hash(empty).await,
            agent.read_state_canister_module_hash(nobody).await,
            agent.read_state_canister_metadata(served.canister, "no such section").await,
        ] {
            assert!(matches!(answer, Err(AgentError::LookupPathAbsent(_))), "{answer:?}");
        }
    });
}

#[test]
fn other_paths_are_refused() {
    let served = served();
    let other = sandbox(&served).create_canister(&[]);
    run(async {
        let agent = agent(&served, ed25519());
        let canister = Label::from_bytes(served.canister.as_slice());
        let at_another = vec![vec!["canister".into(), canister.clone(), "module_hash".into()]];
        let answer = agent.read_state_raw(at_another, other).await;
        assert_http_error(answer, 400, "does not match requested principal id");
        let secret = vec![vec!["canister".into(), canister, "certified_data".into()]];
        let answer = agent.read_state_raw(secret, served.canister).await;
        assert_http_error(answer, 404, "Invalid path");
        let two =
            [[1; 32], [2; 32]].map(|id| vec!["request_status".into(), Label::from_bytes(&id)]);
        let answer = agent.read_state_raw(two.to_vec(), served.canister).await;
        assert_http_error(answer, 400, "single request ID");
    });
}

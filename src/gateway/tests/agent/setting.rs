//! Agents of several users, and what they are told.

use crate::common::Served;
use canister_sandbox::Sandbox;
use ic_agent::{
    Agent, AgentError, Identity,
    identity::{BasicIdentity, Prime256v1Identity, Secp256k1Identity},
};
use std::{future::Future, sync::MutexGuard};
use tokio::runtime::Builder;

/// A user with an Ed25519 key.
pub fn ed25519() -> BasicIdentity {
    BasicIdentity::from_raw_key(&[7; 32])
}

/// Another user with an Ed25519 key.
pub fn stranger() -> BasicIdentity {
    BasicIdentity::from_raw_key(&[8; 32])
}

/// A user with a secp256k1 key.
pub fn secp256k1() -> Secp256k1Identity {
    let key = k256::SecretKey::from_slice(&[7; 32]).expect("a key");
    Secp256k1Identity::from_private_key(key)
}

/// A user with a P-256 key.
pub fn p256() -> Prime256v1Identity {
    let key = p256::SecretKey::from_slice(&[7; 32]).expect("a key");
    Prime256v1Identity::from_private_key(key)
}

/// A sandbox whose canister this user controls.
pub fn served() -> Served {
    Served::start(&[ed25519().sender().expect("a sender")])
}

/// An agent that trusts the sandbox.
pub fn agent(served: &Served, identity: impl Identity + 'static) -> Agent {
    let agent = Agent::builder().with_url(served.url.as_str()).with_identity(identity).build();
    let agent = agent.expect("an agent");
    agent.set_root_key(sandbox(served).root_key());
    agent
}

/// The sandbox itself.
pub fn sandbox(served: &Served) -> MutexGuard<'_, Sandbox> {
    served.sandbox.lock().expect("nobody has panicked")
}

/// Runs a test to its end.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test)
}

/// Status and text of an answer that is no answer of the network, but of the server before it.
#[track_caller]
pub fn assert_http_error<T: std::fmt::Debug>(
    answer: Result<T, AgentError>,
    status: u16,
    text: &str,
) {
    match answer {
        Err(AgentError::HttpError(error)) => {
            let said = String::from_utf8_lossy(&error.content).into_owned();
            assert_eq!(error.status, status, "{said}");
            assert!(said.contains(text), "{said}");
        }
        other => panic!("no HTTP error {status}: {other:?}"),
    }
}

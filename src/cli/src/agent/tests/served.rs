//! A sandbox with a canister, behind its gateway.

use crate::{
    agent::{AgentNetwork, clock::Clock, http},
    clock::now,
};
use backup_fleet::SnapshotId;
use backup_journal::Timestamp;
use candid::{Principal, encode_one};
use canister_sandbox::Sandbox;
use ic_agent::{Identity, identity::BasicIdentity};
use sandbox_gateway::Gateway;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// The key of the controller of the canister.
pub const SECRET: [u8; 32] = [7; 32];

/// It answers `seven` with a number.
const MODULE: &str = r#"(module
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "msg_reply" (func $reply))
  (memory 1)
  (data (i32.const 0) "DIDL\00\01\79\07\00\00\00")
  (func (export "canister_query seven")
    (call $append (i32.const 0) (i32.const 11))
    (call $reply)))"#;

/// A sandbox that is served until the tests end.
pub struct Served {
    sandbox: Arc<Mutex<Sandbox>>,
    pub url: String,
    pub canister: Principal,
}

impl Served {
    pub fn start() -> Self {
        let owner = BasicIdentity::from_raw_key(&SECRET).sender().expect("a principal");
        let mut sandbox = Sandbox::new();
        let canister = sandbox.create_canister(&[owner]);
        let module = wat::parse_str(MODULE).expect("a module");
        let nothing = encode_one(()).expect("Candid");
        sandbox.install(owner, canister, &module, nothing).expect("installed");
        let now = now().expect("after 1970");
        sandbox.advance_time(Duration::from_nanos(now.0 - sandbox.time_nanos()));
        let sandbox = Arc::new(Mutex::new(sandbox));
        let gateway = Gateway::new(Arc::clone(&sandbox));
        // On a thread of its own, so that what a test does at length does not keep it from answering.
        let address = gateway.serve_in_background().expect("it serves");
        let url = format!("http://{address}");
        Self { sandbox, url, canister }
    }

    /// The network at an address, called by the controller of the canister, who waits so many seconds.
    pub async fn network(&self, url: &str, seconds: u64) -> AgentNetwork {
        self.network_of(url, SECRET, seconds).await
    }

    /// The same, called by somebody else. The first request has been answered.
    pub async fn network_of(&self, url: &str, secret: [u8; 32], seconds: u64) -> AgentNetwork {
        let mut agent = http::agent(&url.parse().expect("an address")).expect("an agent");
        agent.set_root_key(self.sandbox.lock().expect("nobody panics").root_key());
        agent.set_identity(BasicIdentity::from_raw_key(&secret));
        agent.status().await.expect("a status");
        let here = jiff::Timestamp::now();
        let now = Timestamp(u64::try_from(here.as_nanosecond()).expect("after 1970"));
        let clock = Clock::new(now, here).expect("the same");
        AgentNetwork::new(agent, clock, Duration::from_secs(seconds))
    }

    /// Sets the clock of the network ahead of that of this machine.
    pub fn advance(&self, by: Duration) {
        self.sandbox.lock().expect("nobody panics").advance_time(by);
    }

    /// The snapshots of the canister.
    pub fn snapshots(&self) -> Vec<SnapshotId> {
        let sandbox = self.sandbox.lock().expect("nobody panics");
        sandbox.snapshots(self.canister).into_iter().map(|snapshot| snapshot.id.into()).collect()
    }
}

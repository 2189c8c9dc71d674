//! What the scenarios have in common: a sandbox, a controller, and the canister in `probe.wat`.

use candid::{CandidType, Nat, Principal, decode_one, encode_one};
use canister_sandbox::{Reject, RejectCode, Sandbox};
use ic_management_canister_types::{CanisterIdRecord, CanisterStatusResult};
use serde::de::DeserializeOwned;

pub const MANAGEMENT: Principal = Principal::management_canister();

/// Controls all canisters.
pub fn owner() -> Principal {
    Principal::from_slice(&[1; 29])
}

/// Controls none.
pub fn stranger() -> Principal {
    Principal::from_slice(&[2; 29])
}

/// The probe with this version (seven bytes), which its method `version` returns.
pub fn probe(version: &str) -> Vec<u8> {
    wasm(&include_str!("probe.wat").replace("VERSION", version))
}

pub fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text of a test canister is wrong")
}

/// What the probe counts.
#[derive(Debug, PartialEq, Eq, Default, Clone, Copy)]
pub struct Counters {
    pub adds: u32,
    pub cleanups: u32,
    pub timers: u32,
    pub replies: u32,
    pub rejects: u32,
    pub stack_pointer: u32,
    pub stable: u32,
}

impl Counters {
    pub fn decode(bytes: &[u8]) -> Self {
        let number = |index: usize| {
            let bytes = bytes[index * 4..][..4].try_into();
            u32::from_le_bytes(bytes.expect("four bytes"))
        };
        Self {
            adds: number(0),
            cleanups: number(1),
            timers: number(2),
            replies: number(3),
            rejects: number(4),
            stack_pointer: number(5),
            stable: number(6),
        }
    }
}

pub struct World {
    pub sandbox: Sandbox,
    pub a: Principal,
    pub b: Principal,
}

impl World {
    /// Two probes, `a` and `b`; `a` controls `b`.
    pub fn new() -> Self {
        let mut sandbox = Sandbox::new();
        let a = sandbox.create_canister(&[owner()]);
        let b = sandbox.create_canister(&[owner(), a]);
        for canister in [a, b] {
            sandbox
                .install(owner(), canister, &probe("probe 1"), vec![])
                .expect("the probe cannot be installed");
        }
        Self { sandbox, a, b }
    }

    pub fn update(&mut self, canister: Principal, method: &str) -> Result<Vec<u8>, Reject> {
        self.sandbox.update(owner(), canister, method, vec![])
    }

    pub fn add(&mut self, canister: Principal) {
        self.update(canister, "add").expect("add is refused");
    }

    pub fn counters(&mut self, canister: Principal) -> Counters {
        let reply = self.sandbox.query(owner(), canister, "counters", vec![]);
        Counters::decode(&reply.expect("counters are refused"))
    }

    /// Pages of a canister's heap.
    pub fn heap_pages(&mut self, canister_id: Principal) -> Nat {
        let status: CanisterStatusResult = self
            .ask("canister_status", &CanisterIdRecord { canister_id })
            .expect("the status is refused");
        status.memory_metrics.wasm_memory_size / 65_536_u32
    }

    pub fn version(&mut self, canister: Principal) -> String {
        let reply = self.sandbox.query(owner(), canister, "version", vec![]);
        String::from_utf8(reply.expect("version is refused")).expect("text")
    }

    /// `a` calls `method` of `callee`, in this mode of the probe.
    pub fn relay(&mut self, mode: u8, callee: Principal, method: &str) -> Result<Vec<u8>, Reject> {
        let arg = order(mode, callee, method, &[]);
        self.sandbox.update(owner(), self.a, "call", arg)
    }

    /// Calls a management method whose argument is a canister.
    pub fn manage(&mut self, method: &str, canister: Principal) -> Result<Vec<u8>, Reject> {
        self.sandbox.update(owner(), MANAGEMENT, method, target(canister))
    }

    /// Calls a management method and decodes the result.
    pub fn ask<T: CandidType + DeserializeOwned>(
        &mut self,
        method: &str,
        arg: &impl CandidType,
    ) -> Result<T, Reject> {
        let arg = encode_one(arg).expect("an argument cannot be encoded");
        let reply = self.sandbox.update(owner(), MANAGEMENT, method, arg)?;
        Ok(decode_one(&reply).expect("a result cannot be decoded"))
    }
}

/// The argument of the probe's `call` and `fan`.
pub fn order(mode: u8, callee: Principal, method: &str, arg: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).expect("shorter than 256 bytes");
    let mut order = vec![mode, length(callee.as_slice())];
    order.extend_from_slice(callee.as_slice());
    order.push(length(method.as_bytes()));
    order.extend_from_slice(method.as_bytes());
    order.extend_from_slice(arg);
    order
}

/// The argument of most management methods.
pub fn target(canister_id: Principal) -> Vec<u8> {
    encode_one(CanisterIdRecord { canister_id }).expect("an id cannot be encoded")
}

/// What the probe answers when a call of its own was rejected.
pub fn passed_reject(reply: &[u8]) -> (u8, String) {
    let text = String::from_utf8(reply[1..].to_vec());
    (reply[0], text.expect("text"))
}

pub fn assert_reject<T: std::fmt::Debug>(result: Result<T, Reject>, code: RejectCode, part: &str) {
    let reject = result.expect_err("this should be rejected");
    assert_eq!(reject.code, code, "{reject}");
    assert!(reject.message.contains(part), "{reject}");
}

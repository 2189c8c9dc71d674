//! The floor: a canister that writes the same records into the same structures and does nothing else.

use crate::modules;
use candid::{CandidType, Principal};
use canister_sandbox::Sandbox;

/// What claiming and reporting cost there.
pub struct Floor {
    /// A claim.
    pub claim: u64,
    /// Its receipt.
    pub receipt: u64,
}

#[derive(CandidType)]
struct Sizes {
    header: u32,
    receipt: u32,
    claim_event: u32,
    receipt_event: u32,
    totals: u32,
}

impl Floor {
    /// Measures both on a run of a thousand operations.
    pub fn measure() -> Self {
        let mut sandbox = Sandbox::new();
        let who = Principal::self_authenticating([7]);
        let canister = sandbox.create_canister(&[who]);
        let sizes =
            Sizes { header: 110, receipt: 170, claim_event: 90, receipt_event: 110, totals: 60 };
        let arg = candid::encode_one(sizes).expect("sizes can be encoded");
        sandbox.install(who, canister, modules::floor(), arg).expect("the floor installs");
        let mut call = |method: &str, sequence: u64| {
            let arg = candid::encode_one(sequence).expect("a number can be encoded");
            sandbox.update(who, canister, method, arg).expect("the floor answers");
            sandbox.last_cost().instructions
        };
        let (mut claim, mut receipt) = (0, 0);
        for sequence in 0..1_000 {
            claim = call("claim", sequence);
            receipt = call("receipt", sequence);
        }
        Self { claim, receipt }
    }
}

//! What a call cost on `PocketIC`: the network charges a canister for each instruction that it counts.

use crate::{backend::RawCall, callers};
use pocket_ic::PocketIc;

/// A canister that answers and does nothing else.
const IDLE: &str = r#"(module
    (import "ic0" "msg_reply" (func $reply))
    (func (export "canister_update answers_and_nothing_else") (call $reply)))"#;

/// Cycles for each byte of a message from outside, on a subnet of 13 nodes. There an instruction costs one:
/// <https://internetcomputer.org/docs/references/cycles-cost-formulas>.
const BYTE: u128 = 2_000;

/// Reads the instructions of a call from what was charged for it.
#[derive(Clone, Copy)]
pub struct Meter {
    /// What a call is charged, apart from its arguments, the name of its method, and its instructions.
    fees: u128,
}

impl Meter {
    /// Learns from a canister that does nothing what the rest is.
    pub fn new(pic: &PocketIc, cycles: u128) -> Self {
        let canister = pic.create_canister();
        pic.add_cycles(canister, cycles);
        let module = wat::parse_str(IDLE).expect("BUG: the text of a module is wrong");
        pic.install_canister(canister, module, Vec::new(), None);
        // As long as others, so that the lengths take as many bytes, and so does the name of who calls.
        let arg = vec![0; 100];
        let call = RawCall::new(callers::operator(), canister, "answers_and_nothing_else", arg);
        let before = pic.cycle_balance(canister);
        pic.update_call(canister, call.sender, &call.method, call.arg.clone()).expect("it answers");
        let charged = before - pic.cycle_balance(canister);
        Self { fees: charged - of_bytes(&call) }
    }

    /// The instructions of a call for which so many cycles were charged.
    ///
    /// # Panics
    /// When it is charged less than one that does nothing.
    pub fn instructions(self, charged: u128, call: &RawCall) -> u64 {
        let instructions = charged.checked_sub(self.fees + of_bytes(call)).expect("fees at least");
        u64::try_from(instructions).expect("a count of instructions")
    }
}

const fn of_bytes(call: &RawCall) -> u128 {
    BYTE * (call.method.len() + call.arg.len()) as u128
}

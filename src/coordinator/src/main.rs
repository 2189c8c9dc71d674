//! The backup coordinator: plans and execution journals of fleet backups, kept in stable memory.
//!
//! Here are its installation, its upgrade, and the inspection of messages; its methods are in `api`. Each layer uses only
//! those below it, from the top: `api` (who may call, arguments, replies), `executor` (what the coordinator does by itself),
//! `actions` (what a call does) and `http` (pages and figures), `gate` (the one place that changes anything), `storage` (what is stored), `encoding` (Candid),
//! `types` (of the interface) and `call`.

#![deny(unsafe_code, missing_docs)]

pub mod actions;
pub mod api;
pub mod call;
pub mod encoding;
pub mod executor;
pub mod gate;
pub mod http;
pub mod storage;
pub mod types;

use actions::lifecycle;
use api::install;
use backup_journal::api::CoordinatorArgs;
use call::Call;
use ic_cdk_macros::{init, inspect_message, post_upgrade, pre_upgrade};

/// The interface, as public metadata of the canister.
#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "a linker section has to be named")]
#[unsafe(link_section = "icp:public candid:service")]
#[used]
static CANDID: [u8; include_bytes!(concat!(env!("OUT_DIR"), "/interface.did")).len()] =
    *include_bytes!(concat!(env!("OUT_DIR"), "/interface.did"));

/// Reading Candid is mostly allocating: with the allocator of the standard library a transition costs a third
/// more instructions.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

fn main() {}

#[cfg_attr(test, candid::candid_method(init))]
#[init(hidden = true, decode_with = "install::installation_argument")]
fn init(args: CoordinatorArgs) {
    lifecycle::init(args, &Call::current());
    executor::arm();
}

#[post_upgrade(decode_with = "install::upgrade_argument")]
fn post_upgrade(args: Option<CoordinatorArgs>) {
    lifecycle::post_upgrade(args, &Call::current());
    executor::arm();
}

/// Refuses an upgrade while a call of the executor has no answer yet: the answer would meet another module.
#[pre_upgrade]
fn pre_upgrade() {
    let calls = executor::calls_under_way();
    if calls > 0 {
        ic_cdk::api::trap(format!(
            "{calls} calls to canisters are under way; stop the coordinator before it is upgraded, or pause its executions"
        ));
    }
}

#[inspect_message]
fn inspect_message() {
    if api::accepts_ingress(&ic_cdk::api::msg_method_name(), ic_cdk::api::msg_caller()) {
        ic_cdk::api::accept_message();
    }
}

// The release module carries the interface as metadata; the means to print it would be a tenth of its size.
#[cfg(test)]
mod tests;

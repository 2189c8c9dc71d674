//! The canister: its installation, its upgrade, the messages it takes in. Its methods are in `api`.

mod api;

use backup_coordinator_core::{Call, http, lifecycle};
use backup_journal::api::CoordinatorArgs;
use ic_cdk_macros::{init, inspect_message, post_upgrade};

/// The interface, for whoever asks the network for this canister's metadata.
#[cfg(target_arch = "wasm32")]
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
#[init(hidden = true, decode_with = "lifecycle::installation_argument")]
fn init(args: CoordinatorArgs) {
    lifecycle::init(args, &Call::current());
}

#[post_upgrade(decode_with = "lifecycle::upgrade_argument")]
fn post_upgrade(args: Option<CoordinatorArgs>) {
    let call = Call::current();
    lifecycle::post_upgrade(args, &call);
    http::logs::upgraded(call.caller);
}

/// Takes in what is worth executing; see `Guard::accepts_ingress` for what this covers and what not.
#[inspect_message]
fn inspect_message() {
    let method = api::method(&ic_cdk::api::msg_method_name());
    if method.is_some_and(|method| method.guard.accepts_ingress(ic_cdk::api::msg_caller())) {
        ic_cdk::api::accept_message();
    }
}

// The release module carries the interface as metadata; the means to print it would be a tenth of its size.
#[cfg(test)]
mod tests;

//! Whether the canister in a request's address is the one that its content is about.

use crate::{address::Effective, candid_limits::decode, refusal::Refusal, subnet::Subnet};
use candid::{CandidType, Principal};
use canister_sandbox::Sandbox;
use serde::Deserialize;

/// The method that users create canisters with; it can be sent to every canister's address.
const CREATE: &str = "provisional_create_canister_with_cycles";

/// The method that puts a module together from chunks, and names its canister otherwise than all others.
const INSTALL_CHUNKED: &str = "install_chunked_code";

/// The field that tells which canister a management method is about.
#[derive(CandidType, Deserialize)]
struct Subject {
    canister_id: Principal,
}

/// Refuses addresses that no canister of this network has, and other subnets than its only one.
pub(crate) fn check_exists(effective: Effective, subnet: &Subnet) -> Result<(), Refusal> {
    match effective {
        Effective::Canister(id) => {
            let (first, last) = Sandbox::canister_range();
            if (first..=last).contains(&id) || id == Principal::management_canister() {
                return Ok(());
            }
            Err(Refusal::bad_request(format!(
                "canister_not_found: no subnet has the canister {id}; here are {first} to {last}"
            )))
        }
        Effective::Subnet(id) if id == subnet.id => Ok(()),
        Effective::Subnet(id) => Err(Refusal::bad_request(format!(
            "subnet_not_found: there is no subnet {id}; here is {}",
            subnet.id
        ))),
    }
}

/// Refuses a call or a query that was sent to the address of another canister than it is about.
pub(crate) fn check(
    effective: Effective,
    callee: Principal,
    method: &str,
    arg: &[u8],
) -> Result<(), Refusal> {
    let is_management = callee == Principal::management_canister();
    if is_management && method == CREATE {
        return Ok(());
    }
    let Effective::Canister(addressed) = effective else {
        let reason = format!("{method} of {callee} cannot be sent to a subnet");
        return Err(Refusal::bad_request(reason));
    };
    let about = if is_management { subject(method, arg)? } else { callee };
    if about == addressed {
        return Ok(());
    }
    Err(Refusal::bad_request(format!(
        "Specified CanisterId {about} does not match effective canister id in URL {addressed}"
    )))
}

/// The same for [`INSTALL_CHUNKED`].
#[derive(CandidType, Deserialize)]
struct Target {
    target_canister: Principal,
}

fn subject(method: &str, arg: &[u8]) -> Result<Principal, Refusal> {
    let subject = if method == INSTALL_CHUNKED {
        decode(arg).map(|Target { target_canister }| target_canister)
    } else {
        decode(arg).map(|Subject { canister_id }| canister_id)
    };
    subject.map_err(|error| {
        Refusal::bad_request(format!(
            "{method} of the management canister cannot be sent to a canister's address, as its argument names none: {error}"
        ))
    })
}

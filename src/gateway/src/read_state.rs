//! Certified reads of the state: who may read which paths, and the certificate of what they lead to.

use crate::{
    address::Effective,
    cbor,
    envelope::{Powers, Request},
    messages::Message,
    network::Network,
    refusal::Refusal,
    state::State,
    state_tree::Label,
};
use candid::Principal;
use hyper::StatusCode;
use ic_transport_types::{EnvelopeContent, ReadStateResponse, RequestId};

/// The most paths that a request asks for.
const MAX_PATHS: usize = 1_000;
/// The most names on a path.
const MAX_LABELS: usize = 127;

/// What the paths of a request are about, beside what everybody may read.
#[derive(Default)]
struct Subjects {
    request: Option<RequestId>,
    reads_canister: bool,
}

/// Answers a read, in CBOR.
pub(crate) fn answer(
    network: &Network,
    effective: Effective,
    request: Request,
) -> Result<Vec<u8>, Refusal> {
    let EnvelopeContent::ReadState { sender, paths, .. } = request.content else {
        return Err(Refusal::bad_request("this address takes requests of the type `read_state`"));
    };
    let paths: Vec<Vec<Label>> = paths
        .into_iter()
        .map(|path| path.iter().map(|label| label.as_bytes().to_vec()).collect())
        .collect();
    check_lengths(&paths)?;
    let mut subjects = Subjects::default();
    for path in &paths {
        let path: Vec<&[u8]> = path.iter().map(Vec::as_slice).collect();
        check_path(network, effective, sender, &path, &mut subjects)?;
    }
    let mut state = State::new(network.time(), &network.subnet);
    if let (true, Effective::Canister(id)) = (subjects.reads_canister, effective) {
        state = state.with_canister(&network.sandbox(), id);
    }
    if let Some(id) = subjects.request
        && let Some(message) = network.message(&id)
    {
        check_reader(sender, &request.powers, &message)?;
        state = state.with_request(id, message);
    }
    let certificate = state.certify(&paths);
    Ok(cbor::encode(&ReadStateResponse { certificate }))
}

fn check_lengths(paths: &[Vec<Label>]) -> Result<(), Refusal> {
    let labels = paths.iter().map(Vec::len).max().unwrap_or_default();
    if paths.len() <= MAX_PATHS && labels <= MAX_LABELS {
        return Ok(());
    }
    Err(Refusal::bad_request(format!(
        "{} paths of up to {labels} labels; at most {MAX_PATHS} of {MAX_LABELS} are allowed",
        paths.len()
    )))
}

/// Refuses a path that is not for everybody, or not at this address.
fn check_path(
    network: &Network,
    effective: Effective,
    sender: Principal,
    path: &[&[u8]],
    subjects: &mut Subjects,
) -> Result<(), Refusal> {
    match path {
        [b"time"] | [b"subnet" | b"canister_ranges" | b"api_boundary_nodes", ..] => Ok(()),
        [b"request_status", id]
        | [
            b"request_status",
            id,
            b"status" | b"reply" | b"reject_code" | b"reject_message" | b"error_code",
        ] => {
            let id: &[u8; 32] = (*id).try_into().map_err(|_| invalid_path())?;
            let id = RequestId::new(id);
            if subjects.request.replace(id).is_some_and(|other| other != id) {
                return Err(Refusal::bad_request(
                    "Can only request a single request ID in request_status paths.",
                ));
            }
            Ok(())
        }
        [b"canister", id, b"controllers" | b"module_hash"] => {
            subjects.reads_canister = true;
            check_canister(effective, id).map(drop)
        }
        [b"canister", id, b"metadata", name] => {
            subjects.reads_canister = true;
            let id = check_canister(effective, id)?;
            check_metadata(network, sender, id, name)
        }
        _ => Err(invalid_path()),
    }
}

fn invalid_path() -> Refusal {
    Refusal::of(StatusCode::NOT_FOUND, "Invalid path requested.")
}

/// Refuses paths to another canister than the one in the address.
fn check_canister(effective: Effective, id: &[u8]) -> Result<Principal, Refusal> {
    let id = Principal::try_from_slice(id).map_err(|_| invalid_path())?;
    match effective {
        Effective::Canister(addressed) if addressed == id => Ok(id),
        Effective::Canister(addressed) => Err(Refusal::bad_request(format!(
            "Effective principal id in URL {addressed} does not match requested principal id: {id}."
        ))),
        Effective::Subnet(_) => Err(invalid_path()),
    }
}

fn check_metadata(
    network: &Network,
    sender: Principal,
    id: Principal,
    name: &[u8],
) -> Result<(), Refusal> {
    let sandbox = network.sandbox();
    let name = std::str::from_utf8(name).map_err(|_| invalid_path())?;
    let is_private = sandbox.metadata(id).get(name).is_some_and(|section| !section.is_public);
    if is_private && !sandbox.controllers(id).contains(&sender) {
        return Err(Refusal::forbidden(format!(
            "Custom section {name:.100} can only be requested by the controllers of the canister."
        )));
    }
    Ok(())
}

/// Refuses to tell anybody but its sender about a call.
fn check_reader(sender: Principal, powers: &Powers, message: &Message) -> Result<(), Refusal> {
    if message.sender != sender {
        let reason = "The user tries to access Request ID not signed by the caller.";
        return Err(Refusal::forbidden(reason));
    }
    powers.check_target(message.callee)
}

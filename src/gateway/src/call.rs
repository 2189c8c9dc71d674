//! Calls: they are executed once, however often they are sent.

use crate::{
    address::{CallForm, Effective},
    cbor, effective,
    envelope::Request,
    messages::Progress,
    network::{Call, Network},
    refusal::Refusal,
    rejects::{self, Written},
    state::State,
};
use ic_transport_types::{EnvelopeContent, RequestId, TransportCallResponse};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::task::spawn_blocking;

/// How long a client is kept waiting for the answer; then it asks for the status of the request.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The answer to a call.
pub(crate) enum Outcome {
    /// The call will be executed: 202, without a body.
    Accepted,
    /// In CBOR.
    Answer(Vec<u8>),
}

/// A call that was refused before it was taken, as it is written.
#[derive(Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum Refused<'a> {
    NonReplicatedRejection(Written<'a>),
}

/// Takes a call, and waits for its answer if the client does.
pub(crate) async fn answer(
    network: &Arc<Network>,
    form: CallForm,
    effective: Effective,
    request: Request,
) -> Result<Outcome, Refusal> {
    let id = request.id;
    let call = check(effective, request)?;
    let shared = Arc::clone(network);
    if let Err(reject) = spawn_blocking(move || shared.submit(call)).await? {
        let reject = rejects::response(reject);
        let refused = Refused::NonReplicatedRejection(Written::of(&reject));
        return Ok(Outcome::Answer(cbor::encode(&refused)));
    }
    if form == CallForm::Asynchronous || !network.is_answered(&id, MAX_WAIT).await {
        return Ok(Outcome::Accepted);
    }
    let shared = Arc::clone(network);
    Ok(spawn_blocking(move || replied(&shared, id)).await?)
}

fn check(effective: Effective, request: Request) -> Result<Call, Refusal> {
    let EnvelopeContent::Call { sender, canister_id, method_name, arg, ingress_expiry, .. } =
        request.content
    else {
        return Err(Refusal::bad_request("this address takes requests of the type `call`"));
    };
    effective::check(effective, canister_id, &method_name, &arg)?;
    request.powers.check_target(canister_id)?;
    request.powers.check_may_call()?;
    Ok(Call {
        id: request.id,
        sender,
        callee: canister_id,
        method: method_name,
        arg,
        expiry: ingress_expiry,
    })
}

/// The certified answer.
fn replied(network: &Network, id: RequestId) -> Outcome {
    match network.message(&id) {
        Some(message) if message.progress != Progress::Processing => {
            let paths = [vec![b"request_status".to_vec(), id.to_vec()]];
            let state = State::new(network.time(), &network.subnet).with_request(id, message);
            let certificate = state.certify(&paths);
            let replied = TransportCallResponse::Replied { certificate };
            Outcome::Answer(cbor::encode(&replied))
        }
        _ => Outcome::Accepted,
    }
}

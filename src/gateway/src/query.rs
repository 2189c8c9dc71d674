//! Queries: their answers are signed by a node.

use crate::{
    address::Effective,
    cbor, effective,
    envelope::Request,
    network::Network,
    refusal::Refusal,
    rejects::{self, Written},
};
use canister_sandbox::Reject;
use ic_transport_types::{EnvelopeContent, NodeSignature, QueryResponse, ReplyResponse};
use serde::Serialize;

/// The answer to a query, as it is written.
#[derive(Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum Signed<'a> {
    Replied {
        reply: &'a ReplyResponse,
        signatures: [NodeSignature; 1],
    },
    Rejected {
        #[serde(flatten)]
        reject: Written<'a>,
        signatures: [NodeSignature; 1],
    },
}

/// Answers a query, in CBOR.
pub(crate) fn answer(
    network: &Network,
    effective: Effective,
    request: Request,
) -> Result<Vec<u8>, Refusal> {
    let EnvelopeContent::Query { sender, canister_id, method_name, arg, .. } = request.content
    else {
        return Err(Refusal::bad_request("this address takes requests of the type `query`"));
    };
    effective::check(effective, canister_id, &method_name, &arg)?;
    request.powers.check_target(canister_id)?;
    let (answer, time) = {
        let mut sandbox = network.sandbox();
        (sandbox.query(sender, canister_id, &method_name, arg), sandbox.time_nanos())
    };
    let response = response(answer);
    let signatures = [network.subnet.node.sign(&response, request.id, time)];
    Ok(cbor::encode(&match &response {
        QueryResponse::Replied { reply, .. } => Signed::Replied { reply, signatures },
        QueryResponse::Rejected { reject, .. } => {
            Signed::Rejected { reject: Written::of(reject), signatures }
        }
    }))
}

fn response(answer: Result<Vec<u8>, Reject>) -> QueryResponse {
    let signatures = Vec::new();
    match answer {
        Ok(arg) => QueryResponse::Replied { reply: ReplyResponse { arg }, signatures },
        Err(reject) => QueryResponse::Rejected { reject: rejects::response(reject), signatures },
    }
}

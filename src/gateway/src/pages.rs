//! Pages: what an HTTP gateway does on the network. Each request is a query of the canister, and its answer is passed on
//! as it is.

use crate::{candid_limits::decode, network::Network, refusal::Refusal};
use candid::{CandidType, Principal, Reserved, encode_one};
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::HeaderValue,
    http::{self, request::Parts},
};
use ic_http_types::HttpRequest;
use serde::Deserialize;
use serde_bytes::ByteBuf;

/// The answer of a canister.
#[derive(CandidType, Deserialize)]
struct Answer {
    status_code: u16,
    headers: Vec<(String, String)>,
    body: ByteBuf,
    upgrade: Option<bool>,
    streaming_strategy: Option<Reserved>,
}

/// Passes a request on to a canister.
pub(crate) fn answer(
    network: &Network,
    canister: Principal,
    head: &Parts,
    body: &Bytes,
) -> Result<Response<Full<Bytes>>, Refusal> {
    ask(network, canister, &request(head, body)).and_then(respond).map_err(|reason| {
        Refusal::of(StatusCode::BAD_GATEWAY, format!("the canister gives no answer: {reason}"))
    })
}

fn request(head: &Parts, body: &Bytes) -> HttpRequest {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
    HttpRequest {
        method: head.method.to_string(),
        // The part that a canister sees, also of a request to a proxy, which names the host in its line.
        url: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        headers: headers.collect(),
        body: body.to_vec().into(),
    }
}

/// The query, as a gateway sends it: anonymous.
fn ask(network: &Network, canister: Principal, request: &HttpRequest) -> Result<Answer, String> {
    let arg = encode_one(request).map_err(|error| error.to_string())?;
    let answer = network.sandbox().query(Principal::anonymous(), canister, "http_request", arg);
    let reply = answer.map_err(|reject| reject.to_string())?;
    let answer: Answer = decode(&reply).map_err(|error| error.to_string())?;
    if answer.upgrade == Some(true) || answer.streaming_strategy.is_some() {
        return Err("it asks for an update call or a stream, which is not simulated".to_owned());
    }
    Ok(answer)
}

fn respond(answer: Answer) -> Result<Response<Full<Bytes>>, String> {
    let mut response = Response::builder().status(answer.status_code);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    let body = Full::from(answer.body.into_vec());
    response.body(body).map_err(|error: http::Error| error.to_string())
}

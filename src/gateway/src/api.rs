//! Answers requests to the network's interface.

use crate::{
    address::Endpoint,
    call::{self, Outcome},
    effective, envelope,
    network::Network,
    query, read_state,
    refusal::Refusal,
    status,
};
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderValue},
};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Answers a request with this body.
pub(crate) async fn answer(
    network: &Arc<Network>,
    endpoint: Endpoint,
    body: Bytes,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let shared = Arc::clone(network);
    let open = move || envelope::open(&body, shared.time());
    let answer = match endpoint {
        Endpoint::Status => status::answer(&network.subnet),
        Endpoint::Query(effective) => {
            effective::check_exists(effective, &network.subnet)?;
            let network = Arc::clone(network);
            spawn_blocking(move || query::answer(&network, effective, open()?)).await??
        }
        Endpoint::ReadState(effective) => {
            effective::check_exists(effective, &network.subnet)?;
            let network = Arc::clone(network);
            spawn_blocking(move || read_state::answer(&network, effective, open()?)).await??
        }
        Endpoint::Call(form, effective) => {
            effective::check_exists(effective, &network.subnet)?;
            let request = spawn_blocking(open).await??;
            match call::answer(network, form, effective, request).await? {
                Outcome::Answer(answer) => answer,
                Outcome::Accepted => return Ok(accepted()),
            }
        }
    };
    let mut response = Response::new(Full::from(answer));
    let cbor = HeaderValue::from_static("application/cbor");
    response.headers_mut().insert(CONTENT_TYPE, cbor);
    Ok(response)
}

fn accepted() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

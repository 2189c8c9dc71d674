//! What an HTTP gateway does on the network: each request is a query of the canister, and its answer is passed on.

use crate::network::SimulatedNetwork;
use anyhow::{Result, anyhow};
use candid::{Principal, decode_one, encode_one};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Body, Bytes},
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use ic_http_types::{HttpRequest, HttpResponse};
use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::net::{TcpListener, TcpStream};

/// Bytes of a request's line and headers; whoever sends more is answered 431.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Bytes of a request's body; whoever sends more is answered 413.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// How long the line and headers of a request may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Passes requests on to a canister of a sandbox.
#[derive(Clone)]
pub struct Gateway {
    network: SimulatedNetwork,
    canister: Principal,
    /// Up to when the sandbox's clock has followed the one on the wall.
    clock: Arc<Mutex<Instant>>,
}

impl Gateway {
    /// A gateway to this canister.
    pub fn new(network: SimulatedNetwork, canister: Principal) -> Self {
        Self { network, canister, clock: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Serves whoever connects, for ever.
    pub async fn serve<T>(&self, listener: TcpListener) -> Result<T> {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(self.clone().converse(stream));
                }
                Err(error) => {
                    // Too many open files, for instance: some will be closed in a while.
                    eprintln!("error: a connection was lost: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Answers the requests of one connection, until it is closed or makes no sense.
    async fn converse(self, stream: TcpStream) {
        let answer = service_fn(async |request| Ok::<_, Infallible>(self.answer(request).await));
        let conversation = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), answer);
        // What went wrong is of no interest here: whoever asked was told so, or has gone.
        let _ = conversation.await;
    }

    /// Answers a request: with what the canister says, or why there is nothing to pass on.
    async fn answer<B>(&self, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let body = match Limited::new(body, MAX_BODY_BYTES).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long");
            }
            Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
        };
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let request = HttpRequest {
            method: head.method.to_string(),
            // The part that a canister sees, also of a request to a proxy, which names the host in its line.
            url: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            body: body.to_vec().into(),
        };
        let asked = self.ask(&request).and_then(response);
        asked.unwrap_or_else(|error| {
            refuse(StatusCode::BAD_GATEWAY, &format!("the canister gives no answer: {error:#}"))
        })
    }

    /// The query, as a gateway sends it: in nobody's name.
    fn ask(&self, request: &HttpRequest) -> Result<HttpResponse> {
        let mut sandbox = self.network.sandbox();
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        // While a fleet is looked at its canisters are stopped for longer and longer, as on a network.
        sandbox.advance_time(clock.elapsed());
        *clock = Instant::now();
        let answer = sandbox.query(
            Principal::anonymous(),
            self.canister,
            "http_request",
            encode_one(request)?,
        );
        Ok(decode_one(&answer.map_err(|reject| anyhow!("{reject}"))?)?)
    }
}

/// The canister's answer, passed on as it is.
fn response(answer: HttpResponse) -> Result<Response<Full<Bytes>>> {
    let mut response = Response::builder().status(answer.status_code);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::from(answer.body.into_vec()))?)
}

fn refuse(status: StatusCode, reason: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(format!("{reason}\n")));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a gateway to a canister of this module answers.
    async fn ask(module: &str) -> (StatusCode, String) {
        let network = SimulatedNetwork::new(Principal::anonymous());
        let canister = {
            let mut sandbox = network.sandbox();
            let canister = sandbox.create_canister(&[]);
            let module = wat::parse_str(module).expect("a module");
            let controller = Principal::management_canister();
            sandbox.set_controllers(canister, &[controller]);
            sandbox.install(controller, canister, &module, Vec::new()).expect("installed");
            canister
        };
        let gateway = Gateway::new(network, canister);
        let response = gateway.answer(Request::new(Full::new(Bytes::new()))).await;
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[test]
    fn a_canister_that_gives_no_answer_is_a_bad_gateway_with_the_reason() {
        pollster::block_on(async {
            for (module, reason) in [
                (r#"(module (func (export "canister_query http_request") unreachable))"#, "trap"),
                (r#"(module (func (export "canister_query http_request")))"#, "did not reply"),
                ("(module)", "no query method 'http_request'"),
            ] {
                let (status, body) = ask(module).await;
                assert_eq!(status, StatusCode::BAD_GATEWAY);
                assert!(body.contains(reason), "{reason}: {body}");
            }
        });
    }

    #[test]
    fn an_answer_that_is_no_http_is_a_bad_gateway_too() {
        let answer = |status_code, name: &str| HttpResponse {
            status_code,
            headers: vec![(name.to_owned(), "x".to_owned())],
            body: Vec::new().into(),
        };
        assert!(response(answer(200, "Server")).is_ok());
        assert!(response(answer(7, "Server")).is_err());
        assert!(response(answer(200, "a b")).is_err());
    }
}

//! What an HTTP gateway does on the network: each request is a query of the canister, and its answer is passed on.

use crate::{network::SimulatedNetwork, output};
use anyhow::{Result, anyhow};
use backup_journal::wire;
use candid::{Principal, encode_one};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Body, Bytes},
    header::{CONTENT_TYPE, HOST, HeaderValue},
    http::{request::Parts, uri::Authority},
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
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// Bytes of a request's line and headers; a longer one is answered with 431.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Bytes of a request's body; a longer one is answered with 413.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// How long the line and headers of a request may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the body of a request may take; a slower one is answered with 408.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The names of this machine, as it calls itself.
const OWN_NAMES: [&str; 2] = ["127.0.0.1", "localhost"];
/// The port of an address that names none.
const HTTP_PORT: u16 = 80;

/// Passes requests on to a canister of a sandbox.
#[derive(Clone)]
pub struct Gateway {
    network: SimulatedNetwork,
    canister: Principal,
    /// Where it is served.
    port: u16,
    /// Up to when the sandbox's clock has followed the one on the wall.
    clock: Arc<Mutex<Instant>>,
}

impl Gateway {
    /// A gateway to this canister, on this port of this machine.
    pub fn new(network: SimulatedNetwork, canister: Principal, port: u16) -> Self {
        Self { network, canister, port, clock: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Serves all connections, for ever.
    pub async fn serve<T>(&self, listener: TcpListener) -> Result<T> {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(self.clone().converse(stream));
                }
                Err(error) => {
                    // Too many open files, for instance: some will be closed in a while.
                    output::tell(&format!("error: a connection was lost: {error}"));
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
        // An error of one connection is no error of the gateway: the client has got an answer, or has gone.
        let _ = conversation.await;
    }

    /// Answers a request: with what the canister says, or why there is nothing to pass on.
    async fn answer<B>(&self, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.pass_on(request).await.unwrap_or_else(Refusal::into_response)
    }

    async fn pass_on<B>(&self, request: Request<B>) -> Result<Response<Full<Bytes>>, Refusal>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        self.check_host(&head)?;
        let body = read(body).await?;
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
        let request = HttpRequest {
            method: head.method.to_string(),
            // The part that a canister sees, also of a request to a proxy, which names the host in its line.
            url: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            headers: headers.collect(),
            body: body.to_vec().into(),
        };
        self.ask(&request).and_then(response).map_err(|error| {
            let reason = format!("the canister gives no answer: {error:#}");
            Refusal::of(StatusCode::BAD_GATEWAY, &reason)
        })
    }

    /// Refuses requests to another host: a page of another site can resolve its own name to this address, and could
    /// then read what is served here.
    fn check_host(&self, head: &Parts) -> Result<(), Refusal> {
        let mut named = head.headers.get_all(HOST).iter();
        let authority = match (head.uri.authority(), named.next(), named.next()) {
            (_, _, Some(_)) | (None, None, None) => None,
            // What the line of a request names is what counts.
            (Some(authority), _, None) => Some(authority.clone()),
            (None, Some(host), None) => Authority::try_from(host.as_bytes()).ok(),
        };
        let Some(authority) = authority else {
            return Err(Refusal::of(StatusCode::BAD_REQUEST, "a request names one host"));
        };
        let port = authority.port_u16().unwrap_or(HTTP_PORT);
        let own = |name: &str| authority.host().eq_ignore_ascii_case(name);
        if port == self.port && OWN_NAMES.iter().any(|name| own(name)) {
            return Ok(());
        }
        let reason = format!("only http://{}:{} is served here", OWN_NAMES[0], self.port);
        Err(Refusal::of(StatusCode::MISDIRECTED_REQUEST, &reason))
    }

    /// The query, as a gateway sends it: anonymous.
    fn ask(&self, request: &HttpRequest) -> Result<HttpResponse> {
        let mut sandbox = self.network.sandbox();
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        // The clock of the simulation follows the real one, so that the ages on the pages grow.
        sandbox.advance_time(clock.elapsed());
        *clock = Instant::now();
        let answer = sandbox.query(
            Principal::anonymous(),
            self.canister,
            "http_request",
            encode_one(request)?,
        );
        Ok(wire::decode(&answer.map_err(|reject| anyhow!("{reject}"))?)?)
    }
}

/// The body of a request, if it is short and comes in time.
async fn read<B>(body: B) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let body = Limited::new(body, MAX_BODY_BYTES).collect();
    match timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Refusal::of(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long"))
        }
        Ok(Err(error)) => Err(Refusal::of(StatusCode::BAD_REQUEST, &error.to_string())),
        Err(_) => Err(Refusal::of(StatusCode::REQUEST_TIMEOUT, "the body takes too long")),
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

/// Why a request is not passed on.
struct Refusal {
    status: StatusCode,
    reason: String,
}

impl Refusal {
    fn of(status: StatusCode, reason: &str) -> Self {
        Self { status, reason: reason.to_owned() }
    }

    fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(format!("{}\n", self.reason)));
        *response.status_mut() = self.status;
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, plain);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Builder;

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
        let gateway = Gateway::new(network, canister, HTTP_PORT);
        let request = Request::builder().header(HOST, "localhost").body(Full::new(Bytes::new()));
        let response = gateway.answer(request.expect("a request")).await;
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[test]
    fn a_canister_that_gives_no_answer_is_a_bad_gateway_with_the_reason() {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
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

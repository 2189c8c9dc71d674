//! The HTTP server.

use crate::{address::Endpoint, api, network::Network, pages, refusal::Refusal, site::Site};
use candid::Principal;
use canister_sandbox::Sandbox;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Body, Bytes},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Builder,
    task::spawn_blocking,
    time::timeout,
};

/// Bytes of a request's line and headers; a longer one is answered with 431.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Bytes of the body of a request for a page; a longer one is answered with 413.
const MAX_PAGE_BODY_BYTES: usize = 64 * 1024;
/// Bytes of the body of a request to the network's interface, as on the network.
const MAX_API_BODY_BYTES: usize = 4 * 1024 * 1024;
/// How long the line and headers of a request may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the body of a request may take; a slower one is answered with 408.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The network's HTTP interface in front of a sandbox, and the pages of its canisters.
#[derive(Clone)]
pub struct Gateway {
    network: Arc<Network>,
    home: Option<Principal>,
}

impl Gateway {
    /// A gateway to this sandbox. The clock of the sandbox follows that of this machine from now on.
    pub fn new(sandbox: Arc<Mutex<Sandbox>>) -> Self {
        Self { network: Arc::new(Network::new(sandbox)), home: None }
    }

    /// Serves the pages of this canister also under the names of this machine.
    #[must_use]
    pub fn with_home(self, canister: Principal) -> Self {
        Self { home: Some(canister), ..self }
    }

    /// Serves all connections and executes what canisters have to do, for ever.
    ///
    /// A connection that cannot be accepted is passed to `lost`.
    ///
    /// # Errors
    /// If the listener has no address.
    pub async fn serve<T>(
        self,
        listener: TcpListener,
        lost: impl Fn(io::Error),
    ) -> Result<T, io::Error> {
        let port = listener.local_addr()?.port();
        tokio::spawn(Arc::clone(&self.network).run());
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(self.clone().converse(stream, port));
                }
                Err(error) => {
                    // Too many open files, for instance: some will be closed in a while.
                    lost(error);
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Serves on a free port of this machine, on a thread of its own, until the process ends; where.
    ///
    /// # Errors
    /// If there is no port, or no thread.
    pub fn serve_in_background(self) -> io::Result<SocketAddr> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().spawn(move || {
            runtime.block_on(async {
                let served: io::Result<Infallible> =
                    self.serve(TcpListener::from_std(listener)?, |_| ()).await;
                served
            })
        })?;
        Ok(address)
    }

    /// Answers the requests of one connection, until it is closed or makes no sense.
    async fn converse(self, stream: TcpStream, port: u16) {
        let answer =
            service_fn(async |request| Ok::<_, Infallible>(self.answer(request, port).await));
        let conversation = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), answer);
        // An error of one connection is no error of the gateway: the client has got an answer, or has gone.
        let _ = conversation.await;
    }

    /// Answers a request, or says why there is no answer.
    async fn answer<B>(&self, request: Request<B>, port: u16) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.try_answer(request, port).await.unwrap_or_else(Refusal::into_response)
    }

    async fn try_answer<B>(
        &self,
        request: Request<B>,
        port: u16,
    ) -> Result<Response<Full<Bytes>>, Refusal>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let site = Site::of(&head, port)?;
        if let Some(endpoint) = Endpoint::of(&head.method, head.uri.path()) {
            let endpoint = endpoint?;
            let body = read(body, MAX_API_BODY_BYTES).await?;
            return api::answer(&self.network, endpoint, body).await;
        }
        let canister = match (site, self.home) {
            (Site::Canister(canister), _) | (Site::Own, Some(canister)) => canister,
            (Site::Own, None) => {
                let reason = format!("pages are at http://<canister>.localhost:{port}");
                return Err(Refusal::of(StatusCode::NOT_FOUND, reason));
            }
        };
        let body = read(body, MAX_PAGE_BODY_BYTES).await?;
        let network = Arc::clone(&self.network);
        spawn_blocking(move || pages::answer(&network, canister, &head, &body)).await?
    }
}

/// The body of a request, if it is short and comes in time.
async fn read<B>(body: B, at_most: usize) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let body = Limited::new(body, at_most).collect();
    match timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Refusal::of(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long"))
        }
        Ok(Err(error)) => Err(Refusal::bad_request(error.to_string())),
        Err(_) => Err(Refusal::of(StatusCode::REQUEST_TIMEOUT, "the body takes too long")),
    }
}

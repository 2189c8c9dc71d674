//! Stands between a command and the network, and kills the command at a moment of its calls.

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::HOST,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo},
};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, ExitStatus},
    sync::{Arc, Mutex, MutexGuard, mpsc},
    thread,
};
use tokio::{net::TcpListener, runtime::Builder};

/// A moment at which a command dies: before or after a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment {
    /// The number of the call, from 0.
    pub call: usize,
    /// Whether the network has executed it, without the command knowing.
    pub after: bool,
}

/// What a proxy has seen and is to do.
#[derive(Default)]
struct State {
    calls: usize,
    moment: Option<Moment>,
    victim: Option<Child>,
}

impl State {
    /// Kills the command if this is the moment.
    fn kill_at(&mut self, moment: Moment) -> bool {
        if self.moment != Some(moment) {
            return false;
        }
        // The command is started before its first call is let through.
        let victim = self.victim.as_mut().expect("the command is running");
        victim.kill().expect("it can be killed");
        true
    }
}

/// A proxy in front of a network.
pub struct Proxy {
    url: String,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    /// A proxy that lets everything through.
    pub fn to(network: SocketAddr) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let (send, receive) = mpsc::channel();
        let seen = Arc::clone(&state);
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
                send.send(listener.local_addr().expect("an address")).expect("sent");
                loop {
                    let (stream, _) = listener.accept().await.expect("a connection");
                    let seen = Arc::clone(&seen);
                    tokio::spawn(async move {
                        let pass = service_fn(|request| pass(request, network, &seen));
                        // The command may be gone, which is what this is for.
                        let _ = http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), pass)
                            .await;
                    });
                }
            });
        });
        let address: SocketAddr = receive.recv().expect("an address");
        Self { url: format!("http://{address}"), state }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no proxy panics with it")
    }

    /// How many calls there were since the last command began.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// Runs a command, which dies at this moment unless it ends before.
    pub fn run(&self, command: &mut Command, moment: Option<Moment>) -> ExitStatus {
        // The lock is held until the command is known, so that its first call waits for that.
        let mut state = self.state();
        let child = command.spawn().expect("backupctl can be run");
        *state = State { calls: 0, moment, victim: Some(child) };
        drop(state);
        loop {
            let ended = self.state().victim.as_mut().expect("it was started").try_wait();
            if let Some(status) = ended.expect("it can be waited for") {
                return status;
            }
            thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

async fn pass(
    request: Request<Incoming>,
    network: SocketAddr,
    state: &Mutex<State>,
) -> io::Result<Response<Full<Bytes>>> {
    let (mut head, body) = request.into_parts();
    let is_call = head.uri.path().ends_with("/call");
    let call = is_call.then(|| {
        let mut state = state.lock().expect("no proxy panics with it");
        state.calls += 1;
        state.calls - 1
    });
    let die = |after| {
        let mut state = state.lock().expect("no proxy panics with it");
        call.is_some_and(|call| state.kill_at(Moment { call, after }))
    };
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    if die(false) {
        return Err(io::Error::other("the command is dead"));
    }
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = format!("http://{network}{path}").parse().map_err(io::Error::other)?;
    let host = network.to_string().parse().map_err(io::Error::other)?;
    head.headers.insert(HOST, host);
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let answer = client.request(Request::from_parts(head, Full::new(body))).await;
    let (head, body) = answer.map_err(io::Error::other)?.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    if die(true) {
        return Err(io::Error::other("the command is dead"));
    }
    Ok(Response::from_parts(head, Full::new(body)))
}

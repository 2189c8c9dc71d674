//! A line to a server on which requests and answers get lost.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It arrives, and its answer too.
    Passed,
    /// It does not arrive.
    Refused,
    /// It arrives, and its answer does not.
    AnswerLost,
    /// A server on the way answers it with an error and does not pass it on.
    Unavailable,
}

#[derive(Debug)]
struct Fates {
    next: Mutex<VecDeque<Fate>>,
    then: Mutex<Fate>,
    requests: AtomicUsize,
}

/// A line.
pub struct Line {
    pub url: String,
    fates: Arc<Fates>,
    task: JoinHandle<()>,
}

impl Line {
    /// A line to this address on which these things happen to the first requests, and nothing to the others.
    pub async fn start(to: &str, fates: &[Fate]) -> Self {
        let to = to.strip_prefix("http://").expect(to).parse().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let fates = Arc::new(Fates {
            next: Mutex::new(fates.iter().copied().collect()),
            then: Mutex::new(Fate::Passed),
            requests: AtomicUsize::new(0),
        });
        let task = tokio::spawn(accept(listener, (at, to), Arc::clone(&fates)));
        Self { url: format!("http://{at}"), fates, task }
    }

    /// From now on this happens to all requests.
    pub fn break_down(&self, fate: Fate) {
        *self.fates.then.lock().expect("nobody panics") = fate;
    }

    /// From now on nothing happens to requests.
    pub fn mend(&self) {
        self.break_down(Fate::Passed);
    }

    /// Nobody listens at the address any more.
    pub async fn close(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// How many requests there were.
    pub fn requests(&self) -> usize {
        self.fates.requests.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, ends: (SocketAddr, SocketAddr), fates: Arc<Fates>) {
    loop {
        let Ok((client, _)) = listener.accept().await else { return };
        tokio::spawn(pass(client, ends, Arc::clone(&fates)));
    }
}

/// Passes the one request of a connection, which is closed after it.
async fn pass(mut client: TcpStream, (at, to): (SocketAddr, SocketAddr), fates: Arc<Fates>) {
    let Some((head, body)) = message(&mut client).await else { return };
    fates.requests.fetch_add(1, Ordering::Relaxed);
    let next = fates.next.lock().expect("nobody panics").pop_front();
    let fate = next.unwrap_or(*fates.then.lock().expect("nobody panics"));
    match fate {
        Fate::Refused => return,
        Fate::Unavailable => {
            let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\n\r\nbusy";
            let _ = client.write_all(answer).await;
            return;
        }
        Fate::Passed | Fate::AnswerLost => {}
    }
    let mut server = TcpStream::connect(to).await.expect("it listens");
    // The server answers to its own name only.
    let head = head.replace(&at.to_string(), &to.to_string());
    server.write_all(&[head.as_bytes(), &body].concat()).await.expect("written");
    let answer = message(&mut server).await;
    if let (Fate::Passed, Some((head, body))) = (fate, answer) {
        let _ = client.write_all(&[head.as_bytes(), &body].concat()).await;
    }
}

/// A request or an answer: its head and, if that tells its length, its body.
async fn message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let head = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let mut body = bytes.split_off(head);
    let head = String::from_utf8(bytes).expect("text");
    let lower = head.to_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(0, |length| length.trim().parse().expect("a length"));
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, body))
}

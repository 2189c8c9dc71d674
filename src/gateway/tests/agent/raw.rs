//! Requests without an agent: the forms of the interface that it does not use.

use crate::common::Served;
use std::{
    io::{Read, Write},
    net::TcpStream,
};

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Sends a request with this body to a path of this host.
pub fn send(served: &Served, method: &str, host: &str, path: &str, body: &[u8]) -> Answer {
    let port = url::Url::parse(&served.url).expect("an address").port().expect("a port");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(body).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("received");
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
    let body = answer.split_off(end + 4);
    let head = String::from_utf8(answer).expect("text");
    let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    Answer { status, body }
}

/// Posts this body to a path of the interface.
pub fn post(served: &Served, path: &str, body: &[u8]) -> Answer {
    send(served, "POST", "127.0.0.1", path, body)
}
